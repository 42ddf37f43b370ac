"""Past the program nobody gets further: the database looks at who changes the registry, and at what, itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.registry.kinds import KINDS
from models.vocabulary.accounts import TokenScope
from models.vocabulary.registry import RegistryKind
from starter.accounts.keys import TOKEN_PREFIX, digest_of
from starter.embedded.stack import Stack
from tests.databases import as_role
from tests.field import Field
from tests.serving import GRANTS, Server, a_server
from tests.starter.terminal import Environment, clean_environment, fieldcare

TABLES = (
    "customers",
    "customer_sites",
    "equipment_registry",
    "business_calendars",
    "business_calendar_hours",
    "business_calendar_holidays",
    "business_calendar_exceptions",
    "equipment_parts",
    "equipment_parts_context",
    "equipment_compatibility",
    "engineers",
    "engineer_equipment_expertise",
    "engineer_certifications",
    "engineer_absences",
    "manufacturers",
    "equipment_catalog",
)
INNER = (
    "change_registry('customers', 'add', NULL, NULL, '{}', 'me', 'operator', '')",
    "put_registry_customer(NULL, '{}')",
    "put_registry_site(NULL, '{}')",
    "put_registry_unit(NULL, '{}')",
    "put_registry_calendar(NULL, '{}')",
    "put_registry_days(uuidv7(), '{}')",
    "put_registry_part(NULL, '{}')",
    "put_registry_compatibility(uuidv7(), '{}')",
    "put_registry_engineer(NULL, '{}')",
    "put_registry_qualifications(uuidv7(), '{}')",
    "put_registry_certificates(uuidv7(), '{}')",
    "put_registry_absence(NULL, '{}')",
    "put_registry_manufacturer(NULL, '{}')",
    "put_registry_equipment_type(NULL, '{}')",
    "share_make('HAMILTON', 'ventilator')",
    "tell_registry_lines('parts', uuidv7(), '{}')",
)
DOOR = "SELECT administer_registry($1, $2, $3, $4, $5, $6, $7)::text"


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


class Attacker:
    """Whoever has the workers' password, and tokens of this and that account."""

    def __init__(self, sql: Any, server: Server) -> None:
        self.sql = sql
        self._server = server

    async def digest(self, who: str, *scopes: TokenScope) -> bytes | None:
        return digest_of((await self._server.token(who, *scopes)).get_secret_value(), TOKEN_PREFIX)

    async def do(
        self,
        digest: bytes | None,
        kind: str,
        doing: str,
        said: object = None,
        *,
        reference: str | None = None,
        version: str | None = None,
        reason: str | None = "x",
    ) -> dict[str, Any]:
        document = None if said is None else json.dumps(said)
        answer = await self.sql.fetchval(DOOR, digest, kind, doing, reference, version, document, reason)
        found: dict[str, Any] = json.loads(answer)
        return found


@pytest_asyncio.fixture(scope="module")
async def attacker(server: Server) -> AsyncIterator[Attacker]:
    sql = await asyncpg.connect(server.engines.settings.url())
    yield Attacker(sql, server)
    await sql.close()


async def test_only_who_may_is_believed(attacker: Attacker) -> None:
    narrow = [
        await attacker.digest("administrator", TokenScope.READ),
        await attacker.digest("administrator", TokenScope.ACT),
        b"",
        None,
        b"x" * 32,
    ]
    for digest in narrow:
        for kind in RegistryKind:
            for doing in ("add", "change", "retire", "restore"):
                with pytest.raises(asyncpg.PostgresError, match="it takes somebody who administers"):
                    await attacker.do(digest, kind, doing, {}, reference="AIIMS")
    for who in GRANTS:
        digest = await attacker.digest(who)
        for kind in RegistryKind:
            for doing in ("add", "change", "retire", "restore", "explode", ""):
                allowed = (
                    who == "administrator"
                    or (who == "coordinator" and kind in {"units", "sites"} and doing == "change")
                    or (who == "clerk" and kind == "parts")
                    or (who == "coordinator" and kind == "absences")
                )
                with pytest.raises(asyncpg.PostgresError) as refused:
                    await attacker.do(digest, kind, doing, {}, reference="no-such-row")
                assert (refused.value.sqlstate == "FC012") is not allowed, f"{who} {doing} {kind}"


async def test_nothing_is_written_otherwise(attacker: Attacker) -> None:
    for table in TABLES:
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET updated_at = now()", f"TRUNCATE {table}"):  # noqa: S608
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await attacker.sql.execute(statement)
    for call in INNER:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attacker.sql.execute(f"SELECT {call}")


@pytest.mark.parametrize(
    ("kind", "said", "why"),
    [
        ("customers", {"code": "X1", "name": "a\u200bb"}, "can't be seen"),
        ("customers", {"code": "X1", "name": "a\u0007b"}, "can't be seen"),
        *(
            ("customers", {"code": "X1", "name": f"a{one}b"}, "can't be seen")
            for one in "\u202e\u061c\u2028\u2029\u3164\u115f\u2800\ufe0f\U000e0041"
        ),
        ("customers", {"code": "x1", "name": "a"}, "customers_code_check"),
        ("customers", {"code": "X1"}, "name"),
        ("customers", {"code": "X1", "name": "a", "id": str(uuid4())}, "have no field id"),
        ("customers", {"code": "X1", "name": "a", "in_use": False}, "have no field in_use"),
        ("customers", {"code": "X1", "name": "a", "calendar": "'; DROP TABLE customers; --"}, "there is no calendar"),
        ("customers", {"code": "X1", "name": 300_000 * "a"}, "too much"),
        ("customers", [], "object"),
        ("customers", "x", "object"),
        ("sites", {"customer": "AIIMS", "code": "X1", "name": "a", "time_zone": "Mars/Base"}, "IANA"),
        ("sites", {"customer": "AIIMS", "code": "X1", "name": "a", "time_zone": "right/UTC"}, "IANA"),
        ("units", {**KINDS[RegistryKind.UNITS].example, "serial": "vent-icu-001"}, "already, as VENT-ICU-001"),
        ("units", {**KINDS[RegistryKind.UNITS].example, "installed_on": "tomorrow-ish"}, "date"),
        ("units", {**KINDS[RegistryKind.UNITS].example, "status": "active"}, "have no field status"),
        ("toasters", {}, "registry has no toasters"),
    ],
)
async def test_what_does_not_fit_is_refused_by_the_database_too(
    attacker: Attacker, kind: str, said: object, why: str
) -> None:
    digest = await attacker.digest("administrator")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await attacker.do(digest, kind, "add", said)
    assert why in str(refused.value), refused.value


async def test_a_row_is_changed_by_who_has_seen_it_and_says_why(attacker: Attacker) -> None:
    digest = await attacker.digest("administrator")
    code = f"D{uuid4().hex[:8].upper()}"
    row = await attacker.do(digest, "customers", "add", {"code": code, "name": "a"}, reason=None)
    for version in (None, "", "0-0", row["version"][:-1]):
        with pytest.raises(asyncpg.PostgresError, match="changed meanwhile"):
            await attacker.do(digest, "customers", "change", {"name": "b"}, reference=code, version=version)
    for reason in (None, "", "  ", 1001 * "x"):
        with pytest.raises(asyncpg.PostgresError, match="reason"):
            await attacker.do(
                digest, "customers", "change", {"name": "b"}, reference=code, version=row["version"], reason=reason
            )
    with pytest.raises(asyncpg.PostgresError, match="never changes"):
        await attacker.do(digest, "customers", "change", {"code": "B"}, reference=code, version=row["version"])
    with pytest.raises(asyncpg.PostgresError, match="nothing else is changed"):
        await attacker.do(digest, "customers", "retire", {"name": "b"}, reference=code, version=row["version"])
    # Whoever has the application's password can't be somebody else on the trail.
    await attacker.sql.execute("SET fieldcare.actor_code = 'somebody-else'")
    changed = await attacker.do(digest, "customers", "change", {"name": "b"}, reference=code, version=row["version"])
    assert changed["row"]["name"] == "b"
    rows = await attacker.sql.fetch(
        "SELECT actor, new_value FROM read_registry_history('customers', $1, 9, NULL)", row["id"]
    )
    assert len(rows) == 2 and rows[0]["actor"].startswith("administrator")
    assert json.loads(rows[0]["new_value"]) == {"name": "b"}


# -- the terminal ------------------------------------------------------------------------------------------------------


@pytest.fixture
def env(stack: Stack, database_url: str) -> Iterator[Environment]:
    """An operator's terminal at a house of its own."""
    urls = {"FIELDCARE_DATABASE_URL": as_role(database_url, stack.addresses.workers_url)}
    yield {**clean_environment(), **urls, "FIELDCARE_ADMIN_DATABASE_URL": database_url}


def well(env: Environment, *arguments: str) -> str:
    done = fieldcare(env, "registry", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(env: Environment, *arguments: str) -> str:
    done = fieldcare(env, "registry", *arguments)
    assert done.returncode != 0
    return done.stderr


async def test_an_operator_keeps_the_registry_at_the_terminal(env: Environment) -> None:
    well(env, "add", "customers", "code=lakeside", "name=Lakeside Hospital", "--by", "op")
    site = ("add", "sites", "customer=LAKESIDE", "code=ICU", "name=ICU", "time_zone=Europe/Berlin")
    assert "LAKESIDE" in well(env, *site)
    unit = json.loads(
        well(
            env, "add", "units", "serial=LK-1", "equipment_type=ventilator", "manufacturer=HAMILTON", "model=C6",
            "customer=LAKESIDE", "site=ICU", "installed_context=icu", "--json",
        )
    )  # fmt: skip
    assert (unit["serial"], unit["in_use"]) == ("LK-1", True)
    assert "LK-1" in well(env, "list", "units", "--search", "lakeside c6")
    assert [one["serial"] for one in json.loads(well(env, "list", "units", "--search", "LK-", "--json"))["rows"]] == [
        "LK-1"
    ]
    changed = well(env, "change", "units", "lk-1", "model=C1", "udi=", "--because", "It says so.", "--by", "op")
    assert "C1" in changed
    assert "meanwhile" in refused(
        env, "change", "units", "LK-1", "model=C2", "--because", "x", "--version", unit["version"]
    )
    told = well(env, "history", "units", "LK-1")
    assert all(one in " ".join(told.split()) for one in ("model from C6 to C1", "It says so.", "op"))
    assert "retired" in well(env, "retire", "units", "LK-1", "--because", "Scrapped.")
    assert "Nothing fits" in well(env, "list", "units", "--search", "LK-1")
    assert "in use" in well(env, "restore", "units", "LK-1", "--because", "Not it.")
    entries = json.loads(well(env, "history", "units", "LK-1", "--json"))["entries"]
    assert [one["doing"] for one in entries] == ["changed", "changed", "changed", "added"]
    assert "no field colour" in refused(env, "add", "units", "colour=red")
    assert "says no value" in refused(env, "add", "units", "red")
    assert "The name is missing" in refused(env, "add", "customers", "code=X")
    assert "none of customers called NOBODY" in refused(env, "show", "customers", "NOBODY")
    assert "--because" in refused(env, "retire", "units", "LK-1")
