"""What waited in a browser comes: as whom it was done, once, with both times; and nothing that another site sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.browsing import Browser
from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.test_engineer import ANSWERS, opened

STAGE = "remote_diagnosis"
OURS = {"Fieldcare-Outbox": "1"}


async def at_work(house: House) -> tuple[Ticket, Browser, str]:
    """A ticket of an engineer's, their browser, and what their account is called in it."""
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    page = await opened(browser, ticket)
    return ticket, browser, page.response.headers["Fieldcare-Account"]


async def send(browser: Browser, ticket: Ticket, account: str, command: str, **more: Any) -> httpx2.Response:
    """A form that waited since `at`; `headers` beside the usual ones, of which None leaves one out."""
    headers = {**OURS, **more.pop("headers", {})}
    fields = {"command_id": f"kept-{uuid4().hex}", "stage": STAGE, **more.pop("fields", {})}
    body = {
        "account": account,
        "path": f"/tickets/{ticket.number}/{command}",
        "fields": list(fields.items()),
        "at": (more.pop("at", None) or datetime.now(UTC)).isoformat(),
    }
    headers = {name: value for name, value in headers.items() if value is not None}
    return await browser.client.post("/outbox", json=body, headers=headers)


async def test_it_is_done_once_and_both_times_are_on_record(house: House) -> None:
    ticket, browser, account = await at_work(house)
    at = datetime.now(UTC)
    fields = {**ANSWERS[STAGE], "command_id": f"kept-{uuid4().hex}"}
    for _ in range(2):
        answered = await send(browser, ticket, account, "complete-stage", at=at, fields=fields)
        assert (answered.status_code, answered.json()["state"]) == (200, "done"), answered.text
    assert "Remote Diagnosis is completed" in answered.json()["said"]
    moved = [one for one in (await ticket.stored())["timeline"] if one["command_id"] == fields["command_id"]]
    told = [one["new_value"] for one in moved if one["action"] == "stages_moved"]
    assert [datetime.fromisoformat(one["happened_at"]) for one in told] == [at]
    assert datetime.fromisoformat(told[0]["at"]) > at


async def test_an_answer_that_was_lost_is_found_by_the_id_although_the_time_comes_with_it_now(house: House) -> None:
    ticket, browser, account = await at_work(house)
    page = await opened(browser, ticket)
    form = page.form(f"/tickets/{ticket.number}/hold")
    assert (await browser.sent(form, reason="waiting_for_parts", hours="4")).status_code == 303
    again = {"command_id": form["command_id"], "reason": "waiting_for_parts", "hours": "4"}
    answered = await send(browser, ticket, account, "hold", fields=again)
    assert answered.json()["state"] == "done"
    held = [one for one in (await ticket.stored())["timeline"] if one["action"] == "ticket_held"]
    assert len(held) == 1


async def test_what_is_refused_says_so_in_a_sentence(house: House) -> None:
    ticket, browser, account = await at_work(house)
    answered = await send(browser, ticket, account, "complete-stage")
    assert answered.json()["state"] == "refused"
    assert "can't be completed yet" in answered.json()["said"]
    unknown = await send(browser, ticket, account, "eat-lunch")
    assert (unknown.status_code, unknown.json()["state"]) == (404, "refused")


async def test_a_hold_that_waited_takes_no_breach_back_by_itself(house: House) -> None:
    ticket, browser, account = await at_work(house)
    fields = {"reason": "access_denied", "hours": "48"}
    answered = await send(browser, ticket, account, "hold", fields=fields, at=await ticket.breached())
    assert answered.json()["state"] == "refused"
    assert "Tell it as of now, or have it approved." in answered.json()["said"]


async def test_it_waits_for_whoever_did_it(house: House) -> None:
    ticket, browser, account = await at_work(house)
    before = len((await ticket.stored())["timeline"])
    for one, whose in ((house.stranger(), account), (browser, "somebody-else")):
        answered = await send(one, ticket, whose, "complete-stage", fields=ANSWERS[STAGE])
        assert (answered.status_code, answered.json()["state"]) == (401, "sign_in")
    another = await house.browser("another engineer")
    whose = (await another.open("/work")).response.headers["Fieldcare-Account"]
    foreign = await send(another, ticket, whose, "complete-stage", fields=ANSWERS[STAGE])
    assert (foreign.status_code, foreign.json()["state"]) == (404, "refused")
    assert len((await ticket.stored())["timeline"]) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Fieldcare-Outbox": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.test"},
    ],
    ids=" ".join,
)
async def test_what_another_site_could_send_is_not_looked_at(house: House, headers: dict[str, str | None]) -> None:
    ticket, browser, account = await at_work(house)
    before = len((await ticket.stored())["timeline"])
    answered = await send(browser, ticket, account, "complete-stage", fields=ANSWERS[STAGE], headers=headers)
    assert (answered.status_code, answered.json()["state"]) == (403, "refused")
    assert len((await ticket.stored())["timeline"]) == before


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"account": 1}', b'{"account":"a","path":"/x","fields":[]}'])
async def test_what_can_t_be_read_is_refused(house: House, body: bytes) -> None:
    browser = await house.browser("engineer")
    headers = {**OURS, "Content-Type": "application/json"}
    answered = await browser.client.post("/outbox", content=body, headers=headers)
    assert (answered.status_code, answered.json()["state"]) == (422, "refused")


@pytest.mark.parametrize(
    "at",
    [
        datetime.now(UTC) - timedelta(days=3),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=timezone(-timedelta(hours=12))),
    ],
    ids=["long ago", "the first year", "the last year"],
)
async def test_a_time_out_of_bounds_and_one_of_long_ago_lose_no_work(house: House, at: datetime) -> None:
    ticket, browser, account = await at_work(house)
    answered = await send(browser, ticket, account, "complete-stage", at=at, fields=ANSWERS[STAGE])
    assert answered.json()["state"] == "done", answered.text
    assert "It counts from now" in answered.json()["said"]


@pytest.mark.parametrize(
    "fields",
    [
        {"hours": "9" * 5000},
        {"until": "9999-12-31T23:59"},
        {"until": "0001-01-01T00:00"},
        {"until": "0001-01-01T00:00+23:59"},
    ],
    ids=str,
)
async def test_what_no_ticket_could_take_does_not_wait_for_ever(house: House, fields: dict[str, str]) -> None:
    """What follows it of the same ticket would wait as well."""
    ticket, browser, account = await at_work(house)
    answered = await send(browser, ticket, account, "hold", fields={"reason": "waiting_for_parts", **fields})
    assert (answered.status_code, answered.json()["state"]) == (422, "refused"), answered.text


async def test_the_service_worker_is_ours_alone_and_asked_for_anew(house: House) -> None:
    browser = house.stranger()
    answered = await browser.client.get("/sw.js")
    assert answered.headers["Content-Type"].startswith("text/javascript")
    assert answered.headers["Cache-Control"] == "no-cache"
    policy = answered.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; connect-src 'self'; script-src 'self'"
    assert "/portal.css" in answered.text.partition("\n")[0]
    await browser.aclose()


async def test_only_who_works_away_from_a_network_keeps_pages(house: House) -> None:
    engineer = await (await house.browser("engineer")).open("/account")
    assert engineer.response.headers["Fieldcare-Keeps"] == "1"
    assert 'id="outbox"' in engineer.response.text
    coordinator = await (await house.browser("coordinator")).open("/account")
    assert "Fieldcare-Keeps" not in coordinator.response.headers
    assert coordinator.response.headers["Fieldcare-Account"]
    assert 'id="outbox"' not in coordinator.response.text
    nobody = house.stranger()
    page = await nobody.open("/offline")
    assert "Fieldcare-Account" not in page.response.headers
    assert "This page was not kept." in page.text
    await nobody.aclose()
