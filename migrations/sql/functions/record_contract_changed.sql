-- Fact contract_changed: another service configuration and another calendar from the report on. Clocks that have ended
-- keep the calendar that they ended under. A configuration that was deleted meanwhile leaves the ticket's as it was: what
-- was agreed on stands in the fact, and the facts after it must not wait. Returns the terms before.
CREATE OR REPLACE FUNCTION record_contract_changed(p_ticket_id uuid, p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_old jsonb;
BEGIN
    UPDATE sla_clocks AS c
    SET calendar_snapshot = i.calendar_snapshot
    FROM ticket_workflow_instances AS i
    WHERE i.id = p_instance_id
        AND c.ticket_id = p_ticket_id
        AND c.ended_at IS NOT NULL
        AND c.calendar_snapshot IS NULL
        AND i.calendar_snapshot <> p_fact -> 'calendar';
    UPDATE ticket_workflow_instances AS i
    SET calendar_snapshot = p_fact -> 'calendar'
    WHERE i.id = p_instance_id
    RETURNING jsonb_build_object('calendar', old.calendar_snapshot) INTO v_old;
    UPDATE service_tickets AS t
    SET service_configuration_id = COALESCE(
        (
            SELECT c.id
            FROM manufacturer_service_config AS c
            WHERE c.id = (p_fact #>> '{service,configuration_id}')::uuid
        ),
        t.service_configuration_id
    )
    WHERE t.id = p_ticket_id
    RETURNING v_old || jsonb_build_object('service_configuration_id', old.service_configuration_id) INTO v_old;
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_contract_changed(uuid, uuid, jsonb) IS
    'Applies the fact contract_changed; returns the old values for the audit trail.';
