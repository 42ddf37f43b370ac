"""Files as programs write them: other encodings, line ends and head lines, and texts that are wrapped to be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from starter.importing.records import Rejected
from tests.starter.test_import_records import lines, read, reasons, values, written

# -- encodings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["\ufeff\ufeff", "ï»¿", "ï»¿\ufeff"])
def test_a_byte_order_mark_that_was_written_twice_is_none_either(tmp_path: Path, mark: str) -> None:
    assert values(read(written(tmp_path, "a.csv", f"{mark}unit,text\nA,x\n"))) == [{"unit": "A", "text": "x"}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_excel_calls_unicode_text_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    found = read(written(tmp_path, "a.txt", end.join(["unit\ttext", "A\tPrüfen – 5 µm", "B\tx"]).encode(encoding)))
    assert values(found) == [{"unit": "A", "text": "Prüfen – 5 µm"}, {"unit": "B", "text": "x"}]


def test_utf16_in_big_endian_order_is_told_by_its_mark(tmp_path: Path) -> None:
    content = "\ufeffunit;text\nA;щ\n".encode("utf-16-be")
    assert values(read(written(tmp_path, "a.csv", content))) == [{"unit": "A", "text": "щ"}]


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman", "latin-1"])
def test_another_encoding_is_never_guessed(tmp_path: Path, encoding: str) -> None:
    found = read(written(tmp_path, "a.csv", "unit,text\nA,Dräger\nB,x\n".encode(encoding)))
    assert "save the file as UTF-8" in reasons(found)[2]
    assert values(found) == [{"unit": "B", "text": "x"}]


# -- line ends ---------------------------------------------------------------------------------------------------------


def test_lines_that_end_in_many_ways_are_read(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", "unit,text\r\nA,x\rB,y\nC,z\r\r\nD,w"))
    assert [one["unit"] for one in values(found)] == ["A", "B", "C", "D"]
    assert not reasons(found)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_the_sign_that_ended_files_under_dos_is_no_record(tmp_path: Path, name: str) -> None:
    text = "unit,text\nA,x\n{}" if name.endswith(".csv") else '{{"unit": "A", "text": "x"}}\n{}'
    for end in ("\x1a", "\x1a\x1a", ""):
        found = read(written(tmp_path, name, text.format(end)))
        assert values(found) == [{"unit": "A", "text": "x"}]
        assert not reasons(found)
    assert values(read(written(tmp_path, "b.csv", "unit,text\nA,x\x1a"))) == [{"unit": "A", "text": "x"}]


def test_a_break_within_a_cell_of_an_old_macintosh_file_is_one(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", 'unit,text\rA,"x\n(rev B)"\rB,"y\rz"\rC,w\r'))
    assert values(found) == [
        {"unit": "A", "text": "x\n(rev B)"},
        {"unit": "B", "text": "y\rz"},
        {"unit": "C", "text": "w"},
    ]


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_line_ends_of_mainframes_and_of_unicode_count_where_there_are_no_others(tmp_path: Path, end: str) -> None:
    found = read(written(tmp_path, "a.csv", end.join(["unit,text", "A,x", '"B","y"', "C,z"])))
    assert lines(found) == [2, 3, 4]
    assert [one["text"] for one in values(found)] == ["x", "y", "z"]
    (one,) = values(read(written(tmp_path, "b.csv", f"unit,text\nA,x{end}y\n")))
    assert one["text"] == f"x{end}y"


# -- the head line -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;", "\ufeffsep=;"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_that_tells_excel_the_delimiter_is_no_header(tmp_path: Path, told: str, end: str) -> None:
    found = read(written(tmp_path, "a.csv", end.join([told, "unit;a, b, c", "A;x", ""])))
    assert lines(found) == [3]
    assert values(found) == [{"unit": "A", "a, b, c": "x"}]


def test_the_delimiter_that_is_told_may_be_a_tab_or_one_that_nobody_guesses(tmp_path: Path) -> None:
    for told, delimiter in (("\t", "\t"), ("\\t", "\t"), ("^", "^"), ("|", "|")):
        content = f"sep={told}\nunit{delimiter}text\nA{delimiter}x,y;z\n"
        assert values(read(written(tmp_path, "a.csv", content))) == [{"unit": "A", "text": "x,y;z"}]


def test_a_delimiter_that_is_told_but_not_used_is_not_believed(tmp_path: Path) -> None:
    assert values(read(written(tmp_path, "a.csv", "sep=;\nunit,text\nA,x\n"))) == [{"unit": "A", "text": "x"}]


def test_the_line_that_powershell_writes_first_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", '#TYPE System.Management.Automation.PSCustomObject\n"unit","text"\n"A","x"\n')
    assert values(read(path)) == [{"unit": "A", "text": "x"}]


def test_a_delimiter_within_a_quoted_name_counts_for_nothing(tmp_path: Path) -> None:
    assert values(read(written(tmp_path, "a.csv", '"unit, if any, or none";text\nA;x\n'))) == [
        {"unit, if any, or none": "A", "text": "x"}
    ]


def test_names_of_columns_lose_what_can_not_be_seen(tmp_path: Path) -> None:
    content = '="S/N",\u200bMake\u200b,"Care\narea", Model\u00a0No. \nA,b,c,d\n'
    assert values(read(written(tmp_path, "a.csv", content))) == [
        {"S/N": "A", "Make": "b", "Care area": "c", "Model No.": "d"}
    ]


def test_delimiters_at_the_end_of_lines_add_no_columns(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", "unit;text;;\nA;x;;\nB;y\nC;z;;;;\nD;w;;note\n;;;\n"))
    assert values(found)[:3] == [{"unit": "A", "text": "x"}, {"unit": "B", "text": "y"}, {"unit": "C", "text": "z"}]
    assert values(found)[3] == {"unit": "D", "text": "w", "column 3": "", "column 4": "note"}
    assert len(found) == 4
    plain = read(written(tmp_path, "b.csv", "unit;text\nA;x;;\nB;y;;z\n"))
    assert values(plain) == [{"unit": "A", "text": "x"}]
    assert "4 columns where the header has 2" in reasons(plain)[3]


def test_a_header_that_comes_again_is_rejected_with_the_remedy(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", "unit,text\nA,x\n\ufeffunit,text\nB,unit\n"))
    assert reasons(found) == {3: "the header stands here again: remove this line"}
    assert [one["unit"] for one in values(found)] == ["A", "B"]


# -- wrappers ----------------------------------------------------------------------------------------------------------


def test_what_keeps_a_spreadsheet_from_counting_is_no_part_of_the_text(tmp_path: Path) -> None:
    content = (
        "serial,udi,day,text\n"
        '="0012345",="(01)09504000059118(21)0012345",="2024-02-29",plain\n'
        '"=""0012347""","=""a """"b"""" c""",=T("x"), = "0012348" \n'
        '="","=/A9999XYZ100T0944=,000025",="a\'b",=1+1\n'
    )
    first, second, third = values(read(written(tmp_path, "a.csv", content.replace("=,000025", "=000025"))))
    assert list(first.values()) == ["0012345", "(01)09504000059118(21)0012345", "2024-02-29", "plain"]
    assert list(second.values()) == ["0012347", 'a "b" c', "x", "0012348"]
    assert list(third.values()) == ["", "=/A9999XYZ100T0944=000025", "a'b", "=1+1"]


def test_a_row_of_wrapped_blanks_is_blank(tmp_path: Path) -> None:
    assert values(read(written(tmp_path, "a.csv", 'unit,text\n="",=""\nA,x\n'))) == [{"unit": "A", "text": "x"}]


def test_a_record_that_is_rejected_keeps_what_it_was(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", b'unit,text\nA,"open\nB\nC,x,y\nD,\xe4\n'))
    kept = {one.line: one.values for one in found if isinstance(one, Rejected)}
    assert kept == {
        2: {"text": 'A,"open'},
        3: {"unit": "B"},
        4: {"unit": "C", "text": "x", "column 3": "y"},
        5: {"text": "D,\udce4"},
    }
    broken = read(written(tmp_path, "a.jsonl", '{"unit": "A"}\n[1]\n{"unit": \n'))
    assert [one.values for one in broken] == [{"unit": "A"}, {"text": "[1]"}, {"text": '{"unit": '}]
