-- Engineers that AI recommends for a ticket, ranked: of each stage the newest session alone, over all visits of the
-- stage, one that came too late only where there is no other; without p_stage_key of every stage, those for the ticket as a whole (no stage) last. Scores are 0 to 100.
CREATE OR REPLACE FUNCTION get_ai_engineer_recommendations(p_ticket_id uuid, p_stage_key text DEFAULT NULL)
RETURNS TABLE (
    recommendation_id uuid,
    session_id uuid,
    stage_key text,
    visit integer,
    provider_code text,
    model_code text,
    proposed_at timestamptz,
    rank integer,
    engineer_code text,
    engineer_name text,
    support_level text,
    overall_score numeric,
    expertise_score numeric,
    availability_score numeric,
    location_score numeric,
    performance_score numeric,
    workload_score numeric,
    reasoning text,
    strengths text[],
    concerns text[],
    outcome text,
    decided_at timestamptz,
    fixed_at_first_visit boolean
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        r.id,
        r.session_id,
        r.stage_key,
        r.visit,
        p.code,
        m.code,
        r.proposed_at,
        r.rank,
        e.code,
        e.name,
        e.support_level,
        r.overall_score,
        r.expertise_score,
        r.availability_score,
        r.location_score,
        r.performance_score,
        r.workload_score,
        r.reasoning,
        r.strengths,
        r.concerns,
        r.outcome,
        r.decided_at,
        r.fixed_at_first_visit
    FROM (
        SELECT
            one.*,
            v.stage_key,
            v.visit,
            v.position,
            first_value(one.session_id) OVER (
                PARTITION BY v.stage_key
                ORDER BY one.outcome = 'superseded', one.proposed_at DESC, one.id DESC
            ) AS newest_session
        FROM ai_engineer_recommendations AS one
        LEFT JOIN workflow_stage_transitions AS v ON v.id = one.transition_id
        WHERE one.ticket_id = p_ticket_id AND (p_stage_key IS NULL OR v.stage_key = p_stage_key)
    ) AS r
    JOIN engineers AS e ON e.id = r.engineer_id
    JOIN ai_providers AS p ON p.id = r.provider_id
    LEFT JOIN ai_models AS m ON m.id = r.model_id
    WHERE r.session_id = r.newest_session
    ORDER BY r.position, r.rank
$$;

COMMENT ON FUNCTION get_ai_engineer_recommendations(uuid, text) IS
    'Engineers that AI recommends, ranked: the newest session of each stage.';
