"""An engineer's visits as a calendar that other programs read, by an address that is its own key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from models.contracts.commands import StartTravel
from models.vocabulary.accounts import TokenScope
from starter.accounts import managing
from starter.reading.visits import LONGEST_LINE, calendar
from tests.factories import acting, command_id, complete
from tests.portal.conftest import House

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def unfolded(said: str) -> list[str]:
    """The lines of a calendar as they were before they were folded; each is short enough and ended as it has to be."""
    assert said.endswith("\r\n")
    assert "\n" not in said.replace("\r\n", "")
    assert all(len(line.encode()) <= LONGEST_LINE for line in said.split("\r\n"))
    return said.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def events(said: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for line in unfolded(said):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name not in {"BEGIN", "END"}:
            assert name not in found[-1], f"{name} stands there twice"
            found[-1][name] = value
    return found


def visit(**fields: Any) -> dict[str, Any]:
    return {
        "assignment_id": uuid4(),
        "number": "FC-2026-000001",
        "priority": "P2",
        "ticket_status": "open",
        "serial": "VENT-1",
        "equipment_type": "Ventilator",
        "customer_name": "City, General; South\\West",
        "site_name": "ICU 3",
        "latitude": 12.5,
        "longitude": None,
        "stage_name": "Onsite Repair",
        "visit": 2,
        "assignment_type": "support",
        "stage_status": "in_progress",
        "on_the_way": False,
        "begins_at": AT.astimezone(),
        "ends_at": AT + timedelta(hours=4),
        "sequence": 17,
        "changed_at": AT,
        **fields,
    }


def test_a_visit_is_an_event_in_utc_with_what_is_known_of_it() -> None:
    [event] = events(calendar("ENG-005", [visit()], "https://fieldcare.example/"))
    assert event["DTSTART"] == "20260302T080000Z"
    assert event["DTEND"] == "20260302T120000Z"
    assert event["SEQUENCE"] == "17"
    assert event["SUMMARY"] == "P2 Onsite Repair (2): Ventilator VENT-1\\, support"
    assert event["LOCATION"] == "City\\, General\\; South\\\\West\\, ICU 3"
    assert event["STATUS"] == "TENTATIVE"
    assert event["URL"] == "https://fieldcare.example/tickets/FC-2026-000001"
    assert "GEO" not in event


def test_long_lines_are_folded_between_characters_and_no_line_is_smuggled_in() -> None:
    site = "Krankenhaus Mühlenstraße 集中治療室 " * 5
    [event] = events(calendar("ENG-005", [visit(site_name=f"{site}\r\nATTACH:x\x00", longitude=77.25)]))
    assert event["LOCATION"].endswith(f"{site}\\nATTACH:x")
    assert "ATTACH" not in event
    assert event["GEO"] == "12.500000;77.250000"


async def feed(house: House, who: str, *scopes: TokenScope) -> Any:
    code = await house.account_of(who)
    issued = await managing.issue_token(
        house.field.owner, code, f"c-{uuid4().hex[:8]}", scopes, timedelta(hours=1), by="tests"
    )
    token = issued.secret.get_secret_value()
    return token, await house.stranger().client.get(f"/c/{token}.ics")


async def test_an_engineer_subscribes_to_their_visits(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    for key in ("remote_diagnosis", "parts_identification", "parts_procurement"):
        await ticket.do(complete(key, by="ENG-005"))
    await ticket.stored()

    async def mine() -> dict[str, str]:
        token, answered = await feed(house, "engineer", TokenScope.CALENDAR)
        assert answered.status_code == 200, answered.text
        assert answered.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert token not in answered.text
        assert "flow sensor" not in answered.text
        [event] = [one for one in events(answered.text) if one["DESCRIPTION"].startswith(ticket.number)]
        return event

    before = await mine()
    assert before["STATUS"] == "TENTATIVE"
    await ticket.do(StartTravel(command_id=command_id(), actor=acting("ENG-005")))
    await ticket.stored()
    after = await mine()
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CONFIRMED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    _, others = await feed(house, "another engineer", TokenScope.CALENDAR)
    assert ticket.number not in others.text


async def test_the_address_is_for_nothing_else_and_made_up_ones_are_none(house: House) -> None:
    token, answered = await feed(house, "engineer", TokenScope.CALENDAR)
    assert answered.status_code == 200
    headers = {"Authorization": f"Bearer {token}"}
    listed = await house.stranger().client.get("/api/v1/tickets", headers=headers)
    assert listed.json()["tickets"] == []
    for path in ("/api/v1/offers", "/api/v1/engineers"):
        assert (await house.stranger().client.get(path, headers=headers)).status_code == 403, path
    _, office = await feed(house, "coordinator", TokenScope.CALENDAR)
    assert office.status_code == 403
    _, acts = await feed(house, "engineer", TokenScope.ACT)
    assert acts.status_code == 403
    made_up = await house.stranger().client.get(f"/c/{token[:-2]}xx.ics")
    assert made_up.status_code in {401, 403}
