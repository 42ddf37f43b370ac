"""The house's own views through the migration runner: made anew over what changes, and never from under an operator."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from migrations import runner
from migrations.objects import Kind, read_objects
from migrations.runner import MigrationError, migrate

VIEWS = {name for name, one in read_objects(runner.FOLDER / "sql").items() if one.kind is Kind.VIEW}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the house's migrations."""
    return Path(shutil.copytree(runner.FOLDER, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__")))


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "sql" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


async def test_a_changed_signature_under_views_rebuilds_them_all_in_order(
    database_url: str, own_sql: Any, folder: Path
) -> None:
    change(folder, "functions/stock_status.sql", "p_discontinued boolean)", "p_discontinued boolean, p_x text = '')")
    change(folder, "functions/stock_status.sql", "integer, boolean)", "integer, boolean, text)")
    (folder / "sql/views/a_first.sql").write_text(
        "-- requires: workflow_stage_summary, parts_inventory_status\n"
        "CREATE VIEW a_first AS SELECT count(*) AS n FROM workflow_stage_summary, parts_inventory_status;\n\n"
        "COMMENT ON VIEW a_first IS 'A test.';\n"
    )

    report = await migrate(database_url, folder=folder)

    assert (report.created, report.replaced, report.dropped) == (("a_first",), ("stock_status",), ())
    assert set(report.rebuilt) == VIEWS
    assert not (await migrate(database_url, folder=folder)).changed
    for name in (*VIEWS, "a_first"):
        await own_sql.fetch(f"SELECT * FROM {name}")  # noqa: S608 - names of our own files


async def test_an_operator_s_view_over_ours_is_named_and_kept(database_url: str, own_sql: Any, folder: Path) -> None:
    await migrate(database_url)  # a copied database lacks the rights on the database itself
    await own_sql.execute("CREATE VIEW somebodys AS SELECT number, age FROM active_workflows_overview")
    before = await own_sql.fetch("SELECT oid, relname FROM pg_class WHERE relkind = 'v' ORDER BY oid")
    assert not (await migrate(database_url)).changed  # nothing to do: nothing is dropped
    change(
        folder, "views/ai_cost_summary.sql", "round(d.cost_usd / d.requests, 6)", "round(d.cost_usd / d.requests, 4)"
    )

    with pytest.raises(
        MigrationError, match="view somebodys depends on view active_workflows_overview: drop or manage"
    ):
        await migrate(database_url, folder=folder)

    assert await own_sql.fetch("SELECT oid, relname FROM pg_class WHERE relkind = 'v' ORDER BY oid") == before
