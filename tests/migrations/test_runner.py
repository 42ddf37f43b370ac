"""The migration mechanism: all or nothing, once, and only what changed."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from migrations import runner
from migrations.runner import DatabaseNewerError, MigrationError, current, migrate
from models.database import DatabaseUnavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small migrations folder: the foundation, one table, two functions and two views over each other."""
    copy = tmp_path / "migrations"
    (copy / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako", "versions/0001_foundation.py"):
        shutil.copy(runner.FOLDER / name, copy / name)
    write_revision(copy, "0002", "0001", "CREATE TABLE things (id integer PRIMARY KEY, size integer)")
    write_function(copy, "double_it", "p integer", "integer", "SELECT p * 2")
    write_function(copy, "count_things", "", "bigint", "SELECT count(*) FROM big_things")
    write_view(copy, "big_things", "SELECT id, double_it(size) AS size FROM things")
    write_view(copy, "a_first", "SELECT max(size) AS most FROM big_things", requires="big_things")
    return copy


def write_revision(folder: Path, name: str, before: str, *statements: str) -> None:
    lines = "\n".join(f"    op.execute({statement!r})" for statement in statements)
    (folder / f"versions/{name}_test.py").write_text(
        f"from alembic import op\nrevision = {name!r}\ndown_revision = {before!r}\n\ndef upgrade() -> None:\n{lines}\n"
    )


def write_function(folder: Path, name: str, arguments: str, result: str, body: str) -> None:
    path = folder / f"sql/functions/{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    types = ", ".join(one.split()[1] for one in arguments.split(", ") if one)
    path.write_text(
        f"-- A test.\nCREATE OR REPLACE FUNCTION {name}({arguments})\nRETURNS {result} LANGUAGE sql\n"
        f"AS $$ {body} $$;\n\nCOMMENT ON FUNCTION {name}({types}) IS 'A test.';\n"
    )


def write_view(
    folder: Path, name: str, query: str, *, requires: str = "", kind: str = "VIEW", place: str = "views"
) -> None:
    path = folder / f"sql/{place}/{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"-- requires: {requires}\n" if requires else ""
    path.write_text(f"-- A test.\n{header}CREATE {kind} {name} AS {query};\n\nCOMMENT ON {kind} {name} IS 'A test.';\n")


async def ask(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def picture(url: str) -> Any:
    """Everything that a migration may change, as one value."""
    connection = await asyncpg.connect(url)
    try:
        return [
            await connection.fetch(
                "SELECT oid, relname, xmin::text FROM pg_class WHERE relnamespace = 2200 ORDER BY oid"
            ),
            await connection.fetch(
                "SELECT oid, proname, xmin::text FROM pg_proc WHERE pronamespace = 2200 ORDER BY oid"
            ),
            await connection.fetch("SELECT * FROM managed_sql_objects ORDER BY name"),
            await connection.fetch("SELECT * FROM alembic_version"),
        ]
    finally:
        await connection.close()


async def test_an_empty_database_gets_everything(empty_url: str, folder: Path) -> None:
    report = await migrate(empty_url, folder=folder)

    assert report.from_revision is None and report.to_revision == "0002"
    assert report.revisions == ("0001", "0002")
    assert report.created == ("count_things", "double_it", "big_things", "a_first")
    assert await ask(empty_url, "SELECT most FROM a_first") is None


async def test_nothing_to_do_does_nothing(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    before = await picture(empty_url)

    report = await migrate(empty_url, folder=folder)

    assert not report.changed
    assert await picture(empty_url) == before


async def test_current_says_whether_there_is_something_to_do(empty_url: str, folder: Path) -> None:
    assert not (await current(empty_url, folder=folder)).is_current
    await migrate(empty_url, folder=folder)
    assert (await current(empty_url, folder=folder)).is_current
    write_function(folder, "double_it", "p integer", "integer", "SELECT p + p")
    state = await current(empty_url, folder=folder)
    assert (state.revision, state.head, state.is_current) == ("0002", "0002", False)


async def test_a_changed_function_is_replaced_in_place(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    before = await ask(empty_url, "SELECT 'double_it'::regproc::oid")
    write_function(folder, "double_it", "p integer", "integer", "SELECT p * 20")

    report = await migrate(empty_url, folder=folder)

    assert (report.replaced, report.created, report.dropped) == (("double_it",), (), ())
    assert report.rebuilt == ("big_things", "a_first")
    assert await ask(empty_url, "SELECT double_it(2)") == 40
    assert await ask(empty_url, "SELECT 'double_it'::regproc::oid") == before


@pytest.mark.parametrize(
    ("arguments", "result"),
    [("p integer, q integer", "integer"), ("p integer", "bigint"), ("other integer", "integer")],
)
async def test_a_changed_signature_leaves_one_function(
    empty_url: str, folder: Path, arguments: str, result: str
) -> None:
    write_view(folder, "big_things", "SELECT id, size FROM things")
    await migrate(empty_url, folder=folder)
    write_function(folder, "double_it", arguments, result, "SELECT 7")

    report = await migrate(empty_url, folder=folder)

    assert report.replaced == ("double_it",)
    assert await ask(empty_url, "SELECT count(*) FROM pg_proc WHERE proname = 'double_it'") == 1
    assert not (await migrate(empty_url, folder=folder)).changed


async def test_an_object_without_its_file_is_dropped(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    (folder / "sql/views/a_first.sql").unlink()
    (folder / "sql/functions/count_things.sql").unlink()

    report = await migrate(empty_url, folder=folder)

    assert set(report.dropped) == {"a_first", "count_things"}
    assert await ask(empty_url, "SELECT to_regclass('a_first') IS NULL AND to_regproc('count_things') IS NULL")


async def test_an_object_that_somebody_dropped_comes_back(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    await ask(empty_url, "DROP VIEW a_first")

    assert (await migrate(empty_url, folder=folder)).replaced == ("a_first",)
    assert await ask(empty_url, "SELECT to_regclass('a_first') IS NOT NULL")


async def test_a_view_may_become_materialized(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    (folder / "sql/views/a_first.sql").unlink()
    write_view(
        folder,
        "a_first",
        "SELECT max(size) AS most FROM big_things",
        kind="MATERIALIZED VIEW",
        place="materialized",
        requires="big_things",
    )

    await migrate(empty_url, folder=folder)

    assert await ask(empty_url, "SELECT relkind::text FROM pg_class WHERE relname = 'a_first'") == "m"


async def test_a_revision_may_change_what_views_stand_on(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    write_revision(folder, "0003", "0002", "ALTER TABLE things ALTER COLUMN size TYPE bigint")
    write_function(folder, "double_it", "p bigint", "bigint", "SELECT p * 2")

    report = await migrate(empty_url, folder=folder)

    assert report.revisions == ("0003",)
    assert (report.from_revision, report.to_revision) == ("0002", "0003")


async def test_a_failing_object_leaves_the_database_as_it_was(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    before = await picture(empty_url)
    write_revision(folder, "0003", "0002", "CREATE TABLE more (id integer)")
    write_function(folder, "double_it", "p integer", "integer", "SELECT p * 3")
    write_view(folder, "a_first", "SELECT nothing FROM big_things", requires="big_things")

    with pytest.raises(MigrationError, match=r'view a_first fails: column "nothing" does not exist.*line 3 of a_first'):
        await migrate(empty_url, folder=folder)

    assert await picture(empty_url) == before


async def test_a_failing_revision_leaves_the_database_as_it_was(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    before = await picture(empty_url)
    write_revision(folder, "0003", "0002", "CREATE TABLE more (id integer)", "CREATE TABLE things (id integer)")

    with pytest.raises(MigrationError, match='revision 0003 fails: relation "things" already exists'):
        await migrate(empty_url, folder=folder)

    assert await picture(empty_url) == before


async def test_nothing_is_dropped_from_under_what_is_not_managed(empty_url: str, folder: Path) -> None:
    await migrate(empty_url, folder=folder)
    await ask(empty_url, "CREATE VIEW somebodys AS SELECT * FROM a_first")
    write_function(folder, "double_it", "p integer", "integer", "SELECT p * 3")

    with pytest.raises(MigrationError, match="view somebodys depends on view a_first"):
        await migrate(empty_url, folder=folder)


async def test_two_migrators_at_once_do_the_work_once(empty_url: str, folder: Path) -> None:
    reports = await asyncio.gather(*(migrate(empty_url, folder=folder) for _ in range(4)))

    assert sorted(report.changed for report in reports) == [False, False, False, True]


async def test_a_table_in_use_is_not_waited_for_without_end(
    empty_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty_url, folder=folder)
    write_revision(folder, "0003", "0002", "ALTER TABLE things ADD COLUMN colour text")
    monkeypatch.setattr(runner, "LOCK_TIMEOUT", "200ms")
    user = await asyncpg.connect(empty_url)
    async with user.transaction():
        await user.fetch("SELECT * FROM things")
        with pytest.raises(MigrationError, match="revision 0003 fails: canceling statement due to lock timeout"):
            await migrate(empty_url, folder=folder)
    await user.close()
    assert (await migrate(empty_url, folder=folder)).revisions == ("0003",)


async def test_a_database_of_a_newer_version_is_refused(empty_url: str, folder: Path) -> None:
    write_revision(folder, "0003", "0002", "CREATE TABLE more (id integer)")
    await migrate(empty_url, folder=folder)
    (folder / "versions/0003_test.py").unlink()

    with pytest.raises(DatabaseNewerError, match="revision 0003"):
        await migrate(empty_url, folder=folder)


async def test_an_unreachable_database_is_one_sentence_without_the_password() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1/nothing can't be reached") as caught:
        await migrate("postgresql://somebody:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(caught.value)


async def test_the_house_s_own_migrations_are_applied(postgres_url: str) -> None:
    assert (await current(postgres_url)).is_current
