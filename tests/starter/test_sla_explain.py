"""`fieldcare sla explain`: a recorded clock, as the command reads and tells it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from models.sla.calendar import Calendar
from models.sla.explain import Explanation, explain
from starter.cli.sla import explain as explaining
from starter.cli.sla.explain import sentence
from starter.cli.terminal.display import Times
from starter.failures import Failure
from starter.reading.clocks import NoSuchClock, calendar_at, recorded_clock
from starter.reading.explaining import as_document, with_reasons
from starter.reading.plain import plain
from starter.reading.words import exactly
from tests.records import recorded

OFFICE = {
    "code": "office",
    "version": 2,
    "always_open": False,
    "zone": "Europe/Berlin",
    "hours": [{"weekday": day, "opens": "09:00:00", "closes": "17:00:00"} for day in range(1, 6)],
    "holidays": ["2026-03-10"],
    "holiday_names": ["Founder's Day"],
    "tzdata": "2025b",
}
OFFICE_HOURS = Calendar.model_validate(OFFICE)


def event(sequence: int, kind: str, at: str, **fields: Any) -> dict[str, Any]:
    empty = {"percent": None, "reason": "", "target": None, "counts_from": None}
    return {"sequence": sequence, "kind": kind, "occurred_at": at, **empty, **fields}


def record(*events: dict[str, Any]) -> dict[str, Any]:
    """What `get_ticket()` says, as far as it matters: three hours from a Friday, 16:00 in Berlin."""
    started = event(1, "started", "2026-03-06T15:00:00+00:00", target=10800.0)
    return {
        "timeline": [],
        "ticket": {"number": "FC-2026-000007"},
        "unit": {"time_zone": "Europe/Berlin"},
        "calendar": OFFICE,
        "clocks": [
            {
                "id": "00000000-0000-0000-0000-000000000001",
                "kind": "response",
                "name": "response",
                "stage_key": None,
                "visit": None,
                "target": 10800.0,
                "calendar_snapshot": None,
                "events": [started, *events],
            }
        ],
    }


HELD = (
    event(2, "threshold", "2026-03-09T08:30:00+00:00", percent=50),
    event(3, "paused", "2026-03-09T08:50:00+00:00", reason="Access denied"),
)


def told(found: dict[str, Any], at: str) -> Explanation:
    return explain(recorded_clock(recorded(found), "response"), OFFICE_HOURS, datetime.fromisoformat(at))


def printed(found: dict[str, Any], at: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines for people, without the blanks between columns."""
    console = Console(width=200, highlight=False, soft_wrap=True)
    monkeypatch.setattr(explaining, "out", console)
    with console.capture() as captured:
        explaining._show(recorded(found), OFFICE_HOURS, told(found, at))
    return [" ".join(line.split()) for line in captured.get().splitlines() if line.strip()]


def test_people_get_each_interval_with_its_cause_and_the_way_to_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(record(), "2026-03-06T15:15:00+00:00", monkeypatch) == [
        "FC-2026-000007, clock response: running at 2026-03-06 16:15:00",
        "Target 3:00:00 of business time; calendar office version 2, hours in Europe/Berlin, time zones 2025b. "
        "Times in Europe/Berlin, UTC+01:00.",
        "From Until Length Counted Sum Because",
        "2026-03-06 16:00:00 2026-03-06 16:15:00 0:15:00 0:15:00 0:15:00 open",
        "0:15:00 of 3:00:00 used (8.33 %), 2:45:00 left: due 2026-03-09 11:00:00.",
        "If nothing happens before:",
        "From Until Length Counted Sum Because",
        "2026-03-06 16:15:00 2026-03-06 17:00:00 0:45:00 0:45:00 1:00:00 open",
        "2026-03-06 17:00:00 2026-03-09 09:00:00 64:00:00 – 1:00:00 closed hours",
        "2026-03-09 09:00:00 2026-03-09 11:00:00 2:00:00 2:00:00 3:00:00 open",
    ]


def test_a_pause_and_a_holiday_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    resumed = event(4, "resumed", "2026-03-09T15:30:00+00:00")
    assert printed(record(*HELD, resumed), "2026-03-11T08:15:00+00:00", monkeypatch)[3:-4] == [
        "2026-03-06 16:00:00 2026-03-06 17:00:00 1:00:00 1:00:00 1:00:00 open",
        "2026-03-06 17:00:00 2026-03-09 09:00:00 64:00:00 – 1:00:00 closed hours",
        "2026-03-09 09:00:00 2026-03-09 09:50:00 0:50:00 0:50:00 1:50:00 open",
        "2026-03-09 09:50:00 2026-03-09 16:30:00 6:40:00 – 1:50:00 paused: Access denied",
        "2026-03-09 16:30:00 2026-03-09 17:00:00 0:30:00 0:30:00 2:20:00 open",
        "2026-03-09 17:00:00 2026-03-10 09:00:00 16:00:00 – 2:20:00 closed hours",
        "2026-03-10 09:00:00 2026-03-10 17:00:00 8:00:00 – 2:20:00 holiday: Founder's Day",
        "2026-03-10 17:00:00 2026-03-11 09:00:00 16:00:00 – 2:20:00 closed hours",
        "2026-03-11 09:00:00 2026-03-11 09:15:00 0:15:00 0:15:00 2:35:00 open",
    ]


def test_the_deadline_of_a_paused_clock_is_undefined() -> None:
    found = told(record(*HELD), "2026-03-20T12:00:00+00:00")
    assert sentence(found, Times("Europe/Berlin")) == (
        "1:50:00 of 3:00:00 used (61.11 %), 1:10:00 left: no deadline while it is paused."
    )


def test_a_breached_clock_says_by_how_much() -> None:
    found = told(record(), "2026-03-09T12:00:00+00:00")
    assert (
        sentence(found, Times("UTC"))
        == "5:00:00 of 3:00:00 used (166.67 %), 2:00:00 over: was due 2026-03-09 10:00:00."
    )


MET = event(2, "stopped", "2026-03-06T15:30:00+00:00")
MISSED = event(2, "stopped", "2026-03-09T11:00:00+00:00")


@pytest.mark.parametrize(
    ("ended", "asked", "says"),
    [
        (MET, "2026-03-11T08:15:00+00:00", "met at 2026-03-06 16:30:00"),
        (MET, "2026-03-06T15:15:00+00:00", "running at 2026-03-06 16:15:00"),
        (
            MISSED,
            "2026-03-11T08:15:00+00:00",
            "breached its target of 2026-03-09 11:00:00, ended at 2026-03-09 12:00:00",
        ),
        (
            MISSED,
            "2026-03-09T10:30:00+00:00",
            "breached its target of 2026-03-09 11:00:00, seen at 2026-03-09 11:30:00",
        ),
        (
            event(2, "cancelled", "2026-03-06T15:20:00+00:00", reason="Reported twice"),
            "2026-03-11T08:15:00+00:00",
            "cancelled at 2026-03-06 16:20:00",
        ),
    ],
)
def test_a_clock_that_is_over_says_when_it_ended_and_not_when_somebody_looked(
    ended: dict[str, Any], asked: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, *_ = printed(record(ended), asked, monkeypatch)
    assert head == f"FC-2026-000007, clock response: {says}"


def test_programs_are_told_when_a_clock_ended_too() -> None:
    def document(asked: str) -> dict[str, Any]:
        found = record(MET)
        return dict(plain(as_document(recorded(found), OFFICE_HOURS, told(found, asked))))

    assert document("2026-03-11T08:15:00+00:00")["ended_at"] == "2026-03-06T15:30:00+00:00"
    assert document("2026-03-06T15:15:00+00:00")["ended_at"] is None


def test_programs_get_the_same_in_utc_and_seconds() -> None:
    found = record(*HELD)
    document = plain(as_document(recorded(found), OFFICE_HOURS, told(found, "2026-03-09T09:00:00+00:00")))
    assert (document["number"], document["clock"], document["state"]) == ("FC-2026-000007", "response", "paused")
    assert (document["elapsed"], document["remaining"], document["due_at"]) == (6600, 4200, None)
    assert document["intervals"][-1] == {
        "start": "2026-03-09T08:50:00+00:00",
        "end": "2026-03-09T09:00:00+00:00",
        "length": 600,
        "counted": False,
        "cause": "paused",
        "detail": "Access denied",
    }
    assert sum(one["length"] for one in document["intervals"] if one["counted"]) == document["elapsed"]
    assert document["calendar"]["tzdata"] == "2025b"


def test_an_unknown_clock_names_those_there_are() -> None:
    with pytest.raises(NoSuchClock, match=r"FC-2026-000007 has no clock 'repair'\. It has response"):
        recorded_clock(recorded(record()), "repair")


async def test_what_lies_decades_ahead_is_not_explained() -> None:
    with pytest.raises(Failure, match="lies too far ahead to be explained"):
        await explaining.explain_clock("FC-2026-000007", "response", "2150-01-01T00:00Z", as_json=False)


def test_nothing_is_rounded() -> None:
    assert exactly(timedelta(days=2, hours=20, microseconds=1)) == "68:00:00.000001"
    assert exactly(timedelta(seconds=59)) == "0:00:59"


def test_another_target_is_told_with_its_reason_and_counts_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    at = "2026-03-09T08:40:00+00:00"
    changed = event(3, "retargeted", at, target=7200.0, reason="Priority P2 → P1: Patient moved")
    lines = printed(record(HELD[0], changed), at, monkeypatch)
    assert lines[1].startswith("Target 2:00:00 of business time")
    assert lines[2] == "Target 3:00:00 → 2:00:00 since 2026-03-09 09:40:00: Priority P2 → P1: Patient moved"
    assert "1:40:00 of 2:00:00 used (83.33 %), 0:20:00 left: due 2026-03-09 10:00:00." in lines
    found = record(HELD[0], changed)
    document = plain(as_document(recorded(found), OFFICE_HOURS, told(found, at)))
    assert (document["target"], document["first_target"]) == (7200, 10800)
    assert document["retargets"] == [{"at": at, "target": 7200, "reason": "Priority P2 → P1: Patient moved"}]
    assert told(found, "2026-03-09T08:35:00+00:00").target == timedelta(hours=3)  # as it was then


@pytest.mark.parametrize(("counts_from", "used"), [(None, "1:30:00"), ("2026-03-09T08:00:00+00:00", "2:30:00")])
def test_solved_time_is_named_unless_it_counts(
    counts_from: str | None, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = event(2, "stopped", "2026-03-09T08:00:00+00:00")
    again = event(3, "reopened", "2026-03-09T09:00:00+00:00", reason="Alarm is back", counts_from=counts_from)
    lines = printed(record(stopped, again), "2026-03-09T09:30:00+00:00", monkeypatch)
    solved = "2026-03-09 09:00:00 2026-03-09 10:00:00 1:00:00 – 1:00:00 solved: reopened: Alarm is back"
    assert (solved in lines) == (counts_from is None)
    assert any(line.startswith(f"{used} of 3:00:00 used") for line in lines)


def test_before_a_change_of_the_contract_its_calendar_is_the_one_of_then() -> None:
    found = record()
    changed = {"action": "contract_changed", "occurred_at": "2026-03-09T12:00:00+00:00", "old_value": {"calendar": {}}}
    found["timeline"] = [changed]
    clock = recorded_clock(recorded(found), "response")
    assert calendar_at(recorded(found), clock, datetime.fromisoformat("2026-03-09T11:59:59+00:00")) == Calendar()
    assert calendar_at(recorded(found), clock, datetime.fromisoformat("2026-03-09T12:00:00+00:00")).code == "office"
    found["clocks"][0]["calendar_snapshot"] = Calendar(code="ended_under").model_dump(mode="json")
    found["clocks"][0]["events"].append(event(2, "stopped", "2026-03-09T11:00:00+00:00"))
    ended = recorded_clock(recorded(found), "response")
    assert (
        calendar_at(recorded(found), ended, datetime.fromisoformat("2026-03-10T12:00:00+00:00")).code == "ended_under"
    )


def test_a_clock_from_before_there_were_retargets_has_its_first_target_in_the_audit_trail() -> None:
    found = record(event(2, "retargeted", "2026-03-09T08:40:00+00:00", target=7200.0))
    found["clocks"][0]["events"][0]["target"] = None
    found["clocks"][0]["target"] = 7200.0
    fact = {"clock_id": found["clocks"][0]["id"], "target": "PT3H"}
    found["timeline"] = [{"action": "clock_moved", "new_value": fact}]
    assert recorded_clock(recorded(found), "response").target == timedelta(hours=3)


def test_a_pause_is_cut_where_its_reasons_change() -> None:
    resumed = event(4, "resumed", "2026-03-09T15:30:00+00:00")
    found = record(*HELD, resumed)

    def entry(action: str, at: str, reason: str, **fields: Any) -> dict[str, Any]:
        return {"action": action, "occurred_at": at, "new_value": {"hold_reason": reason, **fields}}

    found["timeline"] = [
        entry("ticket_held", "2026-03-09T08:50:00+00:00", "access_denied", pauses_clocks=True),  # before revision 0016
        entry("ticket_held", "2026-03-09T09:00:00+00:00", "waiting_for_parts", pauses_clocks=False, pauses=[]),
        entry("ticket_held", "2026-03-09T10:00:00+00:00", "dispute", pauses_clocks=True, pauses=["response"]),
        entry("ticket_held", "2026-03-09T11:00:00+00:00", "elsewhere", pauses_clocks=True, pauses=["stage"]),
        entry("ticket_resumed", "2026-03-09T12:00:00+00:00", "access_denied"),
        entry("ticket_resumed", "2026-03-09T15:30:00+00:00", "dispute"),
    ]
    whole = explain(recorded_clock(recorded(found), "response"), OFFICE_HOURS, resumed_at(resumed))
    cut = with_reasons(whole, recorded(found))
    assert [(f"{one.start:%H:%M}", f"{one.end:%H:%M}", one.detail) for one in cut.intervals if one.detail] == [
        ("08:50", "10:00", "access_denied"),
        ("10:00", "12:00", "access_denied, dispute"),
        ("12:00", "15:30", "dispute"),
    ]
    assert sum((one.length for one in cut.intervals), timedelta(0)) == whole.at - whole.intervals[0].start
    without = with_reasons(whole, recorded({**found, "timeline": []}))
    assert without == whole


def resumed_at(resumed: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(resumed["occurred_at"])
