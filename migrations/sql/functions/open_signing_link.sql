-- What whoever has a signing link may sign, by the SHA-256 of its secret: {code, ticket, stage, name, capacity}, the ticket
-- by its number. NULL where there is no such link, or it was taken back, has expired, or its signature is on record. One
-- that was used for a signature that never came onto record is still good for that one. A door, because no role reads keys.
CREATE OR REPLACE FUNCTION open_signing_link(p_digest bytea)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'code', l.code, 'ticket', t.number, 'stage', l.stage_key, 'name', l.printed_name, 'capacity', l.capacity
    )
    FROM account_keys AS k
    JOIN signing_links AS l ON l.id = k.signing_link_id
    JOIN service_tickets AS t ON t.id = l.ticket_id
    WHERE k.digest = p_digest
        AND l.revoked_at IS NULL
        AND l.expires_at > clock_timestamp()
        AND NOT EXISTS (
            SELECT
            FROM ticket_workflow_instances AS i
            JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
            JOIN stage_execution_data AS x ON x.transition_id = v.id
            JOIN signature_proofs AS p ON p.id::text = x.signature ->> 'proof'
            WHERE i.ticket_id = l.ticket_id AND p.signing_link_id = l.id
        )
$$;

COMMENT ON FUNCTION open_signing_link(bytea) IS
    'What a signing link is for, as JSON; NULL where it is good for nothing.';
