"""What people see of a running ticket in the Temporal UI and in its lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.attributes import Attributes
from workflows.engine.report import details
from workflows.engine.ticket import TicketEngine

SETTLING = timedelta(seconds=5)
"""How long search attributes may lag behind stages that follow each other quickly."""


class Display:
    """One a ticket.

    Args:
        at_close: asks, once the ticket is over, whether the task that closes the run shows that
            (`workflows.patches.SHOWN_AT_CLOSE`).

    Attributes:
        due: when the search attributes are to be brought up to date, if they lag behind.
    """

    def __init__(self, engine: TicketEngine, *, at_close: Callable[[], bool]) -> None:
        self._engine = engine
        self._at_close = at_close
        self._shown_at = workflow.now()
        self.due: datetime | None = None

    def refresh(self) -> None:
        """Bring the Temporal UI up to date: the details, which cost no history, and the search attributes.

        An upsert costs the server as much as a quarter of a stage. So stages that follow each other within seconds are
        shown together, SETTLING after the last upsert; what clocks and holds do is shown at once. The end is shown
        when the run closes, or SETTLING after it where the run can't close yet.
        """
        workflow.set_current_details(details(self._engine))
        wanted, shown, now = self._wanted(), workflow.info().typed_search_attributes, workflow.now()
        ended_at = self._engine.state.ended_at if self._engine.is_over and self._at_close() else None
        self.due = (ended_at or self._shown_at) + SETTLING if wanted.differs(shown) else None
        at_once = ended_at is None and (wanted.urgent(shown) or self._engine.is_over)
        if self.due is not None and (now >= self.due or at_once):
            self._show(wanted, now)

    def close(self) -> None:
        """Show what is not shown yet, in the task that closes the run: the server writes both at once."""
        if self.due is not None and self._at_close():
            self._show(self._wanted(), workflow.now())

    def _wanted(self) -> Attributes:
        return Attributes.of(self._engine)

    def _show(self, wanted: Attributes, now: datetime) -> None:
        workflow.upsert_search_attributes(wanted.updates())
        self._shown_at, self.due = now, None
