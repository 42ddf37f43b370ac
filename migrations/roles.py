"""The cluster's roles for workers and for reporting: made, limited, given their passwords.

Roles belong to the cluster and so to no migration: `fieldcare db roles` and the embedded PostgreSQL make them here,
with a connection of somebody who may. What they may do in a database is `migrations.grants`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import make_url

from migrations.grants import DatabaseRole
from migrations.locking import LOCK
from models.database import classified_errors, engine_url, place
from models.database_calls import CONNECT_TIMEOUT, IDLE_IN_TRANSACTION_TIMEOUT, LOCK_TIMEOUT, STATEMENT_TIMEOUT

REPORT_TIMEOUT = 60.0
"""Seconds that a report may take; it reads much, and nobody waits behind it."""

DENIED = ("superuser", "createdb", "createrole", "replication", "bypassrls")
"""Attributes that none of the roles has."""

SCRAM_ITERATIONS = 4096


def _limits(statement: float) -> dict[str, str]:
    return {
        "statement_timeout": f"{statement:.0f}s",
        "lock_timeout": f"{LOCK_TIMEOUT:.0f}s",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_TIMEOUT:.0f}s",
    }


ROLE_SETTINGS: Mapping[DatabaseRole, Mapping[str, str]] = {
    DatabaseRole.APPLICATION: _limits(STATEMENT_TIMEOUT),
    DatabaseRole.REPORTING: {**_limits(REPORT_TIMEOUT), "default_transaction_read_only": "on"},
}
"""What each session of a role begins with, whatever program opens it."""


class RolesError(Exception):
    """The roles can't be made; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class RoleState:
    """A role as the cluster has it; `exists` false: it does not."""

    exists: bool
    attributes: frozenset[str] = frozenset()
    """Of `DENIED`, and "nologin"."""
    settings: Mapping[str, str] | None = None
    memberships: tuple[str, ...] = ()
    """Roles that it is a member of."""


@dataclass(frozen=True, slots=True)
class RolesReport:
    """What was done. Both empty: the roles were as they should be."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL stores of a password (RFC 5803): statements with it may be logged, the password is not in them.

    Raises:
        RolesError: the password is empty or has other than printable ASCII characters, which clients encode in
            different ways.
    """
    if not password or not password.isascii() or not password.isprintable():
        raise RolesError("a role's password is made of printable ASCII characters, at least one.")
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{parts[0]}${parts[1]}:{parts[2]}"


def handover_sql() -> str:
    """What a database administrator runs where we may not. Passwords are asked for: psql's \\password."""
    lines = []
    for role in DatabaseRole:
        lines.append(f"CREATE ROLE {role} LOGIN;")
        lines += _setting_statements(role, ROLE_SETTINGS[role].items())
    lines += [f"\\password {role}" for role in DatabaseRole]
    return "\n".join(lines)


async def ensure_roles(url: str, passwords: Mapping[DatabaseRole, str]) -> RolesReport:
    """Make the roles in the cluster of `url`, or bring them to what they should be. All or nothing.

    Args:
        passwords: new passwords; a role that is not named keeps the one that it has, or has none.

    Raises:
        RolesError: the user of `url` may not do that, or a password can't be used.
        DatabaseUnavailable: the database can't be reached.
    """
    verifiers = {role: scram_verifier(password) for role, password in passwords.items()}
    created: list[str] = []
    changed: list[str] = []
    async with classified_errors(place(engine_url(url))):
        connection = await connect(url)
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
                for role in DatabaseRole:
                    state = await read_role(connection, role)
                    statements = _statements(role, state, verifiers.get(role))
                    if statements:
                        await connection.execute(";\n".join(statements))
                        (changed if state.exists else created).append(role.value)
        except asyncpg.InsufficientPrivilegeError as error:
            raise RolesError(
                f"the database user may not make roles ({error.args[0]}). Set FIELDCARE_ADMIN_DATABASE_URL to one that "
                "may (CREATEROLE), or have an administrator run what `fieldcare db roles --sql` prints."
            ) from error
        finally:
            await connection.close()
    return RolesReport(tuple(created), tuple(changed))


async def keep_out_of_other_databases(url: str) -> None:
    """Let nobody but their owners into the databases that every cluster has beside ours: PUBLIC may by default.

    Raises:
        RolesError: the user of `url` does not own them.
        DatabaseUnavailable: the database can't be reached.
    """
    async with classified_errors(place(engine_url(url))):
        connection = await connect(url)
        try:
            await connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
        except asyncpg.InsufficientPrivilegeError as error:
            raise RolesError(f"{error.args[0]}: only their owner can keep others out of them.") from error
        finally:
            await connection.close()


async def missing_roles(url: str) -> frozenset[DatabaseRole]:
    """Which roles the cluster of `url` does not have. Raises `DatabaseUnavailable`."""
    async with classified_errors(place(engine_url(url))):
        connection = await connect(url)
        try:
            return frozenset([role for role in DatabaseRole if not (await read_role(connection, role)).exists])
        finally:
            await connection.close()


async def connect(url: str) -> Any:
    """A plain connection with nothing set that the server would not set by itself."""
    parsed = make_url(url).set(drivername="postgresql")
    return await asyncpg.connect(parsed.render_as_string(hide_password=False), timeout=CONNECT_TIMEOUT)


async def read_role(connection: Any, role: str) -> RoleState:
    """A role as the cluster has it."""
    row = await connection.fetchrow(_ROLE, role)
    if row is None:
        return RoleState(exists=False)
    return RoleState(
        exists=True,
        attributes=frozenset(row["attributes"]),
        settings=dict(one.split("=", 1) for one in row["settings"]),
        memberships=tuple(row["memberships"]),
    )


def _statements(role: DatabaseRole, state: RoleState, verifier: str | None) -> list[str]:
    # Only what differs is mentioned: an attribute needs the right to change it even where nothing changes.
    options = [] if state.exists else ["LOGIN"]
    options += ["LOGIN" if one == "nologin" else f"NO{one.upper()}" for one in sorted(state.attributes)]
    if verifier is not None:
        options.append(f"PASSWORD '{verifier}'")
    statements = [f"{'ALTER' if state.exists else 'CREATE'} ROLE {role} {' '.join(options)}"] if options else []
    has = state.settings or {}
    statements += _setting_statements(role, ROLE_SETTINGS[role].items() - has.items())
    return [one.removesuffix(";") for one in statements]


def _setting_statements(role: DatabaseRole, settings: Iterable[tuple[str, str]]) -> list[str]:
    return [f"ALTER ROLE {role} SET {name} = '{value}';" for name, value in sorted(settings)]


_ROLE = """
    SELECT array_remove(ARRAY[
            CASE WHEN r.rolsuper THEN 'superuser' END,
            CASE WHEN r.rolcreatedb THEN 'createdb' END,
            CASE WHEN r.rolcreaterole THEN 'createrole' END,
            CASE WHEN r.rolreplication THEN 'replication' END,
            CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
            CASE WHEN NOT r.rolcanlogin THEN 'nologin' END
        ], NULL) AS attributes,
        COALESCE((
            SELECT s.setconfig FROM pg_db_role_setting AS s WHERE s.setrole = r.oid AND s.setdatabase = 0
        ), '{}') AS settings,
        ARRAY(
            SELECT pg_get_userbyid(m.roleid)::text FROM pg_auth_members AS m WHERE m.member = r.oid ORDER BY 1
        ) AS memberships
    FROM pg_roles AS r
    WHERE r.rolname = $1
"""
