"""The board in a real browser: dragged, by keys alone, undone, applied; and whole without its script."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser as RealBrowser
from playwright.async_api import Page

from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.looking import PHONE, SCREEN, is_sound, looking, sign_in
from tests.portal.test_board import day, key
from tests.starter.test_dispatch import engineer_of, on_site, over
from tests.waiting import until


@pytest_asyncio.fixture
async def ticket(house: House) -> AsyncIterator[Ticket]:
    made = await on_site(house.field)
    yield made
    await over(made)


async def opened(page: Page, house: House, address: str) -> None:
    """The board of a fresh plan, by whoever coordinates for the first time: they have no draft."""
    await sign_in(page, address, await house.account("coordinator"))
    await page.goto(f"{address}/board?day={day()}")
    plan = page.locator("form[action='/board/make']")
    if not await plan.is_visible():
        await page.get_by_text("Make a new plan").click()
    await plan.get_by_label("Days ahead").fill("2")
    await plan.get_by_role("button", name="Make the plan").click()
    await page.get_by_text("The plan is made.").wait_for()


async def drawn(page: Page) -> None:
    await page.locator("#board").wait_for()
    await page.locator("#b-zoom").select_option("3")


def block(page: Page, ticket: Ticket, where: str = "#b-grid") -> str:
    return f"{where} .visit[aria-label^='{ticket.number}']"


async def row_of(page: Page, ticket: Ticket) -> str:
    """The engineer in whose row a visit is; empty where it is in none."""
    found = page.locator("#b-grid [role=row]").filter(has=page.locator(f".visit[aria-label^='{ticket.number}']"))
    return "" if not await found.count() else (await found.locator(".who-is").inner_text()).split()[-3]


async def steps(page: Page) -> str:
    return await page.locator("#draft-steps").inner_text()


async def test_a_visit_is_dragged_undone_and_left_out(
    house: House, browser: RealBrowser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    async with looking(browser, complaints, viewport=SCREEN) as page:
        await opened(page, house, address)
        await drawn(page)
        one = page.locator(block(page, ticket))
        await one.scroll_into_view_if_needed()
        at = await one.bounding_box()
        assert at is not None
        had = await row_of(page, ticket)
        await page.mouse.move(at["x"] + 4, at["y"] + 10)
        await page.mouse.down()
        await page.mouse.move(at["x"] + 40, at["y"] + 12, steps=3)
        assert await page.locator(".row.unfit").count() >= 1, "whoever can't do it is dimmed"
        left = await page.locator("#b-left").bounding_box()
        assert left is not None
        await page.mouse.move(left["x"] + 40, left["y"] + 30, steps=4)
        await page.mouse.up()

        async def is_left_out() -> bool:
            return await steps(page) == "one step" and await page.locator(block(page, ticket)).count() == 0

        await until(is_left_out)
        assert ticket.number in await page.locator("#b-left-list").inner_text()
        assert await engineer_of(ticket) is None
        await page.get_by_role("button", name="Undo").click()

        async def is_back() -> bool:
            return await row_of(page, ticket) == had

        await until(is_back)
        one = page.locator(block(page, ticket))
        at = await one.bounding_box()
        assert at is not None
        await page.mouse.move(at["x"] + 4, at["y"] + 10)
        await page.mouse.down()
        await page.mouse.move(at["x"] + 30, at["y"] + 12, steps=3)
        await page.keyboard.press("Escape")
        await page.mouse.up()
        assert await page.locator(".ghost").count() == 0
        assert await steps(page) == "0 steps"
        await page.get_by_role("button", name="Discard the draft").click()
        await page.get_by_text("The draft is discarded.").wait_for()
    assert complaints == []


async def test_everything_goes_by_keys_and_is_applied(
    house: House, browser: RealBrowser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    async with looking(browser, complaints, viewport=SCREEN) as page:
        await opened(page, house, address)
        await drawn(page)
        one = page.locator(block(page, ticket))
        await one.focus()
        live = page.locator("#b-live")
        await page.keyboard.press("Enter")
        assert "is picked up" in await live.inner_text()
        await page.keyboard.press("Escape")
        assert "stays where it was" in await live.inner_text()
        await page.keyboard.press("Delete")
        waiting = page.locator(f"#b-left-list .visit:has-text('{ticket.number}')")
        await waiting.wait_for()
        assert await steps(page) == "one step"
        await page.keyboard.press("Control+z")
        await one.wait_for()
        await one.focus()
        await page.keyboard.press("l")
        await page.locator(f"#b-grid .visit.locked[aria-label^='{ticket.number}']").wait_for()
        await page.keyboard.press("Enter")
        assert "locked" in await live.inner_text()
        await page.keyboard.press("l")
        await page.locator(f"#b-grid .visit:not(.locked)[aria-label^='{ticket.number}']").wait_for()
        await page.keyboard.press("Enter")
        await page.keyboard.press("ArrowRight")
        said = await live.inner_text()
        await page.keyboard.press("ArrowRight")
        assert await live.inner_text() != said
        await page.keyboard.press("Enter")

        async def is_moved() -> bool:
            return "3 steps" in await steps(page)

        await until(is_moved)
        assert "goes to" in await live.inner_text()
        assert await page.evaluate("document.activeElement.dataset.visit !== undefined"), "the keys stay on it"
        await page.keyboard.press("Space")
        card = page.get_by_role("dialog")
        await card.wait_for()
        await page.keyboard.press("Escape")
        assert not await card.is_visible()
        who = await row_of(page, ticket)
        await page.get_by_role("button", name="Apply to the tickets").click()
        await page.get_by_role("heading", name="What became of the plan").wait_for()
        assert key(ticket) in await page.inner_text("main")
        assert await engineer_of(ticket) == who
    assert complaints == []


async def test_without_its_script_the_board_is_whole(
    house: House, browser: RealBrowser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    async with looking(browser, complaints, java_script_enabled=False) as page:
        await opened(page, house, address)
        assert not await page.locator("#board").is_visible()
        await page.goto(f"{address}/board/visit?day={day()}&visit={key(ticket)}")
        await page.get_by_role("button", name="Leave out").click()
        await page.get_by_text("It is in your draft.").wait_for()
        await page.get_by_role("button", name="Undo").click()
        await page.get_by_text("The last step is taken back.").wait_for()
        await page.get_by_role("button", name="Discard the draft").click()
        await page.get_by_text("The draft is discarded.").wait_for()
    assert complaints == []


async def test_the_board_holds_on_every_size(
    house: House, browser: RealBrowser, address: str, ticket: Ticket, complaints: list[str]
) -> None:
    for size, scheme in ((PHONE, "dark"), (SCREEN, "light")):
        async with looking(browser, complaints, viewport=size, color_scheme=scheme) as page:
            await opened(page, house, address)
            await drawn(page)
            await is_sound(page)
            await page.locator("#b-grid .visit").first.click()
            await page.get_by_role("dialog").wait_for()
            await is_sound(page)
            await page.keyboard.press("Escape")
            await page.locator("#b-grid .visit").first.focus()
            await page.keyboard.press("Enter")
            await is_sound(page)
            await page.keyboard.press("Escape")
            await page.goto(f"{address}/board/visit?day={day()}&visit={key(ticket)}")
            await is_sound(page)
    assert complaints == []
