"""Signing in a real browser: a drawn signature, a link whose secret leaves the address, and pages on a phone's size."""

from __future__ import annotations

from playwright.async_api import Browser, Page

from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.looking import SCREEN, is_sound, is_sound_in_every_look, looking, sign_in
from tests.portal.test_signing import finished, fits, link_for, sign_at
from tests.starter.accounts import PASSWORD


async def answer(page: Page) -> None:
    """What the sign-off asks for, and on to what is signed."""
    await page.locator("[name='answer.customer_rating']").select_option("9")
    await page.locator("[name='answer.returned_to_service']").check()
    if await page.locator("[name=proved]").count():
        await page.locator("[name=proved][value=wrong]").check()
        await page.locator("[name=cause]").fill("Flow sensor")
    await page.locator("[name=step][value=look] ~ p button.main").click()
    await page.locator("[name=step][value=sign]").wait_for(state="attached")


async def test_a_signature_is_drawn_cleared_and_drawn_again_on_a_phone(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    ticket = await finished(house)
    async with looking(browser, complaints, has_touch=True) as page:
        await sign_in(page, address, await house.account("engineer"))
        await page.goto(f"{address}{sign_at(ticket)}")
        await is_sound(page)
        await answer(page)
        await is_sound(page)
        drawing = page.locator("#drawing")
        await stroke(page)
        first = await drawing.input_value()
        assert first.startswith("M")
        assert first.count("L") >= 5
        await page.get_by_role("button", name="Clear the field").click()
        assert await drawing.input_value() == ""
        await stroke(page)
        await stroke(page, 0.5)
        assert (await drawing.input_value()).count("M") == 2
        await page.get_by_label("Name in full, of who signs").fill("Anna Berg")
        await page.get_by_role("button", name="Sign it").click()
        await page.get_by_text("It is signed, and the stage is completed.").wait_for()
        assert await page.locator("svg.drawn path").count() == 1
        await is_sound(page)
    assert complaints == []
    found = await fits(house, ticket)
    assert (found["method"], found["name"]) == ("drawn", "Anna Berg")


async def test_what_is_drawn_without_end_is_kept_short_enough(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    ticket = await finished(house)
    async with looking(browser, complaints, viewport=SCREEN) as page:
        await sign_in(page, address, await house.account("engineer"))
        await page.goto(f"{address}{sign_at(ticket)}")
        await answer(page)
        scribble = """() => { const field = document.querySelector('canvas'), at = field.getBoundingClientRect();
            const send = (kind, x, y) => field.dispatchEvent(new PointerEvent(kind,
                {pointerId: 1, clientX: at.left + x, clientY: at.top + y, bubbles: true, cancelable: true}));
            field.setPointerCapture = () => {};
            send('pointerdown', 1, 1);
            for (let n = 0; n < 5000; n++) send('pointermove', (n * 37) % at.width, (n * 23) % at.height);
            send('pointerup', 1, 1);
            return document.getElementById('drawing').value.length }"""
        assert 5_000 < await page.evaluate(scribble) <= 20_000
    assert complaints == []


async def test_a_link_opens_what_is_to_be_signed_and_its_key_leaves_the_address(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    ticket = await finished(house)
    _, key = await link_for(house, ticket)
    asked: list[str] = []
    async with looking(browser, complaints) as page:
        page.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
        await page.goto(f"{address}/sign#{key}")
        await page.get_by_text("Dr. R. Iyer, you were asked to sign").wait_for()
        assert page.url == f"{address}/sign"
        await is_sound(page)
        await answer(page)
        await is_sound(page)
        await page.get_by_role("button", name="Sign it").click()
        await page.get_by_role("heading", name="Signed").wait_for()
        await is_sound(page)
        assert not any(key in one for one in asked), "neither an address nor a referrer has it"
    assert complaints == []
    assert (await fits(house, ticket))["method"] == "link"


async def test_a_link_is_signed_without_scripts_by_typing_its_key(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    ticket = await finished(house)
    _, key = await link_for(house, ticket)
    async with looking(browser, complaints, java_script_enabled=False) as page:
        await page.goto(f"{address}/sign#{key}")
        await page.get_by_label("Key of the link").fill(key)
        await page.get_by_role("button", name="See what is to be signed").click()
        await answer(page)
        await page.get_by_role("button", name="Sign it").click()
        await page.get_by_role("heading", name="Signed").wait_for()
    assert complaints == []


async def test_the_pages_of_a_sign_off_hold_on_every_size(
    house: House, browser: Browser, address: str, complaints: list[str]
) -> None:
    ticket: Ticket = await finished(house)
    async with looking(browser, complaints) as page:
        await sign_in(page, address, await house.account("engineer"))
        await page.goto(f"{address}/tickets/{ticket.number}/signing-links")
        await page.get_by_label("Name in full, of who signs").fill("Dr. R. Iyer")
        await page.get_by_role("button", name="Make the link").click()
        await page.get_by_role("img", name="QR code of the link").wait_for()
        await is_sound_in_every_look(page)
    async with looking(browser, complaints) as page:
        await sign_in(page, address, await house.account("nurse"))
        await page.goto(f"{address}{sign_at(ticket)}")
        await is_sound_in_every_look(page)
        await answer(page)
        await page.get_by_label("Your password, once more").fill(PASSWORD.get_secret_value())
        await is_sound_in_every_look(page)
    assert complaints == []


async def stroke(page: Page, down: float = 0.0) -> None:
    """A line with some curves, across the field."""
    field = page.locator("canvas")
    await field.scroll_into_view_if_needed()
    at = await field.bounding_box()
    assert at is not None
    across, middle = at["width"] / 10, at["y"] + at["height"] * (0.4 + down / 2)
    await page.mouse.move(at["x"] + across, middle)
    await page.mouse.down()
    for step in range(2, 10):
        await page.mouse.move(at["x"] + across * step, middle + (12 if step % 2 else -12))
    await page.mouse.up()
