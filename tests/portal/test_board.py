"""The board without scripts, and what its script is told: a plan is made, tried otherwise, checked and applied."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.browsing import Browser, Form, Page
from tests.field import Ticket
from tests.portal.conftest import House
from tests.starter.test_dispatch import engineer_of, monday, on_site, over

REPAIR = "onsite_repair"


def day() -> date:
    """A Monday that is not over anywhere."""
    return monday().date()


@pytest_asyncio.fixture(scope="module")
async def ticket(house: House) -> AsyncIterator[Ticket]:
    made = await on_site(house.field)
    yield made
    await over(made)


@pytest_asyncio.fixture
async def coordinator(house: House, ticket: Ticket) -> AsyncIterator[Browser]:
    """Whoever coordinates, with a fresh plan and no draft."""
    browser = await house.browser("coordinator")
    page = await browser.open("/board", day=day().isoformat())
    if page.has_form("/board/discard") and page.form("/board/discard")["draft"]:
        await browser.send(page.form("/board/discard"))
    made = await browser.send(page.form("/board/make"), days="2", seconds="0")
    assert made.status == 200, made.text
    assert "The plan is made." in made.text
    yield browser
    page = await browser.open("/board", day=day().isoformat())
    if page.form("/board/discard")["draft"]:
        await browser.send(page.form("/board/discard"))


def key(ticket: Ticket) -> str:
    return f"{ticket.number}:{REPAIR}"


async def board(browser: Browser, **query: str) -> Page:
    page = await browser.open("/board", day=day().isoformat(), **query)
    assert page.status == 200, page.text
    return page


async def visit(browser: Browser, ticket: Ticket) -> Page:
    page = await browser.open("/board/visit", day=day().isoformat(), visit=key(ticket))
    assert page.status == 200, page.text
    return page


def step(page: Page, doing: str) -> Form:
    return page.form("/board/step", doing=doing)


def breaks_nothing(page: Page) -> bool:
    """Whether the list of what is wrong is put away."""
    return 'id="wrong" hidden' in page.response.text


async def data(browser: Browser) -> dict[str, Any]:
    answered = await browser.client.get("/board/data", params={"day": day().isoformat()})
    assert answered.status_code == 200
    found: dict[str, Any] = answered.json()
    return found


async def told(browser: Browser, **said: Any) -> Any:
    """What the script would send."""
    headers = {"Fieldcare-Outbox": "board", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    seen = await data(browser)
    body = {name: seen[name] for name in ("plan", "draft", "version", "read")}
    return await browser.client.post("/board/change", json={"day": day().isoformat(), **body, **said}, headers=headers)


async def test_a_plan_is_made_shown_and_tried_otherwise_without_scripts(
    house: House, coordinator: Browser, ticket: Ticket
) -> None:
    before = await engineer_of(ticket)
    page = await board(coordinator)
    assert len(page.response.content) < 60_000
    assert "not applied" in page.text
    shown = await visit(coordinator, ticket)
    form = step(shown, "move")
    had = form["engineer"]
    other = next(one for one in form.choices["engineer"] if one not in ("", had))
    done = await coordinator.send(form, engineer=other)
    assert "It is in your draft." in done.text
    assert "one step" in done.text
    assert other in (await visit(coordinator, ticket)).text
    assert await engineer_of(ticket) == before, "a draft changes no ticket"

    page = await coordinator.send((await board(coordinator)).form("/board/undo"))
    assert "The last step is taken back." in page.text
    assert step(await visit(coordinator, ticket), "move")["engineer"] == had
    page = await coordinator.send((await board(coordinator)).form("/board/redo"))
    assert step(await visit(coordinator, ticket), "move")["engineer"] == other

    locked = await coordinator.send(step(await visit(coordinator, ticket), "lock"))
    assert locked.status == 200
    shown = await visit(coordinator, ticket)
    assert [one["doing"] for one in shown.forms if one.action == "/board/step"] == ["unlock"]
    await coordinator.send(step(shown, "unlock"))
    await coordinator.send(step(await visit(coordinator, ticket), "leave_out"))
    page = await board(coordinator)
    assert "4 steps" in page.text or "5 steps" in page.text
    assert "left out" in (await visit(coordinator, ticket)).text
    page = await coordinator.send(page.form("/board/discard"))
    assert "The draft is discarded." in page.text


async def test_a_draft_is_applied_by_commands_and_over_then(house: House, coordinator: Browser, ticket: Ticket) -> None:
    mine = await on_site(house.field)
    page = await coordinator.send((await board(coordinator)).form("/board/make"), days="2", seconds="0")
    shown = await coordinator.open("/board/visit", day=day().isoformat(), visit=key(mine))
    form = step(shown, "move")
    had = form["engineer"]
    fit = [one for one in form.choices["engineer"] if one in ("ENG-004", "ENG-008")]
    other = next(one for one in fit if one != had)
    page = await coordinator.send(form, engineer=other)
    assert page.status == 200, page.text
    assert breaks_nothing(page)
    applied = await coordinator.send(page.form("/board/apply"))
    assert "What became of the plan" in applied.text, applied.text
    assert key(mine) in applied.text
    assert await engineer_of(mine) == other
    after = await board(coordinator)
    assert after.form("/board/discard")["draft"] == "", "the draft is over"
    assert "applied" in after.text
    await over(mine)


async def test_what_breaks_a_rule_is_kept_with_its_reason_and_not_applied(coordinator: Browser, ticket: Ticket) -> None:
    before = await engineer_of(ticket)
    form = step(await visit(coordinator, ticket), "move")
    night = datetime.combine(day(), datetime.min.time())
    page = await coordinator.send(form, engineer="ENG-001", at=night.isoformat())
    assert page.status == 200, page.text
    assert not breaks_nothing(page)
    assert "is not qualified for it" in page.text
    refused = await coordinator.send(page.form("/board/apply"))
    assert refused.status == 422
    assert "The draft breaks rules" in refused.text
    assert await engineer_of(ticket) == before


async def test_a_second_window_is_told_that_it_shows_what_was(coordinator: Browser, ticket: Ticket) -> None:
    first = step(await visit(coordinator, ticket), "leave_out")
    await coordinator.send(first)
    again = await coordinator.send(first)
    assert again.status == 409
    assert "in another window" in again.text or "you have a draft" in again.text
    stale = (await board(coordinator)).form("/board/undo")
    await coordinator.send(stale)
    assert (await coordinator.send(stale)).status == 409


async def test_a_draft_is_somebody_s_own(house: House, coordinator: Browser, ticket: Ticket) -> None:
    await coordinator.send(step(await visit(coordinator, ticket), "leave_out"))
    draft = (await board(coordinator)).form("/board/undo")
    manager = await house.browser("manager")
    page = await manager.open("/board", day=day().isoformat())
    assert page.status == 200
    assert not [one for one in page.forms if one.action.startswith("/board/")], "managers look"
    assert "Your draft" not in page.text
    key_of = (await manager.open("/account")).form("/sign-out")
    for action in ("/board/undo", "/board/step", "/board/apply", "/board/make"):
        sent = Form(action, "post", [*key_of.fields[:1], *(one for one in draft.fields if one[0] != "form_key")])
        answered = await manager.send(sent, doing="leave_out", visit=key(ticket), days="1")
        assert answered.status == 403, (action, answered.text)


async def test_the_script_is_told_what_a_step_has_changed(coordinator: Browser, ticket: Ticket) -> None:
    whole = await data(coordinator)
    place = next(number for number, one in enumerate(whole["visits"]) if one["k"] == key(ticket))
    answered = await told(coordinator, step={"doing": "leave_out", "visit": key(ticket)})
    assert answered.status_code == 200, answered.text
    said = answered.json()
    assert place in said["left"]
    assert len(said["routes"]) <= 2
    assert (said["done"], said["version"]) == (1, 2)
    again = await told(coordinator, undo=-1)
    assert place not in again.json()["left"]
    assert (await told(coordinator, undo=-1)).status_code == 422
    unknown = await told(coordinator, step={"doing": "move", "visit": key(ticket), "engineer": "ENG-999"})
    assert unknown.status_code == 422
    assert unknown.json()["said"] == "Choose an engineer of this plan."
    for body in ({"step": {"doing": "dance", "visit": "v"}}, {"undo": 7}, {"draft": "x"}):
        assert (await told(coordinator, **body)).status_code == 422


async def test_another_site_sends_nothing(coordinator: Browser) -> None:
    answered = await coordinator.client.post("/board/change", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answered.status_code == 403


async def test_days_without_a_plan_say_so(coordinator: Browser) -> None:
    later = (day() + timedelta(days=200)).isoformat()
    page = await coordinator.open("/board", day=later)
    assert "There is no plan of this day yet." in page.text
    assert page.has_form("/board/make")
    past = await coordinator.open("/board", day="2026-01-05")
    assert "This day is over." in past.text
    assert not past.has_form("/board/make")
    assert (await coordinator.client.get("/board/data", params={"day": later})).status_code == 404
    assert (await coordinator.open("/board/visit", day=later, visit="FC-1:x")).status == 404
    assert (await coordinator.open("/board", day="yesterday")).status == 200


@pytest.mark.parametrize("said", [{"days": "0"}, {"days": "99"}, {"days": "two"}])
async def test_a_plan_of_no_days_is_refused(coordinator: Browser, said: dict[str, str]) -> None:
    page = await coordinator.send((await board(coordinator)).form("/board/make"), **said)
    assert page.status == 422
    assert "Choose how many days" in page.text
