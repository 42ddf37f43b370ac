"""Makers, types of equipment and absences are kept as the rest of the registry is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.field import Field
from tests.serving import Server, a_server
from tests.starter.registering import WHY, Desk


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


@pytest.fixture(scope="module")
def desk(server: Server) -> Desk:
    return Desk(server)


def maker(**said: object) -> dict[str, Any]:
    """What is said of a new manufacturer."""
    tail = uuid4().hex[:8].upper()
    return {"code": f"M{tail}", "name": f"Maker {tail}", **said}


def a_type(**said: object) -> dict[str, Any]:
    """What is said of a new type of equipment."""
    tail = uuid4().hex[:8]
    return {"code": f"t{tail}", "name": f"Type {tail}", "category": "surgical", **said}


def said_of(row: dict[str, Any]) -> dict[str, Any]:
    """What was said of a row, of what is answered."""
    return {name: value for name, value in row.items() if name not in {"id", "version", "in_use", "open_tickets"}}


async def engineer(desk: Desk, **said: object) -> dict[str, Any]:
    """An engineer of one's own, who lives in Berlin."""
    code = f"E{uuid4().hex[:8].upper()}"
    return await desk.add(
        "engineers", code=code, name="Anna Berg", support_level="L2", time_zone="Europe/Berlin", **said
    )


async def test_a_make_and_a_type_can_be_added_used_changed_and_retired(desk: Desk) -> None:
    make = await desk.add("manufacturers", **maker(service_desk="lake-desk", synonyms=["Lake & Sons"]))
    kind = await desk.add("equipment_types", **a_type(maintenance_days=182.5, product_codes=["JAK"]))
    _, site = await desk.place()
    unit = await desk.unit(site, manufacturer=make["code"].lower(), equipment_type=kind["code"].upper())
    assert (unit["manufacturer"], unit["equipment_type"]) == (make["code"], kind["code"])
    for row, many in ((make, "manufacturers"), (kind, "equipment_types")):
        refused = await desk.do(many, row, "retire")
        assert (refused.status_code, "1 units and 0 parts in use" in refused.json()["detail"]) == (422, True)
    assert (await desk.do("units", unit, "retire")).status_code == 200
    for row, many in ((make, "manufacturers"), (kind, "equipment_types")):
        assert (await desk.do(many, row, "retire")).json()["in_use"] is False
    refused = await desk.do("units", await desk.read("units", unit["id"]), "restore")
    assert (refused.status_code, "is retired" in refused.json()["detail"]) == (422, True), refused.text
    corrected = await desk.change("units", await desk.read("units", unit["id"]), model="C6-2")
    assert corrected.status_code == 200, "one that is out of use stays what it was, and may be corrected"
    again = await desk.ask("POST", "/units", {**said_of(unit), "serial": f"SN-{uuid4().hex[:10].upper()}"})
    assert (again.status_code, "is retired" in again.json()["detail"]) == (422, True)
    history = await desk.history("equipment_types", kind)
    assert [one["doing"] for one in history] == ["changed", "added"]
    assert {"field": "maintenance_days", "old": None, "new": 182.5} in history[1]["changes"]


async def test_a_name_stands_for_one_maker_and_for_one_type(desk: Desk) -> None:
    make = await desk.add("manufacturers", **maker(synonyms=[f"Alias {uuid4().hex[:6]}"]))
    kind = await desk.add("equipment_types", **a_type())
    for many, said, code in (
        ("manufacturers", maker(name=make["synonyms"][0].upper()), make["code"]),
        ("manufacturers", maker(synonyms=[make["name"]]), make["code"]),
        ("equipment_types", a_type(synonyms=[kind["name"].lower()]), kind["code"]),
    ):
        answer = await desk.ask("POST", f"/{many}", said)
        assert (answer.status_code, code in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("kind", "said", "why"),
    [
        ("manufacturers", {"code": "lake side"}, "capital letters"),
        ("manufacturers", {"synonyms": ["Lake\u202e"]}, "u+202e"),
        ("manufacturers", {"code": "HAMILTON"}, "on record already"),
        ("equipment_types", {"code": "CT Scanner"}, "small letter"),
        ("equipment_types", {"category": "furniture"}, "category"),
        ("equipment_types", {"product_codes": ["jak"]}, "product_codes"),
        ("equipment_types", {"maintenance_days": 0}, "greater than 0"),
        ("equipment_types", {"colour": "red"}, "colour"),
    ],
)
async def test_what_does_not_fit_is_refused(desk: Desk, kind: str, said: dict[str, object], why: str) -> None:
    answer = await desk.ask("POST", f"/{kind}", {**(maker() if kind == "manufacturers" else a_type()), **said})
    assert (answer.status_code, why in answer.text.lower()) == (422, True), answer.text


async def reason(field: Field, engineer: dict[str, Any], at: str) -> str | None:
    """Why an engineer is not free at an instant."""
    (row,) = await field.rows(
        "SELECT reason FROM check_engineer_availability(:code, CAST(:at AS timestamptz))",
        code=engineer["code"],
        at=datetime.fromisoformat(at),
    )
    found: str | None = row["reason"]
    return found


async def test_an_absence_is_on_the_wall_clock_of_who_is_away(desk: Desk, field: Field) -> None:
    who = await engineer(desk)
    absence = await desk.add(
        "absences", engineer=who["code"].lower(), starts_at="2027-12-24", ends_at="2027-12-31", kind="leave"
    )
    assert (absence["starts_at"], absence["ends_at"]) == ("2027-12-24 00:00", "2028-01-01 00:00")
    assert await reason(field, who, "2027-12-23T22:59Z") is None
    assert await reason(field, who, "2027-12-23T23:00Z") == "absent until 2028-01-01 00:00 (leave)"
    assert await reason(field, who, "2027-12-31T23:00Z") is None
    changed = await desk.change("absences", absence, ends_at="2027-12-30 12:30", notes="Back at noon")
    assert (changed.status_code, changed.json()["ends_at"]) == (200, "2027-12-30 12:30"), changed.text
    told, added = await desk.history("absences", absence)
    assert {one["field"] for one in told["changes"]} == {"ends_at", "notes"}
    assert {"field": "engineer", "old": None, "new": who["code"]} in added["changes"]
    over = await desk.ask("POST", "/absences", {**said_of(absence), "starts_at": "2027-12-30", "ends_at": None})
    assert (over.status_code, "overlaps with another" in over.json()["detail"]) == (422, True), over.text
    off = await desk.do("absences", await desk.read("absences", absence["id"]), "retire")
    assert off.json()["in_use"] is False
    assert await reason(field, who, "2027-12-28T12:00Z") is None
    ill = await desk.add("absences", engineer=who["code"], starts_at="2027-12-29 08:00", kind="sick")
    assert ill["ends_at"] is None
    assert await reason(field, who, "2099-01-01T12:00Z") == "absent (sick)"
    back = await desk.do("absences", await desk.read("absences", absence["id"]), "restore")
    assert (back.status_code, "overlaps with another" in back.json()["detail"]) == (422, True), back.text
    listed = (await desk.ask("GET", "/absences", search=who["code"], retired=True)).json()["rows"]
    assert [one["starts_at"] for one in listed] == ["2027-12-29 08:00", "2027-12-24 00:00"], "the latest first"


async def test_what_is_said_as_it_was_stays_the_same_instant_in_the_hour_that_comes_twice(
    desk: Desk, field: Field
) -> None:
    """On 31 October 2027 Berlin has half past two twice. An import said the first one; a corrected note keeps it."""
    who = await engineer(desk)
    absence = await desk.add(
        "absences", engineer=who["code"], starts_at="2027-10-31 02:30", ends_at="2027-10-31 12:00", kind="other"
    )
    at = "SELECT starts_at FROM engineer_absences WHERE id = CAST(:id AS uuid)"
    first = datetime.fromisoformat("2027-10-31T00:30Z")
    async with field.owner.session() as session:
        put = text("UPDATE engineer_absences SET starts_at = :first WHERE id = CAST(:id AS uuid)")
        await (await session.connection()).execute(put, {"first": first, "id": absence["id"]})
        await session.commit()
    now = await desk.read("absences", absence["id"])
    assert now["starts_at"] == "2027-10-31 02:30"
    assert (await desk.change("absences", now, starts_at=now["starts_at"], notes="Clocks")).status_code == 200
    assert [row["starts_at"] for row in await field.rows(at, id=absence["id"])] == [first]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ends_at": "2027-12-23"}, "ends before it begins"),
        ({"ends_at": "2027-12-24 00:00"}, "ends before it begins"),
        ({"starts_at": "2027-12-24T00:00:00Z"}, "leave the zone out"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "0027-12-24"}, "check the year"),
        ({"ends_at": "9999-12-31"}, "check the year"),
        ({"engineer": "ENG-NOBODY"}, "there is no engineer"),
        ({"kind": "bored"}, "kind"),
        ({"notes": "x\u200b"}, "u+200b"),
    ],
)
async def test_an_absence_that_does_not_fit_is_refused(desk: Desk, said: dict[str, object], why: str) -> None:
    who = await engineer(desk)
    usual = {"engineer": who["code"], "starts_at": "2027-12-24", "ends_at": "2027-12-31", "kind": "leave"}
    answer = await desk.ask("POST", "/absences", {**usual, **said})
    assert (answer.status_code, why in answer.text.lower()) == (422, True), answer.text


async def test_coordinators_keep_absences_and_nobody_else_in_the_field_does(server: Server, desk: Desk) -> None:
    who = await engineer(desk)
    coordinator = Desk(server, "coordinator")
    absence = await coordinator.add("absences", engineer=who["code"], starts_at="2027-12-24", kind="sick")
    assert (await coordinator.change("absences", absence, ends_at="2027-12-25")).status_code == 200
    now = await coordinator.read("absences", absence["id"])
    assert (await coordinator.do("absences", now, "retire")).status_code == 200
    assert {one["role"] for one in await coordinator.history("absences", absence)} == {"coordinator"}
    moved = await coordinator.change("absences", await coordinator.read("absences", absence["id"]), engineer="ENG-004")
    assert moved.status_code == 422, "an absence is of one engineer"
    for other in ("engineer", "nurse", "desk", "clerk", "manager"):
        answer = await server.ask(other, "POST", "/registry/absences", json={**said_of(absence), **WHY})
        assert answer.status_code == 403, f"{other}: {answer.text}"
