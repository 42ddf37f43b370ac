"""Pages in a real browser, on a phone's size: what cookies, policies, keys and scripts really do there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.chromium import chromium
from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.test_engineer import opened
from tests.starter.accounts import PASSWORD
from tests.waiting import until

PHONE = {"width": 390, "height": 844}
SCREEN = {"width": 1280, "height": 800}


@pytest_asyncio.fixture(scope="module")
async def address(house: House) -> AsyncIterator[str]:
    """Where the server answers on this machine, without encryption: browsers trust it all the same."""
    server = uvicorn.Server(uvicorn.Config(house.server.app, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def answers() -> bool:
        return server.started

    await until(answers)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://localhost:{port}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        await started.close()


@asynccontextmanager
async def looking(browser: Browser, complaints: list[str], **more: Any) -> AsyncIterator[Page]:
    """Somebody who looks at pages. What the browser complains of is kept: a policy that is broken, a missing file."""
    context: BrowserContext = await browser.new_context(**{"viewport": PHONE, "locale": "en-GB", **more})
    page = await context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()


async def sign_in(page: Page, address: str, code: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.get_by_label("Your code").fill(code)
    await page.get_by_label("Password").fill(PASSWORD.get_secret_value())
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest_asyncio.fixture(scope="module")
async def ticket(house: House) -> Ticket:
    made = await house.field.open(engineer="ENG-005")
    await opened(await house.browser("coordinator"), made)
    return made


async def test_an_engineer_does_a_stage_by_keys_alone_without_scripts(
    house: House, browser: Browser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    async with looking(browser, complaints, java_script_enabled=False) as page:
        await sign_in(page, address, await house.account("engineer"))
        await page.goto(f"{address}/tickets/{ticket.number}")
        await page.get_by_label("Diagnosis summary").focus()
        await page.keyboard.type("Flow sensor drifts")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Complete the stage").focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("The stage is completed.").wait_for()
    assert complaints == []


async def test_nobody_s_browser_complains_of_a_page(
    house: House, browser: Browser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    """Neither of its policy, nor of a file that is not there; and on a phone nothing stands out at the side."""
    pages = {
        "engineer": ["/work", "/tickets", f"/tickets/{ticket.number}", "/account"],
        "coordinator": ["/tickets", f"/tickets/{ticket.number}", "/operations"],
        "desk": ["/desk"],
        "administrator": ["/people", "/people/new", "/account"],
    }
    for who, paths in pages.items():
        for size in (PHONE, SCREEN):
            async with looking(browser, complaints, viewport=size) as page:
                await sign_in(page, address, await house.account(who))
                for path in paths:
                    await page.goto(f"{address}{path}", wait_until="networkidle")
                    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    assert await page.evaluate(wide) == 0, (path, size)
    assert complaints == []


async def test_every_field_and_every_button_has_a_name(
    house: House, browser: Browser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    nameless = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a, summary')]
        .filter(one => !(one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim()))
        .map(one => one.outerHTML)"""
    twice = """() => { const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
        return ids.filter((one, place) => ids.indexOf(one) !== place) }"""
    async with looking(browser, complaints) as page:
        await sign_in(page, address, await house.account("coordinator"))
        for path in ("/tickets", f"/tickets/{ticket.number}", "/operations", "/account"):
            await page.goto(f"{address}{path}")
            assert await page.evaluate(nameless) == [], path
            assert await page.evaluate(twice) == [], path
            assert await page.locator("h1").count() == 1, path


async def test_the_first_key_leads_past_the_frame(browser: Browser, address: str, complaints: list[str]) -> None:
    async with looking(browser, complaints) as page:
        await page.goto(f"{address}/nothing")
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="To the content")
        assert await skip.evaluate("one => one === document.activeElement")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_stand_out_from_what_they_stand_on(
    browser: Browser, address: str, complaints: list[str], scheme: str
) -> None:
    """4.5 to 1 at least (WCAG 2.2, AA), for all colours that words have."""
    pairs = [(ink, ground) for ink in ("ink", "quiet", "accent") for ground in ("ground", "sheet")]
    pairs += [(one, f"{one}-soft") for one in ("bad", "warn", "good", "wait")] + [("on-accent", "accent")]
    pairs += [(one, "sheet") for one in ("bad", "warn", "good", "wait")] + [("ink", "soft")]
    async with looking(browser, complaints, color_scheme=scheme) as page:
        await page.goto(f"{address}/sign-in")
        style = "name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()"
        for ink, ground in pairs:
            darker, lighter = sorted([_luminance(await page.evaluate(style, one)) for one in (ink, ground)])
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, ground)


async def test_a_list_comes_up_to_date_by_itself(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    """Where scripts run, htmx brings what is new into the page, and nothing else of it changes."""
    async with looking(browser, complaints) as page:
        await sign_in(page, address, await house.account("engineer"))
        await page.goto(f"{address}/work", wait_until="networkidle")
        made = await house.field.open(engineer=None)
        await opened(await house.browser("coordinator"), made)
        assert await page.get_by_text(made.number).count() == 0
        await page.evaluate("htmx.ajax('GET', '/work', {target: '#live', select: '#live', swap: 'outerHTML'})")
        await page.get_by_text(made.number).wait_for()
    assert complaints == []


def _luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` or `#rgb`, as WCAG defines it."""
    digits = colour.removeprefix("#")
    whole = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = [int(whole[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
