"""A coordinator's day by pages: lists, a ticket with candidates, and several tickets at once."""

from __future__ import annotations

import pytest

from tests.browsing import Form, Page
from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.test_engineer import action, opened


def the_bulk(page: Page) -> Form:
    return page.form("/bulk/hold")


def to(form: Form, action: str) -> Form:
    """The form as another of its buttons sends it."""
    return Form(action, form.method, form.fields, form.choices)


async def test_the_day_begins_with_what_runs_and_has_views_of_it(house: House) -> None:
    free = await house.field.open(engineer=None)
    held = await house.field.open(engineer="ENG-005")
    coordinator = await house.browser("coordinator")
    await opened(coordinator, free)
    page = await coordinator.open(f"/tickets/{held.number}")
    await coordinator.send(page.form(action(held, "hold")), reason="other", hours="24", note="later")
    # By their numbers: other tests have left more than a page of tickets.
    assert (await coordinator.open("/tickets")).status == 200
    assert f"/tickets/{free.number}" in (await coordinator.open("/tickets", status="open", search=free.number)).links
    assert (
        f"/tickets/{held.number}" not in (await coordinator.open("/tickets", status="open", search=held.number)).links
    )
    on_hold = await coordinator.open("/tickets", status="on_hold", search=held.number)
    assert f"/tickets/{held.number}" in on_hold.links
    unassigned = await coordinator.open("/tickets", unassigned="yes", search=free.number)
    assert free.number in unassigned.text
    assert held.number not in unassigned.text
    mine = await coordinator.open("/tickets", engineer="eng-005", sort="due")
    assert held.number in mine.text
    assert free.number not in mine.text
    assert free.number in (await coordinator.open("/tickets", search=free.number.lower())).text
    refused = await coordinator.open("/tickets", customer="NOBODY")
    assert "There is no customer" in refused.text or "there is no customer" in refused.text


async def test_a_ticket_shows_who_could_be_put_on_it(house: House) -> None:
    ticket = await house.field.open(engineer=None)
    coordinator = await house.browser("coordinator")
    page = await opened(coordinator, ticket)
    put = action(ticket, "assign-engineer")
    candidates = [one["engineer"] for one in page.forms if one.action == put][:-1]
    assert 1 <= len(candidates) <= 3
    assert all(f"({code}, L" in page.text for code in candidates)
    assert "has level" in page.text
    assert "does not count: the work is remote" in page.text
    page = await coordinator.send(page.form(put, engineer=candidates[0]))
    assert "The engineer is on it." in page.text
    assert f"({candidates[0]})" in page.text
    page = await coordinator.send(page.form(put, engineer=""), engineer="ENG-999")
    assert page.status == 409


async def test_what_is_serious_takes_a_tick_and_why_and_is_minded_afterwards(house: House) -> None:
    ticket = await house.field.open(engineer=None)
    coordinator = await house.browser("coordinator", "de")
    put = action(ticket, "assign-engineer")
    page = await coordinator.send((await opened(coordinator, ticket)).form(put, engineer=""), engineer="ENG-007")
    assert page.status == 409
    assert "ENG-007 has no expertise on record for Ventilator" in page.text
    assert "Wählen Sie, dass es trotzdem geschehen soll" in page.text
    form = page.form(put, engineer="ENG-007")
    assert form.choices["anyway"] == ["yes"]
    unsaid = await coordinator.send(form, anyway="yes")
    assert unsaid.status == 422
    page = await coordinator.send(form, anyway="yes", note="Only to swap a filter")
    assert page.status == 200
    assert "ENG-007 hat kein Fachwissen für Ventilator im Register." in page.text
    [fact] = [one for one in (await ticket.stored())["timeline"] if one["action"] == "engineer_assigned"]
    assert (fact["new_value"]["anyway"], fact["reason"]) == (True, "Only to swap a filter")


async def test_several_tickets_are_put_into_hands_that_are_warned_of(house: House) -> None:
    ticket = await house.field.open(engineer=None)
    coordinator = await house.browser("coordinator")
    await opened(coordinator, ticket)
    form = to(the_bulk(await coordinator.open("/tickets")), "/bulk/assign")
    page = await coordinator.send(form, ticket=[ticket.number], engineer="ENG-007")
    assert page.status == 409
    assert "no expertise on record" in page.text
    form = to(the_bulk(await coordinator.open("/tickets")), "/bulk/assign")
    page = await coordinator.send(
        form, ticket=[ticket.number], engineer="ENG-007", anyway="yes", assign_note="Nobody else", note="of a hold"
    )
    assert "Done for one ticket." in page.text
    assert "Mind:" in page.text
    [fact] = [one for one in (await ticket.stored())["timeline"] if one["action"] == "engineer_assigned"]
    assert fact["reason"] == "Nobody else"


async def test_several_tickets_are_acted_on_each_for_itself(house: House) -> None:
    first, second = await house.field.open(engineer=None), await house.field.open(engineer=None)
    over = await house.field.open(engineer="ENG-005")
    await over.finish("ENG-005")
    coordinator = await house.browser("coordinator")
    for one in (first, second, over):
        await opened(coordinator, one)
    numbers = [first.number, second.number, over.number, "FC-2026-999999"]
    form = to(the_bulk(await coordinator.open("/tickets")), "/bulk/assign")
    for _ in range(2):
        page = await coordinator.send(form, ticket=numbers, engineer="eng-004")
        assert page.status == 200
        assert "Done for 2 tickets." in page.text
        assert "2 tickets did not do it." in page.text
        assert "There is no ticket FC-2026-999999" in page.text
    for ticket in (first, second):
        assigned = [one for one in (await ticket.stored())["timeline"] if one["action"] == "engineer_assigned"]
        assert len(assigned) == 1
        assert assigned[0]["command_id"] == f"{form['command_id']}:{ticket.number}"
    page = await coordinator.send(form, ticket=[first.number], reason="waiting_for_customer", hours="48", engineer="")
    form = the_bulk(await coordinator.open("/tickets"))
    page = await coordinator.send(form, ticket=[first.number, second.number], reason="waiting_for_customer", hours="8")
    assert "Done for 2 tickets." in page.text
    assert (await _status(first), await _status(second)) == ("on_hold", "on_hold")


@pytest.mark.parametrize(
    ("ticked", "sentence"), [([], "Tick at least one"), ([f"FC-2026-{one:06}" for one in range(51)], "too many")]
)
async def test_none_and_too_many_are_refused(house: House, ticked: list[str], sentence: str) -> None:
    await house.field.open(engineer=None)
    coordinator = await house.browser("coordinator")
    form = the_bulk(await coordinator.open("/tickets", status="open"))
    page = await coordinator.send(form, ticket=ticked, reason="other", hours="8")
    assert page.status == 422
    assert sentence in page.text


async def test_nobody_else_acts_on_several(house: House) -> None:
    ticket = await house.field.open(engineer=None)
    for who in ("manager", "nurse", "engineer", "clerk"):
        browser = await house.browser(who)
        assert not (await browser.open("/tickets")).has_form("/bulk/hold"), who
    manager = await house.browser("manager")
    key = (await manager.open("/account")).form("/sign-out")
    form = Form("/bulk/assign", "post", [*key.fields, ("command_id", "x"), ("ticket", ticket.number)])
    page = await manager.send(form, engineer="ENG-004")
    assert page.status == 409
    assert "may not assign engineer" in page.text
    assert await _engineers(ticket) == []


async def test_a_manager_reads_and_approves_and_does_nothing_else(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    manager = await house.browser("manager")
    page = await opened(manager, ticket)
    assert [one.action for one in page.forms] == [f"/tickets/{ticket.number}/approve", "/language"]


async def _status(ticket: Ticket) -> str:
    return str((await ticket.stored())["ticket"]["status"])


async def _engineers(ticket: Ticket) -> list[str]:
    return [one["engineer_code"] for stage in (await ticket.stored())["stages"] for one in stage["assignments"]]
