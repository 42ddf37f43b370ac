"""Calendars, parts and engineers are kept with what belongs to them; what does not fit is refused by its field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.field import Field
from tests.serving import Server, a_server
from tests.starter.registering import Desk, due


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


@pytest.fixture(scope="module")
def desk(server: Server) -> Desk:
    return Desk(server)


def calendar(**said: object) -> dict[str, Any]:
    """What is said of a new calendar."""
    weekdays = [{"weekday": day, "opens": "08:00:00", "closes": "17:00:00"} for day in range(1, 6)]
    return {"code": f"c{uuid4().hex[:8]}", "name": "By day", "hours": weekdays, **said}


async def test_a_calendar_changes_by_version_and_tells_of_its_days(desk: Desk) -> None:
    row = await desk.add("calendars", **calendar(), reason="It was agreed on.")
    hours = [*row["hours"][:4], {"weekday": 5, "opens": "08:00:00", "closes": "12:00:00"}]
    days = ["2027-12-24 08:00-12:00 Christmas Eve", "2027-12-31 New Year's Eve"]
    changed = await desk.change("calendars", row, hours=hours, holidays=days, reason="Fridays are short.")
    assert changed.status_code == 200, changed.text
    assert changed.json()["holidays"] == [
        {"day": "2027-12-24", "name": "Christmas Eve", "opens": "08:00:00", "closes": "12:00:00"},
        {"day": "2027-12-31", "name": "New Year's Eve", "opens": None, "closes": None},
    ]
    now = await desk.read("calendars", row["code"])
    assert (await desk.change("calendars", now, special_days=["2027-12-18 09:00-13:00"])).status_code == 200
    special, _, days_told, version, added = await desk.history("calendars", row)
    assert (added["doing"], added["reason"]) == ("added", "It was agreed on.")
    assert {"field": "hours", "old": None, "new": row["hours"]} in added["changes"]
    assert version["changes"] == [{"field": "version", "old": 1, "new": 2}]
    assert {one["field"]: one["new"] for one in days_told["changes"]} == {
        "hours": hours,
        "holidays": changed.json()["holidays"],
    }
    assert days_told["reason"] == "Fridays are short."
    assert [one["field"] for one in special["changes"]] == ["special_days"]
    late = await desk.change("calendars", now, hours=row["hours"])
    assert (late.status_code, "special days from nothing" in late.json()["detail"]) == (412, True), late.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"hours": []}, "never be open"),
        ({"always_open": True}, "always open"),
        ({"hours": ["Mon-Fri 08:00-17:00", "Mon 16:00-18:00"]}, "overlaps with another"),
        ({"hours": ["Mon 22:00-06:00", "Tue 05:00-09:00"]}, "overlaps with another"),
        ({"hours": ["Mon 08:00-17:00", "Mon 08:00-12:00"]}, "begin at the same time"),
        ({"hours": ["Fri-Mon 08:00-17:00"]}, "ends before it begins"),
        ({"hours": ["sometimes"]}, "write mon-fri 08:00-17:00"),
        ({"hours": [{"weekday": 8, "opens": "08:00", "closes": "09:00"}]}, "less than or equal to 7"),
        ({"hours": ["Mon 08:00-24:00"]}, "midnight is 00:00"),
        ({"holidays": ["2027-12-24"]}, "write 2026-12-24 christmas eve"),
        ({"holidays": ["2027-02-30 No day"]}, "date"),
        ({"holidays": ["2027-12-24 12:00-08:00 Eve"]}, "calendar"),
        ({"holidays": ["2027-12-24 Eve", "2027-12-24 Evening"]}, "the same day twice"),
        ({"holidays": ["2020-12-24 Eve"]}, "the day 2020-12-24 is over"),
        ({"special_days": ["2020-12-24 08:00-12:00"]}, "the day 2020-12-24 is over"),
        ({"special_days": ["2027-12-24 08:00-12:00", "2027-12-24 11:00-13:00"]}, "overlaps with another"),
        ({"holiday_country": "XX"}, "are not known"),
        ({"holiday_country": "IN", "holiday_region": "ATLANTIS"}, "are not known"),
        ({"holiday_region": "KA"}, "with its country"),
        ({"code": "Weekdays 9-5"}, "small letters"),
    ],
)
async def test_a_calendar_that_does_not_fit_is_refused(desk: Desk, said: dict[str, object], why: str) -> None:
    answer = await desk.ask("POST", "/calendars", calendar(**said))
    assert (answer.status_code, why in answer.json()["detail"].lower()) == (422, True), answer.text


async def test_a_calendar_that_somebody_has_agreed_on_is_not_retired(desk: Desk) -> None:
    customer, _ = await desk.place()
    row = await desk.add("calendars", **calendar())
    await desk.change("customers", customer, calendar=row["code"])
    refused = await desk.do("calendars", row, "retire")
    assert (refused.status_code, customer["code"] in refused.json()["detail"]) == (422, True)
    await desk.change("customers", await desk.read("customers", customer["id"]), calendar=None)
    assert (await desk.do("calendars", row, "retire")).json()["in_use"] is False
    other = await desk.change("customers", await desk.read("customers", customer["id"]), calendar=row["code"])
    assert (other.status_code, "is retired" in other.json()["detail"]) == (422, True)
    around = await desk.do("calendars", await desk.read("calendars", "24x7"), "retire")
    assert around.status_code == 422
    again = await desk.ask("POST", "/calendars", calendar(code=row["code"]))
    assert (again.status_code, "on record already" in again.json()["detail"]) == (422, True)


async def test_a_changed_calendar_leaves_running_tickets_as_they_were(desk: Desk, field: Field) -> None:
    customer, site = await desk.place()
    row = await desk.add("calendars", **calendar())
    await desk.change("customers", customer, calendar=row["code"])
    ticket = await field.open(unit=(await desk.unit(site))["serial"], engineer=None)
    now = await desk.read("calendars", row["id"])
    assert now["open_tickets"] == 1
    before = due(await ticket.status())
    every_day = [f"{day}-{day} 01:00-02:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")]
    changed = await desk.change("calendars", now, hours=every_day)
    assert (changed.status_code, changed.json()["open_tickets"]) == (200, 1)
    assert due(await ticket.status()) == before
    other = await field.open(unit=(await desk.unit(site))["serial"], engineer=None)
    assert due(await other.status()) != before, "the next one runs by what was changed"
    assert (await desk.read("calendars", row["id"]))["open_tickets"] == 2


# -- parts -------------------------------------------------------------------------------------------------------------


def part(**said: object) -> dict[str, Any]:
    """What is said of a new part."""
    return {
        "part_number": f"PT-{uuid4().hex[:8].upper()}",
        "name": "Flow sensor",
        "equipment_type": "ventilator",
        "manufacturer": "HAMILTON",
        "category": "sensor",
        "is_oem": True,
        "unit_price": "119.50",
        "lead_time_days": 2.5,
        **said,
    }


async def test_a_parts_clerk_keeps_parts_with_what_may_stand_in_for_them(server: Server) -> None:
    clerk = Desk(server, "clerk")
    other = await clerk.add("parts", **part(name="Other sensor"))
    row = await clerk.add("parts", **part(contexts=["icu | required | 2", "ward | optional"], models=["C1", "C6"]))
    assert (row["unit_price"], row["lead_time_days"], row["currency"], row["models"]) == (
        119.5,
        2.5,
        "USD",
        ["C1", "C6"],
    )
    assert [(one["installed_context"], one["quantity"]) for one in row["contexts"]] == [("icu", 2), ("ward", 1)]
    line = f"{other['part_number']} | equivalent | yes | icu | Calibrate it."
    changed = await clerk.change("parts", row, alternatives=[line], unit_price=99, reason="A new list of prices.")
    assert changed.status_code == 200, changed.text
    [alternative] = changed.json()["alternatives"]
    assert alternative == {
        "part": other["part_number"],
        "kind": "equivalent",
        "is_interchangeable": True,
        "contexts": ["icu"],
        "notes": "Calibrate it.",
    }
    told, priced, added = await clerk.history("parts", row)
    assert told["changes"] == [{"field": "alternatives", "old": [], "new": [alternative]}]
    assert priced["changes"] == [{"field": "unit_price", "old": 119.5, "new": 99}]
    assert {"field": "lead_time_days", "old": None, "new": 2.5} in added["changes"]
    now = await clerk.read("parts", row["part_number"])
    assert (await clerk.do("parts", now, "retire")).json()["in_use"] is False
    assert (
        await clerk.ask("POST", "/sites", {"customer": "X", "code": "X", "name": "X", "time_zone": "UTC"})
    ).status_code == 403
    assert (await clerk.ask("GET", "/engineers")).status_code == 403


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"part_number": "pt 1"}, "capital letters"),
        ({"unit_price": "-1"}, "greater than or equal to 0"),
        ({"unit_price": "1.999"}, "2 decimal places"),
        ({"lead_time_days": -1}, "greater than or equal to 0"),
        ({"currency": "dollars"}, "match pattern"),
        ({"category": "magic"}, "sensor"),
        ({"alternatives": ["NOBODY-1 | equivalent"]}, "there is no part nobody-1"),
        ({"alternatives": ["X | similar"]}, "equivalent"),
        ({"contexts": ["icu | required | 0"]}, "greater than or equal to 1"),
        ({"contexts": ["icu | required", "icu | optional"]}, "entry for this context already"),
        ({"contexts": ["icu | required | 1 | a | b | c"]}, "says too much"),
        ({"equipment_type": "toaster"}, "there is no type of equipment"),
    ],
)
async def test_a_part_that_does_not_fit_is_refused(desk: Desk, said: dict[str, object], why: str) -> None:
    answer = await desk.ask("POST", "/parts", part(**said))
    assert (answer.status_code, why in answer.json()["detail"].lower()) == (422, True), answer.text


async def test_a_part_is_no_alternative_to_itself_nor_to_one_of_another_type(desk: Desk) -> None:
    row = await desk.add("parts", **part())
    same = await desk.change("parts", row, alternatives=[f"{row['part_number']} | identical"])
    assert (same.status_code, "another part" in same.json()["detail"]) == (422, True), same.text
    other = await desk.add("parts", **part(equipment_type="ct_scanner", manufacturer="GE"))
    foreign = await desk.change("parts", row, alternatives=[f"{other['part_number']} | identical"])
    assert (foreign.status_code, "stand in for" in foreign.json()["detail"]) == (422, True), foreign.text


# -- engineers ---------------------------------------------------------------------------------------------------------


def engineer(**said: object) -> dict[str, Any]:
    """What is said of a new engineer."""
    return {
        "code": f"E-{uuid4().hex[:8].upper()}",
        "name": "Anna Berg",
        "support_level": "L2",
        "time_zone": "Europe/Berlin",
        **said,
    }


async def test_an_engineer_has_qualifications_and_certificates_with_their_history(desk: Desk) -> None:
    number = uuid4().hex[:8]
    certificate = f"Ventilators | Hamilton | {number} | 2025-01-01 | 2028-01-01 | ventilator | HAMILTON"
    row = await desk.add(
        "engineers",
        **engineer(qualifications=["ventilator | HAMILTON | L2 | diagnose, repair | 5"], certificates=[certificate]),
    )
    assert row["qualifications"] == [
        {
            "equipment_type": "ventilator",
            "manufacturer": "HAMILTON",
            "support_level": "L2",
            "capabilities": ["diagnose", "repair"],
            "years_of_experience": 5,
            "required_certification": None,
        }
    ]
    assert row["certificates"][0]["expires_on"] == "2028-01-01"
    gone = await desk.change("engineers", row, certificates=[])
    assert (gone.status_code, f"{number} of Hamilton is missing" in gone.json()["detail"]) == (422, True), gone.text
    revoked = await desk.change(
        "engineers", row, certificates=[f"{certificate} | 2026-02-01"], qualifications=[], reason="It was withdrawn."
    )
    assert revoked.status_code == 200, revoked.text
    assert (revoked.json()["certificates"][0]["revoked_on"], revoked.json()["qualifications"]) == ("2026-02-01", [])
    told, added = await desk.history("engineers", row)
    assert (added["doing"], told["reason"]) == ("added", "It was withdrawn.")
    assert {one["field"] for one in told["changes"]} == {"certificates", "qualifications"}
    back = await desk.change(
        "engineers", await desk.read("engineers", row["code"]), qualifications=row["qualifications"]
    )
    assert back.json()["qualifications"] == row["qualifications"]
    assert (await desk.do("engineers", await desk.read("engineers", row["id"]), "retire")).json()["in_use"] is False


async def test_it_is_said_how_many_tickets_an_engineer_is_on(desk: Desk, field: Field) -> None:
    row = await desk.read("engineers", "ENG-004")
    ticket = await field.open(engineer="ENG-004")
    await ticket.stored()
    assert (await desk.read("engineers", "ENG-004"))["open_tickets"] == row["open_tickets"] + 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"support_level": "L9"}, "l1"),
        ({"time_zone": "Europe/Berln"}, "europe/berlin"),
        ({"home_latitude": 1}, "both latitude and longitude"),
        ({"monthly_capacity": 0}, "greater than or equal to 1"),
        ({"shift_calendar": "nights"}, "there is no calendar nights"),
        ({"qualifications": ["ventilator | HAMILTON | L2"]}, "capabilities"),
        ({"qualifications": ["ventilator | | L2 | sing"]}, "diagnose"),
        ({"qualifications": ["toaster | | L2 | repair"]}, "there is no type of equipment toaster"),
        ({"qualifications": 2 * ["ventilator | | L2 | repair"]}, "is there twice"),
        ({"certificates": ["A | B | no-1 | 2026-01-01 | 2025-01-01"]}, "expire after the day of issue"),
        ({"certificates": ["A | B | no-2 | 2026-01-01 | | | | 2025-01-01"]}, "revoked before the day of issue"),
        ({"certificates": ["A | B | no-3 | 2027-12-01"]}, "in the future"),
        ({"certificates": ["A | B | no-4 | first of May"]}, "date"),
        ({"certificates": 2 * ["A | B | no-5 | 2026-01-01"]}, "on record already"),
        ({"name": "unknown"}, "names nothing"),
        ({"code": "ENG-001"}, "on record already"),
    ],
)
async def test_an_engineer_that_does_not_fit_is_refused(desk: Desk, said: dict[str, object], why: str) -> None:
    answer = await desk.ask("POST", "/engineers", engineer(**said))
    assert (answer.status_code, why in answer.json()["detail"].lower()) == (422, True), answer.text
