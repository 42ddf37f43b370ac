"""Why Temporal gives no answer, as far as it matters for what to do, and in words: one sentence, with the remedy."""

from __future__ import annotations

from enum import Enum, auto

from temporalio.api.enums.v1 import ResourceExhaustedCause
from temporalio.api.errordetails.v1 import (
    NamespaceNotFoundFailure,
    ResourceExhaustedFailure,
    WorkflowNotReadyFailure,
)
from temporalio.service import RPCError, RPCStatusCode

from starter.failures import Remedy, RemedyKind, Told

_LONGEST_REASON = 200


class Trouble(Enum):
    """Why Temporal gave no answer, as far as it matters for what to do."""

    AWAY = auto()
    """It can't be reached, restarts, or has a fault of its own. Passes by itself, or an operator looks."""
    LATE = auto()
    """The call was broken off while somebody was waited for: no worker, a database that is away, a network."""
    BUSY = auto()
    """It is at a limit of its own. Passes by itself."""
    CROWDED = auto()
    """Too many commands wait at one ticket. Passes by itself."""
    TASK_FAILS = auto()
    """The ticket's workflow can't take a step. Passes when a repaired worker comes."""
    NO_WORKER = auto()
    """Nobody has asked for the ticket's work lately."""
    NOT_THERE = auto()
    """There is no such workflow, or it has ended."""
    REFUSED = auto()
    """Temporal won't have it, however often it is asked."""


PASSING = frozenset({Trouble.AWAY, Trouble.LATE, Trouble.BUSY, Trouble.CROWDED, Trouble.TASK_FAILS})
"""What may be over in a moment."""

_OF_CODE = {
    RPCStatusCode.DEADLINE_EXCEEDED: Trouble.LATE,
    RPCStatusCode.CANCELLED: Trouble.LATE,
    RPCStatusCode.NOT_FOUND: Trouble.NOT_THERE,
    RPCStatusCode.INVALID_ARGUMENT: Trouble.REFUSED,
    RPCStatusCode.ALREADY_EXISTS: Trouble.REFUSED,
    RPCStatusCode.PERMISSION_DENIED: Trouble.REFUSED,
    RPCStatusCode.UNAUTHENTICATED: Trouble.REFUSED,
    RPCStatusCode.UNIMPLEMENTED: Trouble.REFUSED,
    RPCStatusCode.FAILED_PRECONDITION: Trouble.REFUSED,
}
"""Where the code alone says it; every other code is `AWAY`."""


_WORDS = {
    Trouble.LATE: Told("No answer came in time.", (Remedy(RemedyKind.LOOK_AROUND),)),
    Trouble.BUSY: Told(
        "Temporal is at a limit of its own and takes nothing more at the moment. Try again in a while; if it stays so, "
        "raise its rate limits."
    ),
    Trouble.CROWDED: Told("Too many commands wait at this ticket already. Try again in a while."),
    Trouble.TASK_FAILS: Told(
        "The ticket's workflow can't go on: its task fails. An operator sees why in the Temporal UI."
    ),
    Trouble.NO_WORKER: Told("No worker is running.", (Remedy(RemedyKind.START_WORKER),)),
    Trouble.NOT_THERE: Told("Temporal has no such workflow.", (Remedy(RemedyKind.LOOK_TICKET_UP),)),
}


def trouble_of(error: RPCError) -> Trouble:
    """What a failed call is a case of."""
    if error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
        return _exhausted(error)
    if error.status is RPCStatusCode.FAILED_PRECONDITION:
        return _not_ready(error)
    if error.status is RPCStatusCode.NOT_FOUND and _has(error, NamespaceNotFoundFailure()):
        return Trouble.REFUSED
    return _OF_CODE.get(error.status, Trouble.AWAY)


def _exhausted(error: RPCError) -> Trouble:
    if error.message.startswith("grpc:"):  # a message too large, which the next try would be too
        return Trouble.REFUSED
    found = ResourceExhaustedFailure()
    crowd = ResourceExhaustedCause.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT
    in_flight = "in-flight updates" in error.message or (_has(error, found) and found.cause == crowd)
    return Trouble.CROWDED if in_flight else Trouble.BUSY


def _not_ready(error: RPCError) -> Trouble:
    if _has(error, WorkflowNotReadyFailure()) or "Workflow Task in failed state" in error.message:
        return Trouble.TASK_FAILS
    if "total number of distinct updates" in error.message:  # until the ticket goes on in a further run
        return Trouble.CROWDED
    return Trouble.NO_WORKER if "no poller" in error.message else Trouble.REFUSED


def in_words(error: RPCError) -> Told:
    """A failed call as a sentence, with the remedies."""
    trouble = trouble_of(error)
    if trouble is Trouble.AWAY:
        return away_in_words(_kind(error))
    return Told(_refused_in_words(error)) if trouble is Trouble.REFUSED else _WORDS[trouble]


def away_in_words(kind: str) -> Told:
    """That Temporal can't be reached, or has a fault of its own."""
    return Told(f"Temporal does not answer ({kind}).", (Remedy(RemedyKind.LOOK_AROUND),))


def _refused_in_words(error: RPCError) -> str:
    if error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
        return "What was sent is larger than Temporal takes. Shorten its texts."
    if error.status in {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED}:
        return "Temporal does not let us in. Check TEMPORAL_API_KEY, TEMPORAL_NAMESPACE and the TLS settings."
    if error.status is RPCStatusCode.NOT_FOUND:
        return "Temporal does not have this namespace. Check TEMPORAL_NAMESPACE, or create the namespace."
    if error.status is RPCStatusCode.UNIMPLEMENTED:
        return (
            "What answers as Temporal does not know this call: it is older than Fieldcare needs, or is something else. "
            "Check TEMPORAL_ADDRESS."
        )
    return f"Temporal refuses it: {_reason(error)}. Trying again would not help; check what was sent."


def _kind(error: RPCError) -> str:
    return error.status.name.lower().replace("_", " ")


def _reason(error: RPCError) -> str:
    """Temporal's own words, on one line."""
    return " ".join(error.message.split()).rstrip(".")[:_LONGEST_REASON] or _kind(error)


def _has(error: RPCError, kind: ResourceExhaustedFailure | NamespaceNotFoundFailure | WorkflowNotReadyFailure) -> bool:
    """Whether the error carries details of that kind, which are then read into it."""
    return any(one.Unpack(kind) for one in error.grpc_status.details)
