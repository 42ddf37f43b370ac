"""What no browser sends and no person types is refused in a sentence; and what is a secret is no line of the log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.contracts.commands import Hold
from starter.labels import Purpose
from starter.portal.visitors import FIELD
from tests.browsing import Browser, Form, read
from tests.field import Field, Ticket
from tests.portal.conftest import House
from tests.portal.test_engineer import action, opened
from tests.portal.test_label import KEYS, SAID, SETTING, scanned, the_form, unit_id
from tests.portal.test_signing import PASS, TYPED, finished, link_for, sign_at
from tests.serving import a_server
from tests.starter.accounts import CHEAP

FAR = "9999-12-31T23:59"
FORMS_OF_THEIR_OWN = ("unicode_escape", "punycode", "undefined", "no\x00name")


@pytest_asyncio.fixture(scope="module")
async def ticket(house: House) -> AsyncIterator[Ticket]:
    yield await finished(house)


@pytest.mark.parametrize(
    "typed", [{"hours": "9" * 5000}, {"hours": "+-5"}, {"until": FAR}, {"until": "0001-01-01T00:00+14:00"}]
)
async def test_a_wait_that_no_calendar_has_is_refused_in_words(
    house: House, ticket: Ticket, typed: dict[str, str]
) -> None:
    page = await opened(engineer := await house.browser("engineer"), ticket)
    form = page.form(action(ticket, Hold.update))
    page = await engineer.send(form, **{"reason": form.choices["reason"][-1], "hours": "", **typed})
    assert page.status == 422, page.text
    assert "That was not done." in page.text


@pytest.mark.parametrize("rating", ["+-5", "--", "9" * 5000])
async def test_a_number_that_is_none_is_refused_in_words(house: House, ticket: Ticket, rating: str) -> None:
    nurse = await house.browser("nurse")
    form = (await nurse.open(sign_at(ticket))).form(sign_at(ticket), step="look")
    page = await nurse.send(form, **{**TYPED, "answer.customer_rating": rating})
    assert page.status == 422, page.text
    assert "is not a whole number." in page.text


@pytest.mark.parametrize("charset", FORMS_OF_THEIR_OWN)
async def test_a_form_in_letters_of_its_own_is_not_read(house: House, charset: str) -> None:
    stranger = house.stranger()
    key = (await stranger.open("/sign-in")).form("/sign-in")["form_key"]
    fields = {"form_key": key, "code": "\\ud800\xff-", "password": "x"}
    parts = [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{said}\r\n' for name, said in fields.items()]
    media = {"Content-Type": f'multipart/form-data; boundary=B; charset="{charset}"'}
    page = read(await stranger.client.post("/sign-in", content="".join([*parts, "--B--\r\n"]), headers=media))
    assert (page.status, "What you sent can't be read. Open the page again." in page.text) == (400, True)
    await stranger.aclose()


async def test_an_address_that_is_a_secret_is_no_line_of_the_log(
    house: House, field: Field, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        browser, page = await scanned(house.server, field, "PUMP-ICU-001")
        page = await browser.send(the_form(page), **SAID)
    assert page.path.startswith("/s/")
    said = "\n".join(one.getMessage() for one in caplog.records if one.name.startswith("starter"))
    assert "GET /s/… 200" in said
    assert "GET /r/… 200" in said
    for secret in (page.path.removeprefix("/s/"), KEYS.token(await unit_id(field, "PUMP-ICU-001"), Purpose.UNIT)):
        assert secret not in said
    await browser.aclose()


async def test_whoever_looks_at_a_label_again_and_again_waits_and_keeps_nobody_from_another(
    field: Field, service_url: str
) -> None:
    asks = {"label_key": SETTING, "api_requests": 1, "api_burst": 3, "api_strangers": 2}
    async with a_server(field, service_url, field.owner, opens_tickets=False, **asks) as server:
        units = [await unit_id(field, serial) for serial in ("PUMP-ICU-001", "VENT-ICU-001")]
        mine, other = (f"/r/{KEYS.token(one, Purpose.UNIT)}" for one in units)
        browser = Browser(server.app)
        assert [(await browser.open(mine)).status for _ in range(4)] == [200, 200, 200, 429]
        assert (await browser.open(other)).status == 200
        made_up = f"/s/{mine.removeprefix('/r/')}"
        assert [(await browser.open(made_up)).status for _ in range(3)] == [404, 404, 429]
        await browser.aclose()


async def test_a_ticket_is_one_whatever_it_is_called_and_however_it_is_come_to(
    house: House, field: Field, service_url: str, ticket: Ticket
) -> None:
    _, key = await link_for(house, ticket)
    asks = {"password_memory": CHEAP.password_memory, "password_passes": CHEAP.password_passes, "api_commands": 3}
    async with a_server(field, service_url, field.owner, opens_tickets=False, **asks) as server:
        coordinator, stranger = Browser(server.app), Browser(server.app)
        await coordinator.sign_in(await house.account_of("coordinator"), PASS)
        statuses = []
        for name in (ticket.number, ticket.id, ticket.number.lower()):
            at = f"/tickets/{name}/signing-links"
            form_key = (await coordinator.open("/account")).form("/sign-out")[FIELD]
            statuses.append((await coordinator.send(Form(at, "post", [(FIELD, form_key)]))).status)
        page = await stranger.send((await stranger.open("/sign")).form("/sign"), key=key, step="sign")
        assert [*statuses, page.status] == [422, 422, 422, 429]
        for browser in (coordinator, stranger):
            await browser.aclose()
