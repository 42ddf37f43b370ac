"""Device identifiers as labels, scanners and spreadsheets give them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.udi import Issuer, UdiError, read_elements, read_udi

GTIN = "09504000059118"
"""950400005911 with the check digit 8, from GS1's own examples."""


def naive_check_digit(payload: str) -> int:
    """From the right: threefold, once, threefold …, to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload)))
    return -total % 10


@pytest.mark.parametrize(
    "given_as",
    [
        f"(01){GTIN}(11)141231(17)150700(10)7654321D(21)10987654d321",
        f" (01) {GTIN} (17) 150700 (11) 141231 (21) 10987654d321 (10) 7654321D",
        f"]d201{GTIN}1114123117150700107654321D\x1d2110987654d321",
        f"01{GTIN}1114123117150700107654321D\x1d2110987654d321",
        f"\x1d01{GTIN}1114123117150700107654321D\x1d2110987654d321\x1d",
        f"]C101{GTIN}1114123117150700107654321D<GS>2110987654d321",
        f"^01{GTIN}1114123117150700107654321D^2110987654d321",
        f"https://id.gs1.org/01/{GTIN}/10/7654321D/21/10987654d321?11=141231&17=150700",
    ],
)
def test_every_way_of_writing_it_gives_the_same_text(given_as: str) -> None:
    assert read_udi(given_as).text == f"(01){GTIN}(11)141231(17)150700(10)7654321D(21)10987654d321"


def test_a_serial_number_in_it_names_the_unit() -> None:
    udi = read_udi(f"(01){GTIN}(21)AB-1")
    assert (udi.issuer, udi.serial, udi.names_a_unit) == (Issuer.GS1, "AB-1", True)
    assert udi.of_unit("anything") == f"(01){GTIN}(21)AB-1"


@pytest.mark.parametrize("bare", [GTIN, "9504000059118", f"(01){GTIN}"])
def test_a_bare_identifier_names_a_model_and_takes_the_serial_number_of_its_unit(bare: str) -> None:
    udi = read_udi(bare)
    assert not udi.names_a_unit
    assert udi.of_unit("V-17") == f"(01){GTIN}(21)V-17"


@pytest.mark.parametrize("serial", ["V 17", "Ü-17", "A" * 21])
def test_a_serial_number_that_a_label_can_not_carry_is_not_forced_into_it(serial: str) -> None:
    assert read_udi(GTIN).of_unit(serial) is None


def test_the_serial_number_goes_to_the_end_of_what_is_there() -> None:
    assert read_udi(f"(10)LOT(01){GTIN}").of_unit("7") == f"(01){GTIN}(10)LOT(21)7"


@pytest.mark.parametrize("month_only", ["250200", "240200"])
def test_a_day_of_00_says_that_only_the_month_is_known(month_only: str) -> None:
    assert read_udi(f"(01){GTIN}(11){month_only}(21)1").text == f"(01){GTIN}(11){month_only}(21)1"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("(01)09504000059110(21)1", "check digit of 09504000059110 is 0 and must be 8"),
        ("09504000059119", "must be 8"),
        ("00000000000000", "no device identifier"),
        (f"(01){GTIN}(11)251301(21)1", r"\(11\)251301 is no date"),
        (f"(01){GTIN}(17)250230(21)1", r"\(17\)250230 is no date"),
        (f"(01){GTIN}(17)250000(21)1", r"\(17\)250000 is no date"),
        (f"(01){GTIN}(21)", "not of its form"),
        (f"(01){GTIN}(21){'A' * 21}", "not of its form"),
        (f"(01){GTIN}(21)1(21)2", "the same thing twice"),
        (f"(01){GTIN}(1)2", "no identifier such as"),
        (f"(01){GTIN}(89)2", "no identifier of GS1"),
        ("(10)LOT(21)1", r"has no device identifier \(01\)"),
        ("(01)123(21)1", "not of its form"),
        ("8.41506E+11", "rounded by a spreadsheet"),
        ("Ventilator 7", "can be read: GS1 looks like"),
        ("991234", "can be read"),
    ],
)
def test_what_is_wrong_is_said(wrong: str, why: str) -> None:
    with pytest.raises(UdiError, match=why):
        read_udi(wrong)


@given(payload=st.text(string.digits, min_size=13, max_size=13).filter(lambda digits: digits.strip("0")))
def test_the_right_check_digit_is_taken_and_every_other_one_refused(payload: str) -> None:
    right = naive_check_digit(payload)
    for digit in range(10):
        gtin = f"{payload}{digit}"
        if digit == right:
            assert read_udi(gtin).text == f"(01){gtin}"
        else:
            with pytest.raises(UdiError, match=f"must be {right}"):
                read_udi(gtin)


VALUE = st.text(string.ascii_letters + string.digits + "!\"%&'()*+,-./:;<=>?_", min_size=1, max_size=20)


@given(lot=VALUE, serial=VALUE)
def test_what_is_stored_reads_back_as_itself(lot: str, serial: str) -> None:
    scanned = f"\x1d01{GTIN}10{lot}\x1d21{serial}"
    if "<gs>" in scanned.lower():
        return
    stored = read_udi(scanned)
    assert dict(read_elements(stored.text)) == {"01": GTIN, "10": lot, "21": serial}
    assert read_udi(stored.text) == stored


def test_a_hibcc_string_is_kept_as_it_is_if_its_check_character_is_right() -> None:
    udi = read_udi("+A123ABCDEFGHI1234567891/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202$")
    assert (udi.issuer, udi.serial, udi.names_a_unit) == (Issuer.HIBCC, "XYZ456789012345678", True)
    assert udi.of_unit("X") == udi.text
    with pytest.raises(UdiError, match="HIBCC, and its check character is wrong"):
        read_udi("+A123BJC5D6E71H")


@pytest.mark.parametrize("device", ["+A123BJC5D6E71G", "M2046009001AA0"])
def test_a_hibcc_string_without_serial_number_names_a_model_and_can_not_be_completed(device: str) -> None:
    udi = read_udi(device)
    assert udi.issuer is Issuer.HIBCC
    assert udi.of_unit("V-17") is None


def test_an_iccbba_string_is_kept_as_it_is() -> None:
    text = "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123"
    udi = read_udi(text)
    assert (udi.issuer, udi.of_unit("1")) == (Issuer.ICCBBA, text)
