"""What squawk says about the SQL of the revisions: nothing. `.squawk.toml` says which rules are left out, and why."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory

from migrations import runner

ROOT = Path(__file__).parents[2]
SQUAWK = Path(sys.executable).parent / "squawk"
FIRST = "0006"
"""Earlier revisions have only created tables, in databases that are empty."""

SETTINGS = f"SET lock_timeout = '{runner.LOCK_TIMEOUT}';\nSET statement_timeout = 0;\n"
"""What `migrate()` runs every revision with."""


def revisions() -> list[Script]:
    scripts = ScriptDirectory(str(runner.FOLDER))
    return [one for one in reversed(list(scripts.walk_revisions())) if one.revision >= FIRST]


def statements(revision: Script) -> str:
    """The SQL of one revision, as Alembic's offline mode renders it."""
    rendered = StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": rendered})
    with Operations.context(context):
        revision.module.upgrade()
    return rendered.getvalue()


def squawk(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SQUAWK, "--config", ROOT / ".squawk.toml", "--reporter", "gcc", file],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("revision", revisions(), ids=lambda one: one.revision)
def test_squawk_finds_nothing_in_a_revision(revision: Script, tmp_path: Path) -> None:
    file = tmp_path / f"{revision.revision}.sql"
    file.write_text(SETTINGS + statements(revision))

    said = squawk(file)

    assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE service_tickets ADD CONSTRAINT x CHECK (number <> '')", "constraint-missing-not-valid"),
        ("ALTER TABLE service_tickets ALTER COLUMN number TYPE varchar(20)", "changing-column-type"),
        ("ALTER TABLE service_tickets ALTER COLUMN end_reason SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE service_tickets ADD COLUMN x text NOT NULL", "adding-required-field"),
        ("ALTER TABLE service_tickets RENAME COLUMN number TO name", "renaming-column"),
        ("ALTER TABLE service_tickets DROP COLUMN number", "ban-drop-column"),
        ("DROP TABLE service_tickets", "ban-drop-table"),
        ("CREATE INDEX CONCURRENTLY x ON service_tickets (priority)", "ban-concurrent-index-creation-in-transaction"),
    ],
)
def test_squawk_is_asked_about_what_hurts_a_large_table(statement: str, rule: str, tmp_path: Path) -> None:
    file = tmp_path / "one.sql"
    file.write_text(f"{SETTINGS}{statement};\n")
    assert rule in squawk(file).stdout
