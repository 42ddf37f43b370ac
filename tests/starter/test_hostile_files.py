"""Files that nobody means well with: each ends early and cleanly, in a sentence that says where."""

from __future__ import annotations

import csv
import gzip
import json
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.ai.local.faults import KnowledgeError, load_knowledge
from migrations.seed_files import SeedError, SeedFiles
from starter.importing.formulas import guarded, restored
from starter.importing.records import MOST_BLANKS, Record, Records, Rejected
from starter.importing.source import LONGEST_SKIPPED, Source, SourceError
from starter.measuring.calendars import CalendarError, read_calendar
from starter.whatif.rules_file import RulesError, read_rules
from tests.starter.terminal import Ended, clean_environment, fieldcare

DEEP = 10_000
SOON = 20.0
"""Seconds, on a machine that is busy with other tests."""

HOSTILE_TOML = {
    "brackets": "\n\na = " + "[" * DEEP + "]" * DEEP,
    "tables": "\n\na = " + "{b = " * DEEP + "1" + "}" * DEEP,
    "fifty levels": "\n\na = " + "[" * 50 + "]" * 50,
    "a dotted key": "\n\n" + ".".join(["a"] * DEEP) + " = 1",
    "a dotted key with blanks": "\n\n" + " . ".join(["a"] * 100_000) + " = 1",
    "a header": "\n\n[" + ".".join(["a"] * DEEP) + "]",
    "a number": "\n\na = " + "9" * DEEP,
    "size": 'a = """' + "x" * 6_000_000 + '"""',
    "NUL": "a = '\x00'",
}
HOSTILE_TIMES = (
    "9999-12-31T23:59:59",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00",
    "0001-01-01T00:00+14:00",
    "9999-12-31",
    "0001-01-01",
)


@contextmanager
def bounded() -> Iterator[None]:
    """What happens inside takes neither long nor much memory."""
    tracemalloc.start()
    began = time.monotonic()
    yield
    took, (_, most) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < SOON
    assert most < 100_000_000


def said(*arguments: str, stdin: str = "") -> Ended:
    """What a command says that needs no engines, or finds out before it asks for them. Never a traceback."""
    return fieldcare(clean_environment(), *arguments, stdin=stdin)


# -- TOML --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", HOSTILE_TOML.values(), ids=HOSTILE_TOML.keys())
def test_hostile_toml_is_refused_wherever_toml_is_read(tmp_path: Path, content: str) -> None:
    file = tmp_path / "calendars.toml"
    file.write_text(content, encoding="utf-8")
    with bounded():
        with pytest.raises(CalendarError, match=r"is not valid TOML: .{5,200}$"):
            read_calendar("24x7", "UTC", file)
        with pytest.raises(RulesError, match=r"is not valid TOML: .{5,200}$"):
            read_rules(file)
        with pytest.raises(SeedError, match=r"is not valid TOML: .{5,200}$"):
            SeedFiles(tmp_path).read("calendars", "calendar")
        with pytest.raises(KnowledgeError, match=r"calendars\.toml"):
            load_knowledge(tmp_path)


def test_the_commands_that_read_toml_say_so_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "deep.toml"
    file.write_text(HOSTILE_TOML["brackets"], encoding="utf-8")
    spans = tmp_path / "spans.csv"
    spans.write_text("start,end\n", encoding="utf-8")
    for arguments in (
        ("sla", "measure", str(spans), "--calendar", "24x7", "--calendars", str(file)),
        ("sla", "whatif", "--template", str(file), "--since", "2026-03-01"),
    ):
        done = said(*arguments)
        assert done.returncode == 2
        assert "deep.toml is not valid TOML: it is nested deeper than 20 levels (about line 3)." in done.stderr
        assert done.stderr.count("\n") == 1


# -- times -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00+14:00", "9999-12-31"])
def test_times_at_the_ends_of_the_calendar_are_refused_by_every_option(tmp_path: Path, text: str) -> None:
    rules, spans = tmp_path / "rules.toml", tmp_path / "spans.csv"
    rules.write_text("", encoding="utf-8")
    spans.write_text("start,end\n2026-03-02T09:00Z,\n", encoding="utf-8")
    for arguments in (
        ("sla", "whatif", "--template", str(rules), "--since", text),
        ("sla", "whatif", "--template", str(rules), "--since", "2026-03-01", "--until", text),
        ("sla", "measure", str(spans), "--calendar", "24x7", "--at", text),
        ("ticket", "hold", "FC-2026-000001", "--reason", "access_denied", "--until", text),
        ("ai", "train", "--since", text),
        ("audit", "log", "--since", text),
        ("sla", "explain", "FC-2026-000001", "--at", text),
        ("sla", "ledger", "FC-2026-000001", "--at", text),
    ):
        done = said(*arguments)
        assert done.returncode in {2, 3}
        assert done.stderr.count("\n") == 1, done.stderr
        if done.returncode == 2:
            assert (
                "outside the years 1900 to 2199" in done.stderr
                or "is not a time" in done.stderr
                or ("does not say in which time zone" in done.stderr)
            )


@pytest.mark.parametrize("calendar", ["24x7", "weekdays_9_17"])
def test_lines_with_such_times_are_rejected_one_by_one_and_soon(tmp_path: Path, calendar: str) -> None:
    lines = [
        f"{start},{end},{zone}" for start in HOSTILE_TIMES for end in HOSTILE_TIMES for zone in ("UTC", "Etc/GMT+12")
    ]
    spans = tmp_path / "spans.csv"
    spans.write_text("start,end,zone\n" + "\n".join(lines) + "\n2026-03-02T09:00Z,2026-03-02T10:00Z,UTC\n")
    began = time.monotonic()
    done = said("sla", "measure", str(spans), "--calendar", calendar)
    assert time.monotonic() - began < SOON
    assert done.returncode == 1
    assert f"{len(lines)} bad lines" in done.stderr
    assert "line 2: the start '9999-12-31T23:59:59' is outside the years 1900 to 2199" in done.stderr


def test_holidays_at_the_ends_of_the_calendar_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "calendars.toml"
    holidays = ", ".join(f'{{day = {day}, name = "x"}}' for day in ("0001-01-01", "9999-12-31"))
    file.write_text(
        f'[[calendar]]\ncode = "c"\nopenings = [{{weekdays = [1], hours = [{{opens = "09:00", closes = "17:00"}}]}}]\n'
        f"holidays = [{holidays}]\n"
    )
    try:
        assert read_calendar("c", "Pacific/Kiritimati", file).code == "c"
    except CalendarError as refusal:
        assert "can't be used" in str(refusal)


@pytest.mark.parametrize("form", ["%d/%d/%Y", "%Q", "%", "%Y-%"])
def test_a_date_format_that_can_not_be_read_by_is_refused(tmp_path: Path, form: str) -> None:
    spans = tmp_path / "spans.csv"
    spans.write_text("start,end\n1,2\n")
    done = said("sla", "measure", str(spans), "--calendar", "24x7", "--date-format", form)
    assert (done.returncode, "--date-format" in done.stderr) == (2, True), done.stderr


# -- records -----------------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Record | Rejected]:
    with Source(path) as source:
        return list(Records(source))


@pytest.mark.parametrize("row", [b"\n", b"   \n", b",\n", b"\r\n"], ids=["empty", "blanks", "delimiters", "crlf"])
def test_a_bomb_of_empty_lines_ends_early(tmp_path: Path, row: bytes) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        file.write(b"start,end\n2026-03-02T09:00Z,2026-03-02T10:00Z\n")
        for _ in range(100):
            file.write(row * 1_000_000)
    began = time.monotonic()
    with pytest.raises(SourceError, match=rf"more than {MOST_BLANKS:,} blank lines in a row, up to line 100003"):
        read(bomb)
    assert time.monotonic() - began < SOON


def test_a_bomb_of_empty_lines_ends_early_in_json_lines_and_by_the_command(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.jsonl"
    bomb.write_bytes(b'{"start": "2026-03-02T09:00Z", "end": "2026-03-02T10:00Z"}\n' + b"\n" * 3_000_000)
    done = said("sla", "measure", str(bomb), "--calendar", "24x7")
    assert done.returncode == 2
    assert "blank lines in a row, up to line 100002" in done.stderr
    assert done.stdout.count("\n") == 2  # what stands before them


def test_many_empty_lines_that_somebody_may_have_left_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "gaps.csv"
    gap = "\n" * (MOST_BLANKS - 1)
    file.write_text(f"a,b\n1,2\n{gap}3,4\n{gap}5,6\n")
    assert [one.line for one in read(file)] == [2, MOST_BLANKS + 2, 2 * MOST_BLANKS + 2]


def test_a_line_of_a_hundred_megabytes_ends_early(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv.gz"
    with gzip.open(huge, "wb", compresslevel=1) as file:
        file.write(b"start,end\n2026-03-02T09:00Z,")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    with bounded(), pytest.raises(SourceError, match=f"Line 2 of .* is longer than {LONGEST_SKIPPED:,} characters"):
        read(huge)


@pytest.mark.parametrize("levels", [21, 900, 100_000])
def test_deep_json_is_a_rejected_line_and_the_next_one_follows(tmp_path: Path, levels: int) -> None:
    file, rejects = tmp_path / "deep.jsonl", tmp_path / "rejects"
    deep = '{"start": ' + "[" * levels + "]" * levels + "}"
    file.write_text(f'{deep}\n{{"start": NaN}}\n{{"start": "2026-03-02T09:00Z", "end": "2026-03-02T10:00Z"}}\n')
    done = said("sla", "measure", str(file), "--calendar", "24x7", "--rejects", str(rejects))
    assert done.returncode == 1
    assert "line 1: the JSON is nested deeper than 20 levels" in done.stderr
    assert "line 2: NaN is no number in JSON" in done.stderr
    assert [json.loads(line)["line"] for line in rejects.read_text().splitlines()] == [1, 2]
    assert done.stdout.splitlines()[1].startswith("3,")


def test_nul_bytes_are_refused_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "nul.csv"
    file.write_bytes(b"start,end\n2026-03-02T09:00Z,2026-03-02T10:00Z\n\x00" + b"\x00" * 5_000_000 + b",1\n")
    done = said("sla", "measure", str(file), "--calendar", "24x7")
    assert done.returncode == 1
    assert "line 3: " in done.stderr


# -- formulas ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("+49 30 901820", "'+49 30 901820"),
        ("-5", "-5"),
        ("+5.25", "+5.25"),
        ("-1,234.5", "-1,234.5"),
        ("-1e-5", "-1e-5"),
        ("-", "'-"),
        ("'quoted'", "'quoted'"),
        ("VENT-001", "VENT-001"),
        ("", ""),
    ],
)
def test_a_cell_that_would_be_run_is_guarded_and_a_number_is_not(text: str, cell: str) -> None:
    assert guarded(text) == cell
    assert restored(cell) == text


@given(st.text(alphabet="'=+-@\t\r\n1.,eE%a ＝", max_size=8))
def test_reading_undoes_writing(text: str) -> None:
    assert restored(guarded(text)) == text


def test_results_with_formulas_in_kept_columns_come_back_unchanged(tmp_path: Path) -> None:
    texts = ["=1+1", "'=1", "-5", "@x", "+49 30", "plain, with a comma", "'apostrophe"]
    spans, results = tmp_path / "spans.csv", tmp_path / "results.csv"
    with spans.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("start", "end", "=note"))
        rows.writerows(("2026-03-02T09:00Z", "2026-03-02T10:00Z", guarded(text)) for text in texts)
    done = said("sla", "measure", str(spans), "--calendar", "24x7", "--keep", "=note", "-o", str(results))
    assert done.returncode == 0, done.stderr
    with results.open(newline="") as file:
        written = list(csv.reader(file))
    assert written[0][1] == "'=note"
    assert not any(row[1][:1] in "=@\t\r" for row in written)
    assert [row[1] for row in written[1:]] == [guarded(text) for text in texts]
    again = [one.values["=note"] for one in read(results)]
    assert again == texts
