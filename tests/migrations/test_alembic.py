"""`alembic check` as a person runs it; what else Alembic could do to a database is refused."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.config import main

from migrations.runner import FOLDER

Alembic = Callable[..., Awaitable[str]]


@pytest.fixture
def alembic(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Alembic:
    """What the command `alembic` says when it fails, with a database of the given URL."""
    monkeypatch.chdir(FOLDER.parent)

    async def run(url: str | None, *arguments: str) -> str:
        monkeypatch.setenv("FIELDCARE_DATABASE_URL", url or "")
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(main, arguments)  # its environment runs an event loop of its own
        assert ended.value.code != 0
        return f"{capsys.readouterr()} {ended.value.code}"

    return run


async def test_a_migrated_database_has_nothing_to_add(postgres_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "alembic",
        "check",
        cwd=FOLDER.parent,
        env={**os.environ, "FIELDCARE_DATABASE_URL": postgres_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert (process.returncode, output.decode().strip()) == (0, "No new upgrade operations detected.")


async def test_what_the_classes_do_not_know_is_named(database_url: str, own_sql: Any, alembic: Alembic) -> None:
    await own_sql.execute("ALTER TABLE equipment_parts ADD COLUMN colour text")
    said = await alembic(database_url, "check")
    assert "remove_column" in said and "colour" in said


async def test_a_database_that_is_not_migrated_is_not_touched(empty_url: str, alembic: Alembic) -> None:
    assert "Target database is not up to date" in await alembic(empty_url, "check")


@pytest.mark.parametrize("arguments", [("upgrade", "head"), ("upgrade", "head", "--sql"), ("current",)])
async def test_nothing_else_runs_past_the_migration_runner(
    postgres_url: str, alembic: Alembic, arguments: tuple[str, ...]
) -> None:
    assert "Revisions run through `fieldcare db migrate`" in await alembic(postgres_url, *arguments)


@pytest.mark.parametrize("url", [None, "mysql://somebody:secret@127.0.0.1/x"])
async def test_a_check_without_a_database_says_what_to_set(alembic: Alembic, url: str | None) -> None:
    said = await alembic(url, "check")
    assert "Set FIELDCARE_DATABASE_URL to the migrated database" in said
    assert "secret" not in said


async def test_a_database_that_is_away_is_named_without_its_password(alembic: Alembic) -> None:
    said = await alembic("postgresql://somebody:secret@127.0.0.1:1/nothing", "check")
    assert "The check can't be made: the database at 127.0.0.1:1/nothing can't be reached" in said
    assert "secret" not in said
