"""`fieldcare sla ledger`: whose time a ticket took, as the command reads and tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from rich.console import Console

from models.contracts.facts import EngineerAssigned, TicketEnded, TicketHeld, TicketReopened, TravelStarted
from models.contracts.templates import StageDefinition
from models.contracts.told import StageRef
from models.sla.owners import LedgerError
from models.vocabulary import Party, TicketStatus
from starter.cli.sla import ledger as command
from starter.reading.ledgers import as_document, recorded_ledger, whose_time
from starter.reading.plain import plain
from tests.factories import engineer, standard_stages
from tests.models.test_sla_ledger import Tale, berlin
from tests.records import recorded
from tests.starter.test_sla_explain import OFFICE

ALWAYS = {"code": "24x7", "version": 1, "always_open": True, "zone": "UTC", "hours": [], "holidays": []}
STAGES: tuple[StageDefinition, ...] = standard_stages()


def entry(tale: Tale, number: int, **fields: Any) -> dict[str, Any]:
    """What the audit trail has of a fact."""
    fact = tale.facts[number].model_dump(mode="json")
    return {"occurred_at": fact["at"], "action": fact["kind"], "new_value": fact, "old_value": None, **fields}


def record(tale: Tale, calendar: dict[str, Any] = OFFICE, *later: dict[str, Any]) -> dict[str, Any]:
    """What `get_ticket()` says, as far as it matters."""
    opened = tale.opened_at.isoformat()
    return {
        "ticket": {"number": "FC-2026-000007", "opened_at": opened},
        "unit": {"time_zone": "Europe/Berlin"},
        "calendar": calendar,
        "template_stages": [one.model_dump(mode="json") for one in STAGES],
        "stages": [{"stage_key": one.key, "name": one.name} for one in STAGES],
        "timeline": [
            {"occurred_at": opened, "action": "ticket_opened", "new_value": {"number": "FC-2026-000007"}},
            *(entry(tale, number) for number in range(len(tale.facts))),
            *later,
        ],
    }


@pytest.fixture
def tale() -> Tale:
    """From a Friday, 16:00 in Berlin: assigned, on the way, refused at the door, signed off and reopened."""
    tale = Tale(berlin("03-06 16:00"))
    tale.move(entered=("onsite_repair",))
    tale.now = berlin("03-06 16:15")
    tale.tell(EngineerAssigned, engineer=engineer(), stages=[StageRef(key="onsite_repair", visit=1)])
    tale.now = berlin("03-06 16:30")
    tale.tell(TravelStarted, stage=StageRef(key="onsite_repair", visit=1))
    tale.now = berlin("03-09 09:20")
    tale.tell(
        TicketHeld, hold_reason="access_denied", resume_at=berlin("03-09 09:50"), pauses_clocks=True, party="hospital"
    )
    tale.now = berlin("03-09 10:00")
    tale.move(("onsite_repair",))
    tale.tell(TicketEnded, status=TicketStatus.CLOSED)
    return tale


def printed(found: dict[str, Any], at: str | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines for people, without the blanks between columns."""
    console = Console(width=200, highlight=False, soft_wrap=True)
    monkeypatch.setattr(command, "out", console)
    with console.capture() as captured:
        command._show(recorded(found), recorded_ledger(recorded(found), berlin(at) if at else None))
    return [" ".join(line.split()) for line in captured.get().splitlines() if line.strip()]


def test_people_get_the_totals_their_sum_and_each_entry_with_its_cause(
    tale: Tale, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert printed(record(tale), "03-20 12:00", monkeypatch) == [
        "FC-2026-000007: 66:00:00 from the report 2026-03-06 16:00:00 to its end 2026-03-09 10:00:00",
        "Calendar office version 2, hours in Europe/Berlin, time zones 2025b.",
        "Times in Europe/Berlin, UTC+01:00.",
        "Owner Time Share",
        "triage 0:15:00 0.38 %",
        "engineer 0:15:00 0.38 %",
        "hospital 0:30:00 0.76 %",
        "transport 1:00:00 1.52 %",
        "outside hours 64:00:00 96.97 %",
        "Sum 0:15:00 + 0:15:00 + 0:30:00 + 1:00:00 + 64:00:00 = 66:00:00; "
        "wall clock, 2026-03-06 16:00:00 to 2026-03-09 10:00:00: 66:00:00.",
        "From Until Length Owner Because",
        "2026-03-06 16:00:00 2026-03-06 16:15:00 0:15:00 triage Onsite Repair, nobody assigned",
        "2026-03-06 16:15:00 2026-03-06 16:30:00 0:15:00 engineer Onsite Repair",
        "2026-03-06 16:30:00 2026-03-06 17:00:00 0:30:00 transport on the way for Onsite Repair",
        "2026-03-06 17:00:00 2026-03-09 09:00:00 64:00:00 outside hours closed hours",
        "2026-03-09 09:00:00 2026-03-09 09:20:00 0:20:00 transport on the way for Onsite Repair",
        "2026-03-09 09:20:00 2026-03-09 09:50:00 0:30:00 hospital on hold: access denied",
        "2026-03-09 09:50:00 2026-03-09 10:00:00 0:10:00 transport on the way for Onsite Repair",
    ]


def test_a_holiday_a_reopening_and_a_further_visit_are_named(tale: Tale, monkeypatch: pytest.MonkeyPatch) -> None:
    tale.now = berlin("03-09 16:00")
    tale.tell(TicketReopened, reopened=1)
    tale.move(entered=("onsite_repair",), visit=2)
    lines = printed(record(tale), "03-10 09:30", monkeypatch)
    assert lines[0].endswith("to 2026-03-10 09:30:00, and not over")
    assert lines[-4:] == [
        "2026-03-09 10:00:00 2026-03-09 16:00:00 6:00:00 in use in use until the reopening",
        "2026-03-09 16:00:00 2026-03-09 17:00:00 1:00:00 triage Onsite Repair (visit 2), nobody assigned",
        "2026-03-09 17:00:00 2026-03-10 09:00:00 16:00:00 outside hours closed hours",
        "2026-03-10 09:00:00 2026-03-10 09:30:00 0:30:00 outside hours holiday: Founder's Day",
    ]


def test_a_change_of_the_contract_brings_its_calendar_from_then_on(tale: Tale, monkeypatch: pytest.MonkeyPatch) -> None:
    del tale.facts[1:]
    changed = {
        "occurred_at": "2026-03-07T11:00:00+00:00",
        "action": "contract_changed",
        "old_value": {"calendar": OFFICE, "service_configuration_id": "…"},
        "new_value": {
            **tale.facts[0].model_dump(mode="json", include={"actor"}),
            "kind": "contract_changed",
            "sequence": 2,
            "at": "2026-03-07T11:00:00+00:00",
            "calendar": ALWAYS,
            "service": {
                "configuration_id": "00000000-0000-0000-0000-000000000001",
                "selected_by": "default",
                "service_provider": "geneqr",
                "parts_provider": "geneqr",
                "response_target": "PT4H",
                "parts_lead_time": "P2D",
                "oem_parts_only": False,
            },
        },
    }
    found = record(tale, ALWAYS, changed)
    lines = printed(found, "03-07 18:00", monkeypatch)
    assert lines[1:3] == [
        "Calendar office version 2, hours in Europe/Berlin, time zones 2025b.",
        "Since 2026-03-07 12:00:00 calendar 24x7 version 1, around the clock.",
    ]
    assert [line.split(" ", 4)[4] for line in lines[-3:]] == [
        "1:00:00 triage Onsite Repair, nobody assigned",
        "19:00:00 outside hours closed hours",
        "6:00:00 triage Onsite Repair, nobody assigned",
    ]
    assert len(as_document(recorded(found), recorded_ledger(recorded(found), berlin("03-07 11:00")))["calendars"]) == 1


def test_programs_get_the_same_in_utc_and_seconds(tale: Tale) -> None:
    found = record(tale)
    document = plain(as_document(recorded(found), recorded_ledger(recorded(found), berlin("03-09 09:30"))))
    assert (document["start"], document["end"]) == ("2026-03-06T15:00:00+00:00", "2026-03-09T08:30:00+00:00")
    assert (document["ended"], document["time_zone"]) == (False, "Europe/Berlin")
    assert document["totals"] == {
        "triage": 900,
        "engineer": 900,
        "hospital": 600,
        "parts": 0,
        "manufacturer": 0,
        "transport": 3000,
        "outside_hours": 230400,
        "in_use": 0,
    }
    assert sum(document["totals"].values()) == document["wall_clock"] == 65.5 * 3600
    assert sum(document["shares"].values()) == pytest.approx(100)
    assert document["entries"][-1] == {
        "start": "2026-03-09T08:20:00+00:00",
        "end": "2026-03-09T08:30:00+00:00",
        "length": 600,
        "owner": "hospital",
        "because": "hold",
        "cause": "access_denied",
    }
    assert document["calendars"][0]["calendar"]["tzdata"] == "2025b"


def test_a_ticket_has_its_totals_in_a_line(tale: Tale) -> None:
    found = record(tale)
    assert whose_time(recorded_ledger(recorded(found))) == (
        "Whose time, 2 d 18 h: outside hours 2 d 16 h (97 %), transport 1 h (2 %), hospital 30 min (1 %), "
        "triage 15 min (0 %), engineer 15 min (0 %)"
    )
    assert whose_time(recorded_ledger(recorded(found), tale.opened_at)) == "Whose time, 0 s: no time yet"


def test_what_is_recorded_counts_also_where_the_worker_s_clock_is_ahead() -> None:
    tale = Tale(datetime.fromisoformat("2999-03-06T16:00:00+00:00"))
    tale.move(entered=("onsite_repair",))
    tale.hold("access_denied", datetime.fromisoformat("2999-03-09T16:00:00+00:00"), Party.HOSPITAL)
    tale.now = datetime.fromisoformat("2999-03-06T16:00:01+00:00")
    tale.tell(TicketEnded, status=TicketStatus.CANCELLED)
    told = recorded_ledger(recorded(record(tale, ALWAYS)))
    assert (told.ended, told.wall_clock.total_seconds()) == (True, 1)


def test_before_the_report_there_is_nothing(tale: Tale) -> None:
    with pytest.raises(LedgerError, match="was reported at"):
        recorded_ledger(recorded(record(tale)), berlin("03-06 15:59"))
