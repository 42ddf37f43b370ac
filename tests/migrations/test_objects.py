"""What a file of a replaceable object must look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrations import runner
from migrations.objects import Kind, MigrationError, read_objects

GOOD = "-- Why.\nCREATE VIEW one AS SELECT 1 AS x;\n\nCOMMENT ON VIEW one IS 'It; is.';\n"


def put(folder: Path, name: str, sql: str, kind: str = "views") -> None:
    (folder / kind).mkdir(exist_ok=True)
    (folder / kind / f"{name}.sql").write_text(sql)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    put(tmp_path, "one", GOOD)
    assert read_objects(tmp_path)["one"].kind is Kind.VIEW


@pytest.mark.parametrize(
    ("name", "sql", "rule"),
    [
        ("one", GOOD.removeprefix("-- Why.\n"), "must begin with a comment"),
        ("two", GOOD, "must create the view two, once"),
        ("one", GOOD.replace("COMMENT", "CREATE VIEW two AS SELECT 2;\nCOMMENT"), "must create one object only"),
        ("one", GOOD.split("COMMENT", maxsplit=1)[0], "must end with COMMENT ON VIEW one"),
        ("one", GOOD.replace("COMMENT", "COMMIT;\nCOMMENT"), "must not control transactions"),
        ("One", GOOD, "is not named like an object"),
    ],
)
def test_a_file_that_breaks_a_rule_is_named_with_it(tmp_path: Path, name: str, sql: str, rule: str) -> None:
    put(tmp_path, name, sql)
    with pytest.raises(MigrationError, match=rf"views/{name}.sql {rule}"):
        read_objects(tmp_path)


def test_views_come_after_what_they_require(tmp_path: Path) -> None:
    put(tmp_path, "one", GOOD.replace("-- Why.", "-- Why.\n-- requires: zzz"))
    put(tmp_path, "zzz", GOOD.replace("one", "zzz"))
    assert list(read_objects(tmp_path)) == ["zzz", "one"]


def test_a_circle_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "one", GOOD.replace("-- Why.", "-- Why.\n-- requires: two"))
    put(tmp_path, "two", GOOD.replace("one", "two").replace("-- Why.", "-- Why.\n-- requires: one"))
    with pytest.raises(MigrationError, match="require each other"):
        read_objects(tmp_path)


def test_an_unknown_requirement_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "one", GOOD.replace("-- Why.", "-- Why.\n-- requires: nobody"))
    with pytest.raises(MigrationError, match=r"one\.sql requires nobody"):
        read_objects(tmp_path)


INLINED = {
    "certificate_on_day",
    "certification_status",
    "interval_from_json",
    "seconds",
    "stock_status",
    "ticket_sla",
}
"""They qualify what they name, and have no search_path of their own so that the planner can look into them."""


def test_every_function_of_the_house_fixes_its_search_path() -> None:
    for one in read_objects(runner.FOLDER / "sql").values():
        if one.kind is Kind.FUNCTION and one.name not in INLINED:
            assert "\nSET search_path = public, pg_temp\n" in one.sql, one.name


def test_no_revision_mentions_a_replaceable_object() -> None:
    names = read_objects(runner.FOLDER / "sql")
    for path in sorted((runner.FOLDER / "versions").glob("*.py")):
        statements = "\n".join(line.split("#")[0] for line in path.read_text().splitlines())
        assert not [name for name in names if f"{name}(" in statements], path.name
