"""Who does what takes the rights of the database's owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models.access import Action, Allowed, may
from models.database import Database
from starter.accounts.kept import configured_token
from starter.addresses import read_settings
from starter.cli.terminal.parsing import myself
from starter.failures import NotAllowed
from starter.services import database_only


@asynccontextmanager
async def as_operator(by: str | None, action: Action = Action.ADMINISTER) -> AsyncIterator[tuple[Database, str]]:
    """The database with its owner's rights, and who it is: the operator, or whoever is signed in and may do that.

    Raises:
        NotAllowed: somebody is signed in who may not.
    """
    settings = read_settings()
    who = by if by is not None else myself()
    if configured_token(settings) is not None:
        async with database_only(settings) as database:
            principal = database.principal
        if principal is not None:
            verdict = may(principal, action)
            if not isinstance(verdict, Allowed):
                raise NotAllowed(verdict.sentence)
            who = principal.code
    async with database_only(settings, as_owner=True) as database:
        yield database, who
