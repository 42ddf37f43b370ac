"""Files that are not UTF-8, and files whose lines end as few do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starter.failures import BadInput
from starter.importing.encodings import named_encoding
from starter.importing.records import Record, Records, Rejected
from starter.importing.source import Source
from tests.starter.test_import_records import reasons, values, written

UMLAUTS = "unit,text\nA,Gerät fällt aus – 5 €\n"


def read(path: Path, encoding: str | None = None) -> list[Record | Rejected]:
    with Source(path, encoding=encoding and named_encoding(encoding)) as source:
        return list(Records(source))


@pytest.mark.parametrize("name", ["cp1252", "windows-1252", "CP1252", "mac-roman", "iso-8859-15", "utf-16-be", "utf8"])
def test_a_file_is_read_as_what_it_is_said_to_be(tmp_path: Path, name: str) -> None:
    text = UMLAUTS.replace("– ", "") if name.startswith("iso") else UMLAUTS
    found = read(written(tmp_path, "a.csv", text.encode(name)), name)
    assert [one["text"] for one in values(found)] == [text.splitlines()[1].removeprefix("A,")]


def test_a_mark_in_the_file_knows_better_than_whoever_named_it(tmp_path: Path) -> None:
    for codec in ("utf-8-sig", "utf-16"):
        found = read(written(tmp_path, "a.csv", UMLAUTS.encode(codec)), "cp1252")
        assert values(found) == [{"unit": "A", "text": "Gerät fällt aus – 5 €"}]


def test_bytes_that_the_encoding_does_not_have_cost_their_line_alone(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.csv", b"unit,text\nA,\x81\nB,f\xfcnf\n"), "cp1252")
    assert values(found) == [{"unit": "B", "text": "fünf"}]
    assert reasons(found)[2].startswith("not CP1252: byte 0x81 at character 3")
    found = read(written(tmp_path, "a.csv", b"unit,text\nA,f\xfcnf\nB,x\n"))
    assert reasons(found)[2] == (
        "not UTF-8: byte 0xfc at character 4; save the file as UTF-8, or say which encoding it has"
    )


@pytest.mark.parametrize("name", ["", "klingon", "base64", "zlib", "rot13", "utf-7", "idna", "punycode", "\x00", "hex"])
def test_a_name_of_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="There is no encoding of texts called"):
        named_encoding(name)


END = st.sampled_from(["\x85", "\u2028", "\u2029"])
CELL = st.text(st.sampled_from('ab ,"\n\r'), max_size=12)


@given(END, st.lists(CELL, min_size=1, max_size=4))
def test_a_cell_may_have_line_ends_that_the_file_has_not(
    tmp_path_factory: pytest.TempPathFactory, end: str, cells: list[str]
) -> None:
    """The lines end as on a mainframe, and somebody pressed Return within a cell."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    text = end.join(["unit,text", *(f"A,{cell}" for cell in quoted)])
    found = read(written(tmp_path_factory.getbasetemp(), "mainframe.csv", text + end))
    assert [one["text"] for one in values(found)] == cells
