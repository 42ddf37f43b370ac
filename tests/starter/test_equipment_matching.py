"""What a registry's words mean here: columns, names, contexts, days; and what is never guessed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.vocabulary import InstalledContext
from starter.importing.columns import MappingError
from starter.importing.equipment.catalog import ContextIndex, Entry, Index, NotPlacedError, TypeIndex
from starter.importing.equipment.dates import DateError, check_format, read_day
from starter.importing.equipment.fields import EquipmentMapping, Field
from starter.importing.equipment.names import keys, new_code
from starter.importing.equipment.parties import MayCreate, Parties
from starter.importing.equipment.rows import Reason, UnfitError, Unit, UnitReader
from starter.importing.records import Record, RejectedError

TYPES = TypeIndex(
    [
        Entry("ventilator", "Ventilator", ("Breathing machine", "Respirator"), ("CBK",)),
        Entry("ct_scanner", "CT Scanner", ("CAT scan", "Scanner"), ("JAK",)),
        Entry("mri_machine", "MRI Machine", ("Scanner",), ("LNH",)),
        Entry("xray_machine", "X-Ray Machine"),
        Entry("infusion_pump", "Infusion Pump", (), ("FRN",)),
    ]
)
TODAY = date(2026, 3, 1)
GOOD = {
    "serial": "V-1",
    "type": "Ventilator",
    "manufacturer": "Dräger",
    "model": "Evita V800",
    "customer": "Apollo",
    "site": "ICU",
    "context": "ICU",
}


def parties(may_create: MayCreate | None = None) -> Parties:
    known = Parties(may_create)
    known.manufacturers.add(Entry("DRAEGER", "Dräger", ("Draegerwerk",)))
    known.manufacturers.add(Entry("GE", "GE HealthCare", ("General Electric",)))
    known.manufacturers.add(Entry("SMITH", "Smith & Nephew"))
    for code, name in (("APOLLO", "Apollo Hospital"), ("CITY-1", "City Clinic"), ("CITY-2", "City Clinic")):
        known.add_customer(Entry(code, name))
        known.add_site(code, Entry("ICU", "Intensive Care Unit"))
    known.add_site("CITY-1", Entry("LAB", "Laboratory"))
    return known


def reader(known: Parties | None = None, mapping: EquipmentMapping | None = None) -> UnitReader:
    return UnitReader(mapping or EquipmentMapping.parse(), TYPES, known or parties(), today=TODAY)


def unit(known: Parties | None = None, **changed: object) -> Unit:
    return reader(known).unit(Record(2, {**GOOD, **changed}))


def rejection(known: Parties | None = None, **changed: object) -> UnfitError:
    with pytest.raises(UnfitError) as raised:
        unit(known, **changed)
    return raised.value


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dräger", "DRAGER"),
        ("Dräger", "Draeger"),
        ("Dräger", "Dra\u0308ger AG"),
        ("Drägerwerk AG & Co. KGaA", "draegerwerk"),
        ("Mindray Co., Ltd.", "mindray"),
        ("DEFIBTECH, L.L.C.", "Defibtech"),
        ("Esaote S.p.A.", "ESAOTE"),
        ("BPL Medical Pvt. Ltd", "BPL-Medical"),
        ("Smith & Nephew, Inc.", "Smith and Nephew"),
        ("ＧＥ HealthCare", "GE Healthcare"),
        ("Søren Æble", "Soren Aeble"),
        ("Children's Hospital", "Childrens Hospital"),
    ],
)
def test_spellings_of_one_firm_are_one_name(one: str, other: str) -> None:
    assert keys(one, firm=True) & keys(other, firm=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Baer", "Bar"), ("Philips", "Philips India"), ("कमल", "कमाल"), ("Co", "Inc"), ("Apollo", "Apolo")],
)
def test_other_names_stay_other_names(one: str, other: str) -> None:
    assert not keys(one, firm=True) & keys(other, firm=True)


@pytest.mark.parametrize(
    "text", ["ventilator", "VENTILATORS", "breathing-machine", " Ventilator ", "CBK", "ventilator."]
)
def test_a_type_is_found_by_code_name_synonym_and_product_code(text: str) -> None:
    assert TYPES.code(text) == "ventilator"


def test_a_type_that_is_not_known_is_placed_by_its_product_code() -> None:
    assert TYPES.code("Neonatal breathing aid", "CBK") == "ventilator"
    assert TYPES.code("", "FRN") == "infusion_pump"


def test_a_type_and_a_product_code_that_disagree_are_refused() -> None:
    with pytest.raises(NotPlacedError, match="is ventilator, but the product code FRN is infusion_pump"):
        TYPES.code("Ventilator", "FRN")


def test_a_near_name_is_suggested_and_never_taken() -> None:
    with pytest.raises(NotPlacedError, match=r"'Vntilator' is not known \(nearest: Ventilator\)") as raised:
        TYPES.code("Vntilator")
    assert raised.value.nearest == ("Ventilator",)
    with pytest.raises(NotPlacedError) as raised:
        TYPES.code("Adult intensive-care ventilator")
    assert raised.value.nearest == ("Ventilator",)


def test_a_name_of_two_types_is_refused_with_both() -> None:
    with pytest.raises(NotPlacedError, match=r"CT Scanner \(ct_scanner\) or MRI Machine \(mri_machine\): use the code"):
        TYPES.code("scanner")


def test_a_name_counts_before_a_synonym() -> None:
    index = Index(Field.TYPE, "type")
    index.add(Entry("a", "Monitor"))
    index.add(Entry("b", "Patient Monitor", ("Monitor",)))
    assert index.code("monitor") == "a"


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("Intensive care", InstalledContext.ICU),
        ("OT", InstalledContext.OPERATING_ROOM),
        ("Operation Theatre", InstalledContext.OPERATING_ROOM),
        ("operating_room", InstalledContext.OPERATING_ROOM),
        ("General ward", InstalledContext.WARD),
        ("lab", InstalledContext.LABORATORY),
        ("A&E", InstalledContext.EMERGENCY),
        ("CASUALTY", InstalledContext.EMERGENCY),
        ("Radiology", InstalledContext.IMAGING),
    ],
)
def test_hospitals_words_for_a_context(text: str, context: InstalledContext) -> None:
    assert ContextIndex().code(text) == context.value


def test_another_context_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(NotPlacedError, match="it is one of icu, ward, operating_room"):
        ContextIndex().code("Kitchen")


@pytest.mark.parametrize(
    ("name", "taken", "code"),
    [
        ("Dräger Medical GmbH", (), "DRAEGER-MEDICAL"),
        ("3M Health", (), "MAKER-3M-HEALTH"),
        ("अपोलो", (), "MAKER"),
        ("GE", ("GE", "GE-2"), "GE-3"),
        ("A" * 60, (), "A" * 40),
    ],
)
def test_a_new_name_gets_a_code_that_fits_and_is_free(name: str, taken: tuple[str, ...], code: str) -> None:
    assert new_code(name, taken, "MAKER") == code


# -- columns ---------------------------------------------------------------------------------------------------------


def test_columns_are_found_by_the_names_that_registries_use() -> None:
    header = (
        "S/N",
        "Equipment Type",
        "MAKE",
        "Model No.",
        "Hospital",
        "Department",
        "Context",
        "UDI-DI",
        "Install Date",
    )
    mapping = EquipmentMapping.parse()
    mapping.check(header)
    values = mapping.values(Record(2, dict(zip(header, "abcdefghi", strict=True))))
    assert "".join(values[where] for where in Field) == "abcdefghi"


def test_options_go_before_names() -> None:
    mapping = EquipmentMapping.parse(["site=Ward"], ["customer=APOLLO"], ["context:Floor 2=ward"])
    record = Record(2, {"Ward": "W1", "Department": "D1", "Hospital": "Other", "context": "Floor 2"})
    values = mapping.values(record)
    assert (values[Field.SITE], values[Field.CUSTOMER], values[Field.CONTEXT]) == ("W1", "APOLLO", "ward")


def test_two_columns_that_could_be_a_field_are_asked_about() -> None:
    mapping = EquipmentMapping.parse()
    with pytest.raises(MappingError, match="'Ward' and 'Location' could both be the site"):
        mapping.check(("serial", "Ward", "Location"))
    with pytest.raises(RejectedError, match="could both be the site"):
        mapping.values(Record(2, {"Ward": "a", "Location": "b"}))
    assert mapping.values(Record(2, {"site": "a", "Location": "b"}))[Field.SITE] == "a"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["colour=x"]}, "there is no field 'colour'"),
        ({"constants": ["serial=1"]}, "A serial belongs to one unit"),
        ({"columns": ["site=a"], "constants": ["site=b"]}, "a --column and a --set"),
    ],
)
def test_options_that_can_not_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError, match=message):
        EquipmentMapping.parse(**options)


def test_all_fields_that_no_column_gives_are_named_at_once() -> None:
    with pytest.raises(MappingError, match=r"gives the customer, the site, the context.*--set customer=VALUE"):
        EquipmentMapping.parse().check(("serial", "device", "make", "model"))
    with pytest.raises(MappingError, match="There is no column 'X' for site"):
        EquipmentMapping.parse(["site=X"]).check(("serial",))


# -- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("2024-02-29", None, date(2024, 2, 29)),
        ("2024-02-29 00:00:00", None, date(2024, 2, 29)),
        ("2026-03-01", None, TODAY),
        ("29/02/2024", "%d/%m/%Y", date(2024, 2, 29)),
        ("1950-01-01", None, date(1950, 1, 1)),
    ],
)
def test_a_day_is_read(text: str, form: str | None, day: date) -> None:
    assert read_day(text, TODAY, form) == day


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        ("29/02/2024", None, "--date-format"),
        ("2023-02-29", None, "no day of the form YYYY-MM-DD"),
        ("20240229", None, "--date-format"),
        ("45351", None, "means 2024-02-29 or, counting from 1904, 2028-03-01: format the column as a date"),
        ("45351.5", None, "means 2024-02-29"),
        ("29.02.24", None, "two digits fits two centuries"),
        ("2/29/24", None, "two digits fits two centuries"),
        (
            "02/03/2024",
            None,
            r"%d/%m/%Y says that 02 is the day, --date-format %m/%d/%Y that 03 is; look at other rows",
        ),
        ("29.02.2024", None, r"--date-format %d\.%m\.%Y says that 29 is the day$"),
        ("02-29-2024", None, r"--date-format %m-%d-%Y says that 29 is the day$"),
        ("29/02/2023", "%d/%m/%Y", "no day of the form"),
        ("٢٠٢٤-٠٢-٢٩", None, "--date-format"),
        ("2024-02-29", "%d/%m/%Y", "no day of the form %d/%m/%Y"),
        ("01/01/24", "%d/%m/%Y", "no day of the form"),
        ("2026-03-02", None, "in the future"),
        ("1949-12-31", None, "before 1950"),
    ],
)
def test_a_day_that_leaves_something_to_guess_is_refused(text: str, form: str | None, why: str) -> None:
    with pytest.raises(DateError, match=why):
        read_day(text, TODAY, form)


@pytest.mark.parametrize("form", ["%d/%m/%y", "%x", "%m/%Y", "yesterday"])
def test_a_form_with_a_short_year_or_without_a_day_is_refused(form: str) -> None:
    with pytest.raises(MappingError, match="--date-format"):
        check_format(form)


# -- rows ------------------------------------------------------------------------------------------------------------


def test_a_record_becomes_a_unit() -> None:
    assert unit(udi="9504000059118", installed_on="2024-02-29") == Unit(
        line=2,
        serial="V-1",
        equipment_type="ventilator",
        manufacturer="DRAEGER",
        model="Evita V800",
        customer="APOLLO",
        site="ICU",
        installed_context="icu",
        udi="(01)09504000059118(21)V-1",
        installed_on=date(2024, 2, 29),
    )


def test_everything_that_is_wrong_is_said_at_once() -> None:
    error = rejection(type="Vntilator", manufacturer="", context="Kitchen", installed_on="soon", model="-")
    assert error.reasons == (Reason.TYPE, Reason.CONTEXT, Reason.MODEL, Reason.DATE, Reason.MANUFACTURER)
    assert "the manufacturer is empty" in str(error)
    assert [(one.where, one.value) for one in error.not_placed] == [
        (Field.TYPE, "Vntilator"),
        (Field.CONTEXT, "Kitchen"),
    ]


def test_an_empty_serial_number_is_taken_from_the_udi() -> None:
    assert unit(serial="", udi="(01)09504000059118(21)Z9").serial == "Z9"


def test_a_serial_number_and_a_udi_that_disagree_are_refused_with_both() -> None:
    assert "is V-1, but the UDI says (21)Z9" in str(rejection(udi="(01)09504000059118(21)Z9"))
    assert unit(serial="z 9", udi="(01)09504000059118(21)Z9").serial == "z 9"


def test_an_identifier_of_a_model_is_no_unit() -> None:
    error = rejection(serial="N/A", udi="9504000059118")
    assert error.reasons == (Reason.NO_SERIAL,)
    assert "the UDI names a model, not a unit" in str(error)


def test_a_unit_whose_udi_can_not_be_completed_goes_without() -> None:
    left_out = unit(udi="M2046009001AA0")
    assert (left_out.udi, left_out.udi_left_out) == (None, True)


@pytest.mark.parametrize("serial", ["1.23457E+11", "A\u0007B", "X" * 201])
def test_a_serial_number_that_was_damaged_is_refused(serial: str) -> None:
    assert rejection(serial=serial).reasons == (Reason.SERIAL,)


def test_a_site_is_one_of_its_customer() -> None:
    assert unit(customer="CITY-1", site="laboratory").site == "LAB"
    assert rejection(site="Laboratory").reasons == (Reason.SITE,)


def test_a_customer_whose_name_two_have_is_refused_with_both() -> None:
    assert "City Clinic (CITY-1) or City Clinic (CITY-2)" in str(rejection(customer="City clinic"))


def test_unknown_makers_and_customers_are_rejected_unless_they_may_be_created() -> None:
    assert rejection(manufacturer="Acme", customer="New Clinic").reasons == (Reason.MANUFACTURER, Reason.CUSTOMER)

    known = parties(MayCreate(manufacturers=True, customers=True, time_zone="Asia/Kolkata"))
    first = unit(known, manufacturer="Acme Inc.", customer="New Clinic Ltd", site="Ward 1")
    again = unit(known, manufacturer="ACME", customer="new clinic", site="ward-1")
    assert (first.manufacturer, first.customer, first.site) == ("ACME", "NEW-CLINIC", "WARD-1")
    assert again == first
    assert [one.name for one in known.newcomers.manufacturers.values()] == ["Acme Inc."]
    assert rejection(known, site="Ward 9").reasons == (Reason.SITE,), "sites of known customers need --create-sites"


def test_what_is_created_says_what_it_resembles() -> None:
    known = parties(MayCreate(customers=True))
    unit(known, customer="Apolo Hospital")
    assert known.newcomers.customers["APOLO-HOSPITAL"].resembles == ("Apollo Hospital",)


def test_an_ambiguous_name_is_never_created() -> None:
    assert "use the code" in str(rejection(parties(MayCreate(customers=True)), customer="City Clinic"))
