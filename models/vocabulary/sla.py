"""Clocks, and to whom time belongs."""

from __future__ import annotations

from enum import StrEnum


class ClockKind(StrEnum):
    RESPONSE = "response"
    ARRIVAL = "arrival"
    """On site, where the template asks for it."""
    RESOLUTION = "resolution"
    STAGE = "stage"


class ClockEventKind(StrEnum):
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    THRESHOLD = "threshold"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    RETARGETED = "retargeted"
    """Another target from the clock's start on, because priority or contract have changed."""
    OVERRUN = "overrun"
    """Past a deadline that a retarget had moved away, after the one breach had been reported."""
    REOPENED = "reopened"
    """It runs again after it was stopped."""
    CORRECTED = "corrected"
    """Thresholds that were reported do not stand: it had stopped before, which was told later."""


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class SlaState(StrEnum):
    """The worst of a ticket's running clocks, for lists and searches; once it has ended: met or breached."""

    ON_TRACK = "on_track"
    WARNING = "warning"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"


class Party(StrEnum):
    """Who answers for the time that a stage or a wait takes."""

    TRIAGE = "triage"
    ENGINEER = "engineer"
    HOSPITAL = "hospital"
    PARTS = "parts"
    MANUFACTURER = "manufacturer"
    TRANSPORT = "transport"


class TimeOwner(StrEnum):
    """To whom an instant of a ticket belongs in the delay ledger: to a party, or to nobody who could be faster."""

    TRIAGE = "triage"
    ENGINEER = "engineer"
    HOSPITAL = "hospital"
    PARTS = "parts"
    MANUFACTURER = "manufacturer"
    TRANSPORT = "transport"
    OUTSIDE_HOURS = "outside_hours"
    IN_USE = "in_use"
    """Between the sign-off and a reopening: the unit was with its users."""
