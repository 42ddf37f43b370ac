"""Tickets whose workflow is broken or lost are brought back to life from their record.

Use case only: no words of a terminal. docs/adr/0020 says why it is done so.
"""

from __future__ import annotations

from starter.rescuing.outcome import Outcome, Verdict
from starter.rescuing.rescue import Rescue

__all__ = ["Outcome", "Rescue", "Verdict"]
