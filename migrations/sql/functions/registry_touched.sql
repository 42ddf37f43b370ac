-- requires: tickets_of_engineer
-- How many tickets that have not ended are about a row of the registry. They go on by the terms that they were opened
-- with, until somebody has their contract read anew.
CREATE OR REPLACE FUNCTION registry_touched(p_kind text, p_id uuid)
RETURNS bigint
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_touched bigint := 0;
BEGIN
    CASE p_kind
        WHEN 'customers' THEN
            SELECT count(*)
            INTO v_touched
            FROM service_tickets AS t
            WHERE t.customer_id = p_id AND t.status IN ('open', 'on_hold');
        WHEN 'sites' THEN
            SELECT count(*)
            INTO v_touched
            FROM service_tickets AS t
            WHERE t.site_id = p_id AND t.status IN ('open', 'on_hold');
        WHEN 'units' THEN
            SELECT count(*)
            INTO v_touched
            FROM service_tickets AS t
            WHERE t.equipment_id = p_id AND t.status IN ('open', 'on_hold');
        WHEN 'calendars' THEN
            SELECT count(*)
            INTO v_touched
            FROM service_tickets AS t
            JOIN ticket_workflow_instances AS w ON w.ticket_id = t.id
            WHERE t.status IN ('open', 'on_hold')
                AND w.calendar_snapshot ->> 'code' = (SELECT r.code FROM business_calendars AS r WHERE r.id = p_id);
        WHEN 'parts' THEN
            SELECT count(DISTINCT t.id)
            INTO v_touched
            FROM ticket_parts_required AS p
            JOIN service_tickets AS t ON t.id = p.ticket_id
            WHERE p.part_id = p_id AND t.status IN ('open', 'on_hold') AND p.status <> 'cancelled';
        WHEN 'engineers' THEN
            SELECT count(*)
            INTO v_touched
            FROM service_tickets AS t
            WHERE t.id = ANY (tickets_of_engineer(p_id, true)) AND t.status IN ('open', 'on_hold');
        WHEN 'manufacturers' THEN
            SELECT count(*)
            INTO v_touched
            FROM service_tickets AS t
            JOIN equipment_registry AS u ON u.id = t.equipment_id
            WHERE u.manufacturer_id = p_id AND t.status IN ('open', 'on_hold');
        WHEN 'equipment_types' THEN
            SELECT count(*)
            INTO v_touched
            FROM service_tickets AS t
            JOIN equipment_registry AS u ON u.id = t.equipment_id
            WHERE u.equipment_type_id = p_id AND t.status IN ('open', 'on_hold');
        WHEN 'absences' THEN
            SELECT count(*)
            INTO v_touched
            FROM engineer_absences AS b
            CROSS JOIN LATERAL unnest(tickets_of_engineer(b.engineer_id, true)) AS w (ticket_id)
            JOIN service_tickets AS t ON t.id = w.ticket_id
            WHERE b.id = p_id AND t.status IN ('open', 'on_hold');
        ELSE
            NULL;
    END CASE;
    RETURN v_touched;
END
$$;

COMMENT ON FUNCTION registry_touched(text, uuid) IS
    'How many tickets that have not ended are about a row of the registry.';
