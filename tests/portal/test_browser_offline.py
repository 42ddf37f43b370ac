"""A day without a network, in a real browser: what is kept, what waits, and that nothing stays of who signed out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, expect

from models.contracts.commands import Cancel
from tests.factories import COORDINATOR, command_id, complete
from tests.field import STANDARD_STAGES, Ticket
from tests.portal.conftest import House
from tests.portal.looking import is_sound, looking, sign_in
from tests.portal.test_engineer import opened
from tests.waiting import until

WHO = "ENG-005"
KEPT = "async path => Boolean(await (await caches.open('fieldcare-pages')).match(path))"
LEFT = """async () => ({
    pages: (await (await caches.open('fieldcare-pages')).keys()).length,
    acts: (await within('items', 'readonly', store => store.getAll())).length,
})"""


@asynccontextmanager
async def serving(house: House, port: int = 0) -> AsyncIterator[int]:
    """The server answers, at a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(house.server.app, port=port, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve())

    async def answers() -> bool:
        return server.started

    await until(answers)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    server.force_exit = True
    await running


@pytest_asyncio.fixture(scope="module")
async def port(house: House) -> AsyncIterator[int]:
    async with serving(house) as found:
        yield found


@pytest_asyncio.fixture
async def ticket(house: House) -> AsyncIterator[Ticket]:
    """A ticket of the engineer's that somebody has to go to; over in the end, so that nobody keeps its page again."""
    ticket = await house.field.open(engineer=WHO)
    for key in STANDARD_STAGES[:3]:
        await ticket.do(complete(key, by=WHO))
    await ticket.stored()
    await opened(await house.browser("coordinator"), ticket)
    yield ticket
    await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="The test is over"))


async def at_work(page: Page, address: str, house: House, ticket: Ticket) -> None:
    """Signed in, with the day's tickets kept."""
    await sign_in(page, address, await house.account("engineer"))
    await page.goto(f"{address}/work")

    async def kept() -> bool:
        return bool(await page.evaluate(KEPT, f"/tickets/{ticket.number}")) and bool(await page.evaluate(KEPT, "/work"))

    await until(kept, within=60)  # every ticket of the engineer is


async def goes_offline_and_works(page: Page, address: str, ticket: Ticket) -> None:
    """Opens the ticket from what is kept, arrives and completes the stage."""
    await page.goto(f"{address}/work")
    await page.get_by_text("No connection. This page is as it was at").wait_for()
    await page.get_by_role("link", name=ticket.number).click()
    await page.get_by_role("button", name="I have arrived").click()
    await states(page, "waiting")
    await page.get_by_label("Work performed").fill("Sensor replaced")
    for name in ("Functional test passed", "Electrical safety test passed"):
        await page.get_by_label(name).check()
    await page.get_by_role("button", name="Complete the stage").click()
    await states(page, "waiting", "waiting")


async def states(page: Page, *wanted: str) -> None:
    """What the outbox comes to show, in its order."""
    rows = page.locator("#outbox li")
    await expect(rows).to_have_count(len(wanted))
    for place, state in enumerate(wanted):
        await expect(rows.nth(place)).to_have_attribute("data-state", state, timeout=40_000)


async def told(ticket: Ticket) -> dict[str, dict[str, Any]]:
    """What the engineer has done on site, by what it is."""
    timeline = (await ticket.stored())["timeline"]
    acts = ("arrived_on_site", "stages_moved")
    return {one["action"]: one["new_value"] for one in timeline if one["action"] in acts}


async def test_a_day_offline_waits_and_is_sent_when_the_network_is_back(
    house: House, browser: Browser, ticket: Ticket, port: int
) -> None:
    address = f"http://localhost:{port}"
    async with looking(browser, []) as page:
        await at_work(page, address, house, ticket)
        await page.context.set_offline(True)
        await goes_offline_and_works(page, address, ticket)
        await is_sound(page)
        before = len((await ticket.stored())["timeline"])
        other = await page.context.new_page()  # two pages send once
        await other.goto(f"{address}/work")
        await states(other, "waiting", "waiting")
        assert len((await ticket.stored())["timeline"]) == before
        await page.context.set_offline(False)
        await states(page, "done", "done")
        await states(other, "done", "done")
        await expect(page.get_by_role("button", name="Send it now")).to_be_hidden()
        await page.get_by_role("link", name="There is a connection again").click()
        await page.get_by_text("Now: Completion & Sign-off").wait_for()
        found = await told(ticket)
        for fact in found.values():
            assert datetime.fromisoformat(fact["happened_at"]) < datetime.fromisoformat(fact["at"])
        arrived, finished = (found[one]["happened_at"] for one in ("arrived_on_site", "stages_moved"))
        assert datetime.fromisoformat(arrived) < datetime.fromisoformat(finished)
        actions = [one["action"] for one in (await ticket.stored())["timeline"]]
        assert actions.count("arrived_on_site") == 1
        await page.goto(f"{address}/account")
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await page.wait_for_url("**/sign-in*")
        # `within` is a script of pages that are somebody's; whoever looks now has only what the browser itself has.
        stores = "async () => (await caches.keys()).includes('fieldcare-pages')"
        assert not await page.evaluate(stores)
        await page.context.set_offline(True)
        await page.goto(f"{address}/work")
        await page.get_by_text("This page was not kept.").wait_for()
        assert ticket.number not in await page.content()


@pytest.mark.parametrize("how", ["cut", "bad gateway"])
async def test_a_server_that_dies_mid_way_loses_nothing_and_does_nothing_twice(
    house: House, browser: Browser, ticket: Ticket, port: int, how: str
) -> None:
    """An answer that never came is asked for again by the id of its command."""
    address = f"http://localhost:{port}"
    async with looking(browser, []) as page:
        await at_work(page, address, house, ticket)
        await page.goto(f"{address}/tickets/{ticket.number}")

        async def cut(route: Any) -> None:
            await route.fetch()  # it is done; nobody hears of it
            await (route.abort("connectionreset") if how == "cut" else route.fulfill(status=502, body="Bad gateway"))

        await page.context.route("**/arrive-on-site", cut)
        await page.get_by_role("button", name="I have arrived").click()
        await states(page, "done")
        actions = [one["action"] for one in (await ticket.stored())["timeline"]]
        assert actions.count("arrived_on_site") == 1
        assert "command_refused" not in actions


async def test_work_waits_for_a_server_that_is_away(house: House, browser: Browser, ticket: Ticket) -> None:
    async with looking(browser, []) as page:
        async with serving(house) as own:
            address = f"http://localhost:{own}"
            await at_work(page, address, house, ticket)
        await goes_offline_and_works(page, address, ticket)
        async with serving(house, own):
            await page.evaluate("window.dispatchEvent(new Event('focus'))")
            await states(page, "done", "done")
            assert {"arrived_on_site", "stages_moved"} <= (await told(ticket)).keys()


async def test_what_is_refused_stays_until_it_was_seen_and_an_ended_login_waits_for_the_same_person(
    house: House, browser: Browser, ticket: Ticket, port: int
) -> None:
    address = f"http://localhost:{port}"
    async with looking(browser, []) as page:
        await at_work(page, address, house, ticket)
        await page.context.set_offline(True)
        await page.goto(f"{address}/tickets/{ticket.number}")
        await page.get_by_role("button", name="Complete the stage").click()
        await states(page, "waiting")
        cookies = await page.context.cookies()
        await page.context.clear_cookies()
        await page.context.set_offline(False)
        await states(page, "sign_in")
        await page.goto(f"{address}/work")
        await sign_in(page, address, await house.account("another engineer"))
        await page.goto(f"{address}/work")
        assert await page.locator("#outbox li").count() == 0
        assert cookies
        await page.context.clear_cookies()
        await sign_in(page, address, await house.account("engineer"))
        await states(page, "refused")
        await page.get_by_text("can't be completed yet").wait_for()
        await page.reload()
        await states(page, "refused")
        await page.get_by_role("button", name="Seen").click()
        await expect(page.locator("#outbox li")).to_have_count(0)
        assert (await page.evaluate(LEFT))["acts"] == 0


async def test_whoever_signs_out_is_asked_before_work_is_lost(
    house: House, browser: Browser, ticket: Ticket, port: int
) -> None:
    address = f"http://localhost:{port}"
    async with looking(browser, []) as page:
        await at_work(page, address, house, ticket)
        await page.context.route("**/outbox", lambda route: route.abort())
        await page.context.set_offline(True)
        await page.goto(f"{address}/tickets/{ticket.number}")
        await page.get_by_role("button", name="I have arrived").click()
        await states(page, "waiting")
        await page.context.set_offline(False)
        await page.goto(f"{address}/account")
        asked: list[str] = []

        async def answer(dialog: Any) -> None:
            asked.append(dialog.message)
            await (dialog.dismiss() if len(asked) == 1 else dialog.accept())

        page.on("dialog", answer)
        await page.get_by_role("button", name="Sign out", exact=True).click()

        async def was_asked() -> bool:
            return bool(asked)

        await until(was_asked)
        await states(page, "waiting")
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await page.wait_for_url("**/sign-in*")
        await page.context.unroute("**/outbox")
        await sign_in(page, address, await house.account("engineer"))
        assert (await page.evaluate(LEFT))["acts"] == 0
        assert "Something that you did was not sent." in asked[0]


async def test_what_is_done_on_a_page_is_of_whom_the_page_is(
    house: House, browser: Browser, ticket: Ticket, port: int
) -> None:
    """Somebody else has signed in since, in the same browser."""
    address = f"http://localhost:{port}"
    async with looking(browser, []) as page:
        await at_work(page, address, house, ticket)
        await page.goto(f"{address}/tickets/{ticket.number}")
        whose = await page.locator("#outbox").get_attribute("data-account")
        other = await page.context.new_page()
        await page.context.clear_cookies()
        await sign_in(other, address, await house.account("another engineer"))
        await other.goto(f"{address}/work")
        await page.context.set_offline(True)
        await page.get_by_role("button", name="I have arrived").click()
        acts = "() => within('items', 'readonly', store => store.getAll())"

        async def kept() -> bool:
            return bool(await other.evaluate(acts))

        await until(kept)
        (act,) = await other.evaluate(acts)
        assert (act["account"], "kept_for" in dict(act["fields"])) == (whose, False)
        assert await other.locator("#outbox li").count() == 0


async def test_where_nothing_can_be_kept_pages_are_shown_and_what_was_not_sent_is_said(
    house: House, browser: Browser, ticket: Ticket, port: int
) -> None:
    address = f"http://localhost:{port}"
    async with looking(browser, []) as page:
        await at_work(page, address, house, ticket)
        await page.goto(f"{address}/tickets/{ticket.number}")
        session = await page.context.new_cdp_session(page)
        await session.send("Storage.overrideQuotaForOrigin", {"origin": address, "quotaSize": 1})
        await page.goto(f"{address}/tickets/{ticket.number}")
        await page.get_by_role("button", name="I have arrived").wait_for()
        assert await page.locator("html[data-kept]").count() == 0
        await page.context.set_offline(True)
        await page.get_by_role("button", name="I have arrived").click()
        await page.get_by_text("Nothing was sent.").wait_for()


async def test_a_page_from_before_keeps_the_files_from_before(
    house: House, browser: Browser, ticket: Ticket, port: int
) -> None:
    """Another release has other scripts, at other addresses."""
    address = f"http://localhost:{port}"
    async with looking(browser, []) as page:
        await at_work(page, address, house, ticket)
        await page.evaluate(
            """async () => {
                const files = await caches.open('fieldcare-files'), pages = await caches.open('fieldcare-pages');
                for (const one of ['used', 'unused']) await files.put(`/static/${one}/store.js`, new Response(''));
                await pages.put('/tickets/before', new Response('<script src="/static/used/store.js">'));
                await (await navigator.serviceWorker.getRegistration()).unregister();
            }"""
        )
        await page.goto(f"{address}/account")
        names = "async () => (await (await caches.open('fieldcare-files')).keys()).map(one => one.url)"

        async def tidied() -> bool:
            return f"{address}/static/unused/store.js" not in await page.evaluate(names)

        await until(tidied)
        assert f"{address}/static/used/store.js" in await page.evaluate(names)
