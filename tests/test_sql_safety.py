"""No statement is put together from input: neither inside the database nor by the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("migrations", "models", "activities", "workflows", "starter", "bench")

RUNS_SQL = frozenset(
    {
        "execute",
        "executemany",
        "exec_driver_sql",
        "fetch",
        "fetchrow",
        "fetchval",
        "text",
        "scalar",
        "scalars",
        "prepare",
    }
)
"""Names of methods and functions that take a statement first."""

BUILT = {
    "bench/engineers.py::measure": "constants of this module, a whole number",
    "bench/databases.py::make_database": "a name that is checked to be letters, digits and underscores",
    "bench/queries.py::median": "one of the queries of bench/volume.py",
    "bench/volume.py::fill": "statements of this module, a whole number",
    "bench/training.py::fill": "constants of this module and of those that it takes them from",
    "bench/similar.py::fill": "constants of this module; the catalog's own text of an index",
    "bench/similar.py::put_down_units": "constants of this module",
    "migrations/documentation/catalog.py::read_schema": "our own queries, one after another",
    "migrations/drift.py::read_drift": "a name of this module; our own files",
    "migrations/privileges.py::apply_grants": "names as the catalog quotes them, rights of migrations/grants.py",
    "migrations/privileges.py::read_grants": "constants of this module",
    "migrations/roles.py::ensure_roles": "names and limits of this module; of a password only its SCRAM verifier",
    "migrations/applying.py::apply": "our own files",
    "migrations/applying.py::_replace": "our own files",
    "starter/suggesting.py::_closest": "constants of this module",
    "migrations/runner.py::_carry_out": "a constant of this module",
    "migrations/applying.py::drop": "an identity that the catalog gave when the object was made",
    "migrations/runner.py::_grant": "a constant of this module",
    "migrations/runner.py::grant": "a constant",
    "migrations/runner.py::migrate": "a constant",
    "migrations/seeding.py::_Seeder._ids": "SQLAlchemy's own expression",
    "migrations/seeding.py::_Seeder._put": "names of columns that models/tables has; a file's values are parameters",
    "migrations/shape.py::read_shape": "a name of migrations/drift.py; our own revisions",
    "migrations/upsert.py::Upsert._run": "names of columns that models/tables has; a file's values are parameters",
    "models/database.py::Transaction._fetch": "a name of the enumeration SqlFunction; arguments are parameters",
    "models/database.py::Database._fetch": "a name of the enumeration SqlFunction; arguments are parameters",
    "models/database_calls.py::Reader._fetch": "a name of the enumeration SqlFunction; arguments are parameters",
    "models/tables/base.py::_column": "a default of models/tables",
    "starter/drill/check.py": "two constants",
    "starter/drill/check.py::visible_after": "one of two constants",
    "starter/drill/preparing.py::make_ready": "names and values of settings, constants of this module",
}
"""Where a statement is not written out in one place, and why nothing that somebody sends gets into it."""


def places() -> Iterator[tuple[str, int, str]]:
    """Every call with a statement that is not a constant: `file::function`, line, the statement's expression.

    Revisions are left out: they import nothing but Alembic, so that no input can reach them (see below).
    """
    for source in [*(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")), ROOT / "worker.py"]:
        if source.parent.name != "versions":
            name = source.relative_to(ROOT).as_posix()
            yield from _Reader(name, ast.parse(source.read_text(encoding="utf-8"))).found


class _Reader(ast.NodeVisitor):
    """The calls of one file."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._scope = [name]
        self.found: list[tuple[str, int, str]] = []
        self._constants: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Assign) and _is_constant(node.value, self._constants):
                self._constants.add(ast.unparse(node.targets[0]))
        self.visit(tree)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._within(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._within(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._within(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in RUNS_SQL and node.args and not _is_constant(node.args[0], self._constants):
            where = self._scope[0] + "::" + ".".join(self._scope[1:]) if len(self._scope) > 1 else self._scope[0]
            self.found.append((where, node.lineno, ast.unparse(node.args[0])))
        self.generic_visit(node)

    def _within(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope.append(node.name)
        self.generic_visit(node)
        self._scope.pop()


def _is_constant(node: ast.expr, constants: set[str]) -> bool:
    """Text that is written out, text() of it, or a name of the module for either."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) == "text" and _is_constant(node.args[0], constants)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in constants)


def test_every_statement_is_written_out_or_has_its_reason() -> None:
    assert [one for one in places() if one[0] not in BUILT] == []


@pytest.mark.parametrize(
    "code",
    [
        "def f(c, x): c.execute(f'SELECT {x}')",
        "def f(c, x): c.fetch('SELECT ' + x)",
        "def f(c, x): c.fetchval('SELECT %s' % x)",
        "def f(c, x): c.execute(text('SELECT {}'.format(x)))",
        "def f(c, x): c.execute(x)",
        "Q = f'SELECT {input()}'\ndef f(c): c.execute(Q)",
    ],
)
def test_a_statement_that_is_put_together_is_seen(code: str) -> None:
    assert _Reader("x", ast.parse(code)).found


@pytest.mark.parametrize(
    "code",
    [
        "def f(c, x): c.execute('SELECT $1', x)",
        "Q = 'SELECT 1'\ndef f(c): c.execute(Q)",
        "Q = text('SELECT 1')\ndef f(c): c.scalar(Q, {})",
        "def f(c): c.execute(text('SELECT 1'))",
    ],
)
def test_a_statement_that_is_written_out_is_fine(code: str) -> None:
    assert _Reader("x", ast.parse(code)).found == []


def test_no_input_reaches_a_revision() -> None:
    for path in sorted((ROOT / "migrations/versions").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}
        assert imported <= {"from __future__ import annotations", "from alembic import op"}, path.name


DYNAMIC = re.compile(r"\bEXECUTE\b|\b(?:query|cursor|table|schema)_to_xml|\bdblink|\bts_stat\b", re.IGNORECASE)
"""What runs a text as a statement. A trigger's EXECUTE FUNCTION stands in no body."""


async def test_no_function_of_the_database_runs_a_text_as_a_statement(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    rows: list[Any] = await connection.fetch("""
        SELECT p.proname AS name, COALESCE(pg_get_function_sqlbody(p.oid), p.prosrc) AS body
        FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
    """)
    await connection.close()
    assert len(rows) > 20
    bodies = {row["name"]: re.sub(r"--[^\n]*|/\*.*?\*/", "", row["body"], flags=re.DOTALL) for row in rows}
    assert [name for name, body in bodies.items() if DYNAMIC.search(body)] == []
