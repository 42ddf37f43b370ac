-- requires: find_ticket, known_account, told_by
-- Somebody approves that a ticket is put on hold for a reason, by somebody else and once. p_approval: {hold_reason,
-- remark, lasts (seconds)}; p_code: the account of who approves, a coordinator or manager in use. Returns when it expires;
-- NULL where there is no such ticket. A door.
CREATE OR REPLACE FUNCTION give_approval(p_reference text, p_approval jsonb, p_code text)
RETURNS timestamptz
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid := known_account(p_code);
    v_ticket_id uuid := find_ticket(p_reference);
    v_lasts interval := make_interval(secs => (p_approval ->> 'lasts')::double precision);
    v_expires_at timestamptz;
BEGIN
    IF v_ticket_id IS NULL THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (
        SELECT
        FROM accounts AS a
        JOIN account_roles AS r ON r.account_id = a.id AND r.role IN ('coordinator', 'manager')
        WHERE a.id = v_account_id AND a.disabled_at IS NULL
    ) THEN
        RAISE EXCEPTION 'the account % approves nothing', p_code USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF v_lasts IS NULL OR v_lasts <= interval '0' OR v_lasts > interval '7 days' THEN
        RAISE EXCEPTION 'an approval lasts a week at the most' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM told_by(p_code, 'operator');
    INSERT INTO approvals (ticket_id, hold_reason, account_id, remark, expires_at)
    VALUES (
        v_ticket_id,
        p_approval ->> 'hold_reason',
        v_account_id,
        COALESCE(p_approval ->> 'remark', ''),
        clock_timestamp() + v_lasts
    )
    RETURNING expires_at INTO v_expires_at;
    RETURN v_expires_at;
END
$$;

COMMENT ON FUNCTION give_approval(text, jsonb, text) IS
    'Somebody approves a hold of a ticket, for once; returns when that expires, NULL: no such ticket.';
