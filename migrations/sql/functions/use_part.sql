-- requires: lapse_reservations, move_part, note_ticket_part, stock_lot, stock_place, stock_quantity_said, usable_stock
-- Parts go into the unit of a ticket: those that are kept for it first, then what is free. p_said: quantity; location and
-- lot if it is known which they were. {standing: used, taken: [{location, lot, quantity}]}. The part is locked.
CREATE OR REPLACE FUNCTION use_part(p_event uuid, p_ticket_id uuid, p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_all integer := stock_quantity_said(p_said, 'quantity', 1);
    v_needed integer := v_all;
    v_location_id uuid;
    v_lot_id uuid := stock_lot(p_part_id, p_said ->> 'lot');
    v_lot stock_lots;
    v_row record;
    v_some integer;
    v_taken jsonb := '[]';
BEGIN
    IF p_said ->> 'location' IS NOT NULL THEN
        v_location_id := stock_place(p_said ->> 'location');
    END IF;
    SELECT k.* INTO v_lot FROM stock_lots AS k WHERE k.id = v_lot_id;
    IF v_lot.blocked_at IS NOT NULL THEN
        RAISE EXCEPTION 'the lot % is blocked: %', v_lot.code, v_lot.block_reason
            USING ERRCODE = 'FC014', HINT = 'Use another one.';
    ELSIF v_lot.expires_on < (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'the lot % has expired on %', v_lot.code, v_lot.expires_on
            USING ERRCODE = 'FC014', HINT = 'Use another one.';
    END IF;
    PERFORM lapse_reservations(p_part_id);
    FOR v_row IN
        SELECT r.*, l.code AS location, k.code AS lot
        FROM stock_reservations AS r
        JOIN stock_locations AS l ON l.id = r.location_id
        LEFT JOIN stock_lots AS k ON k.id = r.lot_id
        WHERE r.ticket_id = p_ticket_id
            AND r.part_id = p_part_id
            AND r.status = 'held'
            AND (v_location_id IS NULL OR r.location_id = v_location_id)
            AND (v_lot_id IS NULL OR r.lot_id = v_lot_id)
            AND COALESCE(k.expires_on >= (now() AT TIME ZONE 'UTC')::date, true)
            AND k.blocked_at IS NULL
        ORDER BY k.expires_on NULLS LAST, r.id
    LOOP
        EXIT WHEN v_needed = 0;
        v_some := LEAST(v_needed, v_row.quantity);
        IF v_some = v_row.quantity THEN
            UPDATE stock_reservations AS r
            SET status = 'consumed', ended_at = GREATEST(clock_timestamp(), r.reserved_at)
            WHERE r.id = v_row.id;
        ELSE
            UPDATE stock_reservations AS r SET quantity = r.quantity - v_some WHERE r.id = v_row.id;
            INSERT INTO stock_reservations (
                ticket_id, ticket_part_id, part_id, location_id, lot_id, quantity, status, held_until, event_id,
                reserved_by_code, reserved_by_role, reserved_at, ended_at
            )
            VALUES (
                v_row.ticket_id, v_row.ticket_part_id, v_row.part_id, v_row.location_id, v_row.lot_id, v_some, 'consumed',
                v_row.held_until, v_row.event_id, v_row.reserved_by_code, v_row.reserved_by_role, v_row.reserved_at,
                GREATEST(clock_timestamp(), v_row.reserved_at)
            );
        END IF;
        PERFORM move_part(
            'issue', p_part_id, v_row.location_id, NULL, v_row.lot_id, v_some, p_event, p_ticket_id
        );
        v_taken := v_taken || jsonb_build_object('location', v_row.location, 'lot', v_row.lot, 'quantity', v_some);
        v_needed := v_needed - v_some;
    END LOOP;
    FOR v_row IN
        SELECT u.location_id, u.lot_id, u.free, l.code AS location, k.code AS lot
        FROM usable_stock(p_part_id, p_ticket_id, v_location_id, v_lot_id) WITH ORDINALITY
            AS u (location_id, lot_id, free, place)
        JOIN stock_locations AS l ON l.id = u.location_id
        LEFT JOIN stock_lots AS k ON k.id = u.lot_id
        ORDER BY u.place
    LOOP
        EXIT WHEN v_needed = 0;
        v_some := LEAST(v_needed, v_row.free);
        PERFORM move_part(
            'issue', p_part_id, v_row.location_id, NULL, v_row.lot_id, v_some, p_event, p_ticket_id
        );
        v_taken := v_taken || jsonb_build_object('location', v_row.location, 'lot', v_row.lot, 'quantity', v_some);
        v_needed := v_needed - v_some;
    END LOOP;
    IF v_needed > 0 THEN
        RAISE EXCEPTION 'only % of them can be used for this ticket there', v_all - v_needed
            USING ERRCODE = 'FC014', HINT = 'Look where the part is free, and receive or count it first.';
    END IF;
    PERFORM note_ticket_part(p_ticket_id, p_part_id, v_all, 'used', current_setting('fieldcare.actor_role'));
    RETURN jsonb_build_object('standing', 'used', 'taken', v_taken);
END
$$;

COMMENT ON FUNCTION use_part(uuid, uuid, uuid, jsonb) IS
    'Parts go into the unit of a ticket, those that are kept for it first. Raises FC014, FC015.';
