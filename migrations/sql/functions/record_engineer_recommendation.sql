-- The engineers whom AI recommends for a visit, exactly once for a call. p_result: an answer of the form
-- models.contracts.recommendation.EngineerRecommendation, the best first. Who was recommended before for the visit and was
-- waited for is superseded. One that comes when the visit or the ticket is over, or when somebody was chosen already from an
-- earlier one, is so itself. Who is on the visit already is selected, if they are recommended, when it ends.
CREATE OR REPLACE FUNCTION record_engineer_recommendation(
    p_call ai_calls, p_ticket_id uuid, p_transition_id uuid, p_result jsonb, p_flags jsonb, p_prompt_hash text,
    p_at timestamptz
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_is_late boolean;
BEGIN
    IF EXISTS (SELECT FROM ai_engineer_recommendations AS r WHERE r.session_id = p_call.session_id) THEN
        RETURN;
    END IF;
    -- Two answers about one visit: one after the other.
    PERFORM FROM workflow_stage_transitions AS v WHERE v.id = p_transition_id FOR NO KEY UPDATE;
    v_is_late := EXISTS (
        SELECT FROM service_tickets AS t WHERE t.id = p_ticket_id AND t.status IN ('closed', 'cancelled')
    ) OR EXISTS (
        SELECT FROM workflow_stage_transitions AS v WHERE v.id = p_transition_id AND v.status IN ('completed', 'skipped')
    ) OR EXISTS (
        SELECT
        FROM ai_engineer_recommendations AS r
        WHERE r.ticket_id = p_ticket_id
            AND r.transition_id IS NOT DISTINCT FROM p_transition_id
            AND r.outcome NOT IN ('pending', 'superseded')
    );
    UPDATE ai_engineer_recommendations AS r
    SET outcome = 'superseded', decided_at = GREATEST(p_at, r.proposed_at)
    WHERE NOT v_is_late
        AND r.ticket_id = p_ticket_id
        AND r.transition_id IS NOT DISTINCT FROM p_transition_id
        AND r.outcome = 'pending';

    INSERT INTO ai_engineer_recommendations (
        ticket_id, transition_id, session_id, provider_id, model_id, proposed_at, engineer_id, rank, overall_score,
        expertise_score, availability_score, location_score, performance_score, workload_score, reasoning, strengths,
        concerns, outcome, decided_at
    )
    SELECT
        p_ticket_id, p_transition_id, p_call.session_id, p_call.provider_id, p_call.model_id, p_at, e.id, one.rank,
        (one.choice ->> 'overall_score')::numeric, (one.choice ->> 'expertise_score')::numeric,
        (one.choice ->> 'availability_score')::numeric, (one.choice ->> 'location_score')::numeric,
        (one.choice ->> 'performance_score')::numeric, (one.choice ->> 'workload_score')::numeric,
        one.choice ->> 'reasoning',
        ARRAY(SELECT jsonb_array_elements_text(one.choice -> 'strengths')),
        ARRAY(SELECT jsonb_array_elements_text(one.choice -> 'concerns')),
        CASE WHEN v_is_late THEN 'superseded' ELSE 'pending' END,
        CASE WHEN v_is_late THEN p_at END
    FROM jsonb_array_elements(p_result -> 'choices') WITH ORDINALITY AS one (choice, rank)
    JOIN engineers AS e ON e.code = one.choice ->> 'engineer_code';
END
$$;

COMMENT ON FUNCTION record_engineer_recommendation(ai_calls, uuid, uuid, jsonb, jsonb, text, timestamptz) IS
    'Records the engineers whom AI recommends, exactly once for a call.';
