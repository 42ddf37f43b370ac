"""Pages in a real browser, on a phone's size: what cookies, policies, keys and scripts really do there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from starter.labels import Purpose, label_keys
from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.looking import barriers, is_sound_in_every_look, looking, sign_in
from tests.portal.test_engineer import opened
from tests.portal.test_label import unit_id

NOT_THERE = ("/r/none-of-ours", "/nothing")
REGISTRY = ("/registry/units", "/registry/units/VENT-ICU-001", "/registry/sites/AIIMS.ICU")


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


async def test_every_page_holds_for_everybody_who_comes_to_it(
    house: House, browser: Browser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    """On a phone and wide, dark and light: nobody's browser complains, neither of its policy nor of a file that is not
    there; nothing stands out at the side; every field and button has a name of its own; and axe finds no barrier.

    Signing has tests of its own, which ask axe at each step: tests/portal/test_browser_signing.py.
    """
    keys = label_keys(house.server.engines.settings)
    label = keys.token(await unit_id(house.field, "VENT-ICU-001"), Purpose.UNIT)
    pages: dict[str | None, list[str]] = {
        None: ["/sign-in", "/link", "/sign", f"/r/{label}", "/r/none-of-ours", "/nothing"],
        "engineer": ["/work", "/tickets", f"/tickets/{ticket.number}", "/account"],
        "coordinator": ["/board", "/tickets", f"/tickets/{ticket.number}", "/operations"],
        "desk": ["/desk"],
        "nurse": ["/tickets", f"/tickets/{ticket.number}"],
        "manager": [f"/tickets/{ticket.number}"],
        "clerk": ["/stock", "/stock?low=yes", "/stock/part?number=VENT-TUBE-HF"],
        "administrator": [
            *REGISTRY,
            "/registry/calendars/24x7",
            "/registry/engineers/ENG-001",
            "/registry/parts/new",
            "/people",
            "/people/new",
        ],
    }
    for who, paths in pages.items():
        async with looking(browser, complaints) as page:
            if who is not None:
                await sign_in(page, address, await house.account(who))
            for path in paths:
                await page.goto(f"{address}{path}")
                await is_sound_in_every_look(page)
                if path in NOT_THERE:  # the browser says that of the page itself
                    assert all("404" in one for one in complaints) and len(complaints) == 1, complaints
                    complaints.clear()
    assert complaints == []


async def test_axe_would_find_one(browser: Browser, address: str, complaints: list[str]) -> None:
    async with looking(browser, complaints) as page:
        await page.goto(f"{address}/sign-in")
        await page.evaluate("document.querySelector('label').removeAttribute('for')")
        assert [one.partition(":")[0] for one in await barriers(page)] == ["label"]


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


async def test_a_deadline_ticks_by_the_server_s_clock_whatever_the_device_s_says(
    house: House, browser: Browser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    resolution = "#clocks ~ ul time.due"
    due_at = min(one["due_at"] for one in (await ticket.stored())["clocks"] if one["due_at"] and not one["ended_at"])
    due = datetime.fromisoformat(due_at)
    for language, late in (("en-GB", " late"), ("de-DE", " zu spät")):
        async with looking(browser, complaints, locale=language) as page:
            await sign_in(page, address, await house.account("coordinator"))
            await page.clock.install(time=datetime.now(UTC) + timedelta(hours=30))
            await page.goto(f"{address}/tickets/{ticket.number}")
            shown = page.locator(resolution).first
            assert await shown.get_attribute("datetime") == due.astimezone(UTC).isoformat(timespec="seconds")
            before = await shown.inner_text()
            await page.clock.run_for(1_500)
            assert await shown.inner_text() == before, "the server's clock has not moved on by 30 hours"
            left = due - datetime.now(UTC)
            await page.clock.fast_forward(int((left - timedelta(seconds=20)).total_seconds()) * 1000)
            await page.clock.run_for(1_000)
            assert (await shown.inner_text()).removeprefix("in ") in {f"{number} s" for number in range(10, 21)}
            await page.clock.fast_forward(int(timedelta(days=1, hours=2, seconds=40).total_seconds()) * 1000)
            await page.clock.run_for(1_000)
            day = "1 d 2 h" if late == " late" else "1 T 2 h"
            assert await shown.inner_text() == f"{day}{late}"
            assert "late" in str(await shown.get_attribute("class"))
    assert complaints == []


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
