-- requires: tickets_of_engineer, common_ids
-- The first tickets of a list that one grant of a scope lets through, as ids: see `list_tickets`, which has looked up what
-- its filters name. p_only: no others than these. p_free: those that nobody is on. (p_due, p_opened_at, p_id): what the
-- page before ended with.
--
-- How it stays quick on any number of tickets: the newest few are looked through first, since a filter that many tickets
-- pass has a page of them there; only where they don't fill it, all that fit are collected, by the index of the narrowest
-- filter. So no plan has to guess how far it must read for a page. Each round is planned for the filters that it has:
-- those that are NULL, with the tables that they need, are no part of it.
CREATE OR REPLACE FUNCTION pick_tickets(
    p_grant jsonb,
    p_status text,
    p_customer_id uuid,
    p_stage text,
    p_sla text,
    p_only uuid[],
    p_free uuid[],
    p_priority text,
    p_units uuid[],
    p_query tsquery,
    p_by_due boolean,
    p_due timestamptz,
    p_opened_at timestamptz,
    p_id uuid,
    p_limit integer
)
RETURNS uuid[]
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0
SET enable_seqscan = off
AS $$
DECLARE
    v_grant_customer CONSTANT uuid := (SELECT c.id FROM customers AS c WHERE c.code = p_grant ->> 'customer');
    v_grant_sites CONSTANT uuid[] := (
        SELECT array_agg(s.id) FROM customer_sites AS s
        WHERE s.code = p_grant ->> 'site' AND (v_grant_customer IS NULL OR s.customer_id = v_grant_customer)
    );
    v_maker CONSTANT uuid := (SELECT m.id FROM manufacturers AS m WHERE m.code = p_grant ->> 'manufacturer');
    v_engineer CONSTANT uuid := (SELECT e.id FROM engineers AS e WHERE e.code = p_grant ->> 'engineer');
    v_runs CONSTANT boolean := p_grant ? 'free'
        OR p_stage IS NOT NULL
        OR p_status IN ('open', 'on_hold')
        OR p_sla IN ('paused', 'at_risk', 'warning', 'on_track');
    v_customer CONSTANT uuid := COALESCE(v_grant_customer, p_customer_id);
    v_only uuid[] := p_only;
    v_opened_at timestamptz := p_opened_at;
    v_id uuid := p_id;
    v_parts text[] := CASE WHEN NOT p_by_due THEN ARRAY['newest'] ELSE ARRAY['due', 'rest'] END;
    v_part text;
    v_window integer;
    v_until timestamptz;
    v_since timestamptz;
    v_more uuid[];
    v_found uuid[] := '{}';
BEGIN
    IF p_grant ? 'customer' AND v_grant_customer IS NULL
        OR p_grant ? 'site' AND v_grant_sites IS NULL
        OR p_grant ? 'manufacturer' AND v_maker IS NULL
        OR p_grant ? 'engineer' AND v_engineer IS NULL
        OR p_grant - ARRAY['customer', 'site', 'manufacturer', 'engineer', 'free'] <> '{}'
    THEN
        RETURN v_found;
    END IF;
    IF v_engineer IS NOT NULL THEN
        v_only := common_ids(v_only, tickets_of_engineer(v_engineer, false));
    END IF;
    IF p_grant ? 'free' THEN
        v_only := common_ids(v_only, p_free);
    END IF;
    IF v_only = '{}' THEN
        RETURN v_found;
    END IF;
    -- A page that ended with a ticket that has no deadline is past all that have one.
    IF p_by_due AND p_due IS NULL AND p_opened_at < 'infinity' THEN
        v_parts := ARRAY['rest'];
    END IF;

    FOREACH v_part IN ARRAY v_parts LOOP
        IF v_part = 'rest' AND p_due IS NOT NULL THEN
            v_opened_at := 'infinity';
        END IF;
        v_more := NULL;
        FOREACH v_window IN ARRAY
            CASE
                WHEN COALESCE(v_only, p_units) IS NOT NULL OR v_part = 'due' AND v_customer IS NOT NULL THEN ARRAY[0]
                ELSE ARRAY[3 * p_limit + 100, 40 * p_limit, 0]
            END
        LOOP
            v_since := '-infinity';
            v_until := 'infinity';
            IF v_window > 0 AND v_part = 'due' THEN
                SELECT c.due_at
                INTO v_until
                FROM sla_clocks AS c
                WHERE c.ended_at IS NULL
                    AND NOT (100 = ANY (c.thresholds_fired))
                    AND c.due_at >= COALESCE(p_due, '-infinity')
                ORDER BY c.due_at
                OFFSET v_window
                LIMIT 1;
            ELSIF v_window > 0 THEN
                SELECT t.opened_at
                INTO v_since
                FROM service_tickets AS t
                WHERE t.opened_at <= v_opened_at
                    AND (v_customer IS NULL OR t.customer_id = v_customer)
                    AND (NOT COALESCE(v_runs, false) OR t.status IN ('open', 'on_hold'))
                ORDER BY t.opened_at DESC
                OFFSET v_window
                LIMIT 1;
            END IF;
            CONTINUE WHEN v_since IS NULL OR v_until IS NULL; -- not that many are left: all of them, then

            WITH fits AS MATERIALIZED (
                SELECT t.id, t.opened_at, CASE WHEN v_part = 'due' THEN d.due_at END AS due_at
                FROM service_tickets AS t
                LEFT JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
                LEFT JOIN equipment_registry AS e ON e.id = t.equipment_id
                LEFT JOIN ticket_words AS w ON w.ticket_id = t.id
                -- The least of the deadlines until then is the least of all, where there is one until then.
                LEFT JOIN (
                    SELECT c.ticket_id, min(c.due_at) AS due_at
                    FROM sla_clocks AS c
                    WHERE c.ended_at IS NULL AND NOT (100 = ANY (c.thresholds_fired)) AND c.due_at <= v_until
                    GROUP BY c.ticket_id
                ) AS d ON d.ticket_id = t.id
                WHERE t.opened_at >= v_since
                    AND (
                        v_part = 'due'
                        OR (t.opened_at <= v_opened_at AND (t.opened_at, t.id) < (v_opened_at, v_id))
                    )
                    AND (v_part <> 'due' OR (
                        t.status IN ('open', 'on_hold')
                        AND d.due_at >= COALESCE(p_due, '-infinity')
                        AND (p_due IS NULL OR d.due_at > p_due OR (t.opened_at, t.id) < (p_opened_at, p_id))
                    ))
                    AND (v_part <> 'rest' OR t.status NOT IN ('open', 'on_hold') OR d.due_at IS NULL)
                    AND (NOT COALESCE(v_runs, false) OR t.status IN ('open', 'on_hold'))
                    AND (p_status IS NULL OR t.status = p_status)
                    AND (p_customer_id IS NULL OR t.customer_id = p_customer_id)
                    AND (v_grant_customer IS NULL OR t.customer_id = v_grant_customer)
                    AND (v_grant_sites IS NULL OR t.site_id = ANY (v_grant_sites))
                    AND (v_maker IS NULL OR e.manufacturer_id = v_maker)
                    AND (v_only IS NULL OR t.id = ANY (v_only))
                    AND (p_priority IS NULL OR t.priority = p_priority)
                    AND (p_units IS NULL OR t.equipment_id = ANY (p_units))
                    AND (p_query IS NULL OR w.words @@ p_query)
                    AND (p_stage IS NULL OR (t.status IN ('open', 'on_hold') AND p_stage = ANY (i.current_stages)))
                    AND (p_sla IS NULL OR EXISTS (
                        SELECT
                        FROM ticket_sla(t.id) AS sla
                        WHERE (t.status IN ('open', 'on_hold') AND sla.state = p_sla)
                            OR (
                                (p_sla = 'met' OR p_status IN ('closed', 'cancelled'))
                                AND t.status IN ('closed', 'cancelled')
                                AND p_sla = CASE
                                    WHEN sla.clocks_breached > 0 THEN 'breached'
                                    WHEN sla.clocks_met > 0 THEN 'met'
                                END
                            )
                    ))
            )
            SELECT array_agg(f.id)
            INTO v_more
            FROM (
                SELECT f.id
                FROM fits AS f
                ORDER BY f.due_at, f.opened_at DESC, f.id DESC
                LIMIT p_limit - cardinality(v_found)
            ) AS f;
            EXIT WHEN cardinality(v_more) >= p_limit - cardinality(v_found);
        END LOOP;
        v_found := v_found || COALESCE(v_more, '{}');
        EXIT WHEN cardinality(v_found) >= p_limit;
    END LOOP;
    RETURN v_found;
END
$$;

COMMENT ON FUNCTION pick_tickets(
    jsonb, text, uuid, text, text, uuid[], uuid[], text, uuid[], tsquery, boolean, timestamptz, timestamptz, uuid, integer
) IS 'Ids of the first tickets of a list that one grant of a scope lets through: a part of list_tickets.';
