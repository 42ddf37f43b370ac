"""The replaceable SQL objects: functions and views, a file each, in `sql/{functions,views,materialized}/NAME.sql`.

A file begins with a comment that says what the object is for, creates the one object that it is named after, and ends
with a `COMMENT ON` it. A first line `-- requires: a, b` names objects of the same kind that must be made before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
REQUIRES = re.compile(r"^-- requires:(?P<names>.*)$", re.MULTILINE)
TRANSACTION_CONTROL = re.compile(r"^(COMMIT|ROLLBACK|BEGIN|START TRANSACTION|SAVEPOINT|RELEASE)\b[^\n]*;", re.M | re.I)


class MigrationError(Exception):
    """The schema can't be brought up to date; the message says why in one sentence, and nothing was changed."""


class Kind(StrEnum):
    """What an object is; the value is its name in SQL."""

    FUNCTION = "function"
    VIEW = "view"
    MATERIALIZED = "materialized view"


FOLDERS = {Kind.FUNCTION: "functions", Kind.VIEW: "views", Kind.MATERIALIZED: "materialized"}
CREATE = {
    Kind.FUNCTION: r"CREATE OR REPLACE FUNCTION (?:public\.)?{name}\s*\(",
    Kind.VIEW: r"CREATE VIEW (?:public\.)?{name}\b",
    Kind.MATERIALIZED: r"CREATE MATERIALIZED VIEW (?:public\.)?{name}\b",
}


@dataclass(frozen=True, slots=True)
class SqlObject:
    """One object as its file describes it."""

    name: str
    kind: Kind
    sql: str
    hash: str
    requires: frozenset[str]

    @classmethod
    def read(cls, path: Path, kind: Kind) -> SqlObject:
        """The object of one file.

        Raises:
            MigrationError: the file does not keep to the rules of this module.
        """
        return _parsed(path.parent.name, path.stem, kind, path.read_text(encoding="utf-8"))


@cache
def _parsed(folder: str, name: str, kind: Kind, sql: str) -> SqlObject:
    """The object that a text describes. Each is looked at once: to plan and to carry out, all of them are read."""
    rules = (
        (NAME.fullmatch(name) is not None, "is not named like an object"),
        (sql.startswith("--"), "must begin with a comment that says what the object is for"),
        (len(re.findall(CREATE[kind].format(name=name), sql)) == 1, f"must create the {kind} {name}, once"),
        (len(re.findall(r"^CREATE ", sql, re.M)) == 1, "must create one object only"),
        (
            re.search(rf"^COMMENT ON {kind.upper()} (public\.)?{name}\b[^$]*';\s*\Z", sql, re.M) is not None,
            f"must end with COMMENT ON {kind.upper()} {name}",
        ),
        (TRANSACTION_CONTROL.search(sql) is None, "must not control transactions"),
    )
    for kept, rule in rules:
        if not kept:
            raise MigrationError(f"{folder}/{name}.sql {rule}.")
    named = REQUIRES.search(sql)
    requires = frozenset(re.findall(r"\w+", named["names"])) if named else frozenset()
    return SqlObject(name, kind, sql, hashlib.sha256(sql.encode()).hexdigest(), requires)


def read_objects(folder: Path) -> dict[str, SqlObject]:
    """Every object of `folder` by its name, in the order to make them: functions first, then views as they need."""
    found: dict[str, SqlObject] = {}
    for kind, subfolder in FOLDERS.items():
        for path in sorted((folder / subfolder).glob("*.sql")):
            one = SqlObject.read(path, kind)
            if one.name in found:
                raise MigrationError(f"two files create {one.name}: a {found[one.name].kind} and a {kind}.")
            found[one.name] = one
    functions = [one for one in found.values() if one.kind is Kind.FUNCTION]
    views = [one for one in found.values() if one.kind is not Kind.FUNCTION]
    return {one.name: one for one in (*_ordered(functions), *_ordered(views))}


def _ordered(objects: Iterable[SqlObject]) -> list[SqlObject]:
    by_name = {one.name: one for one in objects}
    graph: TopologicalSorter[str] = TopologicalSorter()
    for one in by_name.values():
        if unknown := sorted(one.requires - by_name.keys()):
            raise MigrationError(f"{one.name}.sql requires {', '.join(unknown)}, which no file of its kind creates.")
        graph.add(one.name, *sorted(one.requires))
    try:
        return [by_name[name] for name in graph.static_order()]
    except CycleError as error:
        raise MigrationError(f"these SQL files require each other: {', '.join(error.args[1])}.") from None
