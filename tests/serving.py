"""The server's applications as tests ask them: in this process, over real engines, as accounts that are there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from uuid import uuid4

import httpx2
from pydantic import SecretStr

from models.database import Database
from models.principals import Grant
from models.settings import Settings
from models.vocabulary.accounts import AccountRole, TokenScope
from starter.accounts.managing import add_account, issue_token
from starter.serving import make_app
from starter.web.engines import Engines
from tests.field import Field
from worker import build_worker

GRANTS = {
    "nurse": Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL"),
    "nurse elsewhere": Grant(AccountRole.HOSPITAL, customer="AIIMS"),
    "engineer": Grant(AccountRole.ENGINEER, engineer="ENG-004"),
    "another engineer": Grant(AccountRole.ENGINEER, engineer="ENG-002"),
    "desk": Grant(AccountRole.MANUFACTURER, manufacturer="HAMILTON"),
    "another desk": Grant(AccountRole.MANUFACTURER, manufacturer="GE"),
    "coordinator": Grant(AccountRole.COORDINATOR),
    "clerk": Grant(AccountRole.PARTS_CLERK),
    "manager": Grant(AccountRole.MANAGER),
    "administrator": Grant(AccountRole.ADMINISTRATOR),
}
"""Who asks, by what they are."""

ALL = tuple(TokenScope)

ACCOUNTS: dict[tuple[str, str], str] = {}
"""By database and who it is: the code of the account, made once, as an engineer has one alone."""


class Server:
    """A server, and the accounts that ask it."""

    def __init__(self, engines: Engines, owner: Database) -> None:
        self.engines = engines
        self._owner = owner
        self._tokens: dict[str, SecretStr] = {}
        self.app = make_app(engines)
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://fieldcare.test/api/v1",
            timeout=60,
        )

    async def token(self, who: str, *scopes: TokenScope) -> SecretStr:
        """A token of an account that is this."""
        name = f"{who} {' '.join(scopes)}"
        if name not in self._tokens:
            place = (repr(self._owner), who)
            if place not in ACCOUNTS:
                code = f"{who.replace(' ', '-')}-{uuid4().hex[:6]}"
                ACCOUNTS[place] = await add_account(self._owner, code, who.title(), [GRANTS[who]], by="tests")
            named, lasts = f"test {uuid4().hex[:6]}", timedelta(hours=1)
            issued = await issue_token(self._owner, ACCOUNTS[place], named, scopes or ALL, lasts, by="tests")
            self._tokens[name] = issued.secret
        return self._tokens[name]

    async def ask(
        self,
        who: str | None,
        method: str,
        path: str,
        *,
        json: object = None,
        scopes: tuple[TokenScope, ...] = (),
        headers: dict[str, str] | None = None,
        **query: str | int,
    ) -> httpx2.Response:
        """What the API answers to somebody; None: to somebody who does not say who they are."""
        said = dict(headers or {})
        if who is not None:
            said["Authorization"] = f"Bearer {(await self.token(who, *scopes)).get_secret_value()}"
        return await self.client.request(method, path, json=json, headers=said, params=query or None)


def patient(url: str, **settings: object) -> Settings:
    """Settings of a server that takes whatever tests ask of it."""
    return Settings.model_validate(
        {"database_url": url, "api_requests": 100_000, "api_burst": 100_000, "api_strangers": 100_000, **settings}
    )


@asynccontextmanager
async def a_server(
    field: Field, url: str, owner: Database, *, opens_tickets: bool = True, **settings: object
) -> AsyncIterator[Server]:
    """A server on the engines of the tests.

    Args:
        opens_tickets: whether there is a worker at the queue that it opens tickets on; one of them for each process.
    """
    configured = patient(url, **settings)
    engines = Engines(configured, client=field.client)
    served = Database(url)
    server = Server(engines, owner)
    try:
        async with build_worker(field.client, served, configured) if opens_tickets else nullcontext():
            yield server
    finally:
        await server.client.aclose()
        await engines.aclose()
        await served.aclose()
