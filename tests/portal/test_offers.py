"""A stage is offered by whoever coordinates, and answered by the engineer on a phone; who was asked is seen."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from models.contracts.offering import OfferStage
from models.vocabulary.people import Role
from tests.browsing import Browser, Page
from tests.factories import COORDINATOR, command_id
from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.test_engineer import action, opened

DIAGNOSIS = "remote_diagnosis"
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def offered(house: House, *engineers: str) -> Ticket:
    """A ticket whose first stage is offered to them by a command."""
    ticket = await house.field.open(engineer=None)
    await ticket.do(OfferStage(command_id=command_id(), actor=COORDINATOR, stage=DIAGNOSIS, engineers=engineers))
    await ticket.stored()
    return ticket


async def asks(browser: Browser, ticket: Ticket, **typed: Any) -> Page:
    page = await opened(browser, ticket)
    return await browser.send(page.form(action(ticket, "offer-stage")), stage=DIAGNOSIS, **typed)


async def test_a_coordinator_offers_a_stage_and_the_engineer_who_is_asked_accepts(house: House) -> None:
    ticket = await house.field.open(engineer=None)
    office, engineer = await house.browser("coordinator"), await house.browser("engineer")
    page = await asks(office, ticket, engineer=[], codes="eng-005, ENG-003", minutes="30", location="hybrid")
    assert "The stage is offered." in page.text
    asked = page.text.partition("Who was asked")[2]
    assert "asked Name" not in asked and "(ENG-005)" in asked and "in 2" in asked and "waiting" in asked
    assert ticket.number in (await office.open("/tickets")).text.partition("Offered now")[2].partition("Tick ")[0]

    work = await engineer.open("/work")
    assert ticket.number in work.text.partition("You are asked")[2].partition("Nobody is on these yet")[0]
    page = await engineer.send(work.form(action(ticket, "accept-offer"), stage=DIAGNOSIS))
    assert "The stage is yours." in page.text
    assert not page.has_form(action(ticket, "accept-offer"))
    assert "not asked" in page.text.partition("Who was asked")[2]
    stage = (await ticket.stored())["stages"][0]
    [put] = stage["assignments"]
    assert (put["engineer_code"], put["work_location"]) == ("ENG-005", "hybrid")
    assert (
        ticket.number not in (await engineer.open("/work")).text.partition("You are asked (")[2].partition("Today")[0]
    )


async def test_who_declines_says_why_and_only_the_office_reads_it(house: House) -> None:
    ticket = await offered(house, "ENG-005", "ENG-003")
    engineer, other = await house.browser("engineer"), await house.browser("another engineer")
    page = await engineer.open(f"/tickets/{ticket.number}")
    form = page.form(action(ticket, "decline-offer"))
    page = await engineer.send(form, reason="other")
    assert page.status == 409
    assert "needs its reason" in page.text
    page = await engineer.send(page.form(action(ticket, "decline-offer")), reason="ill", note="Broken wrist")
    assert "You have declined. The next one is asked." in page.text
    assert "Broken wrist" in page.text

    for who, reads in (
        (other, False),
        (await house.browser("nurse"), False),
        (await house.browser("coordinator"), True),
    ):
        page = await who.open(f"/tickets/{ticket.number}")
        assert page.status == 200
        assert "declined" in page.text
        assert ("Broken wrist" in page.text) == reads
        assert (" ill" in page.text.partition("Who was asked")[2]) == reads
    page = await other.open(f"/tickets/{ticket.number}")
    assert page.has_form(action(ticket, "accept-offer"))


async def test_only_who_is_asked_has_the_buttons_and_sees_the_ticket(house: House) -> None:
    ticket = await offered(house, "ENG-005", "ENG-003")
    for who, asked in (("engineer", True), ("another engineer", False), ("coordinator", False)):
        page = await (await house.browser(who)).open(f"/tickets/{ticket.number}")
        assert page.has_form(action(ticket, "accept-offer")) == asked, who
        assert page.has_form(action(ticket, "withdraw-offer")) == (who == "coordinator"), who
    office = await house.browser("coordinator")
    page = await opened(office, ticket)
    page = await office.send(page.form(action(ticket, "withdraw-offer")))
    assert "The stage is not offered any more." in page.text
    engineer = await house.browser("engineer")
    late = await engineer.client.post(
        action(ticket, "accept-offer"),
        data=dict((await engineer.open("/work")).forms[-1].fields) | {"command_id": str(uuid4()), "stage": DIAGNOSIS},
    )
    assert late.status_code == 409


async def test_a_hand_over_is_seen_first_by_whoever_comes(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    engineer = await house.browser("engineer")
    page = await opened(engineer, ticket)
    form = page.form(action(ticket, "assign-engineer"))
    fields = {"engineer": "ENG-003", "stage": DIAGNOSIS, "predecessor": "support"}
    page = await engineer.send(form, **fields)
    assert page.status == 409
    assert "says how it stands" in page.text
    page = await engineer.send(
        page.form(action(ticket, "assign-engineer")), **fields, note="Valve is out; the leak test is left"
    )
    assert "The engineer is on it." in page.text
    other = await house.browser("another engineer")
    page = await opened(other, ticket)
    assert "Note for ENG-003: Valve is out; the leak test is left" in page.text
    assert "(ENG-005, support)" in page.text
    page = await other.send(page.form(action(ticket, "raise-level")), why="Firmware fault")
    assert "A higher level is asked for, and the office is told." in page.text
    page = await other.send(page.form(action(ticket, "release-engineer")), engineer="ENG-003", note="Log is attached")
    assert "They are not on it any more." in page.text
    told = (await ticket.stored())["notifications"]
    assert {one["kind"] for one in told} >= {"level_asked", "stage_left"}
    assert {one["recipient_role"] for one in told if one["kind"] == "stage_left"} == {Role.COORDINATOR.value}


async def test_in_german_it_is_german(house: House) -> None:
    ticket = await offered(house, "ENG-005")
    browser = await house.browser("engineer", "de")
    page = await browser.open(f"/tickets/{ticket.number}")
    for words in ("Sie werden gefragt:", "Ich übernehme", "Ich kann nicht", "Es ist zu weit", "Wer gefragt wurde"):
        assert words in page.text
    assert "Sie werden gefragt" in (await browser.open("/work")).text
