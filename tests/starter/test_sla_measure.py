"""`fieldcare sla measure`: lines as people write them, bad ones by number, results for each."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from starter.measuring.calendars import CalendarError, read_calendar

ROOT = Path(__file__).parents[2]


def run(folder: Path, lines: list[str], *arguments: str, name: str = "work.csv") -> subprocess.CompletedProcess[str]:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "starter.cli", "sla", "measure", str(folder / name), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_each_line_has_its_result_and_bad_ones_are_named_by_number(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        [
            "id,start,end,pauses,target,zone",
            "a,2026-06-05T16:00,2026-06-08T11:00,,,",
            "b,2026-06-05T16:00,2026-06-08T11:00,2026-06-08T10:00/2026-06-08T10:30,2h,",
            "c,2026-06-08T11:00,2026-06-05T16:00,,,",
            "d,2026-06-05T16:00,,,,",
            "e,yesterday,2026-06-08T11:00,,,",
            "f,2026-06-05T16:00,2026-06-08T11:00,,0h,",
            "g,2026-06-05T16:00,2026-06-08T11:00,,,Europe/Berlyn",
            "h,2026-06-05T16:00,2026-06-08T11:00,lunch,,",
            "i,2026-06-05T16:00+02:00,2026-06-05T16:00+01:00,,,Asia/Kolkata",
        ],
        *("--calendar", "weekdays_9_17", "--zone", "Europe/Berlin", "--target", "3h", "--keep", "id"),
    )
    assert done.returncode == 1, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [tuple(row.values()) for row in rows] == [
        ("2", "a", "10800", "2026-06-08T09:00:00Z", "met"),
        ("3", "b", "9000", "2026-06-08T08:00:00Z", "breached"),
        ("10", "i", "0", "2026-06-08T06:30:00Z", "met"),
    ]
    told = done.stderr
    for line, reason in (
        (4, "before its start"),
        (5, "it has no end: --at TIME"),
        (6, "'yesterday' is no time of the form"),
        (7, "is zero"),
        (8, '"Europe/Berlyn" is not an IANA time zone'),
        (9, "the pause 'lunch' is not of the form START/END"),
    ):
        assert any(one.startswith(f"line {line}: ") and reason in one for one in told.splitlines()), (line, told)
    assert "Measured 3 lines by weekdays_9_17: 2 met, 1 breached (66.67 % met); 6 bad lines" in told


def test_json_lines_with_pauses_in_lists_and_what_still_runs(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        [
            '{"start": "2026-06-05T10:00Z", "pauses": [["2026-06-05T11:00Z", "2026-06-05T12:00Z"]]}',
            '{"start": "2026-06-05T10:00Z", "end": "2026-06-05T10:30Z", "target": "15m"}',
            '{"start": 5}',
        ],
        *("--calendar", "24x7", "--at", "2026-06-05T14:00Z", "--json"),
        name="work.jsonl",
    )
    assert done.returncode == 1, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"line": 1, "elapsed_seconds": 10800.0, "due": None, "verdict": None},
        {"line": 2, "elapsed_seconds": 1800.0, "due": "2026-06-05T10:15:00Z", "verdict": "breached"},
    ]
    assert "line 3: the start '5' is no time of the form" in done.stderr


def test_an_unknown_calendar_names_those_that_there_are() -> None:
    with pytest.raises(CalendarError, match=r"There is no calendar 'weekends'.*weekdays_9_17"):
        read_calendar("weekends", "UTC")


def test_a_calendar_that_is_never_open_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calendars.toml"
    path.write_text('[[calendar]]\ncode = "closed"\nversion = 1\n', encoding="utf-8")
    with pytest.raises(CalendarError, match="the calendar closed is never open"):
        read_calendar("closed", "UTC", path)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(CalendarError, match="not an IANA time zone"):
        read_calendar("24x7", "Mars/Olympus")
