-- requires: ticket_in_scope
-- Who is asked now whether they take a stage, whoever has to answer first before the others: all of them, or those of one
-- engineer; of tickets that p_scope lets see (ticket_in_scope).
CREATE OR REPLACE FUNCTION list_offers(p_engineer text DEFAULT NULL, p_scope jsonb DEFAULT NULL)
RETURNS TABLE (
    ticket_id uuid,
    number text,
    priority text,
    serial text,
    equipment_type text,
    customer_name text,
    site_name text,
    time_zone text,
    stage_key text,
    stage_name text,
    visit integer,
    support_level text,
    engineer_code text,
    engineer_name text,
    offer integer,
    place integer,
    candidates integer,
    asked_at timestamptz,
    answer_until timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        t.id, t.number, t.priority, u.serial, et.name, c.name, s.name, s.time_zone, v.stage_key, v.name, v.visit,
        v.support_level, e.code, e.name, a.offer, a.place,
        (SELECT count(*) FROM offer_answers AS n WHERE n.transition_id = a.transition_id AND n.offer = a.offer)::integer,
        a.asked_at, a.answer_until
    FROM offer_answers AS a
    JOIN engineers AS e ON e.id = a.engineer_id
    JOIN workflow_stage_transitions AS v ON v.id = a.transition_id
    JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
    JOIN service_tickets AS t ON t.id = i.ticket_id
    JOIN equipment_registry AS u ON u.id = t.equipment_id
    JOIN equipment_catalog AS et ON et.id = u.equipment_type_id
    JOIN customers AS c ON c.id = t.customer_id
    JOIN customer_sites AS s ON s.id = t.site_id
    WHERE a.answer = 'asked'
        AND (p_engineer IS NULL OR e.code = upper(p_engineer))
        AND (p_scope IS NULL OR ticket_in_scope(t.id, p_scope))
    ORDER BY a.answer_until, t.number
$$;

COMMENT ON FUNCTION list_offers(text, jsonb) IS 'Who is asked now whether they take a stage; the nearest limit first.';
