"""Accounts for tests: cheap to hash, and a way to see everything that is on record of one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import asyncpg
from pydantic import SecretStr

from models.database import Database
from models.principals import Grant
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole
from starter.accounts import managing

PASSWORD = SecretStr("correct horse battery staple")
OTHER = SecretStr("another long pass phrase")
CHEAP = Settings(password_memory=7168, password_passes=1)
NURSE = Grant(AccountRole.HOSPITAL, customer="AIIMS")
COORDINATOR = Grant(AccountRole.COORDINATOR)


@dataclass(frozen=True)
class House:
    """A database with both of its doors, and a plain connection for whoever may look everywhere."""

    owner: Database
    app: Database
    app_url: str
    sql: Any

    async def account(self, code: str, *grants: Grant, password: SecretStr | None = PASSWORD) -> str:
        """An account, with its password set."""
        made = await managing.add_account(self.owner, code, code.title(), grants or (COORDINATOR,), by="operator")
        if password is not None:
            await managing.set_password(self.owner, CHEAP, made, password, by="operator")
        return made

    async def told(self, code: str, key: bytes, device: bytes | None = None) -> bytes:
        """The same key, once the database has been told that it is about to be tried, and has counted that."""
        wait = await self.app.call(SqlFunction.ANNOUNCE_PASSWORD, code, sha256(sha256(key).digest()).digest(), device)
        assert wait is None, wait
        return key

    async def as_new(self, last_entry: int) -> None:
        """As before the first account: without accounts and tries, and the trail ending with that entry."""
        tables = await self.sql.fetch(
            "SELECT c.relname AS name FROM pg_class AS c WHERE c.relkind = 'r' "
            "AND c.relnamespace = 'public'::regnamespace "
            "AND (c.relname ^@ 'account' OR c.relname IN ('sign_in_tries', 'password_guesses'))"
        )
        async with self.sql.transaction():
            await self.sql.execute("SET LOCAL session_replication_role = replica")  # nothing is checked or told
            for table in tables:
                await self.sql.execute(f"DELETE FROM {table['name']}")  # noqa: S608
            await self.sql.execute("DELETE FROM audit_events WHERE entry_number > $1", last_entry)

    async def last_entry(self) -> int:
        """The number of the newest entry of the audit trail."""
        number: int = await self.sql.fetchval("SELECT max(entry_number) FROM audit_events")
        return number

    async def everything(self) -> str:
        """All rows of all tables, as text: what somebody sees who has a copy of the database."""
        tables = await self.sql.fetch(
            "SELECT c.oid::regclass::text AS name FROM pg_class AS c "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        )
        rows = [
            row[0]
            for table in tables
            for row in await self.sql.fetch(f"SELECT to_jsonb(t)::text FROM {table['name']} AS t")  # noqa: S608
        ]
        return "\n".join(rows)

    async def trail(self) -> list[dict[str, Any]]:
        """The entries of the audit trail about accounts, in their order."""
        rows: list[asyncpg.Record] = await self.sql.fetch(
            "SELECT subject_table, action, actor_code, old_value, new_value FROM audit_events "
            "WHERE subject_table LIKE 'account%' ORDER BY entry_number"
        )
        return [{**row, "new_value": json.loads(row["new_value"] or "{}")} for row in rows]
