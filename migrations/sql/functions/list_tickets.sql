-- requires: listed_tickets, pick_tickets, search_query, tickets_off_track, tickets_with_words, unassigned_tickets, unit_in_scope
-- Tickets, a page at a time. Filters that are NULL filter nothing: p_status a ticket status, p_customer a customer code,
-- p_stage the key of a stage in progress, p_sla an SLA state: of running tickets, and the verdict of ended ones where
-- those are asked for, by their status or as met; p_engineer the code of somebody who is on it now, p_unassigned true
-- those that run and nobody is on, p_priority, p_unit what a unit is named by (find_units), p_search words
-- (search_query). What there is not is refused.
--
-- p_sort: `newest`, or `due`: the nearest deadline that is not past first, then those without one, newest first. p_after
-- is where the page before ended: the number of its last ticket; by deadline with @ and the deadline that it had, if any.
-- p_scope says whose tickets they are (`ticket_in_scope`): each of its grants is looked up by its own index
-- (`pick_tickets`).
CREATE OR REPLACE FUNCTION list_tickets(
    p_status text DEFAULT NULL,
    p_customer text DEFAULT NULL,
    p_stage text DEFAULT NULL,
    p_sla text DEFAULT NULL,
    p_limit integer DEFAULT 50,
    p_after text DEFAULT NULL,
    p_scope jsonb DEFAULT NULL,
    p_engineer text DEFAULT NULL,
    p_unassigned boolean DEFAULT NULL,
    p_priority text DEFAULT NULL,
    p_unit text DEFAULT NULL,
    p_search text DEFAULT NULL,
    p_sort text DEFAULT 'newest'
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
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
    v_limit CONSTANT integer := greatest(1, least(COALESCE(p_limit, 50), 1000));
    v_by_due CONSTANT boolean := p_sort = 'due';
    v_number CONSTANT text := upper(split_part(p_after, '@', 1) COLLATE "C");
    v_due CONSTANT text := split_part(p_after, '@', 2);
    v_opened_at timestamptz := 'infinity';
    v_id uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    v_customer_id uuid;
    v_stage text;
    v_engineer_id uuid;
    v_units uuid[];
    v_query tsquery;
    v_only uuid[];
    v_free uuid[];
    v_grant jsonb;
    v_found uuid[] := '{}';
BEGIN
    IF p_sort IS DISTINCT FROM 'newest' AND p_sort IS DISTINCT FROM 'due' THEN
        RAISE EXCEPTION 'lists are sorted by newest or due, not by %', p_sort USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF p_after IS NOT NULL THEN
        IF v_by_due <> (strpos(p_after, '@') > 0) OR NOT pg_input_is_valid(v_due, 'timestamptz') AND v_due <> '' THEN
            RAISE EXCEPTION 'a list that is sorted by % does not go on after "%"', p_sort, p_after
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        SELECT t.opened_at, t.id
        INTO v_opened_at, v_id
        FROM service_tickets AS t
        WHERE t.number = v_number AND (p_scope IS NULL OR ticket_in_scope(t.id, p_scope));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no ticket % to go on after', split_part(p_after, '@', 1)
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF p_customer IS NOT NULL THEN
        SELECT c.id INTO v_customer_id FROM customers AS c WHERE c.code = upper(p_customer);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no customer %', p_customer USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF p_engineer IS NOT NULL THEN
        SELECT e.id INTO v_engineer_id FROM engineers AS e WHERE e.code = upper(p_engineer);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no engineer %', p_engineer USING ERRCODE = 'invalid_parameter_value';
        END IF;
        v_only := tickets_of_engineer(v_engineer_id, true);
    END IF;
    IF p_unit IS NOT NULL THEN
        v_units := find_units(p_unit);
        -- Whoever may see none of its tickets is not told that it is there.
        IF v_units IS NULL OR p_scope IS NOT NULL AND NOT unit_in_scope(v_units, p_scope) THEN
            RAISE EXCEPTION 'there is no unit %', p_unit USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF p_search IS NOT NULL THEN
        v_query := search_query(p_search);
        IF v_query IS NULL THEN
            RAISE EXCEPTION 'there is no word in "%" to search for', p_search USING ERRCODE = 'invalid_parameter_value';
        END IF;
        v_only := common_ids(v_only, tickets_with_words(v_query));
    END IF;
    IF p_stage IS NOT NULL THEN
        v_stage := lower(p_stage COLLATE "C");
        IF NOT EXISTS (SELECT FROM stage_configuration_templates AS d WHERE d.key = v_stage) THEN
            -- A running ticket may have a stage that its template has no more. All of the open ones, one by one: the
            -- planner thinks that a first one is found soon, and would read whole tables for it.
            PERFORM
            FROM service_tickets AS t
            CROSS JOIN LATERAL (
                SELECT FROM ticket_workflow_instances AS i
                WHERE i.ticket_id = t.id AND v_stage = ANY (i.current_stages)
                LIMIT 1
            ) AS found
            WHERE t.status IN ('open', 'on_hold')
            ORDER BY t.opened_at DESC
            LIMIT 1;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is no stage %', p_stage USING ERRCODE = 'invalid_parameter_value';
            END IF;
        END IF;
    END IF;
    IF p_sla IS NOT NULL THEN
        v_only := common_ids(v_only, tickets_off_track(p_sla));
    END IF;
    IF p_unassigned OR jsonb_path_exists(p_scope, '$[*].free') THEN
        v_free := unassigned_tickets();
        v_only := CASE WHEN p_unassigned THEN common_ids(v_only, v_free) ELSE v_only END;
    END IF;

    -- Of each grant the first of its own; the first of them all are among those.
    FOR v_grant IN SELECT g FROM jsonb_array_elements(COALESCE(p_scope, '[{}]')) AS g LOOP
        v_found := v_found || pick_tickets(
            v_grant, p_status, v_customer_id, v_stage, p_sla, v_only, v_free, p_priority, v_units,
             v_query, v_by_due, CASE WHEN v_due <> '' THEN v_due::timestamptz END, v_opened_at, v_id, v_limit
        );
    END LOOP;

    RETURN QUERY SELECT * FROM listed_tickets(v_found, v_by_due, v_limit);
END
$$;

COMMENT ON FUNCTION list_tickets(
    text, text, text, text, integer, text, jsonb, text, boolean, text, text, text, text
) IS 'A page of tickets, newest or nearest deadline first, 1 to 1000; p_after is where the page before ended.';
