-- requires: find_ticket, get_ai_diagnosis, unit_snapshot
-- A ticket as it can be brought back to life from: what it was opened with, and every fact since, in order.
-- opening: the message TicketRow without its snapshots; calendar, priority: as at intake; unit, service: as registry and
-- configuration say now, for tickets whose opening has neither; facts_stored: how many facts there are, last_sequence:
-- how many there should be. NULL where the reference names no ticket.
CREATE OR REPLACE FUNCTION read_ticket_facts(p_reference text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'ticket_id', t.id,
        'number', t.number,
        'key', t.idempotency_key,
        'workflow_id', t.workflow_id,
        'status', t.status,
        'description', t.description,
        'priority', COALESCE(trail.first_priority, t.priority),
        'reporter', jsonb_build_object('code', t.reporter_code, 'role', t.reporter_role),
        'opened_at', t.opened_at,
        'opening', trail.opening,
        'template', i.template_snapshot,
        'calendar', COALESCE(trail.first_calendar, i.calendar_snapshot),
        'unit', unit_snapshot(t.equipment_id),
        'service', (
            SELECT jsonb_build_object(
                'configuration_id', c.id,
                'selected_by', CASE
                    WHEN c.equipment_type_id IS NOT NULL THEN 'equipment'
                    WHEN c.manufacturer_id IS NOT NULL THEN 'manufacturer'
                    ELSE 'default'
                END,
                'service_provider', c.service_provider,
                'parts_provider', c.parts_provider,
                'response_target', seconds(c.response_target),
                'parts_lead_time', seconds(c.parts_lead_time),
                'oem_parts_only', c.oem_parts_only,
                'manufacturer_desk', CASE
                    WHEN c.service_provider = 'manufacturer' THEN COALESCE(c.manufacturer_desk, m.service_desk)
                END
            )
            FROM manufacturer_service_config AS c
            JOIN equipment_registry AS e ON e.id = t.equipment_id
            JOIN manufacturers AS m ON m.id = e.manufacturer_id
            WHERE c.id IN (trail.first_configuration::uuid, t.service_configuration_id)
            ORDER BY c.id = trail.first_configuration::uuid DESC NULLS LAST
            LIMIT 1
        ),
        'facts', COALESCE(trail.facts, '[]'),
        'facts_stored', trail.facts_stored,
        'last_sequence', t.last_sequence,
        'diagnoses', COALESCE(
            (
                SELECT jsonb_agg(to_jsonb(d) ORDER BY d.proposed_at, d.diagnosis_id)
                FROM get_ai_diagnosis(t.id, true) AS d
                WHERE d.stage_key IS NOT NULL
            ),
            '[]'
        )
    )
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    CROSS JOIN LATERAL (
        SELECT
            (array_agg(a.new_value) FILTER (WHERE a.sequence = 0))[1] AS opening,
            jsonb_agg(a.new_value ORDER BY a.sequence) FILTER (WHERE a.sequence > 0) AS facts,
            count(*) FILTER (WHERE a.sequence > 0) AS facts_stored,
            (array_agg(a.old_value -> 'calendar' ORDER BY a.sequence)
                FILTER (WHERE a.action = 'contract_changed'))[1] AS first_calendar,
            (array_agg(a.old_value ->> 'service_configuration_id' ORDER BY a.sequence)
                FILTER (WHERE a.action = 'contract_changed'))[1] AS first_configuration,
            (array_agg(a.old_value ->> 'priority' ORDER BY a.sequence)
                FILTER (WHERE a.action = 'priority_changed'))[1] AS first_priority
        FROM audit_events AS a
        WHERE a.subject_id = t.id AND a.subject_table = 'service_tickets'
    ) AS trail
    WHERE t.id = find_ticket(p_reference)
$$;

COMMENT ON FUNCTION read_ticket_facts(text) IS
    'A ticket''s opening and all its facts as JSON, to rebuild its state from; NULL where there is none.';
