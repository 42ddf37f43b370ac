"""Files as they come: plain, gzipped, broken. A bad record costs itself and nothing after it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from starter.importing.records import Format, Record, Records, Rejected
from starter.importing.source import LONGEST_LINE, Source, SourceError


def read(path: Path, wanted: Format | None = None) -> list[Record | Rejected]:
    with Source(path) as source:
        return list(Records(source, wanted))


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(found: list[Record | Rejected]) -> list[int]:
    return [one.line for one in found]


def values(found: list[Record | Rejected]) -> list[Mapping[str, object]]:
    return [one.values for one in found if isinstance(one, Record)]


def reasons(found: list[Record | Rejected]) -> dict[int, str]:
    return {one.line: one.reason for one in found if isinstance(one, Rejected)}


def test_a_record_over_several_lines_has_the_number_of_its_first(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'unit,text\nA,"one\n\ntwo"\n\nB,three\n')
    found = read(path)
    assert lines(found) == [2, 6]
    assert values(found) == [{"unit": "A", "text": "one\n\ntwo"}, {"unit": "B", "text": "three"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, end: str) -> None:
    found = read(written(tmp_path, "a.csv", end.join(["unit,text", "A,x", "B,y"])))
    assert lines(found) == [2, 3]
    assert values(found) == [{"unit": "A", "text": "x"}, {"unit": "B", "text": "y"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_head_line(tmp_path: Path, delimiter: str) -> None:
    found = read(written(tmp_path, "a.csv", f"unit{delimiter}text\nA{delimiter}x\n"))
    assert values(found) == [{"unit": "A", "text": "x"}]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert values(read(written(tmp_path, "a.csv", b"\xef\xbb\xbfunit,text\nA,x\n"))) == [{"unit": "A", "text": "x"}]


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", gzip.compress(b"unit,text\nA,x\n"))
    assert values(read(path)) == [{"unit": "A", "text": "x"}]
    assert values(read(written(tmp_path, "b.csv.gz", "unit,text\nA,x\n"))) == [{"unit": "A", "text": "x"}]


def test_a_quote_that_is_never_closed_costs_its_own_record_only(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'unit,text\nA,"open\nB,"closed"\nC,plain\nD,"open again\nE,last\n')
    found = read(path)
    assert [one["unit"] for one in values(found)] == ["B", "C", "E"]
    assert set(reasons(found)) == {2, 5}
    assert all("quote" in reason for reason in reasons(found).values())


def test_a_record_with_too_few_or_too_many_columns_is_rejected(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", "unit,text\nA\nB,x,y\nC,z\n"))
    assert reasons(found).keys() == {2, 3}
    assert "1 column where the header has 2" in reasons(found)[2]
    assert values(found) == [{"unit": "C", "text": "z"}]


def test_bytes_that_are_not_utf8_reject_their_record_and_name_the_byte(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", b'unit,text\nA,caf\xe9\nB,"x\ny\xff"\nC,fine\n'))
    assert "0xe9" in reasons(found)[2]
    assert "line 4" in reasons(found)[3]
    assert values(found)[-1] == {"unit": "C", "text": "fine"}


def test_a_nul_character_rejects_its_record(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", b"unit,text\nA,x\x00y\nB,z\n"))
    assert "NUL" in reasons(found)[2]
    assert values(found) == [{"unit": "B", "text": "z"}]


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", "unit,text\nA," + "x" * (3 * LONGEST_LINE) + "\nB,z\n"))
    assert "longer than" in reasons(found)[2]
    assert values(found) == [{"unit": "B", "text": "z"}]
    assert lines(found) == [2, 3]


def test_json_lines_reject_what_is_no_object_and_go_on(tmp_path: Path) -> None:
    content = '{"unit": "A"}\n\n[1]\n{"unit": \n{"unit": "B"}\n' + "[" * 100_000 + "\n"
    found = read(written(tmp_path, "a.jsonl", content))
    assert [one.line for one in found if isinstance(one, Record)] == [1, 5]
    assert set(reasons(found)) == {3, 4, 6}


def test_the_format_is_found_by_content_where_the_name_says_nothing(tmp_path: Path) -> None:
    assert values(read(written(tmp_path, "a", '{"unit": "A"}\n'))) == [{"unit": "A"}]
    assert values(read(written(tmp_path, "b", "unit,text\nA,x\n"))) == [{"unit": "A", "text": "x"}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
        (b"<html><table><tr><td>unit</td></tr></table>", "HTML or XML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "HTML or XML"),
        ("unit,text\nA,x\n".encode("utf-16") + b"B", "ends in half a character"),
        (b",,\nA,B,C\n", "no readable header"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "not a text file"),
        (gzip.compress(b"unit,text\n" * 9, mtime=0)[:12], "gzip"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b'[{"unit": "A"}]', "jq"),
        (b"unit,unit\nA,B\n", "twice"),
        (b'"unit\n', "header"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_remedy(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        read(written(tmp_path, "a.dat", content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file"):
        read(tmp_path / "absent.csv")
    with pytest.raises(SourceError, match="folder"):
        read(tmp_path)


def test_a_gzip_that_breaks_off_gives_what_stands_before_the_break(tmp_path: Path) -> None:
    rows = "".join(f"U{number},{number * 7919}\n" for number in range(30_000))
    path = written(tmp_path, "a.csv.gz", gzip.compress(f"unit,text\n{rows}".encode())[:-5000])
    found: list[Record | Rejected] = []
    with Source(path) as source, pytest.raises(SourceError, match="damaged after line"):
        for one in Records(source):
            found.append(one)
    assert len(found) > 15_000
    assert all(isinstance(one, Record) for one in found)
