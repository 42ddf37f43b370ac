"""`fieldcare engineer …`, and the same for programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from starter.embedded.stack import Stack
from starter.reading.candidates import free_engineers
from tests.field import Field
from tests.serving import Server, a_server
from tests.starter.terminal import Ended, Environment, clean_environment, fieldcare
from tests.waiting import until


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


@pytest.fixture
def env(service_url: str, stack: Stack) -> Environment:
    return clean_environment() | {
        "FIELDCARE_DATABASE_URL": service_url,
        "TEMPORAL_ADDRESS": str(stack.addresses.temporal_address),
    }


async def run(env: Environment, *arguments: str) -> Ended:
    """The command, while the workers of this process go on."""
    return await asyncio.to_thread(fieldcare, env, *arguments)


async def answer(env: Environment, *arguments: str) -> Any:
    """What a command that succeeds says in JSON."""
    done = await run(env, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def test_the_terminal_suggests_with_reasons_and_says_who_can_not(field: Field, env: Environment) -> None:
    ticket = await field.open(engineer=None)
    await ticket.stored()
    said = (await run(env, "engineer", "suggest", ticket.number, "--stage", "onsite_repair")).stdout
    assert f"{ticket.number}: Onsite Repair (L2, on site)" in said
    assert "of 100" in said
    assert "+ is about" in said
    assert "Not suggested" in said
    found = await answer(env, "engineer", "suggest", ticket.number)
    assert found["stage"] == "remote_diagnosis"
    best = found["suggested"][0]
    assert best["location"] is None
    assert best["overall"] == max(one["overall"] for one in found["suggested"])
    refused = await run(env, "engineer", "suggest", ticket.number, "--stage", "no_such_stage")
    assert refused.returncode == 2
    assert "Open are: remote_diagnosis, parts_identification" in refused.stderr


async def test_the_terminal_shows_engineers_and_who_is_free(env: Environment) -> None:
    shown = (await run(env, "engineer", "show", "eng-004")).stdout
    assert "ENG-004 Luis Ortega, L2" in shown
    assert "Ventilator Service: valid" in shown
    assert "ENG-001" in (await run(env, "engineer", "list", "--limit", "2")).stdout
    # A Saturday night in New York, where nobody has a shift that day.
    at = ("--at", "2026-03-07T23:00-05:00", "ENG-004")
    [luis] = (await answer(env, "engineer", "free", *at))["engineers"]
    assert luis["because"] == "outside working hours"
    assert luis["free_from"] > "2026-03-08"
    unknown = await run(env, "engineer", "show", "ENG-404")
    assert (unknown.returncode != 0, "no active engineer ENG-404" in unknown.stderr) == (True, True)


async def test_assigning_by_the_terminal_takes_anyway_and_why(field: Field, env: Environment) -> None:
    ticket = await field.open(engineer=None)
    refused = await run(env, "ticket", "assign", ticket.number, "ENG-007")
    assert refused.returncode == 1
    assert "Add --anyway, and why with --note." in refused.stderr
    done = await run(env, "ticket", "assign", ticket.number, "ENG-007", "--anyway", "--note", "Nobody else is there")
    assert "Warning: ENG-007 has no expertise on record for Ventilator." in done.stdout


async def test_programs_are_told_the_same(server: Server, field: Field) -> None:
    ticket = await field.open(engineer=None)
    await ticket.stored()
    answered = await server.ask(
        "coordinator", "GET", f"/tickets/{ticket.number}/suggestions", stage="onsite_repair", limit=2
    )
    assert answered.status_code == 200, answered.text
    found = answered.json()
    assert len(found["suggested"]) <= 2
    assert {one["kind"] for one in found["not_suggested"][0]["concerns"]}
    refused = await server.ask("coordinator", "GET", f"/tickets/{ticket.number}/suggestions", stage="x")
    assert refused.status_code == 422
    free = (
        await server.ask("coordinator", "GET", "/engineers/free", engineer="eng-004", at="2026-03-07T23:00:00-05:00")
    ).json()
    assert [one["engineer"] for one in free["engineers"]] == ["ENG-004"]
    assert (await server.ask("nurse", "GET", "/engineers/free")).status_code == 403
    warned = await server.ask(
        "coordinator", "POST", f"/tickets/{ticket.number}/assign-engineer", json={"engineer_code": "ENG-007"}
    )
    assert warned.status_code == 409
    assert any("Set anyway to true" in one["says"] for one in warned.json()["remedies"]), warned.text
    said = {"engineer_code": "ENG-007", "anyway": True, "note": "Nobody else is there"}
    done = await server.ask("coordinator", "POST", f"/tickets/{ticket.number}/assign-engineer", json=said)
    assert done.status_code == 200, done.text
    assert "ENG-007 has no expertise on record for Ventilator." in done.json()["warnings"]


async def test_what_was_recommended_is_read_by_whoever_reads_the_ticket(server: Server, field: Field) -> None:
    ticket = await field.open(engineer="ENG-008")

    async def there() -> bool:
        found = await server.ask("coordinator", "GET", f"/tickets/{ticket.number}/recommendations")
        return found.status_code == 200 and found.json() == []

    await until(there)


async def test_who_is_free_comes_first_and_holidays_count(field: Field) -> None:
    at = datetime(2026, 3, 9, 15, tzinfo=UTC)  # a Monday morning in New York, the evening in India
    found = await free_engineers(field.database, at)
    first = [one for one in found if one.free_from == at]
    assert found[: len(first)] == first
    assert {one.engineer.code for one in first} >= {"ENG-002"}
