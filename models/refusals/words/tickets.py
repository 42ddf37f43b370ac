"""Tickets and their workflows."""

from __future__ import annotations

from models.refusals.words.kind import JSON_OBJECT, NOT_NEGATIVE, OPTIONAL_TEXT, PERCENT, Words

WORDS = Words(
    tables={
        "service_tickets": "a ticket",
        "ticket_workflow_instances": "the workflow of a ticket",
    },
    columns={
        "equipment_id": "unit",
    },
    column_rules={
        OPTIONAL_TEXT: "idempotency_key latest_issue verified_by_code",
        NOT_NEGATIVE: "issues_raised last_sequence reopened",
        PERCENT: "completion_percentage",
        JSON_OBJECT: "template_snapshot",
        "must be codes of reasons, with a comma and a blank between them": "hold_reason",
    },
    rules={
        "service_tickets_ended": "must have the time of its end exactly when it is closed or cancelled",
        "service_tickets_held": (
            "must have a reason, a beginning and a date to resume when it is on hold, and only then"
        ),
        "service_tickets_verified_whole": "must have a verified cause, who verified it and when, or none of them",
        "service_tickets_time_order": "must not end before it was opened",
        "ticket_workflow_instances_ended": "must have an end exactly when it is not running",
        "ticket_workflow_instances_issues": (
            "must name its latest issue, with the time, exactly when issues were raised"
        ),
        "ticket_workflow_instances_time_order": "must not end before it was started",
    },
    strangers={
        "service_tickets_site_id_customer_id_fkey": "the site is not one of the customer: name a site of that customer",
    },
)
