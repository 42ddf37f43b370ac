"""Offers in a real browser: answered on a phone by one button, also without scripts, and seen by the office."""

from __future__ import annotations

from playwright.async_api import Browser

from tests.portal.conftest import House
from tests.portal.looking import PHONE, SCREEN, is_sound, looking, sign_in
from tests.portal.test_offers import offered

SMALLEST = 44
"""CSS pixels that a thumb needs."""


async def test_an_engineer_is_asked_on_a_phone_declines_one_stage_and_takes_another(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    first, second = await offered(house, "ENG-005"), await offered(house, "ENG-005", "ENG-003")
    async with looking(browser, complaints, color_scheme="dark", viewport=PHONE) as page:
        await sign_in(page, address, await house.account("engineer"))
        await page.goto(f"{address}/work")
        await is_sound(page)
        card = page.locator("li.card").filter(has_text=first.number)
        for button in (card.get_by_role("button", name="I take it"), card.get_by_role("link", name="I can't take it")):
            box = await button.bounding_box()
            assert box is not None and box["height"] >= SMALLEST and box["width"] >= SMALLEST
        await card.get_by_role("link", name="I can't take it").click()
        await page.get_by_text("I can't take it").click()
        await is_sound(page)
        await page.get_by_label("It is too far").check()
        await page.get_by_role("button", name="Decline").click()
        await page.get_by_text("You have declined. The next one is asked.").wait_for()
    async with looking(browser, complaints, java_script_enabled=False) as page:
        await sign_in(page, address, await house.account("engineer"))
        await page.goto(f"{address}/work")
        card = page.locator("li.card").filter(has_text=second.number)
        await card.get_by_role("button", name="I take it").click()
        await page.get_by_text("The stage is yours.").wait_for()
    assert complaints == []


async def test_who_coordinates_sees_who_was_asked_and_offers_again(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    ticket = await offered(house, "ENG-003")
    for scheme, size in (("light", SCREEN), ("dark", PHONE)):
        async with looking(browser, complaints, color_scheme=scheme, viewport=size) as page:
            await sign_in(page, address, await house.account("coordinator"))
            for path in ("/tickets", f"/tickets/{ticket.number}"):
                await page.goto(f"{address}{path}")
                await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                await is_sound(page)
    async with looking(browser, complaints, viewport=SCREEN) as page:
        await sign_in(page, address, await house.account("coordinator"))
        await page.goto(f"{address}/tickets/{ticket.number}")
        await page.get_by_role("button", name="Take the offer back:").click()
        await page.get_by_text("The stage is not offered any more.").wait_for()
        await page.get_by_text("Offer a stage", exact=True).click()
        await page.get_by_label("Others, by their codes").fill("ENG-005")
        await page.get_by_label("Time to answer").select_option("60")
        await page.get_by_role("button", name="Offer it").click()
        await page.get_by_text("The stage is offered.").wait_for()
        await page.get_by_text("(ENG-005)").first.wait_for()
    assert complaints == []
