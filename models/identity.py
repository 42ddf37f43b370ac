"""Every name that two sides must agree on: task queues, workflow ids, message names."""

from __future__ import annotations

import re
from typing import NewType
from uuid import UUID, uuid5

TicketId = NewType("TicketId", UUID)
ClockId = NewType("ClockId", UUID)

TICKETS_QUEUE = "fieldcare-tickets"
"""Workflows and the projection writes that belong to them (see docs/adr/0003)."""

SERVICE_TICKET_WORKFLOW = "ServiceTicketWorkflow"
MANUFACTURER_SERVICE_WORKFLOW = "ManufacturerServiceWorkflow"
WORKFLOW_TYPES = (SERVICE_TICKET_WORKFLOW, MANUFACTURER_SERVICE_WORKFLOW)
"""What a template's `workflow_type` may name; intake refuses any other before anything starts."""

RECONCILE_WORKFLOW = "ReconcileWorkflow"
RECONCILE_SCHEDULE = "fieldcare-reconciliation"
SEAL_WORKFLOW = "SealWorkflow"
SEAL_SCHEDULE = "fieldcare-sealing"
"""What keeps watch that workflows, record and audit trail say the same; also the id of its runs."""

DISPATCH_WORKFLOW = "DispatchWorkflow"
DISPATCH_SCHEDULE = "fieldcare-dispatch"
"""What looks after the plan of visits; also the id of its runs."""

WEBHOOK_WATCH_WORKFLOW = "WebhookWatchWorkflow"
WEBHOOK_WATCH = "fieldcare-webhooks"
"""The id of the one run that looks for what other houses are to be told."""
WEBHOOK_DELIVERY_WORKFLOW = "WebhookDeliveryWorkflow"
DUE_SIGNAL = "due"
"""Tells the delivery to an endpoint that there is something for it."""

OPENED_UPDATE = "opened"
"""Those of commands stand with them (`Command.update`)."""
STAGE_COMPLETED_SIGNAL = "stage_completed"
STATUS_QUERY = "status"
CARRIED_QUERY = "carried"
"""The input with which a further run would go on from where this one stands."""

RECORD_CHANNEL = "fieldcare_record"
"""`tell_moves` notifies it: a ticket's id and a sequence number, after that was written."""
WEBHOOK_CHANNEL = "fieldcare_webhooks"
"""`change_webhook` notifies it: the id of the endpoint that something was done about."""

REFUSED = "Refused"
"""`ApplicationError.type` of a business refusal: the message is for the person who asked."""

AI_FAILED = "AiFailed"
"""`ApplicationError.type` of a provider that gave no answer; its detail is an `AskFailure`."""

NUMBER_PATTERN = re.compile(r"FC-\d{4}-\d{6,}")
KEY_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}")


def ai_queue(tickets_queue: str = TICKETS_QUEUE, provider: str | None = None) -> str:
    """The queue of a provider, such as `fieldcare-ai-openai`; of all of them together, `fieldcare-ai`, without one.

    Args:
        tickets_queue: the queue that the tickets run on: what serves them serves their AI, whatever it is called.
    """
    queue = f"{tickets_queue.removesuffix('-tickets')}-ai"
    return queue if provider is None else f"{queue}-{provider}"


def ai_call_id(ticket: TicketId, task: str, stage: str, visit: int = 1, turn: int = 1) -> UUID:
    """The name of a question about a ticket: asked again in a replay or a later run, it is the same and paid once.

    Args:
        turn: 2 for a question that is asked anew in the same visit, on purpose.
    """
    return uuid5(ticket, f"{task}:{stage}:{visit}:{turn}")


def ai_session_id(call: UUID, provider: str) -> UUID:
    """The session of a question to one provider: the same for every attempt, so that none is recorded twice."""
    return uuid5(call, provider)


def workflow_id(number: str, key: str | None) -> str:
    """The readable workflow id of a ticket: the caller's idempotency key, or the ticket number where there is none."""
    return key if key is not None else number


def webhook_delivery_id(endpoint: UUID) -> str:
    """The workflow id of the delivery to an endpoint: there is one at a time, which keeps the order."""
    return f"{WEBHOOK_WATCH}-{endpoint}"


def clock_id(ticket: TicketId, name: str) -> ClockId:
    """The id of the clock called `name` of a ticket: the same on every replay and in every process."""
    return ClockId(uuid5(ticket, name))
