"""The audit trail, and what reconciling finds."""

from __future__ import annotations

from models.refusals.words.kind import NOT_NEGATIVE, TEXT, Words

WORDS = Words(
    tables={
        "audit_events": "an entry of the audit trail",
        "audit_seals": "a seal of the audit trail",
        "reconciliation_findings": "a finding of reconciling",
        "reconciliation_rounds": "a round of reconciling",
    },
    column_rules={
        TEXT: "actor_code action",
        NOT_NEGATIVE: "tickets",
    },
    rules={
        "audit_events_check": "must have a ticket and a sequence number, or neither",
        "reconciliation_findings_time_order": "must be seen when it was found or later, and resolved after that",
        "reconciliation_rounds_time_order": "must begin, go on and end in this order",
    },
    clashes={
        "reconciliation_findings_open": "this is found about the ticket already: bring that finding up to date",
        "reconciliation_rounds_one_goes_on": "another round goes on: end that one first",
    },
)
