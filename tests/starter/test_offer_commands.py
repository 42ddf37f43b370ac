"""Offers, teams and levels at the terminal: what is asked, what is answered, and what `ticket show` says of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from starter.embedded.stack import Stack
from tests.field import Field, Ticket
from tests.starter.terminal import Environment, clean_environment, fieldcare

DIAGNOSIS = "remote_diagnosis"


@pytest.fixture
def env(stack: Stack, field: Field, service_url: str, tmp_path: Path) -> Environment:
    """A terminal of a house with a worker, with nobody signed in."""
    return {
        **clean_environment(),
        "FIELDCARE_HOME": str(tmp_path / "home"),
        "FIELDCARE_DATABASE_URL": service_url,
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
        "COLUMNS": "250",
    }


async def said(env: Environment, *arguments: str, code: int = 0) -> str:
    """What a command says in one line, beside the loop in which the worker answers it."""
    ended = await asyncio.to_thread(fieldcare, env, *arguments)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return " ".join((ended.stderr if code else ended.stdout).split())


async def first_stage(ticket: Ticket) -> dict[str, Any]:
    stage: dict[str, Any] = (await ticket.stored())["stages"][0]
    return stage


async def test_a_stage_is_offered_answered_and_shown(env: Environment, field: Field) -> None:
    ticket = await field.open(engineer=None)
    number = ticket.number
    how = ("--within", "30m", "--location", "hybrid")
    told = await said(env, "stage", "offer", number, DIAGNOSIS, "eng-003", "ENG-004", *how)
    assert "Remote Diagnosis is offered to ENG-003" in told
    assert "1 more after them" in told
    again = await said(env, "stage", "offer", number, DIAGNOSIS, code=1)
    assert "is offered already: ENG-003 is asked until" in again
    why = ("--reason", "distance", "--note", "Four hours")
    assert "is declined" in await said(env, "stage", "decline", number, "--by", "ENG-003", *why)
    assert "is yours" in await said(env, "stage", "accept", number, "--by", "ENG-004")
    answers = [
        (one["engineer_code"], one["answer"], one["decline_reason"]) for one in (await first_stage(ticket))["offers"]
    ]
    assert answers == [("ENG-003", "declined", "distance"), ("ENG-004", "accepted", None)]
    seen = await said(env, "ticket", "show", number)
    for words in ("Offers", "distance; Four hours", "ENG-004 Luis Ortega accepts Remote Diagnosis", "hybrid"):
        assert words in seen, seen


async def test_a_team_is_put_together_handed_over_and_taken_apart(env: Environment, field: Field) -> None:
    ticket = await field.open(engineer="ENG-004")
    number = ticket.number
    assign = ("ticket", "assign", number)
    assert "is on Remote Diagnosis as support" in await said(
        env, *assign, "ENG-003", "--stage", DIAGNOSIS, "--as", "support"
    )
    raised = await said(env, "stage", "raise", number, DIAGNOSIS, "--reason", "Firmware", "--by", "ENG-004")
    assert "needs level L2 now" in raised
    over = (*assign, "ENG-005", "--stage", DIAGNOSIS, "--by", "ENG-004", "--role", "engineer")
    assert "Say in the note what was done and what is left" in await said(env, *over, code=1)
    told = await said(env, *over, "--predecessor-stays-as", "support", "--note", "Logs are read")
    assert "who stays as support" in told
    assert "ENG-003" in await said(env, "ticket", "release", number, "ENG-003")
    there = [one for one in (await first_stage(ticket))["assignments"] if not one["ended_at"]]
    on_it = {(one["engineer_code"], one["assignment_type"]) for one in there}
    assert on_it == {("ENG-005", "primary"), ("ENG-004", "support")}
    seen = await said(env, "ticket", "show", number)
    assert "Level L2 asked for: Remote Diagnosis (Firmware)" in seen
    assert "Logs are read" in seen


async def test_who_is_asked_now_is_listed(env: Environment, field: Field) -> None:
    ticket = await field.open(engineer=None)
    await said(env, "stage", "offer", ticket.number, DIAGNOSIS, "ENG-005")
    await ticket.stored()
    listed = json.loads(await said(env, "stage", "offers", "--engineer", "eng-005", "--json"))["offers"]
    [mine] = [one for one in listed if one["number"] == ticket.number]
    assert (mine["engineer_code"], mine["place"], mine["candidates"]) == ("ENG-005", 1, 1)
    assert ticket.number in await said(env, "stage", "offers")
    assert "is not offered any more" in await said(env, "stage", "withdraw", ticket.number, DIAGNOSIS)
    await ticket.stored()
    assert ticket.number not in await said(env, "stage", "offers", "--engineer", "ENG-005")
    assert "Nobody is asked now." in await said(env, "stage", "offers", "--engineer", "ENG-999")
