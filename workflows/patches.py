"""What runs of before do otherwise: the names of the patches, each with what has changed by it.

A name stands in histories for as long as tickets live; none is used twice, and none is taken out while a ticket may
run that lacks it.
"""

from __future__ import annotations

from typing import Final

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


def asks_for(task: AiTask) -> str | None:
    """The patch of runs that ask AI for a task: those from before it was served have not, and go on so to their end.

    None for the diagnosis, which tickets have asked for from the first.
    """
    return None if task is AiTask.DIAGNOSIS else f"asks-for-{task.value}"
