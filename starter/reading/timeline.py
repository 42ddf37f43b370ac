"""The audit trail of a ticket in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from models.contracts.notices import words_of
from models.records import TimelineEntry
from models.sla.clock import BREACH_PERCENT
from models.vocabulary import ClockKind
from models.vocabulary.people import Role
from starter.reading.words import span, words

_LENGTH = TypeAdapter(timedelta)

Json = Mapping[str, Any]
Names = Mapping[str, str]


def told(entry: TimelineEntry, names: Names) -> str:
    """One entry of the audit trail as a sentence; empty for what the tables above say already."""
    return told_of(entry.action, entry.reason, entry.new_value, names)


def told_of(action: str, reason: str, fact: Json | None, names: Names) -> str:
    """The same, of what was done, why, and the fact that stands there."""
    said = "; ".join(filter(None, (reason, (fact or {}).get("note"))))
    because = f" ({said})" if said else ""
    teller = _TELLERS.get(action)
    return teller(fact or {}, because, names) if teller else f"{words(action).capitalize()}{because}"


def _stages_moved(fact: Json, _: str, names: Names) -> str:
    return "; ".join(_moves(fact, names)) or "Stages planned"


def _moves(fact: Json, names: Names) -> Iterator[str]:
    for one in fact["finished"]:
        outcome = words(one["outcome"]) if one["outcome"] not in {None, "done"} else ""
        reason = one["reason"] or (fact["reason"] if one["status"] == "skipped" else "")
        said = reason if reason.casefold() != outcome.casefold() else ""
        extra = "; ".join(filter(None, (": ".join(filter(None, (outcome, said))), fact.get("note"))))
        yield f"{stage_name(one, names)} {one['status']}{f' ({extra})' if extra else ''}"
    for one in fact["entered"]:
        yield f"{stage_name(one, names)} begins"


def _engineer_assigned(fact: Json, because: str, names: Names) -> str:
    stages = ", ".join(stage_name(one, names) for one in fact["stages"])
    instead = ", ".join(one["engineer"]["code"] for one in fact.get("replaced") or ())
    place = f" instead of {instead}" if instead else ""
    said = "; ".join(one["text"].format(**one["values"]) for one in fact.get("warnings") or ())
    warned = f", {'all the same' if fact.get('anyway') else 'with a warning'}: {said}" if said else ""
    return f"{fact['engineer']['code']} {fact['engineer']['name']} assigned to {stages}{place}{because}{warned}"


def _support_level_raised(fact: Json, because: str, names: Names) -> str:
    return f"{stage_name(fact['stage'], names)} raised to level {fact['level']}{because}"


def _clock_moved(fact: Json, _: str, names: Names) -> str:
    """A verdict or a threshold. That clocks start with their stages, and pause and resume with a hold, goes unsaid."""
    name = stage_name(fact["stage"], names) if fact["stage"] else words(fact["name"]).capitalize()
    if fact["event"] == "retargeted":
        return f"SLA {name}: target {span(_LENGTH.validate_python(fact['target']))} from the report on"
    if fact["event"] == "corrected":
        back = "breach" if BREACH_PERCENT in fact["lifted"] else f"{', '.join(map(str, fact['lifted']))} %"
        return f"SLA {name}: {back} taken back; it had stopped before, which was told later"
    if fact["event"] == "overrun":
        return f"SLA {name}: past its target again"
    if fact["event"] == "reopened":
        return f"SLA {name}: runs again"
    if fact["event"] == "threshold":
        used = "BREACHED its target" if fact["percent"] >= BREACH_PERCENT else f"{fact['percent']} % used"
        return f"SLA {name}: {used}"
    return f"SLA {name}: {fact['state']}" if fact["event"] == "stopped" else ""


def _ticket_held(fact: Json, because: str, _: Names) -> str:
    pauses = fact.get("pauses") or ()
    some = f"clocks paused: {', '.join(pauses)}" if 0 < len(pauses) < len(ClockKind) else "clocks paused"
    clocks = some if fact["pauses_clocks"] else "clocks go on"
    verb = "Still on hold" if fact.get("merged") else "On hold"
    approved = f", approved by {fact['approved_by']}" if fact["approved_by"] else ""
    return f"{verb}: {words(fact['hold_reason'])}, {clocks}{approved}{because}"


def _ticket_resumed(fact: Json, because: str, __: Names) -> str:
    left = fact.get("left") or ()
    if left:
        return f"Off hold for {words(fact['hold_reason'])}{because}; goes on waiting: {words(', '.join(left))}"
    return f"Off hold{because}"


def _priority_changed(fact: Json, because: str, _: Names) -> str:
    return f"Priority {fact['priority']} now{because}"


def _contract_changed(fact: Json, because: str, _: Names) -> str:
    calendar = fact["calendar"]
    return f"Contract changed{because}: calendar {calendar['code']} version {calendar['version']}"


def _travel_started(fact: Json, because: str, names: Names) -> str:
    return f"On the way for {stage_name(fact['stage'], names)}{because}"


def _arrived_on_site(fact: Json, because: str, names: Names) -> str:
    return f"Arrived on site for {stage_name(fact['stage'], names)}{because}"


def _ticket_reopened(_: Json, because: str, __: Names) -> str:
    return f"Ticket reopened{because}"


def _notification_raised(fact: Json, _: str, __: Names) -> str:
    """That it was raised is all that the fact says: its row tells whether it was sent."""
    return f"Notification for {_recipient(fact)} raised: {words_of(fact).subject}"


def _recipient(fact: Json) -> str:
    match fact["recipient"]:
        case Role.MANUFACTURER.value:
            desk = (fact.get("notice") or {}).get("desk")
            return f"the manufacturer's desk{f' {desk}' if desk else ''}"
        case Role.HOSPITAL.value:
            return "the hospital"
        case role:
            return f"{role}s of level {fact['level']}" if fact["level"] else f"{role}s"


def _command_refused(_: Json, because: str, __: Names) -> str:
    return f"Refused: {because[2:-1]}"


def _ai_unanswered(fact: Json, because: str, names: Names) -> str:
    tried = fact["story"].removeprefix(f"{fact['task']}: ")
    flags = f"; flag: {words(', '.join(fact['flags']))}" if fact["flags"] else ""
    what = f"No {words(fact['task'])} from AI for {stage_name(fact['stage'], names)}"
    return f"{what}, people go on: {tried}{because}{flags}"


def _ticket_rescued(fact: Json, because: str, _: Names) -> str:
    commands = f"; recovered: {', '.join(fact['recovered'])}" if fact["recovered"] else ""
    differs = f"; the record contradicted itself: {'; '.join(fact['unproved'])}" if fact["unproved"] else ""
    return f"Ticket rescued from the record{because}: its workflow {fact['found']}{commands}{differs}"


def _ticket_ended(fact: Json, because: str, _: Names) -> str:
    return f"Ticket {words(fact['status'])}{because}"


_TELLERS: dict[str, Callable[[Json, str, Names], str]] = {
    "stages_moved": _stages_moved,
    "engineer_assigned": _engineer_assigned,
    "support_level_raised": _support_level_raised,
    "clock_moved": _clock_moved,
    "ticket_held": _ticket_held,
    "ticket_resumed": _ticket_resumed,
    "priority_changed": _priority_changed,
    "contract_changed": _contract_changed,
    "travel_started": _travel_started,
    "arrived_on_site": _arrived_on_site,
    "ticket_reopened": _ticket_reopened,
    "notification_raised": _notification_raised,
    "command_refused": _command_refused,
    "ai_unanswered": _ai_unanswered,
    "ticket_rescued": _ticket_rescued,
    "ticket_ended": _ticket_ended,
}
"""How each kind of fact is told: from the fact, its reason in brackets, and the stages' names."""


def stage_name(reference: Json, names: Names) -> str:
    """The stage that a fact refers to, by its name."""
    return stage_called(reference["key"], reference["visit"], names)


def stage_called(key: str, number: int | None, names: Names) -> str:
    """A visit of a stage by its name; no number is the first one."""
    return f"{names.get(key, key)}{visit(number or 1)}"


def visit(number: int) -> str:
    """What stands after a stage's name from its second visit on."""
    return f" (visit {number})" if number > 1 else ""
