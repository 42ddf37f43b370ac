"""What tables, columns and indexes are for, where earlier revisions do not say it; docs/database is written from it."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = {
    "manufacturers": "Makes of equipment, with the desk that takes the tickets of units that they service themselves.",
    "customers": "Hospitals and other operators of equipment.",
    "customer_sites": "Places at a customer: a ward, an ICU, a department. Clocks run in a site's time zone.",
    "equipment_catalog": "Types of equipment. Make and model belong to the unit.",
    "equipment_registry": "Units: one device at one place, with what it can be scanned by.",
    "engineers": "Who does the work.",
    "manufacturer_service_config": "Who services what, and how fast; the most specific one in force wins.",
    "workflow_templates": "Workflow templates by scope and version; frozen into a ticket at intake.",
    "stage_configuration_templates": "The stages of a template: type, target, prerequisites, required actions.",
    "service_tickets": "A ticket as far as its facts are stored.",
    "ticket_workflow_instances": "The workflow that carries a ticket, with its template as it was at intake.",
    "workflow_stage_transitions": "One visit to one stage; going back to a stage makes a further visit.",
    "stage_assignments": "Engineers on a visit; at most one active primary one.",
    "stage_execution_data": "What was done in a completed visit: forms, checklists, tests, the customer's signature.",
    "sla_clocks": "Clocks of a ticket, each right after its newest event.",
    "sla_events": "Every event of a clock, with the clock's figures right after it.",
    "audit_events": "Who changed what, when and why, with old and new value. Append-only, chained by hashes.",
    "notifications": "What somebody has to be told.",
    "managed_sql_objects": "Functions and views as applied from migrations/sql.",
}

COLUMNS = {
    "manufacturers.service_desk": "Where its tickets are handed over, unless a configuration names another desk.",
    "customer_sites.time_zone": "A name of the IANA database.",
    "customer_sites.location": "Where to go: building, floor.",
    "equipment_catalog.use_case": "What such equipment is used for.",
    "equipment_catalog.maintenance_interval": "From one planned maintenance to the next.",
    "equipment_catalog.maintenance_requirements": "What planned maintenance consists of.",
    "equipment_registry.udi": "The GS1 element string of the unit.",
    "equipment_registry.qr_token": "What the label on the unit says; it can't be guessed.",
    "equipment_registry.installed_context": "Where it is used: decides which parts fit.",
    "equipment_registry.status": "A decommissioned unit stays on record and takes no tickets.",
    "engineers.support_level": "L1 remote, L2 advanced, L3 expert.",
    "engineers.home_latitude": "Decimal degrees.",
    "engineers.home_longitude": "Decimal degrees.",
    "engineers.monthly_capacity": "Tickets a month.",
    "engineers.time_zone": "A name of the IANA database: shifts and certificates are judged in it.",
    "manufacturer_service_config.equipment_type_id": "The type that it is for; NULL: any.",
    "manufacturer_service_config.manufacturer_id": "The make that it is for; NULL: any.",
    "manufacturer_service_config.service_provider": "Who services: the manufacturer, or we (GeneQR).",
    "manufacturer_service_config.response_target": "Until a qualified person's first act.",
    "manufacturer_service_config.parts_lead_time": "What parts usually take.",
    "manufacturer_service_config.oem_parts_only": "Whether compatible parts are refused.",
    "manufacturer_service_config.manufacturer_desk": "Overrides the manufacturer's service desk.",
    "workflow_templates.workflow_type": "The workflow definition that is started.",
    "workflow_templates.equipment_type_id": "The type that it is for; NULL: any.",
    "workflow_templates.manufacturer_id": "The make that it is for; NULL: any.",
    "workflow_templates.resolution_target": "Business time from the report to the end.",
    "workflow_templates.thresholds": "Percent of a target at which a clock warns; 100 is the breach.",
    "stage_configuration_templates.key": "The stage's name for programs.",
    "stage_configuration_templates.prerequisites": "Keys of the stages that must be over before.",
    "stage_configuration_templates.required_actions": "[{key, label, kind}]: what a completion must bring.",
    "stage_configuration_templates.support_level": "The level that the stage begins with.",
    "stage_configuration_templates.performer": "Who may complete it.",
    "service_tickets.idempotency_key": "The same key is the same ticket.",
    "service_tickets.workflow_id": "The workflow's id in Temporal.",
    "service_tickets.last_sequence": "The newest fact that is stored.",
    "service_tickets.recorded_at": "Real time of the first write, whatever time the workflow lives in.",
    "service_tickets.end_reason": "Why it was closed or cancelled.",
    "service_tickets.resume_at": "When a hold ends by itself.",
    "ticket_workflow_instances.template_snapshot": "The template as it was at intake.",
    "ticket_workflow_instances.current_stages": "Keys of the stages in progress.",
    "ticket_workflow_instances.completion_percentage": "Stages that are over ÷ stages.",
    "ticket_workflow_instances.latest_issue": "The newest of the issues raised.",
    "workflow_stage_transitions.visit": "1 for the first visit to the stage.",
    "workflow_stage_transitions.outcome": "What a completed visit found; it decides what comes next.",
    "workflow_stage_transitions.reason": "Why it was skipped, or entered again.",
    "stage_assignments.work_location": "Where the work is done.",
    "stage_assignments.travel_distance_km": "One way.",
    "stage_execution_data.actions": "The answers to the required actions, by key.",
    "stage_execution_data.test_results": "The answers whose keys end in _test_passed.",
    "stage_execution_data.customer_rating": "0 to 10.",
    "stage_execution_data.signature_meaning": "What the customer's signature stands for.",
    "sla_clocks.target": "Business time.",
    "sla_clocks.elapsed": "Business time that counted, at the newest event.",
    "sla_clocks.due_at": "The deadline; NULL while paused.",
    "sla_clocks.thresholds_fired": "Percentages that were reached, each once.",
    "sla_events.sequence": "The number of the fact within the ticket.",
    "sla_events.percent": "Which threshold.",
    "audit_events.action": "The kind of fact, or what was done to a row.",
    "audit_events.old_value": "What changed, as it was.",
    "audit_events.new_value": "What changed, as it is now; the whole fact of a ticket.",
    "audit_events.recorded_at": "Real time of the write.",
    "notifications.level": "The support level that it is for; NULL: everybody of the role.",
}

INDEXES = {
    "service_tickets_newest": "list_tickets, newest first.",
    "service_tickets_running": "list_tickets of open and held tickets, and by SLA state.",
    "service_tickets_of_customer": "list_tickets of one customer.",
    "stage_assignments_of_visit": "get_ticket, get_stage_engineers; releasing a visit's engineers when it ends.",
    "stage_assignments_of_engineer": "check_engineer_availability, get_qualified_engineers: an engineer's workload.",
    "stage_assignments_one_primary": "One active primary engineer a visit.",
    "equipment_parts_of_type": "get_parts_by_equipment, get_context_specific_parts.",
    "equipment_compatibility_backwards": "get_compatible_parts of a part that stands in for another.",
    "equipment_compatibility_one_interchangeable": "An interchangeable pair is told once, whichever way round.",
    "engineer_equipment_expertise_of_type": "get_qualified_engineers: who knows a type of equipment.",
    "engineer_equipment_expertise_capabilities": "get_qualified_engineers by capabilities.",
    "engineer_certifications_of_engineer": "get_engineer_certifications, get_qualified_engineers.",
    "engineer_certifications_expiring": "engineer_certification_status: what expires next.",
    "ticket_parts_required_of_visit": "get_stage_parts, get_stage_execution_summary of one visit.",
    "ticket_parts_required_awaited": "parts_procurement_status: parts that are still to come.",
    "ticket_parts_required_of_part": "parts_inventory_status: how often a part was used.",
    "stage_attachments_of_visit": "get_stage_attachments, get_stage_execution_summary of one visit.",
    "stage_attachments_to_delete": "Retention: what has to be deleted next.",
    "ai_models_one_default": "One default model a provider.",
    "ai_conversations_of_ticket": "get_conversation_history of a ticket.",
    "ai_conversations_spend": "ai_cost_summary of a day, and what a provider has cost today.",
    "ai_diagnosis_results_of_ticket": "get_ai_diagnosis, newest first.",
    "ai_diagnosis_results_proposed": "calculate_ai_accuracy of a period.",
    "ai_engineer_recommendations_of_ticket": "get_ai_engineer_recommendations.",
    "ai_parts_recommendations_of_ticket": "get_ai_parts_recommendations.",
    "ai_attachment_analysis_of_attachment": "get_stage_attachments: the newest analysis of each.",
    "ai_feedback_to_learn": "Training: corrections that were not used yet, the most urgent first.",
}


def upgrade() -> None:
    for kind, comments in (("TABLE", TABLES), ("COLUMN", COLUMNS), ("INDEX", INDEXES)):
        for name, comment in comments.items():
            quoted = comment.replace("'", "''")
            op.execute(f"COMMENT ON {kind} {name} IS '{quoted}'")
