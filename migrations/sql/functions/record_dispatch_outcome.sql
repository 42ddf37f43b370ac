-- What became of the visits of a plan when it was applied (p_outcomes: [{transition_id, engineer, outcome, reason}]), by whom.
-- It may come again, or in parts: what was said of a visit last counts, and the plan is applied since the first time. A
-- door: it says what was done, and does nothing to a ticket. Returns how many visits it was said of.
CREATE OR REPLACE FUNCTION record_dispatch_outcome(p_plan_id uuid, p_by text, p_outcomes jsonb)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_count bigint;
BEGIN
    UPDATE dispatch_plans AS p
    SET applied_at = COALESCE(p.applied_at, clock_timestamp()), applied_by_code = COALESCE(p.applied_by_code, p_by)
    WHERE p.id = p_plan_id;
    UPDATE dispatch_plan_visits AS v
    SET outcome = o.outcome, outcome_reason = left(COALESCE(o.reason, ''), 1000)
    FROM jsonb_to_recordset(p_outcomes) AS o (transition_id uuid, engineer text, outcome text, reason text)
    JOIN engineers AS e ON e.code = o.engineer
    WHERE v.plan_id = p_plan_id AND v.transition_id = o.transition_id AND v.engineer_id = e.id;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;

COMMENT ON FUNCTION record_dispatch_outcome(uuid, text, jsonb) IS
    'What became of the visits of a plan when it was applied; returns of how many it was said.';
