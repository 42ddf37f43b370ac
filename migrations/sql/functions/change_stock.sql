-- requires: block_lot, count_part, find_ticket, put_stock_level, put_stock_place, receive_part, registry_row, release_part, reserve_part, return_part, send_part, take_part_in, told_by, use_part, waste_part
-- What is done about stock, p_by in the capacity p_role; p_said has what each doing takes:
--   reserve   ticket, part, quantity; location, lot, until
--   release   ticket; part
--   use       ticket, part, quantity; location, lot
--   return    ticket, part, quantity, to; lot
--   receive   part, quantity, to; lot or serial, expires_on
--   send      part, quantity, from, to; lot
--   take_in   transfer; quantity
--   count     part, location, counted, version, reason; lot
--   waste     part, location, quantity, reason; lot
--   block, unblock   part, lot, reason
--   place     code; name, kind, engineer, site, active
--   level     part, location, minimum, reorder_point
-- Each may have a reason. p_event is an id of the caller's: sent again with the same words it is answered as it was the first
-- time, and nothing is done; with other words it is refused. One answer alone is not kept: that there are too few.
-- Locks: the ticket, then the part (of several by their ids), then what lies where. The owner's alone. Returns the answer.
CREATE OR REPLACE FUNCTION change_stock(p_event uuid, p_doing text, p_said jsonb, p_by text, p_role text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_known text[];
    v_word text;
    v_ticket_id uuid;
    v_number text;
    v_status text;
    v_part_id uuid;
    v_transfer_id uuid;
    v_event stock_events;
    v_answer jsonb;
BEGIN
    v_known := CASE p_doing
        WHEN 'reserve' THEN ARRAY['ticket', 'part', 'quantity', 'location', 'lot', 'until']
        WHEN 'release' THEN ARRAY['ticket', 'part']
        WHEN 'use' THEN ARRAY['ticket', 'part', 'quantity', 'location', 'lot']
        WHEN 'return' THEN ARRAY['ticket', 'part', 'quantity', 'to', 'lot']
        WHEN 'receive' THEN ARRAY['part', 'quantity', 'to', 'lot', 'serial', 'expires_on']
        WHEN 'send' THEN ARRAY['part', 'quantity', 'from', 'to', 'lot']
        WHEN 'take_in' THEN ARRAY['transfer', 'quantity']
        WHEN 'count' THEN ARRAY['part', 'location', 'counted', 'version', 'lot']
        WHEN 'waste' THEN ARRAY['part', 'location', 'quantity', 'lot']
        WHEN 'block' THEN ARRAY['part', 'lot']
        WHEN 'unblock' THEN ARRAY['part', 'lot']
        WHEN 'place' THEN ARRAY['code', 'name', 'kind', 'engineer', 'site', 'active']
        WHEN 'level' THEN ARRAY['part', 'location', 'minimum', 'reorder_point']
    END;
    IF v_known IS NULL OR p_event IS NULL OR jsonb_typeof(p_said) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'nobody can % stock', COALESCE(left(p_doing, 100), 'do nothing with')
            USING ERRCODE = 'FC014', HINT = 'Say what is done, with an id of its own.';
    END IF;
    p_said := jsonb_strip_nulls(p_said);
    FOR v_word IN SELECT k.key FROM jsonb_object_keys(p_said) AS k (key) LOOP
        IF v_word <> ALL (v_known || 'reason'::text) THEN
            RAISE EXCEPTION 'to % takes no %', replace(p_doing, '_', ' '), left(v_word, 100)
                USING ERRCODE = 'FC014', HINT = 'Leave it out.';
        ELSIF v_word NOT IN ('quantity', 'counted', 'version', 'minimum', 'reorder_point', 'active')
            AND (jsonb_typeof(p_said -> v_word) <> 'string' OR length(p_said ->> v_word) NOT BETWEEN 1 AND 1000)
        THEN
            RAISE EXCEPTION 'the % is no text of 1 to 1000 characters', replace(v_word, '_', ' ')
                USING ERRCODE = 'FC014', HINT = 'Say it again.';
        END IF;
    END LOOP;
    IF p_doing IN ('count', 'waste', 'block', 'unblock') AND COALESCE(btrim(p_said ->> 'reason'), '') = '' THEN
        RAISE EXCEPTION 'the reason is missing' USING ERRCODE = 'FC014', HINT = 'Say why: the history shows it.';
    END IF;
    PERFORM told_by(p_by, p_role), set_config('fieldcare.reason', COALESCE(btrim(p_said ->> 'reason'), ''), true);

    IF 'ticket' = ANY (v_known) THEN
        -- Whoever ends the ticket waits for this, or this waits and sees that it has ended: nothing stays kept for it.
        SELECT t.id, t.number, t.status
        INTO v_ticket_id, v_number, v_status
        FROM service_tickets AS t
        WHERE t.id = find_ticket(p_said ->> 'ticket')
        FOR SHARE;
        IF v_ticket_id IS NULL THEN
            RAISE EXCEPTION 'there is no ticket %', COALESCE(left(p_said ->> 'ticket', 100), 'without a number')
                USING ERRCODE = 'FC015', HINT = 'Check its number.';
        END IF;
    END IF;
    IF p_doing = 'take_in' THEN
        IF pg_input_is_valid(COALESCE(p_said ->> 'transfer', ''), 'uuid') THEN
            SELECT m.id, m.part_id
            INTO v_transfer_id, v_part_id
            FROM stock_movements AS m
            WHERE m.id = (p_said ->> 'transfer')::uuid AND m.kind = 'transfer_out';
        END IF;
        IF v_transfer_id IS NULL THEN
            RAISE EXCEPTION 'there is no such transfer' USING ERRCODE = 'FC015', HINT = 'Look at what is on its way.';
        END IF;
    ELSIF p_said ? 'part' THEN
        v_part_id := registry_row('parts', p_said ->> 'part');
        IF v_part_id IS NULL THEN
            RAISE EXCEPTION 'there is no part % in the catalog', left(p_said ->> 'part', 100)
                USING ERRCODE = 'FC015', HINT = 'Check the part number.';
        END IF;
    ELSIF 'part' = ANY (v_known) AND p_doing <> 'release' THEN
        RAISE EXCEPTION 'the part is missing' USING ERRCODE = 'FC014', HINT = 'Give its part number.';
    END IF;
    IF v_part_id IS NOT NULL THEN
        PERFORM FROM equipment_parts AS p WHERE p.id = v_part_id FOR NO KEY UPDATE;
    END IF;

    SELECT e.* INTO v_event FROM stock_events AS e WHERE e.id = p_event;
    IF v_event.id IS NOT NULL THEN
        IF (v_event.doing, v_event.said, v_event.actor_code) IS DISTINCT FROM (p_doing, p_said, p_by) THEN
            RAISE EXCEPTION 'something else was done under this id already'
                USING ERRCODE = 'FC014', HINT = 'Give what is new an id of its own.';
        END IF;
        RETURN v_event.answer;
    END IF;
    IF p_doing IN ('reserve', 'use') AND v_status NOT IN ('open', 'on_hold') THEN
        RAISE EXCEPTION 'ticket % has ended', v_number
            USING ERRCODE = 'FC014', HINT = 'Reopen it, or name the one that the parts are for.';
    END IF;
    CASE p_doing
        WHEN 'reserve' THEN v_answer := reserve_part(p_event, v_ticket_id, v_part_id, p_said);
        WHEN 'release' THEN v_answer := release_part(v_ticket_id, v_part_id);
        WHEN 'use' THEN v_answer := use_part(p_event, v_ticket_id, v_part_id, p_said);
        WHEN 'return' THEN v_answer := return_part(p_event, v_ticket_id, v_part_id, p_said);
        WHEN 'receive' THEN v_answer := receive_part(p_event, v_part_id, p_said);
        WHEN 'send' THEN v_answer := send_part(p_event, v_part_id, p_said);
        WHEN 'take_in' THEN v_answer := take_part_in(p_event, v_transfer_id, p_said);
        WHEN 'count' THEN v_answer := count_part(p_event, v_part_id, p_said);
        WHEN 'waste' THEN v_answer := waste_part(p_event, v_part_id, p_said);
        WHEN 'block' THEN v_answer := block_lot(v_part_id, p_said, true);
        WHEN 'unblock' THEN v_answer := block_lot(v_part_id, p_said, false);
        WHEN 'place' THEN v_answer := put_stock_place(p_said);
        WHEN 'level' THEN v_answer := put_stock_level(v_part_id, p_said);
    END CASE;
    IF v_answer ->> 'standing' <> 'short' THEN
        INSERT INTO stock_events (id, doing, said, answer, actor_code, actor_role)
        VALUES (p_event, p_doing, p_said, v_answer, p_by, p_role);
    END IF;
    RETURN v_answer;
END
$$;

COMMENT ON FUNCTION change_stock(uuid, text, jsonb, text, text) IS
    'What is done about stock, once for each id; returns the answer. Raises FC013, FC014, FC015.';
