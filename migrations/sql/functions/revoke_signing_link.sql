-- requires: find_ticket, told_by
-- Take a signing link of a ticket back: nobody signs by it any more. Returns whether there was one in force: also one whose
-- signature never came onto record. A door.
CREATE OR REPLACE FUNCTION revoke_signing_link(p_reference text, p_code text, p_actor jsonb)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
BEGIN
    PERFORM told_by(p_actor ->> 'code', p_actor ->> 'role');
    UPDATE signing_links AS l
    SET revoked_at = clock_timestamp()
    WHERE l.ticket_id = find_ticket(p_reference)
        AND l.code = upper(p_code)
        AND l.revoked_at IS NULL
        AND NOT EXISTS (
            SELECT
            FROM ticket_workflow_instances AS i
            JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
            JOIN stage_execution_data AS x ON x.transition_id = v.id
            JOIN signature_proofs AS p ON p.id::text = x.signature ->> 'proof'
            WHERE i.ticket_id = l.ticket_id AND p.signing_link_id = l.id
        )
        AND l.expires_at > clock_timestamp()
    RETURNING l.id INTO v_id;
    DELETE FROM account_keys AS k WHERE k.signing_link_id = v_id;
    RETURN v_id IS NOT NULL;
END
$$;

COMMENT ON FUNCTION revoke_signing_link(text, text, jsonb) IS
    'Takes a signing link back; returns whether it was in force.';
