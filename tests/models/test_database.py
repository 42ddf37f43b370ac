"""One way to call the database, and what its failures are called."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url
from sqlmodel import select

from models.database import (
    Database,
    DatabaseOutdated,
    DatabaseRefused,
    DatabaseUnavailable,
    classified_errors,
    engine_url,
)
from models.database_calls import Calls, Reader
from models.sql_functions import SqlFunction
from models.tables import Engineer, WorkflowTemplate
from models.vocabulary.people import SupportLevel
from starter.embedded import Stack
from tests.databases import as_role


async def test_rows_are_mappings_and_a_scalar_is_a_value(postgres_url: str) -> None:
    database = Database(postgres_url)
    (row,) = await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    assert row["support_level"] == "L1"
    assert await database.call(SqlFunction.GET_TICKET, "nobody") is None
    await database.aclose()


async def test_only_known_functions_are_called(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(ValueError, match="pg_sleep"):
        await database.call("pg_sleep", 1)  # type: ignore[arg-type]  # what a caller without types could do
    await database.aclose()


async def test_every_function_of_the_enumeration_exists(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    there = {row[0] for row in await connection.fetch("SELECT name FROM managed_sql_objects")}
    await connection.close()
    assert {function.value for function in SqlFunction} <= there


async def test_arguments_are_bound(postgres_url: str) -> None:
    database = Database(postgres_url)
    assert await database.rows(SqlFunction.FIND_ENGINEER, "' OR true --") == []
    await database.aclose()


async def test_a_session_reads_tables_as_classes(postgres_url: str) -> None:
    database = Database(postgres_url)
    async with database.session() as session:
        found = (await session.exec(select(Engineer).where(Engineer.code == "ENG-008"))).one()
        template = (await session.exec(select(WorkflowTemplate).limit(1))).one()
    assert found.support_level is SupportLevel.L3
    assert template.thresholds == [50, 75, 100]
    await database.aclose()


async def test_a_session_that_fails_writes_nothing(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DatabaseRefused, match="engineers_code_key"):
        async with database.session() as session:
            session.add(Engineer(code="ENG-100", name="New", support_level=SupportLevel.L1))
            session.add(Engineer(code="ENG-001", name="Twice", support_level=SupportLevel.L1))
    assert await database.rows(SqlFunction.FIND_ENGINEER, "ENG-100") == []
    await database.aclose()


@pytest.mark.parametrize("arguments", [("not-a-uuid",), (5,), (uuid4(), "no json")])
async def test_data_that_does_not_fit_is_refused(postgres_url: str, arguments: Any) -> None:
    database = Database(postgres_url)
    function = SqlFunction.APPLY_TICKET_FACTS if len(arguments) == 2 else SqlFunction.GET_WORKFLOW_STATUS
    with pytest.raises(DatabaseRefused):
        await database.call(function, *arguments)
    await database.aclose()


async def test_nobody_listens() -> None:
    database = Database("postgresql://somebody:secret@127.0.0.1:1/nothing")
    for work in (database.ping(), database.call(SqlFunction.FIND_ENGINEER, "x")):
        with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1/nothing can't be reached") as caught:
            await work
        assert "secret" not in str(caught.value)
    assert "secret" not in repr(database)
    await database.aclose()


async def test_a_connection_that_is_lost_between_two_states_is_unavailable() -> None:
    """As asyncpg says it where a server is killed just then; a drill with faults came upon it."""
    with pytest.raises(DatabaseUnavailable, match="the connection to the database at here broke: cannot switch"):
        async with classified_errors("here"):
            raise asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress")


async def test_a_missing_database_is_unavailable(postgres_url: str) -> None:
    database = Database(make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailable, match="nowhere"):
        await database.ping()
    await database.aclose()


async def test_a_database_without_its_migrations_says_so(postgres_url: str) -> None:
    database = Database(make_url(postgres_url).set(database="postgres").render_as_string(hide_password=False))
    with pytest.raises(DatabaseOutdated, match="fieldcare db migrate") as caught:
        await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    assert len(str(caught.value).splitlines()) == 1
    await database.aclose()


async def test_a_user_without_the_right_is_told_whose_it_is(stack: Stack, postgres_url: str) -> None:
    database = Database(as_role(postgres_url, stack.addresses.application_url))
    with pytest.raises(DatabaseOutdated, match=r"does not let this user .* FIELDCARE_ADMIN_DATABASE_URL"):
        await database.rows(SqlFunction.IMPORT_EQUIPMENT, "[]", "nobody", False, False)
    await database.aclose()


async def test_connections_that_the_server_closed_are_replaced(database_url: str) -> None:
    database = Database(database_url, pool_size=3)
    await asyncio.gather(*(database.ping() for _ in range(3)))
    killer = await asyncpg.connect(database_url)
    await killer.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await killer.close()
    await asyncio.sleep(0.1)
    for _ in range(3):
        assert await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    await database.aclose()


async def test_a_changed_function_is_called_at_once(database_url: str) -> None:
    database = Database(database_url)
    await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    connection = await asyncpg.connect(database_url)
    await connection.execute("ALTER TABLE engineers ALTER COLUMN monthly_capacity TYPE bigint")
    await connection.execute("DROP FUNCTION find_engineer(text)")
    await connection.execute(
        "CREATE FUNCTION find_engineer(p text) RETURNS TABLE (answer integer) LANGUAGE sql AS 'SELECT 42'"
    )
    await connection.close()
    assert await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001") == [{"answer": 42}]
    await database.aclose()


async def test_a_statement_that_takes_too_long_is_unavailable(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE engineers")
        database = Database(database_url, statement_timeout=0.2)
        with pytest.raises(DatabaseUnavailable, match="statement timeout"):
            await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    assert await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    await database.aclose()
    await connection.close()


async def test_a_call_is_a_transaction_of_its_own_and_leaves_none_open(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    await database.rows(SqlFunction.FIND_ENGINEER, "ENG-001")
    connection = await asyncpg.connect(database_url)
    states = await connection.fetch(
        "SELECT state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()
    assert [(row["state"], "find_engineer" in row["query"]) for row in states] == [("idle", True)]
    await database.aclose()


@pytest.mark.parametrize("url", ["mysql://a@b/c", "", "postgresql", "postgresql://user:secret@host:port/x"])
def test_a_url_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="database URL") as caught:
        engine_url(url)
    assert "secret" not in str(caught.value)


def test_sslmode_is_asyncpg_s_ssl() -> None:
    assert engine_url("postgresql://host/x?sslmode=require").query == {"ssl": "require"}


# -- a connection for whoever only calls -------------------------------------------------------------------------------


async def test_a_reader_answers_as_the_database_does(postgres_url: str) -> None:
    database, reader = Database(postgres_url), Reader(postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    await reader.connect()
    calls: tuple[Calls, Calls] = (database, reader)
    rows = [await one.rows(SqlFunction.FIND_ENGINEER, "ENG-004") for one in calls]
    documents = [await one.call(SqlFunction.PREPARE_INTAKE, "NO-SUCH-UNIT", None, None, False) for one in calls]
    assert rows[0] == rows[1]
    assert documents[0] == documents[1]
    assert await reader.call(SqlFunction.GET_TICKET, "nothing") is None
    assert repr(reader) == repr(database)
    with pytest.raises(DatabaseRefused) as refused:
        await reader.rows(SqlFunction.LIST_TICKETS, None, "NO-SUCH")
    assert str(refused.value) == "there is no customer NO-SUCH"
    await reader.aclose()
    await database.aclose()


async def test_a_reader_says_why_it_can_t_connect(postgres_url: str) -> None:
    nobody = Reader("postgresql://somebody:secret@127.0.0.1:1/nothing?sslmode=prefer")
    with pytest.raises(DatabaseUnavailable, match=r"at 127\.0\.0\.1:1/nothing can't be reached") as raised:
        await nobody.connect()
    assert "secret" not in str(raised.value)
    await nobody.aclose()
    missing = Reader(make_url(postgres_url).set(database="missing").render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailable, match="missing"):
        await missing.connect()


def test_a_reader_names_where_it_reads() -> None:
    of_several = "postgresql://user:secret@one:5432,two:5433/fieldcare"
    at_a_socket = "postgresql://user:secret@/fieldcare?host=/run/postgresql"
    assert [repr(Reader(url)) for url in (of_several, at_a_socket)] == [
        "Database(one:5432,two:5433/fieldcare)",
        "Database(/run/postgresql/fieldcare)",
    ]
