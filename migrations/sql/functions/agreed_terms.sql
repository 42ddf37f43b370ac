-- What is agreed on now for the unit of a ticket, for a ticket whose contract has changed: service configuration and
-- calendar, in the form in which intake freezes them. NULL where the reference names no ticket.
CREATE OR REPLACE FUNCTION agreed_terms(p_reference text, p_at timestamptz DEFAULT now())
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'number', t.number,
        'workflow_id', t.workflow_id,
        'opened_at', t.opened_at,
        'serial', e.serial,
        'service', service.found,
        'calendar', agreed_calendar(
            e.customer_id,
            (service.found ->> 'configuration_id')::uuid,
            (i.template_snapshot ->> 'template_id')::uuid,
            p_at,
            site.time_zone
        )
    )
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    JOIN equipment_registry AS e ON e.id = t.equipment_id
    JOIN customer_sites AS site ON site.id = e.site_id
    CROSS JOIN LATERAL (SELECT service_snapshot(e.id, p_at)) AS service (found)
    WHERE t.id = find_ticket(p_reference)
$$;

COMMENT ON FUNCTION agreed_terms(text, timestamptz) IS
    'What is agreed on now for the unit of a ticket: service configuration and calendar as JSON; NULL where there is none.';
