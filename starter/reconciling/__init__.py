"""Whether workflows, record and audit trail say the same, for whoever asks now; the schedule does it by itself."""

from __future__ import annotations

from starter.reconciling.overview import Overview, Progress, look, stored
from starter.reconciling.records import Compared, Difference, compare_all, compare_newest, compare_ticket

__all__ = [
    "Compared",
    "Difference",
    "Overview",
    "Progress",
    "compare_all",
    "compare_newest",
    "compare_ticket",
    "look",
    "stored",
]
