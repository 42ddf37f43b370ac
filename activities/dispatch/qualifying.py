"""Whether an engineer may do a visit on a day, and what is missing if not."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from models.dispatch.problem import Engineer, Skill, Visit


class Lacks(StrEnum):
    """What an engineer lacks for a visit; the first that is missing."""

    NOTHING = "nothing"
    SKILL = "skill"
    LEVEL = "level"
    CERTIFICATE = "certificate"


def lacks(engineer: Engineer, visit: Visit, day: date) -> tuple[Lacks, str]:
    """What is missing, and its words: the equipment, the level, or the certificate."""
    rows = [one for one in engineer.skills if one.equipment_type == visit.equipment_type]
    if visit.manufacturer is not None:
        # Expertise for the make counts instead of the general one, even where it is lower.
        makes = [one for one in rows if one.manufacturer == visit.manufacturer]
        rows = makes if makes else [one for one in rows if one.manufacturer is None]
    able = [one for one in rows if visit.capabilities <= one.capabilities]
    if not able:
        missing = sorted(visit.capabilities - frozenset().union(*(one.capabilities for one in rows)))
        return Lacks.SKILL, f"{visit.equipment_type}{': ' + ', '.join(missing) if rows and missing else ''}"
    fit = [one for one in able if one.level.covers(visit.level)]
    if not fit:
        return Lacks.LEVEL, visit.level.value
    for one in fit[:1]:
        if one.certification is not None and not _holds(engineer, one, visit, day):
            return Lacks.CERTIFICATE, one.certification
    return Lacks.NOTHING, ""


def _holds(engineer: Engineer, skill: Skill, visit: Visit, day: date) -> bool:
    for one in engineer.certificates:
        if one.certification != skill.certification or day < one.valid_from:
            continue
        if one.valid_until is not None and day > one.valid_until:
            continue
        if one.equipment_type is not None and one.equipment_type != visit.equipment_type:
            continue
        if one.manufacturer is not None and visit.manufacturer is not None and one.manufacturer != visit.manufacturer:
            continue
        return True
    return False
