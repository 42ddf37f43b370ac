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


EDGES = [
    "what,start,end,pauses,zone",
    "gap,2026-03-29T02:30,2026-03-29T04:00,,Europe/Berlin",
    "both in the fold,2026-10-25T02:10,2026-10-25T02:50,,Europe/Berlin",
    "into the fold,2026-10-25T01:00,2026-10-25T02:30,,Europe/Berlin",
    "a pause in the fold,2026-10-25T00:00,2026-10-25T04:00,2026-10-25T02:30/2026-10-25T03:00,Europe/Berlin",
    "a day that was left out,2011-12-30T10:00,2011-12-31T10:00,,Pacific/Apia",
    "half an hour,2026-04-05T01:45,2026-04-05T03:00,,Australia/Lord_Howe",
    "the edges of the gap,2026-03-29T01:59,2026-03-29T03:00,,Europe/Berlin",
    "the edges of the fold,2026-10-25T01:59,2026-10-25T03:00,,Europe/Berlin",
    "with its offset,2026-10-25T02:10+02:00,2026-10-25T02:10+01:00,,Europe/Berlin",
    "another zone,2026-03-29T02:30,2026-03-29T04:00,,Asia/Kolkata",
]


def test_local_times_that_clocks_skip_or_show_twice_are_told(tmp_path: Path) -> None:
    done = run(tmp_path, EDGES, "--calendar", "24x7", "--keep", "what")
    assert done.returncode == 1, done.stderr
    assert [(row["what"], row["elapsed_seconds"]) for row in csv.DictReader(io.StringIO(done.stdout))] == [
        ("the edges of the gap", "60"),
        ("the edges of the fold", "7260"),
        ("with its offset", "3600"),
        ("another zone", "5400"),
    ]
    for line, reason in (
        (
            2,
            "the start '2026-03-29T02:30' does not exist in Europe/Berlin, where the clocks went from 2026-03-29T02:00",
        ),
        (3, "comes twice in Europe/Berlin: write 2026-10-25T02:10+02:00 or 2026-10-25T02:10+01:00, or say how"),
        (4, "the end '2026-10-25T02:30' comes twice"),
        (5, "the pauses '2026-10-25T02:30' comes twice"),
        (6, "in Pacific/Apia, where the clocks went from 2011-12-30T00:00 to 2011-12-31T00:00: correct it, or say how"),
        (7, "write 2026-04-05T01:45+11:00 or 2026-04-05T01:45+10:30"),
    ):
        assert any(one.startswith(f"line {line}: ") and reason in one for one in done.stderr.splitlines()), line


@pytest.mark.parametrize(
    ("take", "results"),
    [
        (
            "before",
            [
                ("gap", "1800", "start 2026-03-29T02:30 as 2026-03-29T01:30:00Z"),
                (
                    "both in the fold",
                    "2400",
                    "start 2026-10-25T02:10 as 2026-10-25T00:10:00Z; end 2026-10-25T02:50 as 2026-10-25T00:50:00Z",
                ),
                ("into the fold", "5400", "end 2026-10-25T02:30 as 2026-10-25T00:30:00Z"),
                ("a pause in the fold", "12600", "pauses 2026-10-25T02:30 as 2026-10-25T00:30:00Z"),
            ],
        ),
        (
            "after",
            [
                ("gap", "5400", "start 2026-03-29T02:30 as 2026-03-29T00:30:00Z"),
                (
                    "both in the fold",
                    "2400",
                    "start 2026-10-25T02:10 as 2026-10-25T01:10:00Z; end 2026-10-25T02:50 as 2026-10-25T01:50:00Z",
                ),
                ("into the fold", "9000", "end 2026-10-25T02:30 as 2026-10-25T01:30:00Z"),
                ("a pause in the fold", "16200", "pauses 2026-10-25T02:30 as 2026-10-25T01:30:00Z"),
            ],
        ),
    ],
)
def test_local_times_at_a_change_of_the_clocks_are_taken_as_asked_and_said(
    tmp_path: Path, take: str, results: list[tuple[str, str, str]]
) -> None:
    lines = EDGES[:5] + EDGES[-1:]
    done = run(tmp_path, lines, "--calendar", "24x7", "--keep", "what", "--clock-change", take)
    assert done.returncode == 0, done.stderr
    rows = csv.DictReader(io.StringIO(done.stdout))
    found = [(row["what"], row["elapsed_seconds"], row["taken"]) for row in rows]
    assert found == [*results, ("another zone", "5400", "")]
    assert f"4 with times taken by the offset {take} a change" in done.stderr
    as_json = run(tmp_path, lines, "--calendar", "24x7", "--clock-change", take, "--json")
    assert [json.loads(line)["taken"] for line in as_json.stdout.splitlines()] == [
        [one for one in taken.split("; ") if one] for _, _, taken in found
    ]


def test_times_with_the_letters_of_a_zone_are_not_read_as_if_they_had_none(tmp_path: Path) -> None:
    lines = ["start,end", "01/06/2026 10:00 UTC,01/06/2026 11:00 UTC"]
    done = run(tmp_path, lines, "--calendar", "24x7", "--zone", "Asia/Kolkata", "--date-format", "%d/%m/%Y %H:%M %Z")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--date-format has %Z, and several zones share such letters" in done.stderr


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
