-- Facts travel_started and arrived_on_site: somebody sets out for the unit, or is there.
CREATE OR REPLACE FUNCTION record_journey(p_instance_id uuid, p_fact jsonb)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    UPDATE workflow_stage_transitions AS v
    SET travel_started_at = CASE p_fact ->> 'kind'
            WHEN 'travel_started' THEN (p_fact ->> 'at')::timestamptz
            ELSE v.travel_started_at
        END,
        arrived_at = CASE p_fact ->> 'kind'
            WHEN 'arrived_on_site' THEN (p_fact ->> 'at')::timestamptz
            ELSE v.arrived_at
        END
    WHERE v.id = stage_visit_id(p_instance_id, p_fact -> 'stage')
$$;

COMMENT ON FUNCTION record_journey(uuid, jsonb) IS 'Applies the facts travel_started and arrived_on_site.';
