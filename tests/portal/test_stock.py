"""Stock on pages: a parts clerk receives, moves and counts, an engineer uses; what is refused stays typed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from starter.portal.visitors import FIELD
from tests.browsing import Page
from tests.field import Ticket
from tests.migrations.stockroom import add_part
from tests.portal.conftest import PEOPLE, House

LOOK = {"coordinator", "clerk", "manager", "administrator", "engineer", "another engineer"}
DO = {
    "clerk": {"reserve", "release", "use", "return", "receive", "send", "waste", "block", "unblock", "level", "count"},
    "administrator": {"receive", "send", "waste", "block", "unblock", "level", "count"},
    "coordinator": {"reserve", "release"},
    "manager": set(),
    "engineer": {"reserve", "release", "use", "return", "send", "waste", "count"},
    "another engineer": {"reserve", "release", "use", "return", "send", "waste", "count"},
}


@pytest_asyncio.fixture(scope="module")
async def sql(service_owner_url: str) -> Any:
    connection = await asyncpg.connect(service_owner_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module")
async def ticket(house: House) -> Ticket:
    return await house.field.open(engineer="ENG-005")


def form_of(page: Page, doing: str) -> Any:
    return next(one for one in page.forms if one.action == f"/stock/{doing}")


async def test_a_clerk_receives_moves_counts_and_an_engineer_uses(house: House, sql: Any, ticket: Ticket) -> None:
    part = await add_part(sql, "ventilator", stock=0)
    clerk = await house.browser("clerk")
    listed = await clerk.open("/stock")
    place = f"P{uuid4().hex[:6].upper()}"
    made = await clerk.send(form_of(listed, "place"), code=place, kind="store", name="North")
    assert "The place is on record." in made.text
    scanned = await clerk.open("/stock", search=f"(01)09506000134352(17)270630(10)L-77(240){part}")
    receive = form_of(scanned, "receive")
    assert (receive["lot"], receive["expires_on"]) == ("L-77", "2027-06-30")
    there = await clerk.send(receive, quantity="3", to=place)
    assert "It is in stock." in there.text and "L-77" in there.text
    refused = await clerk.send(form_of(there, "send"), quantity="9", **{"from": place, "to": "MAIN", "lot": "L-77"})
    assert refused.status == 422 and "Only 3 of them are free there" in refused.text
    assert form_of(refused, "send")["quantity"] == "9", "what was typed stays"
    counted = await clerk.send(form_of(refused, "count"), counted="2", reason="Stocktaking")
    assert "What was counted is what lies there." in counted.text
    late = await clerk.send(form_of(refused, "count"), counted="3", reason="Stocktaking")
    assert late.status == 409 and "Parts have moved there since it was counted" in late.text

    engineer = await house.browser("engineer")
    page = await engineer.open("/stock/part", number=part)
    used = await engineer.send(form_of(page, "use"), ticket=ticket.number, quantity="1")
    assert "It is used." in used.text
    assert (
        "Only 1 of them can be used"
        in (await engineer.send(form_of(used, "use"), ticket=ticket.number, quantity="2")).text
    )
    german = await (await house.browser("clerk")).open("/stock", low="yes")
    assert part in german.text


@pytest.mark.parametrize("who", PEOPLE)
async def test_who_may_do_what_about_stock(house: House, sql: Any, ticket: Ticket, who: str) -> None:
    part = await add_part(sql, "ventilator", stock=2)
    browser = await house.browser(who)
    page = await browser.open("/stock/part", number=part)
    assert page.status == (200 if who in LOOK else 403)
    if who in LOOK:
        shown = {one.action.removeprefix("/stock/") for one in page.forms if one.action.startswith("/stock/")}
        assert shown == DO[who]
    key = (await browser.open("/account")).form("/sign-out")[FIELD]
    for doing in {one for some in DO.values() for one in some} - DO.get(who, set()):
        answered = await browser.client.post(
            f"/stock/{doing}",
            data={
                FIELD: key,
                "part": part,
                "quantity": "1",
                "to": "MAIN",
                "location": "MAIN",
                "lot": "x",
                "reason": "x",
            },
        )
        assert answered.status_code == 403, f"{who} {doing}"
    missing = await browser.open("/stock/part", number="NO-SUCH")
    assert missing.status == (404 if who in LOOK else 403)
    assert (await browser.client.post("/stock/explode", data={FIELD: key})).status_code == 404
