"""Writes what `read_schema()` found as Markdown: a page for every table and view, lists, and diagrams in Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from migrations.documentation.catalog import Constraint, Index, Relation, Schema
from models.tables import metadata
from models.tables.base import Row

SQL = Path(__file__).parent.parent / "sql"
HEADER = (
    "<!-- Written by `make docs` from the migrated schema: change a revision or an SQL file, not this page. -->\n\n"
)
CASTS = r"::(text|numeric|interval|jsonb|integer|double precision|timestamp with time zone)(\[\])?(?!\w)"
REGION = r"(<!-- {name} -->\n).*?(<!-- end of {name} -->)"

CONTEXTS = {
    "catalog": "Equipment and who services it",
    "parts": "Parts",
    "customers": "Customers",
    "engineers": "Engineers",
    "calendars": "Calendars",
    "templates": "Workflow templates",
    "tickets": "Tickets",
    "stages": "Stages",
    "work": "Parts and files of a ticket",
    "sla": "SLA clocks",
    "ai_providers": "AI providers and configuration",
    "ai_results": "AI results",
    "audit": "Audit and notifications",
}
"""The modules of `models.tables`, in the order to read them."""


def pages(schema: Schema) -> dict[str, str]:
    """Every page by its path below `docs/database`."""
    classes = _classes()
    written = {f"tables/{name}.md": _table_page(schema, one, classes[name]) for name, one in schema.tables.items()}
    written |= {f"views/{name}.md": _view_page(one) for name, one in schema.views.items()}
    written["functions.md"] = _functions_page(schema)
    written["diagrams.md"] = _diagrams_page(schema, classes)
    return {path: HEADER + text for path, text in written.items()}


def fill(text: str, schema: Schema) -> str:
    """The hand-written page `docs/database.md` with its generated regions made anew."""
    classes = _classes()
    regions = {
        "overview": _overview(schema),
        "tables": _table_list(schema, classes),
        "views": _view_list(schema),
        "indexes": _index_list(schema, classes),
    }
    for name, content in regions.items():
        found = re.search(REGION.format(name=name), text, re.DOTALL)
        if found is None:
            raise ValueError(f"docs/database.md has no region <!-- {name} --> … <!-- end of {name} -->.")
        text = text[: found.end(1)] + content + text[found.start(2) :]
    return text


def _classes() -> dict[str, tuple[str, str]]:
    """Module and class of each table."""
    found: dict[str, tuple[str, str]] = {}
    waiting = list(Row.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if str(one.__tablename__) in metadata.tables:
            found[str(one.__tablename__)] = (one.__module__.rsplit(".", maxsplit=1)[-1], one.__name__)
    return found


def _by_context(schema: Schema, classes: Mapping[str, tuple[str, str]]) -> dict[str, list[Relation]]:
    return {
        context: [one for name, one in schema.tables.items() if classes[name][0] == context] for context in CONTEXTS
    }


# -- pages -----------------------------------------------------------------------------------------------------------


def _table_page(schema: Schema, table: Relation, python: tuple[str, str]) -> str:
    lines = [
        f"# `{table.name}`",
        "",
        _sentence(table.comment),
        "",
        f"In Python: `models.tables.{'.'.join(python)}`.",
        "",
    ]
    lines += ["## Columns", ""]
    lines += _grid(
        ("column", "type", "null", "default", "meaning"),
        (
            (
                f"`{one.name}`",
                one.type,
                "" if one.required else "yes",
                _code(one.default),
                one.comment or "",
            )
            for one in table.columns
        ),
    )
    rules = [one for one in table.constraints if one.kind != "f"]
    lines += ["", "## Rules", "", *_grid(("name", "rule"), ((f"`{one.name}`", _code(one.definition)) for one in rules))]
    keys = [one for one in table.constraints if one.kind == "f"]
    if keys:
        lines += ["", "## References", "", *(_reference(one) for one in keys)]
    back = [
        f"- [`{other.name}`]({other.name}.md) by {_names(one.columns)}"
        for other in schema.tables.values()
        for one in other.constraints
        if one.kind == "f" and one.target == table.name
    ]
    if back:
        lines += ["", "## Referred to by", "", *back]
    if table.indexes:
        lines += ["", "## Indexes", ""]
        lines += _grid(
            ("index", "on", "serves"), ((f"`{i.name}`", _code(_on(i)), _sentence(i.comment)) for i in table.indexes)
        )
    if table.triggers:
        lines += ["", "## Triggers", ""]
        lines += _grid(
            ("trigger", "function", "does"),
            (
                (f"`{one.name}`", f"`{one.function}()`", (one.comment or "").removeprefix("Trigger: "))
                for one in table.triggers
            ),
        )
    return "\n".join(lines) + "\n"


def _view_page(view: Relation) -> str:
    folder = next(folder for folder in ("views", "materialized") if (SQL / folder / f"{view.name}.sql").exists())
    says = _header((SQL / folder / f"{view.name}.sql").read_text(encoding="utf-8"))
    lines = [f"# `{view.name}`", "", _sentence(view.comment), "", *says, ""]
    lines += [f"Made by [{view.name}.sql](../../../migrations/sql/{folder}/{view.name}.sql).", "", "## Columns", ""]
    lines += _grid(("column", "type"), ((f"`{one.name}`", one.type) for one in view.columns))
    return "\n".join(lines) + "\n"


def _functions_page(schema: Schema) -> str:
    lines = ["# Functions", ""]
    for title, wanted in (("Called", False), ("Trigger functions", True)):
        lines += [f"## {title}", ""]
        for one in (one for one in schema.functions if one.is_trigger is wanted):
            path = SQL / "functions" / f"{one.name}.sql"
            name = f"[`{one.name}`](../../migrations/sql/functions/{path.name})" if path.exists() else f"`{one.name}`"
            lines += [f"### {name}", "", _sentence(one.comment), ""]
            if not wanted:
                lines += ["```sql", f"{one.name}({one.arguments})", f"RETURNS {one.result}", "```", ""]
                lines += [f"{one.volatility.capitalize()}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _diagrams_page(schema: Schema, classes: Mapping[str, tuple[str, str]]) -> str:
    lines = [
        "# Entity-relationship diagrams",
        "",
        "A diagram for each context, with all columns; tables of other contexts stand without theirs.",
        "",
    ]
    for context, tables in _by_context(schema, classes).items():
        if not tables:
            continue
        lines += [f"## {CONTEXTS[context]}", "", "```mermaid", "erDiagram"]
        for table in tables:
            lines += [f"    {table.name} {{"]
            lines += [_attribute(table, column.name) for column in table.columns]
            lines += ["    }"]
        lines += [_edge(table, key) for table in tables for key in table.constraints if key.kind == "f"]
        lines += ["```", ""]
    return "\n".join(lines)


# -- regions of docs/database.md -------------------------------------------------------------------------------------


def _overview(schema: Schema) -> str:
    edges: dict[tuple[str, str], str] = {}
    for table in schema.tables.values():
        for key in table.constraints:
            if key.kind == "f" and key.target not in (None, table.name):
                edges.setdefault((str(key.target), table.name), f'    {key.target} ||--o{{ {table.name} : ""')
    return "\n".join(["```mermaid", "erDiagram", *sorted(edges.values()), "```", ""])


def _table_list(schema: Schema, classes: Mapping[str, tuple[str, str]]) -> str:
    rows = [
        (CONTEXTS[context] if first else "", f"[`{one.name}`](database/tables/{one.name}.md)", _sentence(one.comment))
        for context, tables in _by_context(schema, classes).items()
        for first, one in zip([True] + [False] * len(tables), tables, strict=False)
    ]
    return "\n".join(_grid(("context", "table", "holds"), rows)) + "\n"


def _view_list(schema: Schema) -> str:
    rows = ((f"[`{one.name}`](database/views/{one.name}.md)", _sentence(one.comment)) for one in schema.views.values())
    return "\n".join(_grid(("view", "shows"), rows)) + "\n"


def _index_list(schema: Schema, classes: Mapping[str, tuple[str, str]]) -> str:
    rows = [
        (f"`{table.name}`", f"`{one.name}`", _code(_on(one)), _sentence(one.comment))
        for tables in _by_context(schema, classes).values()
        for table in tables
        for one in table.indexes
    ]
    return "\n".join(_grid(("table", "index", "on", "serves"), rows)) + "\n"


# -- pieces ----------------------------------------------------------------------------------------------------------


def _grid(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [
        f"| {' | '.join(titles)} |",
        f"|{'---|' * len(titles)}",
        *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows),
    ]


def _header(sql: str) -> list[str]:
    """The comment that a file begins with, as prose."""
    found = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        if not line.startswith("-- requires:"):
            found.append(line.removeprefix("--").strip())
    return found


def _sentence(comment: str | None) -> str:
    return (comment or "").strip()


def _code(text: str | None) -> str:
    """SQL as code, without the casts that PostgreSQL spells out."""
    return f"`{re.sub(CASTS, '', text)}`" if text else ""


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _on(index: Index) -> str:
    what = re.sub(r"^CREATE (UNIQUE )?INDEX \w+ ON \w+ USING ", "", index.definition)
    return f"{'unique ' if index.unique else ''}{what.removeprefix('btree ')}"


def _reference(key: Constraint) -> str:
    rule = "; goes when that goes" if "ON DELETE CASCADE" in key.definition else ""
    return f"- {_names(key.columns)} → [`{key.target}`]({key.target}.md){rule}"


def _attribute(table: Relation, name: str) -> str:
    column = next(one for one in table.columns if one.name == name)
    mark = table.keys.get(name)
    return f"        {column.short_type} {column.name}{f' {mark}' if mark else ''}"


def _edge(table: Relation, key: Constraint) -> str:
    required = all(column.required for column in table.columns if column.name in key.columns)
    alone = any(one.kind in {"p", "u"} and set(one.columns) == set(key.columns) for one in table.constraints)
    parent = "||" if required else "|o"
    child = "o|" if alone else "o{"
    return f'    {key.target} {parent}--{child} {table.name} : "{", ".join(key.columns)}"'
