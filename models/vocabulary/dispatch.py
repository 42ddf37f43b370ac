"""Plans of visits."""

from __future__ import annotations

from enum import StrEnum


class DispatchMode(StrEnum):
    """What workers do about plans by themselves."""

    OFF = "off"
    PROPOSE = "propose"
    """Make a new plan when the one before is overtaken; people apply it."""

    APPLY = "apply"
    """And apply it."""
