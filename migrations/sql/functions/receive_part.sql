-- requires: move_part, stock_place, stock_quantity_said
-- Parts come in from outside at p_said's place `to`: quantity; lot or serial, expires_on if they have one.
-- {standing: received}.
CREATE OR REPLACE FUNCTION receive_part(p_event uuid, p_part_id uuid, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_quantity integer := stock_quantity_said(p_said, 'quantity', 1);
    v_to uuid := stock_place(p_said ->> 'to');
    v_serial boolean := p_said ->> 'serial' IS NOT NULL;
    v_code text := COALESCE(p_said ->> 'serial', p_said ->> 'lot');
    v_expires date;
    v_lot stock_lots;
BEGIN
    IF p_said ->> 'serial' IS NOT NULL AND p_said ->> 'lot' IS NOT NULL THEN
        RAISE EXCEPTION 'a part has a lot or a serial number here, not both'
            USING ERRCODE = 'FC014', HINT = 'Give the serial number.';
    ELSIF v_serial AND v_quantity <> 1 THEN
        RAISE EXCEPTION 'there is one part with a serial number'
            USING ERRCODE = 'FC014', HINT = 'Receive them one by one.';
    ELSIF v_code IS NULL AND p_said ->> 'expires_on' IS NOT NULL THEN
        RAISE EXCEPTION 'what expires has a lot or a serial number'
            USING ERRCODE = 'FC014', HINT = 'Give that, too.';
    ELSIF v_code !~ '^[!-~]([ -~]{0,38}[!-~])?$' THEN
        RAISE EXCEPTION 'a lot or serial number has 1 to 40 letters, digits and signs of ASCII'
            USING ERRCODE = 'FC014', HINT = 'Read it again.';
    ELSIF p_said ->> 'expires_on' IS NOT NULL AND NOT pg_input_is_valid(p_said ->> 'expires_on', 'date') THEN
        RAISE EXCEPTION '% is no day', left(p_said ->> 'expires_on', 40)
            USING ERRCODE = 'FC014', HINT = 'Write it as 2027-03-31.';
    END IF;
    v_expires := p_said ->> 'expires_on';
    IF v_code IS NOT NULL THEN
        SELECT k.* INTO v_lot FROM stock_lots AS k WHERE k.part_id = p_part_id AND k.code = v_code;
        IF v_lot.id IS NULL THEN
            INSERT INTO stock_lots (part_id, code, is_serial, expires_on)
            VALUES (p_part_id, v_code, v_serial, v_expires)
            RETURNING * INTO v_lot;
        ELSIF v_lot.is_serial <> v_serial THEN
            RAISE EXCEPTION '% is a % of this part', v_code, CASE WHEN v_serial THEN 'lot' ELSE 'serial number' END
                USING ERRCODE = 'FC014', HINT = 'Read it again.';
        ELSIF v_lot.expires_on IS DISTINCT FROM v_expires AND v_expires IS NOT NULL THEN
            RAISE EXCEPTION 'the lot % expires on %', v_code, COALESCE(v_lot.expires_on::text, 'no day')
                USING ERRCODE = 'FC014', HINT = 'Read the day again, or give the lot another name.';
        END IF;
    END IF;
    PERFORM move_part('receipt', p_part_id, NULL, v_to, v_lot.id, v_quantity, p_event);
    RETURN '{"standing": "received"}';
END
$$;

COMMENT ON FUNCTION receive_part(uuid, uuid, jsonb) IS 'Parts come in from outside. Raises FC014, FC015.';
