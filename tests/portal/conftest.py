"""A server with pages, and people who have signed in to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import pytest_asyncio
import uvicorn

from models.principals import Grant
from models.vocabulary.accounts import AccountRole
from starter.accounts.managing import add_account, set_password
from tests.browsing import Browser
from tests.chromium import chromium
from tests.field import Field
from tests.serving import GRANTS, Server, a_server
from tests.starter.accounts import CHEAP, PASSWORD
from tests.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Browser as RealBrowser

PEOPLE = {
    **GRANTS,
    "engineer": Grant(AccountRole.ENGINEER, engineer="ENG-005"),
    "another engineer": Grant(AccountRole.ENGINEER, engineer="ENG-003"),
}
"""Who looks at pages, by what they are: an engineer has one account, and other tests have made those of others."""


_ENGINEERS: dict[str, str] = {}
"""The accounts of engineers: each has one in the database that the session's tests share."""


class House:
    """A server, and browsers of people who are this or that."""

    def __init__(self, server: Server, field: Field) -> None:
        self.server = server
        self.field = field
        self._browsers: dict[str, Browser] = {}
        self._codes: dict[str, str] = {}

    async def account(self, who: str) -> str:
        """A new account that is this, with `PASSWORD`; its code. An engineer has the same one always."""
        if who in _ENGINEERS:
            return _ENGINEERS[who]
        code = f"{who.replace(' ', '-')}-{uuid4().hex[:6]}"
        await add_account(self.field.owner, code, who.title(), [PEOPLE[who]], by="tests")
        await set_password(self.field.owner, CHEAP, code, PASSWORD, by="tests")
        if PEOPLE[who].engineer is not None:
            _ENGINEERS[who] = code
        return code

    async def browser(self, who: str | None, language: str = "en") -> Browser:
        """The browser of somebody who has signed in; None: of somebody who has not."""
        name = f"{who} {language}"
        if name not in self._browsers:
            self._browsers[name] = browser = self.stranger(language)
            if who is not None:
                self._codes[who] = await self.account(who)
                page = await browser.sign_in(self._codes[who], PASSWORD.get_secret_value())
                assert page.status == 200, page.text
        return self._browsers[name]

    async def account_of(self, who: str) -> str:
        """The code by which somebody has signed in in their browser."""
        await self.browser(who)
        return self._codes[who]

    def stranger(self, language: str = "en") -> Browser:
        """A browser that nobody has signed in with."""
        return Browser(self.server.app, language)

    async def aclose(self) -> None:
        for browser in self._browsers.values():
            await browser.aclose()


@pytest_asyncio.fixture(scope="module")
async def house(field: Field, service_url: str) -> AsyncIterator[House]:
    async with a_server(
        field,
        service_url,
        field.owner,
        password_memory=CHEAP.password_memory,
        password_passes=CHEAP.password_passes,
        label_key="a1:a secret of some length",
    ) as server:
        made = House(server, field)
        yield made
        await made.aclose()


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


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[RealBrowser]:
    """One for all: each test looks in a context of its own, which has nothing of the others."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        await started.close()


@pytest.fixture
def complaints() -> list[str]:
    return []
