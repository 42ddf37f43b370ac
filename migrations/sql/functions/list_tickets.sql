-- requires: ticket_in_scope
-- Tickets, newest first, a page at a time. Filters that are NULL filter nothing: p_status a ticket status, p_customer a
-- customer code, p_stage the key of a stage in progress, p_sla an SLA state: of running tickets, and the verdict of ended
-- ones where those are asked for, by their status or as met. A customer or a stage that there is not is refused. p_after
-- is the number of the last ticket of the page before, p_scope whose tickets they are (`ticket_in_scope`). Every call is
-- planned for the filters that it has: so each gets its own index.
CREATE OR REPLACE FUNCTION list_tickets(
    p_status text DEFAULT NULL,
    p_customer text DEFAULT NULL,
    p_stage text DEFAULT NULL,
    p_sla text DEFAULT NULL,
    p_limit integer DEFAULT 50,
    p_after text DEFAULT NULL,
    p_scope jsonb DEFAULT NULL
)
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
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    v_opened_at timestamptz := 'infinity';
    v_id uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    v_customer_id uuid;
    v_stage text;
BEGIN
    IF p_after IS NOT NULL THEN
        SELECT t.opened_at, t.id
        INTO v_opened_at, v_id
        FROM service_tickets AS t
        WHERE t.number = upper(p_after) AND (p_scope IS NULL OR ticket_in_scope(t.id, p_scope));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no ticket % to go on after', p_after USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF p_customer IS NOT NULL THEN
        SELECT c.id INTO v_customer_id FROM customers AS c WHERE c.code = upper(p_customer);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no customer %', p_customer USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF p_stage IS NOT NULL THEN
        v_stage := lower(p_stage COLLATE "C");
        IF NOT EXISTS (SELECT FROM stage_configuration_templates AS d WHERE d.key = v_stage) THEN
            -- A running ticket may have a stage that its template has no more.
            PERFORM
            FROM service_tickets AS t
            JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
            WHERE t.status IN ('open', 'on_hold') AND v_stage = ANY (i.current_stages)
            LIMIT 1;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is no stage %', p_stage USING ERRCODE = 'invalid_parameter_value';
            END IF;
        END IF;
    END IF;

    RETURN QUERY
    SELECT
        t.id, t.number, t.workflow_id, t.status, t.priority, e.serial, et.name, c.code, s.name,
        i.template_snapshot ->> 'code', t.description, i.current_stages, i.completion_percentage,
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
    WHERE (t.opened_at, t.id) < (v_opened_at, v_id)
        AND (p_status IS NULL OR t.status = p_status)
        AND (p_customer IS NULL OR t.customer_id = v_customer_id)
        AND (p_stage IS NULL OR (t.status IN ('open', 'on_hold') AND v_stage = ANY (i.current_stages)))
        AND (
            p_sla IS NULL
            OR (t.status IN ('open', 'on_hold') AND sla.state = p_sla)
            OR (
                (p_sla = 'met' OR p_status IN ('closed', 'cancelled'))
                AND t.status IN ('closed', 'cancelled')
                AND p_sla = CASE WHEN sla.clocks_breached > 0 THEN 'breached' WHEN sla.clocks_met > 0 THEN 'met' END
            )
        )
        AND (p_scope IS NULL OR ticket_in_scope(t.id, p_scope))
    ORDER BY t.opened_at DESC, t.id DESC
    LIMIT greatest(1, least(p_limit, 1000));
END
$$;

COMMENT ON FUNCTION list_tickets(text, text, text, text, integer, text, jsonb) IS
    'A page of tickets, newest first, 1 to 1000 of them; p_after is the number that the page before ended with.';
