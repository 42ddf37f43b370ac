"""Cells that identify nothing, or not what they seem to: each is refused with what to do about it."""

from __future__ import annotations

import pytest

from starter.importing.equipment.catalog import Entry
from starter.importing.equipment.parties import MayCreate
from starter.importing.equipment.rows import Reason
from tests.starter.test_equipment_matching import GOOD, parties, rejection, unit

IDENTIFYING = ("serial", "type", "manufacturer", "model", "customer", "site", "context", "udi")
REASONS = {
    "serial": Reason.SERIAL,
    "type": Reason.TYPE,
    "manufacturer": Reason.MANUFACTURER,
    "model": Reason.MODEL,
    "customer": Reason.CUSTOMER,
    "site": Reason.SITE,
    "context": Reason.CONTEXT,
    "udi": Reason.UDI,
    "installed_on": Reason.DATE,
}
UDI = "(01)09504000059118(21)V-1"


def everything() -> MayCreate:
    return MayCreate(manufacturers=True, customers=True, sites=True, time_zone="Europe/Berlin")


@pytest.mark.parametrize("where", [*IDENTIFYING, "installed_on"])
@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#BEZUG!", "#¿NOMBRE?", "Err:508", "######"])
def test_an_error_of_a_spreadsheet_is_nothing_s_name(where: str, error: str) -> None:
    known = parties(everything())
    refused = rejection(known, **{where: error})
    assert refused.reasons == (REASONS[where],)
    assert f"the {where} is {error}, an error of the spreadsheet: correct it there" in str(refused)
    assert not known.newcomers


@pytest.mark.parametrize("where", ["manufacturer", "model", "customer", "site"])
@pytest.mark.parametrize("nothing", ["NaN", "(blank)", "<NA>", "NULL", "None", "—", "…", "k.A.", "\\N", "(Leer)"])
def test_a_cell_that_says_nothing_creates_nothing(where: str, nothing: str) -> None:
    known = parties(everything())
    assert f"the {where} is {nothing!r}, which says nothing" in str(rejection(known, **{where: nothing}))
    assert not known.newcomers


@pytest.mark.parametrize("nothing", ["NaN", "(blank)", "<NA>", "NULL", "None", "n/a", "-", "…"])
def test_a_serial_number_that_says_nothing_is_none(nothing: str) -> None:
    error = rejection(serial=nothing)
    assert error.reasons == (Reason.NO_SERIAL,)
    assert str(error) == f"the serial number is {nothing!r}, which says nothing"
    empty = unit(udi=nothing, installed_on=nothing)
    assert (empty.udi, empty.installed_on) == (None, None)


@pytest.mark.parametrize(
    ("serial", "says"),
    [
        ("0", "stands for none"),
        ("00000000", "stands for none"),
        ("XXXX", "stands for none"),
        ("Total", "sums up other rows: remove this row"),
        ("Gesamtergebnis", "sums up other rows"),
        ("(12 rows)", "sums up other rows"),
        ("01-Mar", "was made a date by a spreadsheet: format the column as text"),
        ("1.23E+12", "was rounded"),
        ("1,234,567", "was made a number"),
        ("12345.0", "was made a number"),
        ("=A2&B2", "is a formula, not what came of it: export the values"),
        ("=VLOOKUP(A2;B:C;2)", "is a formula"),
        ("АВС-100", "has the letter U+0410 CYRILLIC CAPITAL LETTER A, which looks like A: write it with Latin"),
        ("AΒC-100", "GREEK CAPITAL LETTER BETA"),
        ("DrÃ¤ger-1", "was read in another encoding"),
        ("ABC\ufffd100", "REPLACEMENT CHARACTER"),
        ("=ABC-100", "is what a spreadsheet computes from: export the values"),
        ("=“ABC-100", "is what a spreadsheet computes from: export the values"),
        ("’ABC-100'", "begins with a quote: remove it"),
        ("LK-១០០", "KHMER DIGIT ONE: write it as on the device"),
        ("LK-1〇〇", "IDEOGRAPHIC NUMBER ZERO"),
        ("LKー100", "KATAKANA-HIRAGANA PROLONGED SOUND MARK: write it as on the device"),
        ("LK\u05be100", "HEBREW PUNCTUATION MAQAF"),
        ("\ua4e1K-100", "LISU LETTER LA"),
        ("LKʟ-100", "LATIN LETTER SMALL CAPITAL L"),
        ("AΩ-100", "GREEK CAPITAL LETTER OMEGA"),
    ],
)
def test_a_serial_number_that_is_not_the_device_s_is_refused(serial: str, says: str) -> None:
    error = rejection(serial=serial)
    assert error.reasons == (Reason.SERIAL,)
    assert says in str(error)


@pytest.mark.parametrize(
    "given",
    ["ABC\u2010100", "ABC\u2212100", "ABC–100", "ＡＢＣ-100", "ABC-100\u00a0", '="ABC-100"', "'ABC-100", "’ABC-100",
     '"ABC-100"', "“ABC-100”", "=“ABC-100”", "＇ABC-100", "''ABC-100", "``ABC-100"],
)  # fmt: skip
def test_a_serial_number_is_stored_in_its_plain_form(given: str) -> None:
    assert unit(serial=given).serial == "ABC-100"


@pytest.mark.parametrize(
    "serial", ["Ä-100", "粤A12345", "БЖ-100", "コード-1", "한글12", "A12한", "第一12", "Ω1", "Ø12"]
)
def test_a_serial_number_in_the_letters_of_its_label_is_kept(serial: str) -> None:
    assert unit(serial=serial).serial == serial


@pytest.mark.parametrize("model", ["1.23E+12", "1-Mar", "Mar-01", "2021-03-01 00:00:00", "12345678901234500000"])
def test_a_model_that_a_spreadsheet_computed_is_refused(model: str) -> None:
    error = rejection(model=model)
    assert error.reasons == (Reason.MODEL,)
    assert "by a spreadsheet: format the column as text and export it again" in str(error)
    assert unit(model="1,000").model == "1,000"
    assert unit(model="840.0").model == "840.0"


def test_wrapped_udis_and_days_are_read() -> None:
    read = unit(serial='="0012345"', udi='="09504000059118"', installed_on='="2024-02-29"')
    assert (read.serial, read.udi) == ("0012345", "(01)09504000059118(21)0012345")
    assert read.installed_on is not None


@pytest.mark.parametrize("where", IDENTIFYING)
@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u202e", "\u00ad", "\ufeff", "\x07", "\u2028", "\x85", "\u2060", "\ufe0f"]
)
@pytest.mark.parametrize("place", [0, 2, 99])
def test_a_character_that_can_not_be_seen_is_refused_wherever_it_identifies(
    where: str, hidden: str, place: int
) -> None:
    text = ({**GOOD, "udi": UDI})[where]
    known = parties(everything())
    error = rejection(known, **{where: text[:place] + hidden + text[place:]})
    assert error.reasons == (REASONS[where],)
    assert f"has a character that can't be seen, U+{ord(hidden):04X}" in str(error)
    assert not known.newcomers


def test_breaks_and_wide_blanks_within_a_cell_are_blanks() -> None:
    assert unit(model="C6\n(rev B)").model == "C6 (rev B)"
    assert unit(model="C6\u00a0 Plus\u3000").model == "C6 Plus"
    assert unit(site="Intensive\r\nCare Unit").site == "ICU"


# -- look-alikes -------------------------------------------------------------------------------------------------------


def test_a_model_that_only_looks_like_a_known_one_is_refused_with_it() -> None:
    known = parties()
    known.models.add("DRAEGER", "C6")
    error = rejection(known, model="С6")
    assert error.reasons == (Reason.MODEL,)
    assert "the model 'С6' looks like C6 and is written with other letters: write it so" in str(error)
    assert unit(known, model="Ｃ６").model == "C6"
    assert unit(known, model="РО-9").model == "РО-9", "a model of a Russian maker, which looks like no other"
    assert "has the letter U+0421" in str(rejection(known, model="СE6"))


def test_names_that_only_look_like_known_ones_create_nothing() -> None:
    known = parties(everything())
    known.add_customer(Entry("OKHA", "OKHA"))
    for changed in ({"customer": "Аpollo Hospital"}, {"customer": "ОКНА"}, {"site": "IСU"}, {"manufacturer": "GЕ"}):
        assert "and is written with other letters: write it so" in str(rejection(known, **changed))
    assert "has the letter U+0421" in str(rejection(known, customer="Сity General"))
    assert not known.newcomers
    assert unit(known, customer="Городская больница", site="Терапия").customer == "CUSTOMER"


def test_a_name_that_is_easily_taken_for_a_known_one_is_suggested_first() -> None:
    assert "nearest: Apollo Hospital" in str(rejection(customer="AP0LLO"))


# -- scans -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scan",
    [
        "01095040000591181124011521V-1",
        "]d2010950400005911821V-1",
        "]C1010950400005911810LOT7\x1d21V-1",
        "]Q3010950400005911821V-1",
        "\x1d010950400005911821V-1\x1d",
        "(01)09504000059118(21)V-1",
        "https://id.gs1.org/01/09504000059118/21/V-1",
    ],
)
def test_a_scan_where_the_serial_number_belongs_is_read(scan: str) -> None:
    read = unit(serial=scan)
    assert read.serial == "V-1"
    assert read.udi is not None
    assert read.udi.startswith("(01)09504000059118")


def test_a_scan_of_a_model_names_no_unit() -> None:
    assert "names a model, not a unit" in str(rejection(serial="]d20109504000059118"))


def test_a_long_serial_number_is_no_scan() -> None:
    assert unit(serial="0109504000059119217").serial == "0109504000059119217"
