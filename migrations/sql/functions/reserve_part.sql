-- requires: lapse_reservations, note_ticket_part, parts_on_order, stock_lot, stock_place, stock_quantity_said, usable_stock
-- Keeps parts for a ticket: all of them or none. p_said: quantity; location, lot, until if somebody wants it so.
-- {standing: reserved, taken: [{location, lot, quantity}]}, or {standing: short, free, expected_at, by}: when the next ones
-- come, by an order that is on its way or by the lead time of the part. The part is locked.
CREATE OR REPLACE FUNCTION reserve_part(p_event uuid, p_ticket_id uuid, p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_needed integer := stock_quantity_said(p_said, 'quantity', 1);
    v_until timestamptz;
    v_location_id uuid;
    v_lot_id uuid := stock_lot(p_part_id, p_said ->> 'lot');
    v_free bigint;
    v_order_at timestamptz;
    v_line uuid;
    v_row record;
    v_taken jsonb := '[]';
BEGIN
    IF p_said ->> 'until' IS NOT NULL THEN
        IF NOT pg_input_is_valid(p_said ->> 'until', 'timestamptz') THEN
            RAISE EXCEPTION '% is no time', left(p_said ->> 'until', 40)
                USING ERRCODE = 'FC014', HINT = 'Write it as 2026-12-31T17:00Z.';
        END IF;
        v_until := p_said ->> 'until';
        IF v_until <= clock_timestamp() THEN
            RAISE EXCEPTION 'the time until which it is kept is over'
                USING ERRCODE = 'FC014', HINT = 'Name one that is to come.';
        END IF;
    END IF;
    IF p_said ->> 'location' IS NOT NULL THEN
        v_location_id := stock_place(p_said ->> 'location');
    END IF;
    PERFORM lapse_reservations(p_part_id);
    SELECT COALESCE(sum(u.free), 0)
    INTO v_free
    FROM usable_stock(p_part_id, p_ticket_id, v_location_id, v_lot_id) AS u;
    IF v_free < v_needed THEN
        SELECT o.expected_at INTO v_order_at FROM parts_on_order(p_part_id) AS o;
        RETURN jsonb_build_object(
            'standing', 'short',
            'needed', v_needed,
            'free', v_free,
            'by', CASE WHEN v_order_at > now() THEN 'order' ELSE 'lead_time' END,
            'expected_at', CASE
                WHEN v_order_at > now() THEN v_order_at
                ELSE (SELECT now() + p.lead_time FROM equipment_parts AS p WHERE p.id = p_part_id)
            END
        );
    END IF;
    v_line := note_ticket_part(
        p_ticket_id, p_part_id, v_needed, 'reserved', current_setting('fieldcare.actor_role')
    );
    FOR v_row IN
        SELECT u.location_id, u.lot_id, u.free, l.code AS location, k.code AS lot
        FROM usable_stock(p_part_id, p_ticket_id, v_location_id, v_lot_id) WITH ORDINALITY
            AS u (location_id, lot_id, free, place)
        JOIN stock_locations AS l ON l.id = u.location_id
        LEFT JOIN stock_lots AS k ON k.id = u.lot_id
        ORDER BY u.place
    LOOP
        EXIT WHEN v_needed = 0;
        INSERT INTO stock_reservations (
            ticket_id, ticket_part_id, part_id, location_id, lot_id, quantity, held_until, event_id, reserved_by_code,
            reserved_by_role
        )
        VALUES (
            p_ticket_id, v_line, p_part_id, v_row.location_id, v_row.lot_id, LEAST(v_needed, v_row.free), v_until, p_event,
            current_setting('fieldcare.actor_code'), current_setting('fieldcare.actor_role')
        );
        v_taken := v_taken || jsonb_build_object(
            'location', v_row.location, 'lot', v_row.lot, 'quantity', LEAST(v_needed, v_row.free)
        );
        v_needed := v_needed - LEAST(v_needed, v_row.free);
    END LOOP;
    RETURN jsonb_build_object('standing', 'reserved', 'taken', v_taken);
END
$$;

COMMENT ON FUNCTION reserve_part(uuid, uuid, uuid, jsonb) IS
    'Keeps parts for a ticket, all or none; says where, or when the next ones come. Raises FC014, FC015.';
