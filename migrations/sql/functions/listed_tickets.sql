-- requires: ticket_sla
-- What a list shows of tickets, in its order: a part of `list_tickets`, which has found them. It looks the same whichever
-- they are, so it is planned once a session: planning it for each page took three times as long as the page itself.
CREATE OR REPLACE FUNCTION listed_tickets(p_found uuid[], p_by_due boolean, p_limit integer)
RETURNS TABLE (
    ticket_id uuid,
    number text,
    workflow_id text,
    status text,
    priority text,
    serial text,
    equipment_type text,
    customer_code text,
    site_name text,
    template text,
    description text,
    current_stages text[],
    completion_percentage numeric,
    engineers text[],
    sla text,
    due_at timestamptz,
    clocks_met bigint,
    clocks_breached bigint,
    opened_at timestamptz,
    closed_at timestamptz
)
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        t.id, t.number, t.workflow_id, t.status, t.priority, e.serial, et.name, c.code, s.name,
        i.template_snapshot ->> 'code', t.description, i.current_stages, i.completion_percentage,
        ARRAY(
            SELECT DISTINCT p.code
            FROM workflow_stage_transitions AS v
            JOIN stage_assignments AS a ON a.transition_id = v.id AND a.ended_at IS NULL
            JOIN engineers AS p ON p.id = a.engineer_id
            WHERE v.instance_id = i.id
            ORDER BY p.code
        ),
        CASE WHEN t.status IN ('open', 'on_hold') THEN sla.state END,
        CASE WHEN t.status IN ('open', 'on_hold') THEN sla.due_at END,
        sla.clocks_met, sla.clocks_breached, t.opened_at, t.closed_at
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    JOIN equipment_registry AS e ON e.id = t.equipment_id
    JOIN equipment_catalog AS et ON et.id = e.equipment_type_id
    JOIN customers AS c ON c.id = t.customer_id
    JOIN customer_sites AS s ON s.id = t.site_id
    CROSS JOIN LATERAL ticket_sla(t.id) AS sla
    WHERE t.id = ANY (p_found)
    ORDER BY
        CASE WHEN p_by_due AND t.status IN ('open', 'on_hold') THEN sla.due_at END NULLS LAST,
        t.opened_at DESC,
        t.id DESC
    LIMIT p_limit;
END
$$;

COMMENT ON FUNCTION listed_tickets(uuid[], boolean, integer) IS
    'What a list shows of tickets, in its order: a part of list_tickets.';
