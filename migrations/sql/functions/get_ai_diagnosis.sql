-- What AI holds to be the fault of a ticket, newest first, with who answered, what a person decided (corrected_*:
-- what an edited one is instead) and what proved true.
-- Superseded ones only when they are asked for.
CREATE OR REPLACE FUNCTION get_ai_diagnosis(p_ticket_id uuid, p_include_superseded boolean DEFAULT false)
RETURNS TABLE (
    diagnosis_id uuid,
    session_id uuid,
    stage_key text,
    visit integer,
    provider_code text,
    model_code text,
    proposed_at timestamptz,
    summary text,
    confidence numeric,
    root_cause text,
    hypotheses jsonb,
    issue_category text,
    severity text,
    problem_code text,
    support_level text,
    remote_fix_possible boolean,
    remote_fix_steps jsonb,
    recommended_actions jsonb,
    recommended_parts jsonb,
    evidence jsonb,
    flags text[],
    status text,
    decided_by_code text,
    decided_by_role text,
    decided_at timestamptz,
    corrected_cause text,
    corrected_code text,
    was_correct boolean,
    verified_cause text,
    verified_code text,
    verified_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        d.id,
        d.session_id,
        v.stage_key,
        v.visit,
        p.code,
        m.code,
        d.proposed_at,
        d.summary,
        d.confidence,
        d.root_cause,
        d.hypotheses,
        d.issue_category,
        d.severity,
        d.problem_code,
        d.support_level,
        d.remote_fix_possible,
        d.remote_fix_steps,
        d.recommended_actions,
        d.recommended_parts,
        d.evidence,
        d.flags,
        d.status,
        d.decided_by_code,
        d.decided_by_role,
        d.decided_at,
        f.correction ->> 'cause',
        f.correction ->> 'problem_code',
        d.was_correct,
        d.verified_cause,
        d.verified_code,
        d.verified_at
    FROM ai_diagnosis_results AS d
    JOIN ai_providers AS p ON p.id = d.provider_id
    LEFT JOIN ai_models AS m ON m.id = d.model_id
    LEFT JOIN workflow_stage_transitions AS v ON v.id = d.transition_id
    LEFT JOIN ai_feedback AS f
        ON f.diagnosis_id = d.id AND f.kind = 'human' AND f.given_by_code = d.decided_by_code AND d.status = 'edited'
    WHERE d.ticket_id = p_ticket_id AND (p_include_superseded OR d.status <> 'superseded')
    ORDER BY d.proposed_at DESC, d.id DESC
$$;

COMMENT ON FUNCTION get_ai_diagnosis(uuid, boolean) IS
    'AI diagnoses of a ticket, newest first; superseded ones only when asked for.';
