"""Who may do what, as a table: every door asks here, and the engine has the last word.

Nothing here loads more than the vocabulary: the terminal declares its options by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.vocabulary.people import Role

_AT_WORK = (Role.ENGINEER, Role.MANUFACTURER, Role.COORDINATOR)
"""Who says that work was done; whose work a stage is, its template says."""

_CONCERNED = (Role.COORDINATOR, Role.HOSPITAL, Role.ENGINEER, Role.MANUFACTURER)
"""Whoever has to do with a ticket."""

SENDERS: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    {
        "AssignEngineer": (Role.COORDINATOR, Role.ENGINEER),
        "CompleteStage": _AT_WORK,
        "SkipStage": (Role.COORDINATOR, Role.ENGINEER),
        "Hold": _CONCERNED,
        "Resume": _CONCERNED,
        "ChangePriority": (Role.COORDINATOR, Role.ENGINEER),
        "ChangeContract": (Role.COORDINATOR,),
        "StartTravel": _AT_WORK,
        "ArriveOnSite": _AT_WORK,
        "Reopen": (Role.COORDINATOR, Role.HOSPITAL, Role.ENGINEER),
        "Cancel": (Role.COORDINATOR, Role.HOSPITAL),
    }
)
"""By the message, in which capacities one may send it, the usual one first."""

REPORTERS = (Role.HOSPITAL, Role.COORDINATOR, Role.ENGINEER, Role.MANUFACTURER)
"""In which capacities one may report a fault."""
