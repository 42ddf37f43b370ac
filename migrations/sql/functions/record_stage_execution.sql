-- Keeps what was done in a completed visit: the answers whole, the well-known ones as columns, those that are objects or
-- lists as forms, and what the frozen template asked for. p_signature: of a person, with name, signed_at, meaning, digest
-- and how they showed who they are; it is kept whole. Without one, a signature is a text that is not blank; it was given
-- at p_at and means what the template calls it, or signs off the stage. An answer that does not fit its column stays in
-- the answers alone: a record must never fail over what somebody typed.
CREATE OR REPLACE FUNCTION record_stage_execution(
    p_transition_id uuid, p_actions jsonb, p_signature jsonb, p_at timestamptz
)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    INSERT INTO stage_execution_data (
        transition_id, actions, forms, completion_criteria, diagnosis_summary, work_performed, test_results,
        customer_feedback, customer_rating, customer_signature, signed_at, signature_meaning, signature
    )
    SELECT
        v.id,
        p_actions,
        COALESCE(
            (
                SELECT jsonb_object_agg(a.key, a.value)
                FROM jsonb_each(p_actions) AS a
                WHERE jsonb_typeof(a.value) IN ('object', 'array')
            ),
            '{}'
        ),
        asked.actions,
        p_actions ->> 'diagnosis_summary',
        p_actions ->> 'work_performed',
        (
            SELECT jsonb_object_agg(a.key, a.value)
            FROM jsonb_each(p_actions) AS a
            WHERE a.key LIKE '%\_test\_passed' OR a.key = 'test_results'
        ),
        p_actions ->> 'customer_feedback',
        CASE WHEN p_actions ->> 'customer_rating' ~ '^(10|[0-9])$' THEN (p_actions ->> 'customer_rating')::smallint END,
        signed.signature,
        CASE
            WHEN personal.signature IS NOT NULL THEN (personal.signature ->> 'signed_at')::timestamptz
            WHEN signed.signature IS NOT NULL THEN p_at
        END,
        CASE
            WHEN personal.signature IS NOT NULL THEN personal.signature ->> 'meaning'
            WHEN signed.signature IS NOT NULL THEN COALESCE(
                jsonb_path_query_first(asked.actions, '$[*] ? (@.key == "customer_signature").label') #>> '{}',
                v.name
            )
        END,
        personal.signature
    FROM workflow_stage_transitions AS v
    JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
    CROSS JOIN LATERAL (
        SELECT jsonb_path_query_array(
            i.template_snapshot,
            '$.stages[*] ? (@.key == $key).required_actions[*]',
            jsonb_build_object('key', v.stage_key)
        ) AS actions
    ) AS asked
    CROSS JOIN LATERAL (
        SELECT CASE WHEN jsonb_typeof(p_signature) = 'object' THEN p_signature END AS signature
    ) AS personal
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN personal.signature IS NOT NULL THEN personal.signature ->> 'name'
            WHEN jsonb_typeof(p_actions -> 'customer_signature') = 'string' AND p_actions ->> 'customer_signature' ~ '\S'
                THEN p_actions ->> 'customer_signature'
        END AS signature
    ) AS signed
    WHERE v.id = p_transition_id
    ON CONFLICT (transition_id) DO NOTHING
$$;

COMMENT ON FUNCTION record_stage_execution(uuid, jsonb, jsonb, timestamptz) IS
    'Keeps the answers of a visit completed at a moment, with what was asked for and who signed it, once.';
