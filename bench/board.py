"""`python -m bench.board`: the dispatch board at 100 engineers and 1,000 visits, in a real browser.

A server with a database of its own and a made-up plan of a made-up day (bench/dispatch_days.py), which drafts begin
from as from any other; a coordinator in Chromium who opens the board and moves visits by the pointer. First paint is
from the navigation on until the frame that has the blocks; a move from the drop until the frame that has its answer.
`--serve` leaves the server open, to look at it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import uvicorn
from pydantic import SecretStr

from activities.dispatch.planning import make_plan
from bench.dispatch_days import a_day
from migrations.runner import migrate, seed
from models.database import Database
from models.database_calls import Calls
from models.dispatch.plan import Engine, Plan
from models.dispatch.problem import Problem
from models.principals import Grant
from models.settings import Settings
from models.vocabulary.accounts import AccountRole
from starter.accounts.managing import add_account, set_password
from starter.boarding.plans import Became, BoardPlan
from starter.dispatching.planning import Wanted
from starter.embedded import throwaway_stack
from starter.services import Connection
from starter.serving import make_app
from starter.web.engines import Engines

if TYPE_CHECKING:
    from playwright.async_api import Page

PAINT, MOVE = 1.0, 0.150
"""Goals in seconds: of the first paint, and at the 95th percentile of moves."""

PASSWORD = SecretStr("several words make a good one")
CUSTOMERS = ("CITY-GENERAL", "AIIMS", "ST-MARY", "NORTH-CLINIC", "LAKESIDE")


class MadeUpPlans:
    """One plan, of a day that is now."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self._plan = BoardPlan(
            plan_id=uuid4(),
            made_at=problem.origin,
            made_by="bench",
            read_at=problem.origin,
            until=problem.at(problem.horizon),
            engine=plan.engine,
            plan=plan,
            problem=problem,
            why=dict.fromkeys(plan.left_out, "It would be served by one more engineer who is qualified for it"),
            transitions={one.key: uuid4() for one in problem.visits},
            stages={one.key: "Onsite repair" for one in problem.visits},
        )

    async def newest(self, _: Calls, start: datetime, until: datetime) -> BoardPlan | None:
        """It, on its day."""
        return self._plan if start < self._plan.until and self._plan.problem.origin < until else None

    async def make(self, _: Calls, wanted: Wanted, by: str) -> None:
        """There is one already."""

    async def keep(self, _: Calls, board: BoardPlan, plan: Plan, because: str, by: str) -> UUID:  # noqa: ARG002
        """Nothing is kept."""
        return board.plan_id

    async def apply(self, _: Connection, plan_id: UUID, by: str) -> tuple[Became, ...]:  # noqa: ARG002
        """There are no tickets."""
        return ()


def today(visits: int, engineers: int) -> MadeUpPlans:
    """A made-up day that begins at midnight (UTC) of today, with what it needs to be looked at."""
    problem = a_day(visits, engineers)
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    names = ("Luis Ortega", "Rahul Verma", "Mei Chen", "Aisha Khan", "Tom Berg", "Ines Costa", "Jonas Wolf", "Nina Roy")
    problem = problem.model_copy(
        update={
            "origin": midnight,
            "engineers": tuple(
                one.model_copy(
                    update={
                        "name": f"{names[number % 8]} {number}",
                        "duties": tuple(each.model_copy(update={"day": midnight.date()}) for each in one.duties),
                    }
                )
                for number, one in enumerate(problem.engineers)
            ),
            "visits": tuple(
                one.model_copy(
                    update={"ticket": f"FC-2026-{number:06}", "customer": CUSTOMERS[number % 5], "stage": "repair"}
                )
                for number, one in enumerate(problem.visits)
            ),
        }
    )
    return MadeUpPlans(problem, make_plan(problem, Engine.GREEDY, 1.0).plan)


@asynccontextmanager
async def served(url: str, plans: MadeUpPlans, port: int) -> AsyncIterator[str]:
    """A server of pages with that plan; yields where it answers."""
    settings = Settings.model_validate(
        {"database_url": url, "api_requests": 100_000, "api_burst": 100_000, "api_strangers": 100_000}
    )
    engines = Engines(settings)
    server = uvicorn.Server(uvicorn.Config(make_app(engines, plans=plans), port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(30):
            while not server.started:  # noqa: ASYNC110 - it says so by this flag alone
                await asyncio.sleep(0.05)
        yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        await engines.aclose()


async def let_in(url: str) -> None:
    """An account that coordinates, and one that looks."""
    database = Database(url)
    try:
        for code, role in (("carla", AccountRole.COORDINATOR), ("mona", AccountRole.MANAGER)):
            await add_account(database, code, code.title(), [Grant(role)], by="bench")
            await set_password(database, Settings(), code, PASSWORD, by="bench")
    finally:
        await database.aclose()


async def sign_in(page: Page, address: str, code: str = "carla") -> None:
    await page.goto(f"{address}/sign-in")
    await page.locator("[name=code]").fill(code)
    await page.locator("[name=password]").fill(PASSWORD.get_secret_value())
    await page.locator("form[action='/sign-in'] button.main").click()
    await page.wait_for_url(lambda url: "sign-in" not in url)


async def entry(page: Page, name: str) -> None:
    """Wait until the page has noted that."""
    async with asyncio.timeout(20):
        # By asking: no script of ours may wait in a page of this policy.
        while not await page.evaluate(f"performance.getEntriesByName('{name}').length"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def painted(page: Page, address: str) -> tuple[float, float]:
    """Seconds from the navigation until the blocks are there, and until the first paint of anything."""
    await page.goto(f"{address}/board")
    await entry(page, "board-painted")
    found: list[float] = await page.evaluate(
        "[performance.getEntriesByName('board-painted')[0].startTime, "
        "(performance.getEntriesByName('first-contentful-paint')[0] || {startTime: 0}).startTime]"
    )
    return found[0] / 1000, found[1] / 1000


async def move(page: Page, draw: Random) -> tuple[float, float]:
    """Drag a visit to another row and time; seconds from the drop to the frame with the answer, and of the answer."""
    await page.evaluate("document.getElementById('b-scroll').scrollIntoView({block: 'end'})")
    box = await page.locator("#b-scroll").bounding_box()
    assert box is not None
    blocks = page.locator("#b-grid .visit:not(.locked)")
    shown = []
    for one in await blocks.all():
        at = await one.bounding_box()
        if at and box["y"] + 40 < at["y"] < box["y"] + box["height"] - 60 and at["x"] > box["x"] + 170:
            shown.append(at)
    at = draw.choice(shown)
    await page.evaluate("performance.clearMeasures('board-move'); performance.clearResourceTimings()")
    await page.mouse.move(at["x"] + 5, at["y"] + 10)
    await page.mouse.down()
    to = (
        draw.uniform(box["x"] + 220, box["x"] + box["width"] - 60),
        draw.uniform(box["y"] + 90, box["y"] + box["height"] - 90),
    )
    await page.mouse.move(at["x"] + 20, at["y"] + 20)
    await page.mouse.move(*to, steps=4)
    await page.mouse.up()
    try:
        await entry(page, "board-move")
    except TimeoutError:
        raise RuntimeError(f"a drop was not answered: {await page.inner_text('#b-live')!r}, {at}, {to}") from None
    found: list[float] = await page.evaluate(
        "[performance.getEntriesByName('board-move')[0].duration, "
        "performance.getEntriesByType('resource').find(one => one.name.endsWith('/board/change')).duration]"
    )
    return found[0] / 1000, found[1] / 1000


async def measure(options: argparse.Namespace) -> bool:
    from playwright.async_api import async_playwright

    plans = today(options.visits, options.engineers)
    with throwaway_stack(settings=Settings()) as stack:
        url = stack.addresses.database_url
        await migrate(url)
        await seed(url, sample=False)
        await let_in(url)
        async with served(url, plans, options.port) as address:
            if options.serve:
                print(f"{address}/board as carla or mona, {PASSWORD.get_secret_value()}", flush=True)
                await asyncio.Event().wait()
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=options.chromium or shutil.which("chromium"), args=["--no-sandbox"]
                )
                page = await browser.new_page(viewport={"width": 1440, "height": 900})
                await sign_in(page, address)
                paints = [await painted(page, address) for _ in range(options.paints)]
                draw, moves = Random(1), []
                for _ in range(options.moves):
                    moves.append(await move(page, draw))
                await browser.close()
    return told(options, paints, moves)


def told(options: argparse.Namespace, painted: list[tuple[float, float]], moved: list[tuple[float, float]]) -> bool:
    """Print what was measured; returns whether both goals are kept."""

    def line(name: str, times: list[float], goal: float | None) -> str:
        p50 = statistics.median(times)
        p95 = statistics.quantiles(times, n=20, method="inclusive")[18] if len(times) > 1 else times[0]
        said = "" if goal is None else f"{1000 * goal:.0f}"
        return f"| {name} | {len(times)} | {1000 * p50:.0f} | {1000 * p95:.0f} | {1000 * max(times):.0f} | {said} |"

    paints, moves = [one for one, _ in painted], [one for one, _ in moved]
    load = os.getloadavg()[0]
    print(f"\n{options.engineers} engineers, {options.visits} visits; load {load:.1f} on {os.cpu_count()} cores\n")
    print("| | times | p50, ms | p95, ms | most, ms | goal |\n|---|---|---|---|---|---|")
    print(line("first contentful paint", [one for _, one in painted], None))
    print(line("the board is painted", paints, PAINT))
    print(line("a move, from the drop to the painted answer", moves, MOVE))
    print(line("of that the server's answer", [one for _, one in moved], None))
    return statistics.median(paints) <= PAINT and statistics.quantiles(moves, n=20, method="inclusive")[18] <= MOVE


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--engineers", type=int, default=100)
    parser.add_argument("--paints", type=int, default=10)
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--chromium", default=os.environ.get("FIELDCARE_CHROMIUM"))
    parser.add_argument("--serve", action="store_true", help="only serve it, to be looked at")
    parser.add_argument("--port", type=int, default=0)
    kept: Any = asyncio.run(measure(parser.parse_args(arguments)))
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
