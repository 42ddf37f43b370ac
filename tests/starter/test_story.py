"""What `ticket show` tells of what happened and of what people did, from the record alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from models.records import TicketRecord
from starter.cli.terminal.display import ENDLESS, Times, show
from starter.cli.ticket.show_diagnoses import show_diagnoses
from starter.cli.ticket.show_story import show_timeline, show_work
from tests.records import recorded

BEGAN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HELD = "The ticket is on hold (access_denied, until 2026-03-01 18:00 UTC). Resume it before Onsite Repair can go on."


def entry(minute: int, action: str, who: str = "ENG-004", reason: str = "", **fact: Any) -> dict[str, Any]:
    at = (BEGAN + timedelta(minutes=minute)).isoformat()
    return {
        "sequence": minute,
        "occurred_at": at,
        "actor_code": who,
        "action": action,
        "reason": reason,
        "new_value": {"kind": action, **fact},
    }


def refused(minute: int, who: str = "ENG-004", reason: str = HELD) -> dict[str, Any]:
    return entry(minute, "command_refused", who, reason, command="CompleteStage")


def notified(minute: int, recipient: str, level: str | None = None, **notice: Any) -> dict[str, Any]:
    unit = {"equipment_type": "CT", "serial": "CT-1", "customer": "City General", "site": "Radiology"}
    about = {"number": "FC-2026-000007", "unit": unit, **notice}
    return entry(minute, "notification_raised", "fieldcare", recipient=recipient, level=level, notice=about)


HANDED_OVER: dict[str, Any] = {
    "kind": "stage_handed_over",
    "stage": "repair",
    "visit": 1,
    "name": "Manufacturer Repair",
}
BREACHED: dict[str, Any] = {"kind": "target_breached", "clock": "repair", "name": "Onsite Repair", "target": "PT4H"}


def record(*timeline: dict[str, Any], **parts: Any) -> TicketRecord:
    return recorded({"timeline": list(timeline), **parts})


def lines(found: TicketRecord, *, full: bool = False, zone: str = "Asia/Kolkata") -> list[str]:
    console = Console(width=ENDLESS, highlight=False, soft_wrap=True)
    with console.capture() as captured:
        show(console, show_timeline(found, Times(zone, BEGAN), full=full))
    return [" ".join(line.split()) for line in captured.get().splitlines()[3:]]


def test_refusals_that_say_the_same_are_one_line_with_their_number_and_the_last_time() -> None:
    found = record(*(refused(minute) for minute in range(24)))
    local = HELD.replace("2026-03-01 18:00 UTC", "2026-03-01 23:30")
    assert lines(found) == [f"2026-03-01 14:30:00 ENG-004 Refused 24 ×, last at 2026-03-01 14:53:00: {local}"]
    whole = lines(found, full=True)
    assert (len(whole), whole[-1]) == (24, f"2026-03-01 14:53:00 ENG-004 Refused: {local}")


def test_refusals_of_others_for_other_reasons_and_at_other_times_stay_apart() -> None:
    resumed = entry(5, "ticket_resumed", hold_reason="access_denied")
    found = record(refused(1), refused(2, "ENG-009"), refused(3, reason="No."), refused(4), resumed, refused(6))
    assert [line.split(" ", 2)[2] for line in lines(found, zone="UTC")] == [
        f"ENG-004 Refused 2 ×, last at 2026-03-01 09:04:00: {HELD}",
        f"ENG-009 Refused: {HELD}",
        "ENG-004 Refused: No.",
        "ENG-004 Off hold",
        f"ENG-004 Refused: {HELD}",
    ]


def test_many_refusals_that_differ_do_not_hide_what_else_happened() -> None:
    differing = [refused(minute, who=f"ENG-00{1 + minute % 2}", reason=f"No {minute}.") for minute in range(15)]
    found = record(*differing, refused(20, who="ENG-002", reason="No 13."))
    assert [line.split(" ", 2)[2] for line in lines(found, zone="UTC")] == [
        "ENG-001 Refused: No 0.",
        "ENG-002 Refused: No 1.",
        "ENG-001 Refused: No 2.",
        "ENG-002 Refused: No 3.",
        "2 people Refused 12 ×, last at 2026-03-01 09:20:00: 11 other reasons",
    ]
    assert len(lines(found, full=True)) == 16
    assert len(lines(record(*differing[:5]))) == 5, "one more is no longer than what would stand for it"


def test_what_people_wrote_keeps_its_times() -> None:
    found = record(entry(1, "ticket_reopened", reason="Failed again 2026-03-01 08:00 UTC"))
    assert lines(found)[0].endswith("Ticket reopened (Failed again 2026-03-01 08:00 UTC)")


@pytest.mark.parametrize(
    ("status", "says"), [("pending", "not sent yet"), ("sent", "sent"), ("failed", "could not be sent")]
)
def test_a_notification_is_told_as_raised_and_how_far_it_came(status: str, says: str) -> None:
    rows = [{"sequence": 1, "status": status}, {"sequence": 2, "status": "pending"}]
    found = record(notified(1, "manufacturer", desk="philips-desk", **HANDED_OVER), notifications=rows)
    [line] = lines(found)
    told = f"Notification for the manufacturer's desk philips-desk raised: FC-2026-000007: Manufacturer Repair ({says})"
    assert line.endswith(told)


def test_a_notification_says_whom_it_is_for() -> None:
    rows = [{"sequence": number, "status": "pending"} for number in (1, 2, 3)]
    found = record(
        notified(1, "engineer", "L3", **BREACHED),
        notified(2, "coordinator", **BREACHED),
        notified(3, "manufacturer", **BREACHED),
        notifications=rows,
    )
    told = [line.split("Notification for ")[1].split(" raised: ") for line in lines(found)]
    breached = "FC-2026-000007: Onsite Repair has breached its target of 4 h (not sent yet)"
    assert told == [
        ["engineers of level L3", breached],
        ["coordinators", breached],
        ["the manufacturer's desk", breached],
    ]


def stage(**fields: Any) -> dict[str, Any]:
    work = {"stage_key": "completion", "name": "Completion & Sign-off", "visit": 1, "finished_at": None, "notes": ""}
    return {**work, "outcome": "done", "reason": "", "finished_by_code": "ENG-004", "execution": None, **fields}


def test_what_people_answered_stands_under_its_stage_in_the_order_in_which_it_was_asked() -> None:
    asked = [
        {"key": "customer_signature", "kind": "text", "label": "Customer's signature"},
        {"key": "customer_rating", "kind": "rating", "label": "Customer's rating, 0 to 10"},
        {"key": "returned_to_service", "kind": "check", "label": "Returned to service"},
    ]
    answers = {
        "case_reference": "PHL-4711",
        "returned_to_service": True,
        "customer_rating": 0,
        "customer_signature": "J. Rivera\nHead nurse",
        "readings": {"flow": 12},
    }
    done = {
        "actions": answers,
        "completion_criteria": asked,
        "customer_signature": "J. Rivera\nHead nurse",
        "signed_at": "2026-03-01T09:30:00+00:00",
    }
    silent = stage(name="Parts Identification", stage_key="parts")
    found = record(stages=[silent, stage(visit=2, execution=done, reason="Patient was moved.", notes="Test failed")])
    assert "\n".join(line.plain for line in show_work(found, Times("Asia/Kolkata", BEGAN))).splitlines() == [
        "",
        "Work",
        "Completion & Sign-off (visit 2), by ENG-004",
        "  Customer's signature: J. Rivera",
        "    Head nurse (signed 2026-03-01 15:00)",
        "  Customer's rating, 0 to 10: 0",
        "  Returned to service: yes",
        "  Case reference: PHL-4711",
        '  Readings: {"flow": 12}',
        "  Note: Patient was moved.",
    ]


@pytest.mark.parametrize(
    ("outcome", "reason", "notes", "note"),
    [
        ("no_parts_needed", "Drifts, see photo", "No parts needed", ["  Note: Drifts, see photo"]),
        ("no_parts_needed", "No parts needed", "", []),
        ("test_failed", "Leak remains", "Post-repair test failed", ["  Note: Leak remains"]),
        ("done", "", "Post-repair test failed", []),
        ("done", "Post-repair test failed", "Post-repair test failed", []),
        ("done", "By phone", "", ["  Note: By phone"]),
    ],
)
def test_the_note_of_a_visit_is_what_was_remarked_at_its_end_and_nothing_else(
    outcome: str, reason: str, notes: str, note: list[str]
) -> None:
    done: dict[str, Any] = {
        "actions": {"work_performed": "cleaned"},
        "completion_criteria": [],
        "customer_signature": None,
    }
    found = record(stages=[stage(outcome=outcome, reason=reason, notes=notes, execution=done)])
    assert [line.plain for line in show_work(found, Times())][3:] == note


def test_where_nobody_answered_anything_nothing_is_said_of_it() -> None:
    assert list(show_work(record(stages=[stage()]), Times())) == []


def diagnosed(confidence: float, least: float) -> list[str]:
    proposal = {
        "stage_key": "diagnosis",
        "visit": 1,
        "status": "proposed",
        "summary": "It leaks.",
        "confidence": confidence,
        "severity": "high",
        "support_level": "L2",
        "problem_code": None,
        "provider_code": "local",
        "model_code": "fieldcare-local",
        "was_correct": None,
        "decided_by_code": None,
        "corrected_cause": None,
        "corrected_code": None,
        "remote_fix_possible": False,
    }
    lists = dict.fromkeys(("flags", "hypotheses", "recommended_parts", "evidence", "recommended_actions"), ())
    template = [{"key": "diagnosis", "ai": [{"task": "diagnosis", "minimum_confidence": least}]}]
    found = record(diagnoses=[{**proposal, **lists}], template_stages=template)
    return [line.plain for line in show_diagnoses(found, {"diagnosis": "Remote Diagnosis"})]


def test_a_diagnosis_below_what_the_template_asks_for_is_called_uncertain() -> None:
    assert diagnosed(45, 60)[1] == "Uncertain: 45 % sure, and the template asks for 60 %."
    assert not [line for line in diagnosed(60, 60) if "Uncertain" in line]
    assert not [line for line in diagnosed(45, 0) if "Uncertain" in line]
