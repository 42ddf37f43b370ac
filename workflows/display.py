"""What people see of a running ticket in the Temporal UI and in its lists."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow

from workflows.attributes import Attributes
from workflows.engine.report import details
from workflows.engine.ticket import TicketEngine

SETTLING = timedelta(seconds=5)
"""How long search attributes may lag behind stages that follow each other quickly."""


class Display:
    """One a ticket.

    Attributes:
        due: when the search attributes are to be brought up to date, if they lag behind.
    """

    def __init__(self, engine: TicketEngine) -> None:
        self._engine = engine
        self._shown_at = workflow.now()
        self.due: datetime | None = None

    def refresh(self) -> None:
        """Bring the Temporal UI up to date: the details, which cost no history, and the search attributes.

        An upsert costs the server as much as a quarter of a stage. So stages that follow each other within seconds are
        shown together, SETTLING after the last upsert; what clocks and holds do, and the end, are shown at once.
        """
        workflow.set_current_details(details(self._engine))
        wanted, shown, now = Attributes.of(self._engine), workflow.info().typed_search_attributes, workflow.now()
        self.due = self._shown_at + SETTLING if wanted.differs(shown) else None
        if self.due is not None and (now >= self.due or wanted.urgent(shown) or self._engine.is_over):
            workflow.upsert_search_attributes(wanted.updates())
            self._shown_at, self.due = now, None
