-- A diagnosis that AI has given, exactly once for a call. p_result: an answer of the form models.contracts.diagnosis.
-- Diagnosis; p_confidence of its first cause. Earlier proposals for the same visit that nobody has decided on are superseded;
-- one that comes when the visit or the ticket is over is so itself: nobody waits for it, and nobody has to decide.
CREATE OR REPLACE FUNCTION record_diagnosis(
    p_call ai_calls, p_ticket_id uuid, p_transition_id uuid, p_result jsonb, p_flags jsonb, p_prompt_hash text,
    p_at timestamptz
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_is_late boolean := EXISTS (
        SELECT FROM service_tickets AS t WHERE t.id = p_ticket_id AND t.status IN ('closed', 'cancelled')
    ) OR EXISTS (
        SELECT FROM workflow_stage_transitions AS v WHERE v.id = p_transition_id AND v.status IN ('completed', 'skipped')
    );
BEGIN
    UPDATE ai_diagnosis_results AS d
    SET status = 'superseded'
    WHERE NOT v_is_late
        AND d.ticket_id = p_ticket_id
        AND d.transition_id IS NOT DISTINCT FROM p_transition_id
        AND d.status = 'proposed'
        AND d.session_id <> p_call.session_id;

    INSERT INTO ai_diagnosis_results (
        ticket_id, transition_id, session_id, provider_id, model_id, proposed_at, summary, confidence, root_cause,
        hypotheses, issue_category, severity, problem_code, support_level, remote_fix_possible, remote_fix_steps,
        recommended_actions, recommended_parts, evidence, flags, prompt_hash, status
    )
    SELECT
        p_ticket_id, p_transition_id, p_call.session_id, p_call.provider_id, p_call.model_id, p_at,
        p_result ->> 'summary', (p_result #>> '{hypotheses,0,confidence}')::numeric,
        p_result #>> '{hypotheses,0,cause}', p_result -> 'hypotheses', p_result ->> 'category',
        p_result ->> 'severity', NULLIF(p_result ->> 'problem_code', ''), p_result ->> 'support_level',
        (p_result #>> '{remote_fix,possible}')::boolean, p_result #> '{remote_fix,steps}',
        p_result -> 'recommended_actions', p_result -> 'parts',
        jsonb_build_array(
            jsonb_build_object('claim', 'severity', 'evidence', p_result -> 'severity_evidence'),
            jsonb_build_object('claim', 'support level', 'evidence', p_result -> 'support_level_evidence'),
            jsonb_build_object('claim', 'remote fix', 'evidence', p_result #> '{remote_fix,evidence}')
        ),
        ARRAY(SELECT jsonb_array_elements_text(COALESCE(p_flags, '[]'))), p_prompt_hash,
        CASE WHEN v_is_late THEN 'superseded' ELSE 'proposed' END
    ON CONFLICT (session_id) DO NOTHING;
END
$$;

COMMENT ON FUNCTION record_diagnosis(ai_calls, uuid, uuid, jsonb, jsonb, text, timestamptz) IS
    'Records a diagnosis that AI has given, exactly once for a call.';
