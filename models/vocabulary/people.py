"""Who acts, and what they can do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """In which capacity somebody acts."""

    HOSPITAL = "hospital"
    COORDINATOR = "coordinator"
    ENGINEER = "engineer"
    MANUFACTURER = "manufacturer"
    OPERATOR = "operator"
    SYSTEM = "system"


class SupportLevel(StrEnum):
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"

    @property
    def above(self) -> SupportLevel | None:
        """The next level to escalate to, or None at the top."""
        return {SupportLevel.L1: SupportLevel.L2, SupportLevel.L2: SupportLevel.L3}.get(self)

    def covers(self, needed: SupportLevel) -> bool:
        """Whether an engineer of this level may do work that needs `needed`."""
        return self.value >= needed.value


class Capability(StrEnum):
    """What an engineer can do on a type of equipment."""

    DIAGNOSE = "diagnose"
    REPAIR = "repair"
    INSTALL = "install"
    TRAIN = "train"
    CALIBRATE = "calibrate"


class AbsenceReason(StrEnum):
    LEAVE = "leave"
    SICK = "sick"
    TRAINING = "training"
    OTHER = "other"
