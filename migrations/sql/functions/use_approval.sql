-- requires: find_account, find_ticket, told_by
-- Somebody asks for a hold that somebody else has approved. p_hold: {hold_reason, approved_by, command_id}; p_code: the
-- account of who asks. Uses the approval up, for that command: sent again it is the same one. {standing, approval,
-- approved_by}. standing: given; same_person (one account, or two with one address); may_not (the account is no
-- coordinator's or manager's in use any more, or never was); missing (not approved, used, or expired). A door.
CREATE OR REPLACE FUNCTION use_approval(p_reference text, p_hold jsonb, p_code text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_asker accounts;
    v_approver accounts;
    v_approval_id uuid;
BEGIN
    SELECT a.* INTO v_asker FROM accounts AS a WHERE a.id = find_account(p_code);
    SELECT a.* INTO v_approver FROM accounts AS a WHERE a.id = find_account(p_hold ->> 'approved_by');
    IF v_asker.id = v_approver.id OR lower(v_asker.email) = lower(v_approver.email) THEN
        RETURN '{"standing": "same_person"}';
    END IF;
    IF v_asker.id IS NULL OR v_approver.id IS NULL OR v_approver.disabled_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM account_roles AS r WHERE r.account_id = v_approver.id AND r.role IN ('coordinator', 'manager')
    ) THEN
        RETURN '{"standing": "may_not"}';
    END IF;
    -- Of two at the same time one is later, and finds it used.
    SELECT p.id
    INTO v_approval_id
    FROM approvals AS p
    WHERE p.ticket_id = find_ticket(p_reference)
        AND p.account_id = v_approver.id
        AND p.hold_reason = p_hold ->> 'hold_reason'
        AND (
            (p.used_at IS NULL AND p.expires_at > clock_timestamp())
            OR (p.used_by_account_id = v_asker.id AND p.used_by_command = p_hold ->> 'command_id')
        )
    ORDER BY p.used_at NULLS LAST, p.expires_at
    LIMIT 1
    FOR UPDATE;
    IF v_approval_id IS NULL THEN
        RETURN '{"standing": "missing"}';
    END IF;
    PERFORM told_by(p_code, 'operator');
    UPDATE approvals AS p
    SET used_at = clock_timestamp(), used_by_account_id = v_asker.id, used_by_command = p_hold ->> 'command_id'
    WHERE p.id = v_approval_id AND p.used_at IS NULL;
    RETURN jsonb_build_object('standing', 'given', 'approval', v_approval_id, 'approved_by', v_approver.code);
END
$$;

COMMENT ON FUNCTION use_approval(text, jsonb, text) IS
    'Uses up the approval of a hold that somebody else has given; says how it stands, as JSON.';
