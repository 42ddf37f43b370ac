-- Stores a ticket, its workflow instance and a pending visit for every stage of the frozen template.
-- p_ticket is the message TicketRow. Called again for the same ticket it changes nothing and returns the same instance.
CREATE OR REPLACE FUNCTION start_workflow(p_ticket jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_ticket_id uuid := p_ticket ->> 'ticket_id';
    v_instance_id uuid;
BEGIN
    INSERT INTO service_tickets (
        id, number, idempotency_key, workflow_id, equipment_id, customer_id, site_id, service_configuration_id,
        description, priority, reporter_code, reporter_role, opened_at
    )
    VALUES (
        v_ticket_id,
        p_ticket ->> 'number',
        p_ticket ->> 'key',
        p_ticket ->> 'workflow_id',
        (p_ticket ->> 'equipment_id')::uuid,
        (p_ticket ->> 'customer_id')::uuid,
        (p_ticket ->> 'site_id')::uuid,
        (p_ticket ->> 'service_configuration_id')::uuid,
        p_ticket ->> 'description',
        p_ticket ->> 'priority',
        p_ticket #>> '{reporter,code}',
        p_ticket #>> '{reporter,role}',
        (p_ticket ->> 'opened_at')::timestamptz
    )
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        SELECT i.id INTO v_instance_id FROM ticket_workflow_instances AS i WHERE i.ticket_id = v_ticket_id;
        RETURN v_instance_id;
    END IF;

    INSERT INTO ticket_workflow_instances (
        ticket_id, template_id, template_snapshot, calendar_snapshot, workflow_id, run_id, workflow_type, started_at
    )
    VALUES (
        v_ticket_id,
        (p_ticket ->> 'template_id')::uuid,
        p_ticket -> 'template_snapshot',
        -- A worker from before there were calendars sends none.
        COALESCE(p_ticket -> 'calendar_snapshot', '{"code": "24x7", "version": 1, "always_open": true}'),
        p_ticket ->> 'workflow_id',
        p_ticket ->> 'run_id',
        p_ticket #>> '{template_snapshot,workflow_type}',
        (p_ticket ->> 'opened_at')::timestamptz
    )
    RETURNING id INTO v_instance_id;

    INSERT INTO workflow_stage_transitions (
        instance_id, stage_key, name, stage_type, position, support_level, target_duration
    )
    SELECT
        v_instance_id, s.key, s.name, s.stage_type, s.position, COALESCE(s.support_level, 'L1'),
        interval_from_json(s.target)
    FROM jsonb_to_recordset(p_ticket #> '{template_snapshot,stages}') AS s (
        key text, name text, stage_type text, position integer, support_level text, target jsonb
    )
    ORDER BY s.position;
    RETURN v_instance_id;
END
$$;

COMMENT ON FUNCTION start_workflow(jsonb) IS
    'Stores a ticket (TicketRow) with its instance and pending stages; returns the instance. Idempotent by ticket id.';
