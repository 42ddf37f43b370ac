"""The registry is kept by the API: with rights, versions and history, and everything that does not fit is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from models.contracts.status import StatusReport
from tests.field import Field
from tests.serving import Server, a_server

WHY = {"reason": "A test."}


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


class Desk:
    """Somebody who keeps the registry by the API."""

    def __init__(self, server: Server, who: str = "administrator") -> None:
        self.server = server
        self.who = who

    async def ask(self, method: str, path: str, json: object = None, version: str | None = None, **query: Any) -> Any:
        headers = {} if version is None else {"If-Match": version}
        return await self.server.ask(self.who, method, f"/registry{path}", json=json, headers=headers, **query)

    async def add(self, kind: str, **said: object) -> dict[str, Any]:
        answer = await self.ask("POST", f"/{kind}", said)
        assert answer.status_code == 201, answer.text
        return {**answer.json(), "version": answer.headers["ETag"]}

    async def read(self, kind: str, reference: str) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{kind}/{reference}")
        assert answer.status_code == 200, answer.text
        return {**answer.json(), "version": answer.headers["ETag"]}

    async def change(self, kind: str, row: dict[str, Any], **said: object) -> Any:
        return await self.ask("PATCH", f"/{kind}/{row['id']}", {**WHY, **said}, version=row["version"])

    async def do(self, kind: str, row: dict[str, Any], doing: str) -> Any:
        return await self.ask("POST", f"/{kind}/{row['id']}/{doing}", WHY, version=row["version"])

    async def history(self, kind: str, row: dict[str, Any]) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = (await self.ask("GET", f"/{kind}/{row['id']}/history")).json()["entries"]
        return entries

    async def place(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A customer of one's own, and a site of it."""
        customer = await self.add("customers", code=f"C{uuid4().hex[:8].upper()}", name="Lakeside Hospital")
        site = await self.add(
            "sites", customer=customer["code"], code="ICU", name="Intensive care", time_zone="Europe/Berlin"
        )
        return customer, site

    async def unit(self, site: dict[str, Any], **said: object) -> dict[str, Any]:
        return await self.add("units", **{**unit_at(site), **said})


def unit_at(site: dict[str, Any]) -> dict[str, Any]:
    """What is said of a new unit."""
    return {
        "serial": f"SN-{uuid4().hex[:10].upper()}",
        "equipment_type": "ventilator",
        "manufacturer": "HAMILTON",
        "model": "HAMILTON-C6",
        "customer": site["customer"],
        "site": site["code"],
        "installed_context": "icu",
        "installed_on": "2026-03-02",
    }


@pytest.fixture(scope="module")
def desk(server: Server) -> Desk:
    return Desk(server)


async def test_a_place_and_a_unit_come_change_go_and_come_back(desk: Desk) -> None:
    customer, site = await desk.place()
    unit = await desk.unit(site)
    assert unit["in_use"] and unit["open_tickets"] == 0
    changed = await desk.change("units", unit, model="HAMILTON-C1", contract_until="2027-12-31")
    assert changed.status_code == 200, changed.text
    assert (changed.json()["model"], changed.json()["contract_until"]) == ("HAMILTON-C1", "2027-12-31")
    assert changed.json()["site"] == "ICU", "what is not said stays"

    for kind, row, why in (("sites", site, "units in use"), ("customers", customer, "sites in use")):
        refused = await desk.do(kind, row, "retire")
        assert (refused.status_code, why in refused.json()["detail"]) == (422, True), refused.text
    for kind, row in (("units", unit), ("sites", site), ("customers", customer)):
        now = await desk.read(kind, row["id"])
        assert (await desk.do(kind, now, "retire")).json()["in_use"] is False
    back = await desk.do("units", await desk.read("units", unit["id"]), "restore")
    assert (back.status_code, "is retired" in back.json()["detail"]) == (422, True), back.text
    refused = await desk.ask("POST", "/units", unit_at(site))
    assert (refused.status_code, "is retired" in refused.json()["detail"]) == (422, True)
    for kind, row in (("customers", customer), ("sites", site), ("units", unit)):
        now = await desk.read(kind, row["id"])
        assert (await desk.do(kind, now, "restore")).json()["in_use"] is True


async def test_history_says_who_changed_what_from_what_to_what_and_why(desk: Desk) -> None:
    _, site = await desk.place()
    unit = await desk.unit(site)
    other = await desk.add("sites", customer=site["customer"], code="WARD-2", name="Ward 2", time_zone="Europe/Berlin")
    await desk.change("units", unit, site=other["code"], reason="It was moved.")
    await desk.do("units", await desk.read("units", unit["id"]), "retire")
    retired, moved, added = await desk.history("units", unit)
    assert {one["actor"].partition("-")[0] for one in (retired, moved, added)} == {"administrator"}
    assert (moved["doing"], moved["reason"]) == ("changed", "It was moved.")
    assert moved["changes"] == [{"field": "site", "old": "ICU", "new": "WARD-2"}]
    assert retired["changes"] == [{"field": "in_use", "old": True, "new": False}]
    assert added["doing"] == "added"
    assert {"field": "serial", "old": None, "new": unit["serial"]} in added["changes"]
    assert {"field": "manufacturer", "old": None, "new": "HAMILTON"} in added["changes"]
    page = (await desk.ask("GET", f"/units/{unit['id']}/history", limit=2)).json()
    rest = (await desk.ask("GET", f"/units/{unit['id']}/history", limit=2, cursor=page["next"])).json()
    assert [one["number"] for one in page["entries"] + rest["entries"]] == [
        one["number"] for one in (retired, moved, added)
    ]
    assert rest["next"] is None


async def test_a_coordinator_corrects_what_stands_where_in_their_capacity(server: Server, desk: Desk) -> None:
    _, site = await desk.place()
    unit = await desk.unit(site)
    coordinator = Desk(server, "coordinator")
    assert (await coordinator.change("units", unit, model="HAMILTON-C3")).status_code == 200
    assert (await coordinator.change("sites", site, name="ICU 2")).status_code == 200
    told, _ = await desk.history("units", unit)
    assert (told["actor"].partition("-")[0], told["role"]) == ("coordinator", "coordinator")
    assert (await coordinator.ask("POST", "/units", unit_at(site))).status_code == 403
    assert (await coordinator.do("units", await desk.read("units", unit["id"]), "retire")).status_code == 403


async def test_whoever_was_not_the_first_is_told_what_has_changed(desk: Desk) -> None:
    _, site = await desk.place()
    for name in ("time_zone", "name"):
        assert (await desk.change("sites", site, **{name: "Asia/Kolkata"})).status_code in {200, 412}
    now = await desk.read("sites", site["id"])
    assert (now["time_zone"], now["name"]) == ("Asia/Kolkata", "Intensive care")
    late = await desk.change("sites", site, name="Intensive care 1")
    said = late.json()
    assert (late.status_code, said["code"]) == (412, "changed_meanwhile")
    assert "time zone from Europe/Berlin to Asia/Kolkata" in said["detail"]
    assert said["errors"] == [{"pointer": "body/time_zone", "detail": "was Europe/Berlin, is now Asia/Kolkata"}]
    assert (await desk.change("sites", now, name="Intensive care 1")).status_code == 200
    assert (await desk.ask("PATCH", f"/sites/{site['id']}", {**WHY, "name": "X"})).status_code == 422


async def test_of_many_who_change_a_row_at_once_one_wins(desk: Desk) -> None:
    _, site = await desk.place()
    unit = await desk.unit(site)
    answers = await asyncio.gather(*(desk.change("units", unit, model=f"Model {n}") for n in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + 7 * [412]
    winner = next(one.json()["model"] for one in answers if one.status_code == 200)
    assert (await desk.read("units", unit["id"]))["model"] == winner
    assert all(winner in one.json()["detail"] for one in answers if one.status_code == 412)
    assert len(await desk.history("units", unit)) == 2


async def test_what_was_seen_is_not_sent_again(desk: Desk, server: Server) -> None:
    _, site = await desk.place()
    path = f"/registry/sites/{site['id']}"
    same = await server.ask("administrator", "GET", path, headers={"If-None-Match": site["version"]})
    assert (same.status_code, same.content) == (304, b"")
    await desk.change("sites", site, name="Elsewhere")
    other = await server.ask("administrator", "GET", path, headers={"If-None-Match": site["version"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("said", "named", "why"),
    [
        ({"serial": "SN\u200b1234567"}, "serial", "can't be seen"),
        ({"serial": "АВС-1001234"}, "serial", "Latin"),
        ({"serial": "#N/A"}, "serial", "spreadsheet"),
        ({"serial": ""}, "serial", "at least 1"),
        ({"serial": None}, "serial", "string"),
        ({"model": "n/a"}, "model", "names nothing"),
        ({"model": "C\u202e6"}, "model", "can't be seen"),
        ({"equipment_type": "toaster"}, "type of equipment", "there is no type of equipment toaster"),
        ({"manufacturer": "NOBODY"}, "manufacturer", "there is no manufacturer NOBODY"),
        ({"site": "NOWHERE"}, "site", "has no site NOWHERE"),
        ({"customer": "NOBODY"}, "customer", "there is no customer NOBODY"),
        ({"installed_context": "kitchen"}, "installed_context", "icu"),
        ({"installed_on": "2999-01-01"}, "installed_on", "check the year"),
        ({"installed_on": "2027-12-01"}, "installed_on", "in the future"),
        ({"installed_on": "02.03.2026"}, "installed_on", "date"),
        ({"warranty_until": "2026-01-01"}, "warranty", "before the installation"),
        ({"contract_until": "2026-01-01"}, "contract", "before the installation"),
        ({"qr_token": "short"}, "qr_token", "8"),
        ({"colour": "red"}, "colour", "not permitted"),
    ],
)
async def test_a_unit_that_does_not_fit_is_refused_by_its_field(
    desk: Desk, said: dict[str, object], named: str, why: str
) -> None:
    _, site = await desk.place()
    answer = await desk.ask("POST", "/units", {**unit_at(site), **said})
    detail = answer.json()["detail"]
    assert answer.status_code == 422, answer.text
    assert named in detail.lower() or named in answer.text, detail
    assert why.lower() in detail.lower(), detail


async def test_a_serial_number_that_is_on_record_is_refused_however_it_is_written(desk: Desk) -> None:
    _, site = await desk.place()
    unit = await desk.unit(site, serial=f"ZZ-{uuid4().hex[:8].upper()}", udi=f"(01){uuid4().int % 10**14:014d}")
    for serial in (unit["serial"], unit["serial"].lower(), unit["serial"].replace("-", "\u2010")):
        answer = await desk.ask("POST", "/units", {**unit_at(site), "serial": serial})
        assert answer.status_code == 422
        assert f"is on record already, as {unit['serial']}" in answer.json()["detail"]
    answer = await desk.ask("POST", "/units", {**unit_at(site), "udi": unit["udi"]})
    assert (answer.status_code, "UDI" in answer.json()["detail"]) == (422, True)
    other = await desk.unit(site)
    answer = await desk.change("units", other, serial=unit["serial"])
    assert (answer.status_code, "on record already" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"time_zone": "Asia/Calcuta"}, "Asia/Calcutta"),
        ({"time_zone": "asia/kolkata"}, "write Asia/Kolkata"),
        ({"latitude": 91, "longitude": 0}, "90"),
        ({"latitude": 10}, "both latitude and longitude"),
        ({"name": "Ward\u200b 7"}, "can't be seen"),
        ({"name": "  "}, "at least 1"),
        ({"code": "ward 7"}, "capital letters"),
        ({"customer": "NOBODY"}, "there is no customer NOBODY"),
        ({"code": "ICU"}, "is on record already"),
    ],
)
async def test_a_site_that_does_not_fit_is_refused(desk: Desk, said: dict[str, object], why: str) -> None:
    customer, _ = await desk.place()
    whole = {"customer": customer["code"], "code": "W7", "name": "Ward 7", "time_zone": "Asia/Kolkata"}
    answer = await desk.ask("POST", "/sites", {**whole, **said})
    assert answer.status_code == 422, answer.text
    assert why.lower() in answer.json()["detail"].lower(), answer.json()["detail"]


async def test_what_identifies_never_changes_and_a_reason_is_said(desk: Desk) -> None:
    customer, site = await desk.place()
    for said in ({"code": "OTHER"}, {"customer": "AIIMS"}):
        answer = await desk.change("sites", site, **said)
        assert (answer.status_code, "never changes" in answer.json()["detail"]) == (422, True)
    for reason in ("", "   ", 1001 * "x", None):
        answer = await desk.change("customers", customer, name="Another", reason=reason)
        assert (answer.status_code, "reason" in answer.json()["detail"]) == (422, True)
    answer = await desk.change("customers", customer, name=None)
    assert (answer.status_code, "name" in answer.json()["detail"]) == (422, True)
    assert len(await desk.history("customers", customer)) == 1


async def test_a_calendar_is_agreed_on_by_its_code(desk: Desk) -> None:
    customer, _ = await desk.place()
    answer = await desk.change("customers", customer, calendar="no-such-calendar")
    assert (answer.status_code, "there is no calendar" in answer.json()["detail"].lower()) == (422, True)
    answer = await desk.change("customers", customer, calendar="24x7")
    assert answer.json()["calendar"] == "24x7"
    [changed, _] = await desk.history("customers", customer)
    assert changed["changes"] == [{"field": "calendar", "old": None, "new": "24x7"}]


async def test_it_is_said_how_many_open_tickets_a_change_is_about(desk: Desk, field: Field) -> None:
    customer, site = await desk.place()
    unit = await desk.unit(site)
    ticket = await field.open(unit=unit["serial"], engineer=None)
    for kind, row in (("units", unit), ("sites", site), ("customers", customer)):
        assert (await desk.read(kind, row["id"]))["open_tickets"] == 1
    before = due(await ticket.status())
    changed = await desk.change("sites", site, time_zone="Pacific/Auckland")
    assert changed.json()["open_tickets"] == 1
    assert due(await ticket.status()) == before, "its terms are those that it was opened with"


def due(report: StatusReport) -> list[tuple[object, ...]]:
    """When the clocks of a ticket are due."""
    return [(one.name, one.target, one.due_at) for one in report.clocks]


async def test_lists_are_searched_and_go_on(desk: Desk) -> None:
    _, site = await desk.place()
    serials = sorted([(await desk.unit(site))["serial"] for _ in range(5)])
    found: list[str] = []
    cursor = None
    while True:
        query: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        page = (await desk.ask("GET", "/units", search=f"{site['customer'].lower()} hamil", limit=2, **query)).json()
        found += [one["serial"] for one in page["rows"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == serials
    assert (await desk.ask("GET", "/units", search="100%_no\\such")).json() == {"rows": [], "next": None}
    retired = await desk.read("units", serials[0])
    await desk.do("units", retired, "retire")
    rows = (await desk.ask("GET", "/units", search=site["customer"])).json()["rows"]
    assert [one["serial"] for one in rows] == serials[1:]
    rows = (await desk.ask("GET", "/units", search=site["customer"], retired="true")).json()["rows"]
    assert [one["in_use"] for one in rows] == [False, True, True, True, True]
    sites = (await desk.ask("GET", "/sites", search=site["customer"])).json()["rows"]
    assert [one["id"] for one in sites] == [site["id"]]
    assert (await desk.read("sites", f"{site['customer']}.icu"))["id"] == site["id"]
    nothing = await desk.ask("GET", "/sites/NOBODY.ICU")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "unknown_row")
    for bad in ("x", "Zm9v"):
        assert (await desk.ask("GET", f"/units/{serials[0]}/history", cursor=bad)).status_code == 422


# -- calendars ---------------------------------------------------------------------------------------------------------


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
