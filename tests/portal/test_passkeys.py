"""Passkeys on the pages: in a real browser with a virtual authenticator, and what a form by hand gets."""

from __future__ import annotations

import asyncio
import html
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from tests.authenticator import Authenticator
from tests.browsing import Form
from tests.chromium import chromium
from tests.field import Field
from tests.portal.conftest import House
from tests.serving import a_server
from tests.starter.accounts import CHEAP, PASSWORD
from tests.waiting import until

WORDS = PASSWORD.get_secret_value()


@pytest_asyncio.fixture(scope="module")
async def listening() -> AsyncIterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@pytest_asyncio.fixture(scope="module")
async def address(listening: socket.socket) -> str:
    """The server's, which has to be known before it: passkeys are for one address."""
    return f"http://localhost:{listening.getsockname()[1]}"


@pytest_asyncio.fixture(scope="module")
async def here(field: Field, service_url: str, listening: socket.socket, address: str) -> AsyncIterator[House]:
    settings = {"password_memory": CHEAP.password_memory, "password_passes": 1, "public_url": address}
    async with a_server(field, service_url, field.owner, opens_tickets=False, **settings) as server:
        running = uvicorn.Server(uvicorn.Config(server.app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(running.serve(sockets=[listening]))

        async def answers() -> bool:
            return running.started

        await until(answers)
        made = House(server, field)
        yield made
        await made.aclose()
        running.should_exit = True
        await serving


@asynccontextmanager
async def with_an_authenticator(complaints: list[str]) -> AsyncIterator[tuple[Page, Browser]]:
    """A browser on a phone's size whose passkeys are a program's, and always say who has them."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        talking = await context.new_cdp_session(page)
        await talking.send("WebAuthn.enable")
        await talking.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        yield page, browser
        await browser.close()


async def test_somebody_adds_a_passkey_and_signs_in_by_it(here: House, address: str) -> None:
    complaints: list[str] = []
    code = await here.account("manager")
    async with with_an_authenticator(complaints) as (page, _):
        await page.goto(f"{address}/sign-in")
        await page.get_by_label("Your code").fill(code)
        await page.get_by_label("Password").fill(WORDS)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.wait_for_url(lambda url: "sign-in" not in url)
        await page.goto(f"{address}/account")
        await page.get_by_text("Add a passkey").click()
        await page.get_by_label("What you call it").fill("Ward phone")
        await page.get_by_label("Your password, once more").fill(WORDS)
        await page.get_by_role("button", name="Go on").click()
        await page.get_by_role("button", name="Make the passkey").click()
        await page.get_by_text("The passkey is added.").wait_for()
        await page.get_by_text("not used yet").wait_for()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.wait_for_url(lambda url: "sign-in" not in url)
        await page.goto(f"{address}/account")
        await page.get_by_text("last used").wait_for()
        await page.get_by_role("button", name="Remove: Ward phone").click()
        await page.get_by_text("The passkey is removed.").wait_for()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.get_by_text("The passkey was not taken.").wait_for()
        assert await page.get_by_label("Your code").is_visible()
    assert [one for one in complaints if "403" not in one] == []


async def test_a_browser_that_has_none_says_so_and_the_password_remains(here: House, address: str) -> None:
    complaints: list[str] = []
    async with with_an_authenticator(complaints) as (page, _):
        await page.goto(f"{address}/sign-in")
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.get_by_text("The browser gave no passkey.").wait_for()
        assert await page.get_by_label("Your code").is_visible()


async def test_the_ceremony_by_hand(here: House, address: str) -> None:
    code, key = await here.account("coordinator"), Authenticator(address, "localhost")
    browser = here.stranger()
    await browser.sign_in(code, WORDS)
    page = await browser.open("/account")
    page = await browser.send(page.form("/account/passkeys/begin"), name="Key", password="not these words")
    assert (page.status, "Code and password do not fit together." in page.text) == (403, True)
    page = await browser.send(page.form("/account/passkeys/begin"), name="Key", password=WORDS)
    form = page.form("/account/passkeys")
    answer = key.made(options_in(page.response.text))
    page = await browser.send(form, credential=answer)
    assert "The passkey is added." in page.text
    page = await browser.send(form, credential=answer)
    assert (page.status, "done already" in page.text) == (422, True)
    stranger = here.stranger()
    form = (await stranger.open("/sign-in")).form("/sign-in/passkey")
    begun = await stranger.sent(Form("/sign-in/passkey/challenge", "post", form.fields))
    answer = key.signed(begun.text)
    page = await stranger.send(form, credential=answer, next="/account")
    assert page.path == "/account"
    assert "Key" in page.text
    again = here.stranger()
    form = (await again.open("/sign-in")).form("/sign-in/passkey")
    page = await again.send(form, credential=answer)
    assert (page.status, page.has_form("/sign-in")) == (403, True)
    admin = await here.browser("administrator")
    page = await admin.open(f"/people/{code}")
    page = await admin.send(page.form(f"/people/{code}/remove-passkey", passkey="Key"))
    assert "The passkey is removed." in page.text
    assert "Passkey removed: Key" in page.text
    for one in (browser, stranger, again):
        await one.aclose()


def options_in(text: str) -> str:
    return json.dumps(json.loads(html.unescape(text.split('data-options="')[1].split('"', maxsplit=1)[0])))


async def test_strangers_can_ask_for_so_many_challenges(field: Field, service_url: str, address: str) -> None:
    async with a_server(
        field, service_url, field.owner, opens_tickets=False, public_url=address, api_strangers=3
    ) as server:
        house = House(server, field)
        stranger = house.stranger()
        form = (await stranger.open("/sign-in")).form("/sign-in/passkey")
        asked = [
            (await stranger.sent(Form("/sign-in/passkey/challenge", "post", form.fields))).status_code for _ in range(4)
        ]
        assert asked == [200, 200, 200, 429]
        await stranger.aclose()


@pytest.mark.parametrize("where", ["/sign-in", "/account"])
async def test_where_no_address_is_set_there_are_none(house: House, where: str) -> None:
    browser = await house.browser("manager" if where == "/account" else None)
    page = await browser.open(where)
    assert page.status == 200
    assert "passkey" not in page.response.text.lower()
