"""What runs of before do otherwise: the names of the patches, each with what has changed by it.

A run says in its start input which of them it has had from its first task on: `behaviour`. That costs nothing, whereas
`workflow.patched` writes a marker and the search attribute TemporalChangeVersion, and every upsert is a write of the
visibility store. Runs that said nothing yet are asked by `workflow.patched`, as ever.

A name stands in histories for as long as tickets live; none is used twice, and none is taken out while a ticket may
run that lacks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from temporalio import workflow

from models.contracts.tickets import TicketInput
from models.vocabulary.ai import AiTask

HOLDS_OVERLAP: Final = "holds-overlap"
"""Runs from before revision 0016 have refused a hold while there was another one, and go on doing so."""

AI_UNANSWERED: Final = "ai-unanswered"
"""Runs from before there was that fact have told in the details alone that nobody could answer."""

TASKS_APART: Final = "tasks-apart"
"""Runs that have this look engineers up by an activity like any other, and every task of theirs leaves a command in the
history (`workflows.runner`): whatever stands still meanwhile, their histories replay (docs/adr/0019). They also refuse
another command under an id that has its answer; runs from before have taken it for the same.
"""

ALL_SAID: Final = "all-said"
"""Runs that have this refuse what would have been kept in silence or without its reason: answers to actions that nobody
asked for, a refused diagnosis, a failed test or a hold for another reason without a remark, a hold with two ends, and
commands of people who may not send them.
"""

SHOWN_AT_CLOSE: Final = "shown-at-close"
"""Runs that have this bring their search attributes up to date in the task that closes them, if that comes soon: the
server then writes the visibility store once, where an upsert some tasks before made it write twice.
"""

TOLD_LATER: Final = "told-later"
"""Runs that have this take something that is told after it happened as of when it happened, within the limits of its
template; in runs from before everything counts from when it comes."""

ASSIGNING_WARNS: Final = "assigning-warns"
"""Runs that have this look at what speaks against an engineer before they are put on a stage: what is grave is refused
unless somebody says that it is to be done anyway. Runs from before put them there."""

CURRENT: Final = 5
"""The behaviour of runs that start now. A new patch raises it, and gets that number in `SINCE`."""

SINCE: Final[Mapping[str, int]] = MappingProxyType(
    {
        HOLDS_OVERLAP: 1,
        AI_UNANSWERED: 1,
        TASKS_APART: 1,
        ALL_SAID: 2,
        SHOWN_AT_CLOSE: 3,
        TOLD_LATER: 4,
        ASSIGNING_WARNS: 5,
        "asks-for-engineer_recommendation": 5,
    }
)
"""The behaviour that has each patch."""


def has(ticket: TicketInput, patch: str) -> bool:
    """Whether this run has a patch: by its start, or by the marker that stands, or comes to stand, in its history."""
    since = SINCE.get(patch)
    return (since is not None and ticket.behaviour >= since) or workflow.patched(patch)


def began_with(ticket: TicketInput, patch: str) -> bool:
    """Whether this run has had a patch from its first task on; one from before never gets it, and needs no marker."""
    return ticket.behaviour >= SINCE[patch]


def must_know(ticket: TicketInput) -> None:
    """Let a worker that is older than a run leave it to newer ones: a task of it fails, and nothing of it is done.

    Raises:
        NewerRunError: the run has behaviour that this code does not know.
    """
    if ticket.behaviour > CURRENT:
        raise NewerRunError(
            f"Ticket {ticket.number} has behaviour {ticket.behaviour}, this worker knows {CURRENT} and leaves it to a "
            "newer one."
        )


class NewerRunError(RuntimeError):
    """A run is of newer code than this."""


def asks_for(task: AiTask) -> str | None:
    """The patch of runs that ask AI for a task: those from before it was served have not, and go on so to their end.

    None for the diagnosis, which tickets have asked for from the first.
    """
    return None if task is AiTask.DIAGNOSIS else f"asks-for-{task.value}"
