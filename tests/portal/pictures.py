"""Makes the pictures of the README: `make screenshots`. A stack of its own is started, filled and looked at.

Pictures are WebP, each of at most 100 kB: what is larger ends it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from starter.embedded.processes import free_port
from tests.chromium import chromium
from tests.portal.looking import PHONE, SCREEN
from tests.starter.terminal import ROOT, Environment, clean_environment, command

FOLDER = ROOT / "docs" / "pictures"
MOST = 100_000
QUALITY = 72
PASSWORD = "several words make a good one"
PEOPLE = {
    "carla": ("Carla Brandt", "--role", "coordinator"),
    "luis": ("Luis Ortega", "--role", "engineer:ENG-004"),
    "rahul": ("Rahul Verma", "--role", "engineer:ENG-005"),
}
REPORTS = (
    ("VENT-ICU-001", "P1", "Alarm: flow sensor. The patient was moved to another ventilator."),
    ("CT-GE-001", "P2", "The table stops half way and the console says 'motion error 21'."),
    ("VENT-ICU-002", "P3", "The screen flickers when the unit is moved."),
    ("VENT-WRD-001", "P4", "A caster is loose."),
)
REPORTER = ("--reporter", "nurse-7", "--role", "hospital")
WORK = {
    "remote_diagnosis": ("--outcome", "no_parts_needed", "--set", "diagnosis_summary=Flow sensor is contaminated",
                         "--done", "safety_assessed"),
    "onsite_repair": ("--set", "work_performed=Flow sensor cleaned and calibrated", "--done", "functional_test_passed",
                      "--done", "electrical_safety_test_passed"),
}  # fmt: skip


class Stack:
    """A stack that lasts as long as the pictures take."""

    def __init__(self, home: Path, port: int) -> None:
        self.address = f"http://localhost:{port}"
        self._env: Environment = clean_environment() | {
            "FIELDCARE_HOME": str(home),
            "FIELDCARE_API_PORT": str(port),
            "FIELDCARE_PUBLIC_URL": "https://care.example.org",
        }

    def run(self, *arguments: str, stdin: str = "") -> str:
        """What a command prints.

        Raises:
            SystemExit: it fails.
        """
        done = subprocess.run(
            command(*arguments), env=self._env, input=stdin, capture_output=True, text=True, cwd=ROOT, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout


def fill(stack: Stack) -> list[str]:
    """People, and tickets at different stages; their numbers."""
    for code, (name, *role) in PEOPLE.items():
        stack.run("user", "add", code, "--name", name, *role)
        stack.run("user", "password", code, stdin=f"{PASSWORD}\n")
    numbers = []
    for unit, priority, said in REPORTS:
        opened = stack.run("ticket", "open", "--unit", unit, "--priority", priority, "--description", said, *REPORTER)
        numbers.append(opened.split()[1])
    first, second, third = numbers[:3]
    stack.run("ticket", "assign", first, "ENG-004")
    stack.run("ticket", "assign", third, "ENG-005")
    for stage, answers in WORK.items():
        stack.run("stage", "complete", first, stage, "--engineer", "ENG-004", *judged(stack, first, stage), *answers)
    stack.run(
        "ticket", "hold", second, "--reason", "waiting_for_customer", "--for", "4h", "--note", "Scans until noon."
    )
    return numbers


def judged(stack: Stack, number: str, stage: str) -> tuple[str, ...]:
    """What is said of a diagnosis that AI has proposed by now."""
    if stage != "remote_diagnosis":
        return ()
    known = json.loads(stack.run("ticket", "show", number, "--json"))["diagnoses"]
    return ("--diagnosis", "accepted") if any(one["status"] == "proposed" for one in known) else ()


async def picture(page: Page, name: str) -> None:
    """Keep what a page shows.

    Raises:
        SystemExit: it is too large.
    """
    await page.wait_for_load_state("networkidle")
    session = await page.context.new_cdp_session(page)
    taken: dict[str, Any] = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    content = b64decode(taken["data"])
    if len(content) > MOST:
        raise SystemExit(f"{name} has {len(content)} bytes, and may have {MOST}.")
    (FOLDER / f"{name}.webp").write_bytes(content)
    print(f"docs/pictures/{name}.webp: {len(content) / 1000:.0f} kB")  # noqa: T201 - it is a command


async def somebody(browser: Browser, stack: Stack, code: str, size: Any, scheme: Any) -> Page:
    """A page that somebody looks at who has signed in."""
    context = await browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{stack.address}/sign-in")
    await page.locator("[name=code]").fill(code)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("form[action='/sign-in'] button.main").click()
    await page.wait_for_url(lambda url: "sign-in" not in url)
    return page


async def take(stack: Stack, numbers: list[str]) -> None:
    """Every picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = await somebody(browser, stack, "carla", SCREEN, "light")
        await page.goto(f"{stack.address}/tickets")
        await picture(page, "day")
        page = await somebody(browser, stack, "luis", PHONE, "light")
        await page.goto(f"{stack.address}/tickets/{numbers[0]}")
        await picture(page, "ticket")
        await page.get_by_role("link", name="Have it signed on this screen").click()
        await page.locator("[name='answer.customer_rating']").select_option("9")
        await page.locator("[name='answer.returned_to_service']").check()
        if await page.locator("[name=proved]").count():
            await page.locator("[name=proved][value=right]").check()
        await page.get_by_role("button", name="Go on to sign").click()
        await page.get_by_label("Name in full, of who signs").fill("Anna Berg")
        await page.get_by_label("Signs as").fill("Ward sister")
        await write(page)
        await page.get_by_role("button", name="Sign it").scroll_into_view_if_needed()
        await picture(page, "signing")
        page = await somebody(browser, stack, "rahul", PHONE, "dark")
        await page.goto(f"{stack.address}/work")
        await picture(page, "work")
        await browser.close()


async def write(page: Page) -> None:
    """Something that looks like a signature."""
    field = page.locator("canvas")
    await field.scroll_into_view_if_needed()
    at = await field.bounding_box()
    assert at is not None
    points = [(8, 60), (14, 25), (20, 18), (23, 40), (18, 78), (26, 52), (33, 45), (36, 66), (42, 48), (47, 64)]
    points += [(53, 47), (57, 66), (64, 40), (70, 62), (78, 50), (92, 44)]
    across, down = at["width"] / 100, at["height"] / 100
    await page.mouse.move(at["x"] + points[0][0] * across, at["y"] + points[0][1] * down)
    await page.mouse.down()
    for x, y in points[1:]:
        await page.mouse.move(at["x"] + x * across, at["y"] + y * down, steps=6)
    await page.mouse.up()


def main() -> None:
    """Start, fill, look, stop."""
    if chromium() is None:
        raise SystemExit("There is no Chromium: install one, or set FIELDCARE_CHROMIUM to its program.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fieldcare-pictures-") as folder:
        stack = Stack(Path(folder) / "home", free_port())
        stack.run("up")
        try:
            asyncio.run(take(stack, fill(stack)))
        finally:
            stack.run("down")


if __name__ == "__main__":
    main()
