-- Keeps a plan that was made (p_plan: the message DispatchPlanMade): its head and its visits, whose stages and engineers
-- have to be there. One that comes again under its id is the same plan. A door. Returns the id.
CREATE OR REPLACE FUNCTION record_dispatch_plan(p_plan jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := p_plan ->> 'plan_id';
BEGIN
    INSERT INTO dispatch_plans (id, made_by_code, because, from_at, until_at, engine, objective, notes)
    VALUES (
        v_id,
        p_plan ->> 'made_by',
        left(COALESCE(p_plan ->> 'because', ''), 500),
        (p_plan ->> 'from_at')::timestamptz,
        (p_plan ->> 'until_at')::timestamptz,
        p_plan ->> 'engine',
        p_plan -> 'objective',
        ARRAY(SELECT left(n, 1000) FROM jsonb_array_elements_text(p_plan -> 'notes') AS n LIMIT 200)
    )
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN v_id;
    END IF;
    INSERT INTO dispatch_plan_visits (
        plan_id, transition_id, engineer_id, position, starts_at, ends_at, travel, travel_km, travel_assumed,
        present_engineer_id, reason_kind, reason
    )
    SELECT
        v_id,
        v.transition_id,
        e.id,
        v.position,
        v.starts_at,
        v.ends_at,
        make_interval(secs => v.travel),
        v.travel_km,
        COALESCE(v.travel_assumed, false),
        b.id,
        COALESCE(v.reason_kind, ''),
        left(COALESCE(v.reason, ''), 1000)
    FROM jsonb_to_recordset(p_plan -> 'visits') AS v (
        transition_id uuid, engineer text, position integer, starts_at timestamptz, ends_at timestamptz,
        travel double precision, travel_km double precision, travel_assumed boolean, present_engineer text,
        reason_kind text, reason text
    )
    LEFT JOIN engineers AS e ON e.code = v.engineer
    LEFT JOIN engineers AS b ON b.code = v.present_engineer;
    RETURN v_id;
END
$$;

COMMENT ON FUNCTION record_dispatch_plan(jsonb) IS 'Keeps a plan of visits that was made; returns its id.';
