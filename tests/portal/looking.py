"""Looking at pages in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.starter.accounts import PASSWORD

PHONE: ViewportSize = {"width": 390, "height": 844}
SCREEN: ViewportSize = {"width": 1280, "height": 800}
NAMELESS = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a, summary')]
    .filter(one => !(one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim()))
    .map(one => one.outerHTML)"""
TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
    return ids.filter((one, place) => ids.indexOf(one) !== place) }"""
LOOKS: tuple[tuple[ViewportSize, Literal["light", "dark"]], ...] = ((SCREEN, "light"), (PHONE, "dark"))
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

FOLDED = "open => document.querySelectorAll('details').forEach(one => one.open = open)"
FOUND_BY_AXE = """async () => (await axe.run({resultTypes: ['violations']})).violations.flatMap(
    one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))"""


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
    await page.locator("[name=code]").fill(code)
    await page.locator("[name=password]").fill(PASSWORD.get_secret_value())
    await page.locator("form[action='/sign-in'] button.main").click()
    await page.wait_for_url(lambda url: "sign-in" not in url)


async def is_sound(page: Page) -> None:
    """Nothing stands out at the side, whatever is used has a name, ids are there once, one heading is above all."""
    assert await page.evaluate(WIDE) == 0, page.url
    assert await page.evaluate(NAMELESS) == [], page.url
    assert await page.evaluate(TWICE) == [], page.url
    assert await page.locator("h1").count() == 1, page.url
    assert await barriers(page) == [], page.url


async def is_sound_in_every_look(page: Page) -> None:
    """The page as it is loaded, wide and light, then on a phone and dark; with what can be folded out in and out."""
    for size, scheme in LOOKS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size(size)
        await page.evaluate(FOLDED, False)
        assert await page.evaluate(WIDE) == 0, (page.url, size)
        await page.evaluate(FOLDED, True)
        await is_sound(page)


@cache
def axe() -> str:
    """The script of axe-core, from the wheel that carries it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


async def barriers(page: Page) -> list[str]:
    """What axe-core finds that keeps somebody from using the page: of WCAG 2.2 up to AA, and of good practice."""
    if not await page.evaluate("typeof window.axe === 'object'"):
        await page.evaluate(f"{axe()}; 0")  # by the browser's own door: the page's policy lets no script in
    found: list[str] = await page.evaluate(FOUND_BY_AXE)
    return found
