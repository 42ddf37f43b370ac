-- requires: find_ticket
-- Every signature of a person, by tickets and stages, p_limit tickets after the number p_after; with p_reference those of
-- one ticket alone. proven: what the database has of who they have shown to be, {stage, name, digest, proven_at, account,
-- link}; NULL where the proof that the signature names is not there, or is another ticket's.
CREATE OR REPLACE FUNCTION list_signatures(
    p_reference text DEFAULT NULL, p_after text DEFAULT '', p_limit integer DEFAULT 100
)
RETURNS TABLE (number text, stage_key text, visit integer, signature jsonb, proven jsonb)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        t.number,
        v.stage_key,
        v.visit,
        x.signature,
        (
            SELECT jsonb_build_object(
                'stage', p.stage_key,
                'name', p.printed_name,
                'digest', p.digest,
                'proven_at', p.proven_at,
                'account', a.code,
                'link', l.code
            )
            FROM signature_proofs AS p
            LEFT JOIN accounts AS a ON a.id = p.account_id
            LEFT JOIN signing_links AS l ON l.id = p.signing_link_id
            WHERE p.ticket_id = t.id AND p.id::text = x.signature ->> 'proof'
        )
    FROM (
        SELECT s.id, s.number
        FROM service_tickets AS s
        WHERE
            (p_reference IS NULL OR s.id = find_ticket(p_reference))
            AND s.number > p_after
            AND EXISTS (
                SELECT
                FROM ticket_workflow_instances AS j
                JOIN workflow_stage_transitions AS w ON w.instance_id = j.id
                JOIN stage_execution_data AS y ON y.transition_id = w.id
                WHERE j.ticket_id = s.id AND y.signature IS NOT NULL
            )
        ORDER BY s.number
        LIMIT p_limit
    ) AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
    JOIN stage_execution_data AS x ON x.transition_id = v.id
    WHERE x.signature IS NOT NULL
    ORDER BY t.number, v.position, v.visit
$$;

COMMENT ON FUNCTION list_signatures(text, text, integer) IS
    'Signatures of persons, with the proof that each names; of one ticket, or page by page.';
