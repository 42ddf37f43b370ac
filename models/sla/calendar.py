"""When business time runs. The one calendar so far is 24×7; the clock asks only the two questions below."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict


class Calendar(BaseModel):
    """A calendar version, frozen into the ticket like its template. Always open."""

    model_config = ConfigDict(frozen=True)

    code: str = "24x7"
    version: int = 1

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """Business time in `[start, end)`; zero when `end` is not after `start`. Both must be aware."""
        return max(end - start, timedelta(0))

    def after(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant at which `duration` of business time has passed since `start`."""
        return start + max(duration, timedelta(0))
