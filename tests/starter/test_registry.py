"""The registry is kept by the API: with rights, versions and history, and everything that does not fit is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.field import Field
from tests.serving import Server, a_server
from tests.starter.registering import WHY, Desk, due, unit_at


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


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
