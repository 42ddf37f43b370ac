"""What is no identity, though a cell has it."""

from __future__ import annotations

import pytest

from models.placeholders import is_error, is_filler, is_summary, says_nothing, spoilt


@pytest.mark.parametrize(
    "text", ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA",
             "#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#VALEUR!", "#NOM?", "#NUL!", "#NOMBRE!", "#¡REF!",
             "#¡VALOR!", "#¿NOMBRE?", "#¡DIV/0!", "#N/D", "#RIF!", "#VALORE!", "#NOME?", "#NÚM!", "#N/B", "#VERW!",
             "#WAARDE!", "#DEEL/0!", "#I/T", "#ADR!", "#DZIEL/0!", "#SAKNAS!", "#VÄRDEFEL!", "#Н/Д", "#ССЫЛКА!",
             "#ЗНАЧ!", "#YOK", "#BAŞV!", "#HIÁNYZIK", "#NENÍ_K_DISPOZICI", "#ref!", " #N/A ", "####", "########",
             "Err:502", "Fehler:508", "#ERROR!", "Error 2042", "# N/A", "#N∕A", "#REF!A1", "#REF!$B$12", "REF!", "N/A!",
             "VALUE!", "NAME?", "#N/A N/A", "#N/A Field Not Applicable"]
)  # fmt: skip
def test_an_error_of_a_spreadsheet_is_known_in_every_language(text: str) -> None:
    assert is_error(text)


@pytest.mark.parametrize(
    "text", ["#12345", "#A-17", "Ward #3", "N/A", "REF-100", "#1", "VALUE", "What?", "!", "#5/A pump leaks",
             "# 3 is broken!", "Help!", "Name? Nobody knows"]
)  # fmt: skip
def test_a_number_sign_alone_is_no_error(text: str) -> None:
    assert not is_error(text)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "—", "…", "...", "?", "n/a", "N.A.", "NaN", "nan", "NULL", "(null)", "<NA>", "[NULL]",
             "None", "<none>", "(blank)", "(Leer)", "(vide)", "(en blanco)", "\\N", "undefined", "NaT", "k.A.",
             "unbekannt", "inconnu", "desconocido", "н/д", "#", "TBD", "ditto", '"', "''", "___",
             "[object Object]", "-nan", "1.#QNAN", "S/N:", "SN:", "N°"]
)  # fmt: skip
def test_what_people_and_programs_write_for_nothing_says_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    ["NA-100", "0", "Nano", "ICU", "INF", "True", "No data", "Serial 7", "C6", "Unknown Soldier Hospital", "(A)"],
)
def test_a_value_says_something(text: str) -> None:
    assert not says_nothing(text)


@pytest.mark.parametrize(
    "text", ["0", "00000000", "000-000", "0.0", "XXXX", "xx-xx", "???", "*****", "N/A", "00:00:00", "TRUE", "Falsch",
             "VRAI", "Infinity", "-inf", "Loading...", "No data", "not set", "sin datos"]
)  # fmt: skip
def test_a_serial_number_of_fillers_is_none(text: str) -> None:
    assert is_filler(text)


@pytest.mark.parametrize("text", ["0012345", "X1", "10000", "A0", "007"])
def test_a_serial_number_is_no_filler(text: str) -> None:
    assert not is_filler(text)


@pytest.mark.parametrize(
    "text", ["Total", "TOTAL:", "Grand Total", "Subtotal", "Summe", "Gesamtergebnis", "Total: 12", "Sum = 1,234",
             "(12 rows)", "12 rows affected", "Итого", "Total général", "Anzahl: 3", "347 units"]
)  # fmt: skip
def test_a_row_of_sums_is_known(text: str) -> None:
    assert is_summary(text.rstrip(":"))


@pytest.mark.parametrize("text", ["TOTAL-100", "SUM1", "Sumitomo 7", "12 ROW-3", "COUNT DRACULA"])
def test_a_serial_number_is_no_sum(text: str) -> None:
    assert not is_summary(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1.23E+12", "rounded"),
        ("1,23457E+11", "rounded"),
        ("8E+13", "rounded"),
        ("1.23e12", "rounded"),
        ("1.5E-05", "rounded"),
        ("123456789012345000", "rounded"),
        ("01-Mar", "a date"),
        ("1. Mär", "a date"),
        ("Mar-01", "a date"),
        ("2024-03-01", "a date"),
        ("2024-03-01 00:00:00", "a date"),
        ("01.03.2024", "a date"),
        ("3/1/2024", "a date"),
        ("1,234,567", "a number"),
        ("1.234.567", "a number"),
        ("1'234'567", "a number"),
        ("1,234.00", "a number"),
        ("12345.0", "a number"),
    ],
)
def test_what_a_spreadsheet_made_of_a_serial_number_is_said(text: str, what: str) -> None:
    assert what in (spoilt(text) or "")


@pytest.mark.parametrize(
    "text", ["MAR-01", "01-MAR", "12E34567", "45E-12", "2019-45-12", "12.345", "1 234 567", "123456789012345", "A1,234",
             "10.0", "5E-1234", "MAC-1", "2024-3001"]
)  # fmt: skip
def test_a_serial_number_that_is_merely_odd_is_kept(text: str) -> None:
    assert spoilt(text) is None
