"""Texts that identify: what can't be seen in them is named, and likenesses are told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.spelling import (
    disguised,
    drawn,
    hidden_character,
    is_misread,
    look,
    normal_form,
    plain,
    tidied,
    unreadable,
    variants,
)


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("C6\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\u202eC6", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("C\u00ad6", "U+00AD SOFT HYPHEN"),
        ("\ufeffC6", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("C6\x07", "U+0007 control character"),
        ("C6\x1d", "U+001D control character"),
        ("C6\x85", "U+0085 control character"),
        ("C6\x0b", "U+000B control character"),
        ("C6\u2028", "U+2028 LINE SEPARATOR"),
        ("C\u20606", "U+2060 WORD JOINER"),
        ("C6\ufe0f", "U+FE0F VARIATION SELECTOR-16"),
        ("C6\U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("C\u034f6", "U+034F COMBINING GRAPHEME JOINER"),
        ("C6\u3164", "U+3164 HANGUL FILLER"),
        ("C6\u2800", "U+2800 BRAILLE PATTERN BLANK"),
        ("C6\ufffd", "U+FFFD REPLACEMENT CHARACTER"),
        ("C6\ue000", "U+E000 control character"),
        ("C\u200d6", "U+200D ZERO WIDTH JOINER"),
    ],
)
def test_a_character_that_can_not_be_seen_is_named(text: str, character: str) -> None:
    assert hidden_character(text) == character


@pytest.mark.parametrize(
    "text",
    ["C6", "Dräger", "C6\n(rev B)", "a\tb", "St.\u00a0Anna", "京都", "अपोलो", "क्\u200dष", "بیمارستان\u200cها", ""],
)
def test_a_text_that_can_be_read_hides_nothing(text: str) -> None:
    assert hidden_character(text) is None
    assert unreadable(text) is None


@pytest.mark.parametrize("text", ["Dräger", "MГјller", "São", "Évita – 4", "№ 5", "Łódź"])
def test_text_that_was_read_in_another_encoding_is_known(text: str) -> None:
    assert not is_misread(text)
    try:
        spoilt = text.encode().decode("cp1252")
    except UnicodeDecodeError:
        return  # a byte that Windows has no letter for shows as a control character
    assert is_misread(spoilt)


@pytest.mark.parametrize(
    "text", ["ABC-100", "abc-100", "ABC\u2010100", "ABC\u2011100", "ABC\u2013100", "ABC\u2014100", "ABC\u2212100",
             "ＡＢＣ-100", "ABC－１００", " ABC-100\u00a0", "𝐀𝐁𝐂-𝟏𝟎𝟎", "ABC-١٠٠", "ABC-१००"]
)  # fmt: skip
def test_one_text_written_otherwise_has_one_normal_form(text: str) -> None:
    assert normal_form(text) == "abc-100"


@pytest.mark.parametrize("text", ["ABC100", "ABC 100", "ABC-0100", "ABC-1OO", "АВС-100", "ÁBC-100"])
def test_another_text_has_another_normal_form(text: str) -> None:
    assert normal_form(text) != "abc-100"


@pytest.mark.parametrize(
    "text", ["ABC100", "ABC 100", "ABC.100", "ABC-1OO", "АВС-100", "АBC-l00", "ÁBC-I00", "ΑΒC/100", "abc_100", "авс100"]
)
def test_what_is_easily_taken_for_a_text_looks_like_it(text: str) -> None:
    assert look(text) == look("ABC-100")


@pytest.mark.parametrize(("one", "other"), [("00123", "123"), ("0-0123", "123"), ("O12", "012"), ("0000", "0")])
def test_leading_zeros_are_overlooked(one: str, other: str) -> None:
    assert (look(one) == look(other)) is (one != "O12")


@pytest.mark.parametrize("text", ["ABC-101", "ABD-100", "ЖBC-100"])
def test_what_is_clearly_another_text_looks_otherwise(text: str) -> None:
    assert look(text) != look("ABC-100")


def test_what_is_drawn_alike_is_another_text() -> None:
    assert drawn("АВС-100") == drawn("abc-100") == "abc-100"
    assert drawn("ABC-1OO") != drawn("ABC-100")


@pytest.mark.parametrize("text", ["АВС-100", "АBC-100", "ABС-100", "ΑΒΕ-1", "Сity General", "Ꮯ6", "С6"])
def test_a_letter_that_poses_as_a_latin_one_is_found(text: str) -> None:
    found = disguised(text)
    assert found is not None
    assert "which looks like" in found


@pytest.mark.parametrize("text", ["ABC-100", "ЖБ-100", "Dräger", "Sağlık", "京A123", "µ-100", "Philips Россия"])
def test_a_text_of_one_script_poses_as_nothing(text: str) -> None:
    assert disguised(text) is None


def test_a_name_in_another_script_may_look_latin_by_chance() -> None:
    assert disguised("ОКНА", whole=False) is None
    assert disguised("ОКB", whole=False) is not None


def test_a_model_keeps_its_signs_and_a_serial_number_does_not() -> None:
    assert tidied("Ｃ６™ –\n2") == "C6™ - 2"
    assert plain("Ｃ６™ –\n2") == "C6TM - 2"


def test_variants_are_all_that_is_one_slip_away() -> None:
    found = variants("AB-1")
    assert found[0] == "ab-1"
    assert {"b-1", "ba-1", "ab1", "ab-2", "ab-11", "xab-1", "ab-", "acb-1"} <= set(found)
    assert len(found) == len(set(found)) < 400
    assert variants("X" * 200) == ["x" * 200]
    assert variants("") == [""]


@given(st.text(max_size=30))
def test_forms_are_stable(text: str) -> None:
    assert normal_form(plain(text)) == normal_form(text)
    assert plain(plain(text)) == plain(text)
    assert tidied(tidied(text)) == tidied(text)
