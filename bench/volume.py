"""Many tickets and the queries that must stay quick on them: filled set-based, in seconds.

The rows have the shapes and proportions of real ones (95 % ended; three visits, two clocks and two audit entries a
ticket), not their content: triggers and foreign keys are passed over, and the audit entries have no true hashes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

YEAR = timedelta(minutes=500_000)
"""Over how long the tickets were reported, however many they are."""

HOT = {
    "tickets, newest first": "SELECT * FROM list_tickets()",
    "tickets, a further page": "SELECT * FROM list_tickets(p_after => 'FC-2025-001000')",
    "open tickets": "SELECT * FROM list_tickets(p_status => 'open')",
    "tickets of a customer": "SELECT * FROM list_tickets(p_customer => 'VOL-7')",
    "tickets in a stage": "SELECT * FROM list_tickets(p_stage => 'stage_2')",
    "tickets at risk": "SELECT * FROM list_tickets(p_sla => 'at_risk')",
    "breaches of ended tickets": "SELECT * FROM list_tickets(p_sla => 'breached', p_status => 'closed')",
    "tickets by deadline": "SELECT * FROM list_tickets(p_sort => 'due')",
    "tickets by deadline, past all that have one": "SELECT * FROM list_tickets("
    "p_sort => 'due', p_after => 'FC-2025-001001@')",
    "tickets that nobody is on": "SELECT * FROM list_tickets(p_unassigned => true)",
    "tickets that an engineer is on": "SELECT * FROM list_tickets(p_engineer => 'VOL-7')",
    "tickets of a priority": "SELECT * FROM list_tickets(p_priority => 'P1')",
    "tickets of a unit": "SELECT * FROM list_tickets(p_unit => 'vol-9')",
    "tickets by a rare word": "SELECT * FROM list_tickets(p_search => 'alarm 7777')",
    "tickets by a common word": "SELECT * FROM list_tickets(p_search => 'alarm')",
    "tickets by a word that one in fifty has": "SELECT * FROM list_tickets(p_search => 'hospital 7')",
    "tickets by words that never meet": "SELECT * FROM list_tickets(p_search => 'alarm nothing')",
    "tickets for a hospital": """SELECT * FROM list_tickets(p_scope => '[{"customer": "VOL-7"}]')""",
    "tickets for a hospital, by deadline": "SELECT * FROM list_tickets("
    """p_sort => 'due', p_scope => '[{"customer": "VOL-7"}]')""",
    "tickets for a ward": """SELECT * FROM list_tickets(p_scope => '[{"customer": "VOL-7", "site": "WARD"}]')""",
    "tickets for an engineer": """SELECT * FROM list_tickets(p_scope => '[{"engineer": "VOL-7"}, {"free": true}]')""",
    "tickets for an engineer, by deadline": "SELECT * FROM list_tickets("
    """p_sort => 'due', p_scope => '[{"engineer": "VOL-7"}, {"free": true}]')""",
    "tickets for a manufacturer": """SELECT * FROM list_tickets(p_scope => '[{"manufacturer": "PHILIPS"}]')""",
    "tickets for a manufacturer that has none": "SELECT * FROM list_tickets("
    """p_scope => '[{"manufacturer": "GE"}]')""",
    "a ticket": "SELECT get_ticket('FC-2025-001000')",
    "a ticket's workflow": "SELECT * FROM find_ticket_workflow('FC-2025-001000')",
    "a ticket's status": "SELECT * FROM get_workflow_status($1)",
    "a ticket's active stage": "SELECT * FROM get_active_stage($1)",
    "intake": "SELECT prepare_intake('VOL-1234', 'a-new-key', now())",
    "intake of a known key": "SELECT prepare_intake('VOL-1234', 'vol-777', now())",
    "the parts of a ticket": "SELECT * FROM get_stage_parts($1)",
    "the parts of a stage": "SELECT * FROM get_stage_parts($1, 'stage_2')",
    "the engineers of a ticket": "SELECT * FROM get_stage_engineers($1)",
    "the files of a ticket": "SELECT * FROM get_stage_attachments($1)",
    "a ticket's stages at a glance": "SELECT * FROM get_stage_execution_summary($1)",
    "whether a stage can start": "SELECT * FROM can_stage_start($1, 'stage_3')",
    "a ticket's diagnosis": "SELECT * FROM get_ai_diagnosis($1)",
    "engineers proposed for a ticket": "SELECT * FROM get_ai_engineer_recommendations($1)",
    "parts proposed for a ticket": "SELECT * FROM get_ai_parts_recommendations($1)",
    "a ticket's conversation": "SELECT * FROM get_conversation_history($1)",
    "AI accuracy of a week": "SELECT * FROM calculate_ai_accuracy('2025-12-01', '2025-12-08')",
    "who is qualified": "SELECT * FROM get_qualified_engineers('infusion_pump', 'L1')",
    "whether an engineer is free": "SELECT * FROM check_engineer_availability('ENG-001')",
    "parts of a type": "SELECT * FROM get_parts_by_equipment('ventilator')",
    "who services a unit": "SELECT s.* FROM equipment_registry AS e, get_service_configuration(e.id) AS s "
    "WHERE e.serial = 'VOL-9'",
    "stages of a ticket, as a view": "SELECT * FROM stage_execution_overview WHERE ticket_id = $1",
    "parts of a ticket, as a view": "SELECT * FROM parts_procurement_status WHERE ticket_id = $1",
    "a running ticket, as a view": "SELECT * FROM active_workflows_overview WHERE ticket_id = $1",
    "what an engineer has on a visit": "SELECT * FROM stage_assignments WHERE transition_id = $1",
    "who changed a ticket": "SELECT * FROM read_audit_log($1, NULL, NULL, 50)",
    "the newest changes": "SELECT * FROM read_audit_log(NULL, NULL, NULL, 50)",
    "closed tickets to replay": "SELECT * FROM closed_tickets('2025-01-01', '2027-01-01', NULL, NULL, 100)",
    "closed tickets to replay, a further page": "SELECT * FROM closed_tickets("
    "'2025-01-01', '2027-01-01', '2025-11-01', '00000000-0000-0000-0000-000000000000', 100)",
    "AI cost of a day": "SELECT * FROM ai_cost_summary WHERE day = '2025-12-01'",
    "the case of a diagnosis": "SELECT diagnosis_case($1)",
    "tickets like a fault": "SELECT * FROM find_similar_tickets('Alarm 1234', 'ventilator', 'PHILIPS', 'Model 4')",
}
"""$1 is the id of a ticket that is open."""

SEARCHED = """
    INSERT INTO ticket_search (ticket_id, equipment_type_id, manufacturer_id, model, closed_at, terms)
    SELECT t.id, e.equipment_type_id, e.manufacturer_id, e.model, t.closed_at,
        strip(to_tsvector('english', t.description)) || array_to_tsvector(ARRAY[
            '=t:' || e.equipment_type_id,
            '=m:' || e.equipment_type_id || ':' || md5(e.manufacturer_id || ':' || lower(e.model))
        ])
    FROM service_tickets AS t JOIN equipment_registry AS e ON e.id = t.equipment_id WHERE t.status = 'closed'
"""
"""What the trigger index_closed_ticket() does for each ticket that is closed."""

WORDS = """
    INSERT INTO ticket_words (ticket_id, words)
    SELECT t.id, array_to_tsvector(
        search_words(concat_ws(' ', t.number, t.description, u.serial, c.code, c.name, s.code, s.name))
        || substring(t.number FROM '0*([0-9]+)$')
    )
    FROM service_tickets AS t
    JOIN equipment_registry AS u ON u.id = t.equipment_id
    JOIN customers AS c ON c.id = t.customer_id
    JOIN customer_sites AS s ON s.id = t.site_id
"""
"""What the trigger index_ticket_words() does for each ticket."""

FREE = """
    INSERT INTO free_tickets (ticket_id)
    SELECT t.id FROM service_tickets AS t WHERE t.status IN ('open', 'on_hold') AND NOT EXISTS (
        SELECT
        FROM ticket_workflow_instances AS i
        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
        JOIN stage_assignments AS a ON a.transition_id = v.id AND a.ended_at IS NULL
        WHERE i.ticket_id = t.id
    )
"""
"""What the trigger note_free_ticket() does for each ticket."""

STATEMENTS = (
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL synchronous_commit = off",
    """
    INSERT INTO customers (code, name) SELECT 'VOL-' || n, 'Hospital ' || n FROM generate_series(1, 50) AS n
    """,
    """
    INSERT INTO customer_sites (customer_id, code, name, time_zone)
    SELECT id, 'WARD', 'Ward', 'Asia/Kolkata' FROM customers WHERE code LIKE 'VOL-%'
    """,
    """
    INSERT INTO equipment_registry (
        serial, equipment_type_id, manufacturer_id, model, customer_id, site_id, installed_context
    )
    SELECT 'VOL-' || n, t.ids[1 + n % 12], m.id, 'Model ' || n % 40, s.customer_id, s.id, 'ward'
    FROM generate_series(1, 2000) AS n,
        (SELECT array_agg(id) AS ids FROM equipment_catalog) AS t,
        (SELECT id FROM manufacturers WHERE code = 'PHILIPS') AS m,
        LATERAL (SELECT s.id, s.customer_id FROM customer_sites AS s JOIN customers AS c ON c.id = s.customer_id
                 WHERE c.code = 'VOL-' || 1 + n % 50) AS s
    """,
    """
    INSERT INTO equipment_parts (part_number, name, equipment_type_id, category, is_oem, unit_price, lead_time)
    SELECT 'VOL-' || n, 'Part ' || n, t.ids[1 + n % 12], 'sensor', true, 10, interval '2 days'
    FROM generate_series(1, 600) AS n, (SELECT array_agg(id) AS ids FROM equipment_catalog) AS t
    """,
    """
    INSERT INTO engineers (code, name, support_level) SELECT 'VOL-' || n, 'Engineer ' || n, 'L2'
    FROM generate_series(1, 300) AS n
    """,
    "INSERT INTO ai_providers (code, name, fallback_priority) VALUES ('vol', 'Volume', 1000)",
    """
    INSERT INTO service_tickets (
        number, idempotency_key, workflow_id, equipment_id, customer_id, site_id, service_configuration_id, description,
        priority, reporter_code, reporter_role, status, opened_at, closed_at, last_sequence
    )
    SELECT 'FC-2025-' || lpad(n::text, 6, '0'), 'vol-' || n, 'vol-' || n, e.id, e.customer_id, e.site_id, c.id,
        'Alarm ' || n, 'P' || 1 + n % 4, 'NURSE-1', 'hospital', CASE WHEN n % 20 = 0 THEN 'open' ELSE 'closed' END,
        timestamptz '2025-01-01Z' + n * interval '{apart}',
        CASE WHEN n % 20 <> 0 THEN timestamptz '2025-01-02Z' + n * interval '{apart}' END, 1
    FROM generate_series(1, {tickets}) AS n
    JOIN equipment_registry AS e ON e.serial = 'VOL-' || 1 + n % 2000,
        (SELECT id FROM manufacturer_service_config LIMIT 1) AS c
    """,
    SEARCHED,
    WORDS,
    """
    INSERT INTO ticket_workflow_instances (
        ticket_id, template_id, template_snapshot, workflow_id, run_id, workflow_type, status, current_stages,
        completion_percentage, started_at, ended_at
    )
    SELECT t.id, w.id,
        jsonb_build_object('code', 'standard_service', 'version', 1, 'name', 'Standard', 'stages', '[]'::jsonb),
        t.workflow_id, 'run', 'ServiceTicketWorkflow',
        CASE t.status WHEN 'open' THEN 'running' ELSE 'completed' END,
        CASE t.status WHEN 'open' THEN ARRAY['stage_2'] ELSE '{{}}'::text[] END,
        CASE t.status WHEN 'open' THEN 40 ELSE 100 END, t.opened_at, t.closed_at
    FROM service_tickets AS t, (SELECT id FROM workflow_templates WHERE code = 'standard_service') AS w
    WHERE t.workflow_id LIKE 'vol-%'
    """,
    """
    INSERT INTO workflow_stage_transitions (
        instance_id, stage_key, name, stage_type, position, status, support_level, target_duration, entered_at,
        finished_at, finished_by_code, finished_by_role, outcome
    )
    SELECT i.id, 'stage_' || s, 'Stage ' || s, 'repair', s,
        CASE WHEN i.ended_at IS NOT NULL OR s < 2 THEN 'completed' WHEN s = 2 THEN 'in_progress' ELSE 'pending' END,
        'L1', interval '4 hours', i.started_at + s * interval '1 hour', f.at, f.code, f.role, f.outcome
    FROM ticket_workflow_instances AS i
    CROSS JOIN generate_series(1, 3) AS s
    LEFT JOIN LATERAL (
        SELECT i.started_at + (s + 1) * interval '1 hour' AS at, 'ENG-001' AS code, 'engineer' AS role,
            'done' AS outcome
    ) AS f ON i.ended_at IS NOT NULL OR s < 2
    WHERE i.workflow_id LIKE 'vol-%'
    """,
    """
    INSERT INTO sla_clocks (ticket_id, transition_id, kind, name, target, state, started_at, due_at, elapsed, ended_at)
    SELECT i.ticket_id, CASE k WHEN 'stage' THEN v.id END, k, CASE k WHEN 'stage' THEN 'stage_2' ELSE k END,
        interval '4 hours', CASE WHEN i.ended_at IS NULL THEN 'running' ELSE 'met' END, i.started_at,
        i.started_at + interval '4 hours', interval '1 hour', i.ended_at
    FROM ticket_workflow_instances AS i
    JOIN workflow_stage_transitions AS v ON v.instance_id = i.id AND v.position = 2
    CROSS JOIN unnest(ARRAY['resolution', 'stage']) AS k
    WHERE i.workflow_id LIKE 'vol-%'
    """,
    """
    INSERT INTO sla_events (clock_id, ticket_id, sequence, kind, occurred_at, elapsed, state)
    SELECT c.id, c.ticket_id, 1, 'started', c.started_at, interval '0', 'running'
    FROM sla_clocks AS c JOIN service_tickets AS t ON t.id = c.ticket_id
    WHERE t.workflow_id LIKE 'vol-%' AND c.kind = 'resolution'
    """,
    """
    INSERT INTO stage_assignments (
        transition_id, engineer_id, status, assigned_at, ended_at, assigned_by_code, assigned_by_role
    )
    SELECT v.id, e.ids[1 + (row_number() OVER ()) % cardinality(e.ids)],
        CASE WHEN v.status = 'in_progress' THEN 'active' ELSE 'released' END,
        v.entered_at, CASE WHEN v.status <> 'in_progress' THEN v.finished_at END, 'COORD-1', 'coordinator'
    FROM workflow_stage_transitions AS v, (SELECT array_agg(id) AS ids FROM engineers) AS e
    WHERE v.stage_key = 'stage_2'
    """,
    FREE,
    """
    INSERT INTO stage_execution_data (transition_id, actions, work_performed)
    SELECT v.id, '{{"safe": true}}', 'Replaced' FROM workflow_stage_transitions AS v
    WHERE v.stage_key = 'stage_1'
    """,
    """
    INSERT INTO ticket_parts_required (
        ticket_id, transition_id, part_id, status, quantity_identified, quantity_ordered, requested_at, ordered_at,
        identified_at, expected_at
    )
    SELECT i.ticket_id, v.id, p.ids[1 + (row_number() OVER ()) % cardinality(p.ids)], 'ordered', 1, 1, i.started_at,
        i.started_at, i.started_at, i.started_at + interval '2 days'
    FROM ticket_workflow_instances AS i
    JOIN workflow_stage_transitions AS v ON v.instance_id = i.id AND v.position = 2,
        (SELECT array_agg(id) AS ids FROM equipment_parts WHERE part_number LIKE 'VOL-%') AS p
    WHERE i.workflow_id LIKE 'vol-%'
    """,
    """
    INSERT INTO ai_conversations (
        session_id, message_index, ticket_id, task, provider_id, role, content, occurred_at, cost_usd
    )
    SELECT t.id, 1, t.id, 'diagnosis', p.id, 'assistant', 'Flow sensor', t.opened_at, 0.01
    FROM service_tickets AS t, (SELECT id FROM ai_providers WHERE code = 'vol') AS p WHERE t.workflow_id LIKE 'vol-%'
    """,
    """
    INSERT INTO ai_diagnosis_results (
        ticket_id, session_id, provider_id, proposed_at, summary, confidence, root_cause, issue_category, severity,
        support_level, remote_fix_possible
    )
    SELECT t.id, t.id, p.id, t.opened_at, 'Flow sensor', 80, 'Flow sensor', 'sensor', 'high', 'L2', false
    FROM service_tickets AS t, (SELECT id FROM ai_providers WHERE code = 'vol') AS p WHERE t.workflow_id LIKE 'vol-%'
    """,
    """
    INSERT INTO audit_events (
        ticket_id, subject_table, subject_id, sequence, occurred_at, actor_code, actor_role, action, new_value,
        previous_hash, hash
    )
    SELECT t.id, 'service_tickets', t.id, s, t.opened_at, 'NURSE-1', 'hospital', 'clock_moved', '{{}}',
        CASE WHEN s > 0 THEN repeat('0', 64) END, repeat('0', 64)
    FROM service_tickets AS t CROSS JOIN generate_series(0, 1) AS s WHERE t.workflow_id LIKE 'vol-%'
    """,
)


async def fill(connection: Any, tickets: int) -> None:
    """Put `tickets` tickets of a year with everything that belongs to them into the database, and tell the planner."""
    apart = f"{YEAR / tickets // timedelta(seconds=1)} seconds"
    async with connection.transaction():
        for statement in STATEMENTS:
            await connection.execute(statement.format(tickets=int(tickets), apart=apart))
    await connection.execute("ANALYZE")
