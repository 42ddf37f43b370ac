"""What a record means: fields, translations, keys, and a unit for a report that names only a type."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identity import KEY_PATTERN
from models.vocabulary import Priority, Role
from starter.importing.bulk import Repeated, settled_by_reading
from starter.importing.columns import MappingError
from starter.importing.mapping import FieldMapping, MappedReport
from starter.importing.records import Record, Rejected, RejectedError
from starter.importing.units import UnitsByType

PLAIN = FieldMapping.parse()
GOOD = {"unit": "V-1", "description": "It beeps", "priority": "P2"}


def rejection(mapping: FieldMapping = PLAIN, **changed: object) -> str:
    with pytest.raises(RejectedError) as refused:
        mapping.report(Record(7, {**GOOD, **changed}))
    return str(refused.value)


def test_fields_stand_in_the_columns_of_their_names_by_default() -> None:
    report = PLAIN.report(Record(7, {**GOOD, "key": "K-1", "reporter": "nurse.a"}))
    assert (report.line, report.unit, report.description, report.key) == (7, "V-1", "It beeps", "K-1")
    assert report.priority is Priority.P2
    assert (report.reporter.code, report.reporter.role) == ("nurse.a", Role.HOSPITAL)


def test_columns_constants_and_translations_make_a_foreign_file_readable() -> None:
    mapping = FieldMapping.parse(
        columns=["description=reason", "type=kind", "priority=severity"],
        constants=["reporter=registry"],
        translations=["type:pump=infusion_pump", "priority:high=P1", "priority:*=P4", "priority:=P3"],
    )
    record = {"reason": " It leaks = badly ", "kind": "pump", "severity": "high"}
    report = mapping.report(Record(2, record))
    assert (report.unit, report.equipment_type, report.description) == (None, "infusion_pump", "It leaks = badly")
    assert report.priority is Priority.P1
    assert mapping.report(Record(2, {**record, "severity": "odd"})).priority is Priority.P4
    assert mapping.report(Record(2, {**record, "severity": ""})).priority is Priority.P3


def test_a_derived_key_follows_from_the_file_and_not_from_the_options() -> None:
    record = Record(2, {"unit": "V-1", "description": "It beeps", "severity": "high"})
    columns = ["priority=severity"]
    first = FieldMapping.parse(columns, translations=["priority:high=P1"]).report(record)
    corrected = FieldMapping.parse(columns, translations=["priority:high=P2"]).report(record)
    assert first.key == corrected.key
    assert first.key.startswith("import-")
    assert first.key != FieldMapping.parse(columns).report(Record(3, {**record.values, "severity": "P1"})).key


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_derived_key_can_always_be_used(unit: str, description: str) -> None:
    try:
        report = PLAIN.report(Record(2, {**GOOD, "unit": unit, "description": description}))
    except RejectedError:
        return
    assert KEY_PATTERN.fullmatch(report.key)


@pytest.mark.parametrize(
    "column",
    ["reported_at", "Date", "incident", "Incident No.", "Event Date", "Date of event", "timestamp", "created_at", "ID",
     "Report number", "Datum", "Störung am", "Reported On", "MDR_REPORT_KEY", "fecha", "case_id"],
)  # fmt: skip
def test_a_fault_that_recurs_has_a_key_of_its_own(column: str) -> None:
    reports = [PLAIN.report(Record(line, {**GOOD, column: f"2026-01-0{line}"})) for line in (2, 3)]
    assert reports[0].key != reports[1].key
    assert all(one.singular for one in reports)
    assert PLAIN.report(Record(9, {**GOOD, column: "2026-01-02"})).key == reports[0].key, "the same file opens nothing"
    assert not PLAIN.report(Record(9, {**GOOD, column: "n/a"})).singular


@pytest.mark.parametrize("column", ["closed_at", "status", "exported at", "last modified", "due date", "ward", "notes"])
def test_what_changes_between_two_exports_is_no_part_of_a_key(column: str) -> None:
    first, second = (PLAIN.report(Record(2, {**GOOD, column: text})) for text in ("2026-01-05", "2026-02-11"))
    assert first.key == second.key
    assert not first.singular


def test_a_column_of_any_name_may_say_when_it_was_reported() -> None:
    mapping = FieldMapping.parse(["reported_at=noticed"])
    first, second = (mapping.report(Record(2, {**GOOD, "noticed": day})) for day in ("Monday", "Friday"))
    assert first.key != second.key
    with pytest.raises(MappingError, match="no column 'noticed'"):
        mapping.check(("unit", "description", "priority"))
    with pytest.raises(MappingError, match="A time belongs to one report"):
        FieldMapping.parse(constants=["reported_at=2026-01-01"])


def test_one_instant_written_otherwise_is_one() -> None:
    forms = ("2026-01-05T08:00Z", "2026-01-05T09:00:00+01:00", " 2026-01-05 08:00:00.000+00:00 ")
    assert len({PLAIN.report(Record(2, {**GOOD, "date": text})).key for text in forms}) == 1


def test_a_field_that_is_mapped_counts_once() -> None:
    mapping = FieldMapping.parse(["description=incident", "unit=case"])
    first = mapping.report(Record(2, {"incident": "It beeps", "case": "V-1", "priority": "P1"}))
    assert not first.singular


def test_incidents_with_one_key_and_two_dates_are_not_one() -> None:
    rows = [Record(line, {**GOOD, "key": "K", "date": f"2026-01-0{line}"}) for line in (2, 3)]
    _, second = settled_by_reading(rows, PLAIN)
    assert isinstance(second, Rejected)
    assert "same key as line 2 (K), but another report" in second.reason


@pytest.mark.parametrize("field", ["unit", "description", "key", "reporter", "priority"])
@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#BEZUG!", "Err:508"])
def test_an_error_of_a_spreadsheet_is_no_report(field: str, error: str) -> None:
    assert f"the {field} is {error}, an error of the spreadsheet" in rejection(PLAIN, **{field: error})


@pytest.mark.parametrize("nothing", ["NaN", "NULL", "None", "<NA>", "(blank)", "—"])
def test_what_says_nothing_is_no_key_no_unit_and_nobody(nothing: str) -> None:
    assert "the key is empty" in rejection(FieldMapping.parse(["key=id"]), id=nothing)
    assert PLAIN.report(Record(2, {**GOOD, "key": nothing})).key.startswith("import-")
    assert PLAIN.report(Record(2, {**GOOD, "reporter": nothing})).reporter.code == "import"
    assert "the unit is empty" in rejection(PLAIN, unit=nothing)
    assert f"the description is {nothing!r}, which says nothing" in rejection(PLAIN, description=nothing)
    assert "the priority is empty" in rejection(PLAIN, priority=nothing)


@pytest.mark.parametrize("key", ["1.23E+12", "8E+13", "123456789012345000"])
def test_a_key_that_was_rounded_is_refused(key: str) -> None:
    assert "was rounded by a spreadsheet: format the column as text" in rejection(
        FieldMapping.parse(["key=id"]), id=key
    )


def test_a_key_like_a_ticket_number_is_refused_in_any_case() -> None:
    assert "can't be used" in rejection(PLAIN, key="fc-2026-000001")


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u00ad", "\x07", "\x85"])
@pytest.mark.parametrize("field", ["unit", "reporter", "type"])
def test_a_character_that_can_not_be_seen_is_refused_in_what_names(field: str, hidden: str) -> None:
    text = f"V{hidden}-1"
    assert f"the {field} {text!r} has a character that can't be seen" in rejection(PLAIN, **{field: text})


def test_what_a_spreadsheet_put_around_a_unit_is_no_part_of_it() -> None:
    for text in ("'0012345", '="0012345"', '"0012345"'):
        assert PLAIN.report(Record(2, {**GOOD, "unit": text})).unit == "0012345"
    scan = "]d20109504000059118\x1d21V-1"
    assert PLAIN.report(Record(2, {**GOOD, "unit": scan})).unit == scan


def test_a_key_column_takes_a_prefix() -> None:
    mapping = FieldMapping.parse(["key=id"], key_prefix="notice-")
    assert mapping.report(Record(2, {**GOOD, "id": 92})).key == "notice-92"
    assert "empty" in rejection(mapping, id="")
    assert "can't be used" in rejection(mapping, id="two words")
    assert "can't be used" in rejection(FieldMapping.parse(["key=id"]), id="FC-2026-000001")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"description": "  "}, "description is empty"),
        ({"description": None}, "description is empty"),
        ({"description": ["a"]}, "a list"),
        ({"description": True}, "true or false"),
        ({"description": "x" * 20_001}, "20,001 characters"),
        ({"description": "a\x00b"}, "NUL"),
        ({"description": "a\ud800b"}, "surrogate"),
        ({"priority": "high"}, "--translate priority:high"),
        ({"priority": ""}, "priority is empty"),
        ({"unit": ""}, "unit is empty"),
        ({"unit": "x" * 201}, "201 characters"),
        ({"key": "a b"}, "can't be used"),
    ],
)
def test_a_record_that_can_not_become_a_ticket_says_why(changed: dict[str, object], says: str) -> None:
    assert says in rejection(PLAIN, **changed)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"columns": ["unit"]}, "FIELD=COLUMN"),
        ({"columns": ["serial=unit"]}, "no field 'serial'"),
        ({"columns": ["unit=a", "unit=b"]}, "twice"),
        ({"columns": ["unit=a"], "constants": ["unit=b"]}, "one of them"),
        ({"constants": ["key=a"]}, "can't be --set"),
        ({"translations": ["priority=P1"]}, "FIELD:FROM=TO"),
        ({"translations": ["priority:high"]}, "FIELD:FROM=TO"),
    ],
)
def test_options_that_say_nothing_usable_are_refused(options: dict[str, list[str]], says: str) -> None:
    with pytest.raises(MappingError, match=says):
        FieldMapping.parse(**options)  # type: ignore[arg-type]


def test_a_mapping_that_fits_no_record_of_the_file_is_refused_before_the_first() -> None:
    with pytest.raises(MappingError, match="no column 'reason'"):
        FieldMapping.parse(["description=reason"]).check(("unit", "text"))
    with pytest.raises(MappingError, match="gives the priority"):
        PLAIN.check(("unit", "description"))
    with pytest.raises(MappingError, match="gives the unit"):
        PLAIN.check(("description", "priority"))
    FieldMapping.parse(constants=["priority=P3"]).check(("type", "description"))


def test_the_second_record_of_a_key_is_told_apart_by_its_content() -> None:
    record = {**GOOD, "key": "K"}
    found = list(
        settled_by_reading([Record(2, record), Record(3, record), Record(4, {**record, "priority": "P1"})], PLAIN)
    )
    assert isinstance(found[0], MappedReport)
    assert found[1] == Repeated(3, 2)
    assert isinstance(found[2], Rejected)
    assert "same key as line 2" in found[2].reason


def test_units_of_a_type_are_taken_evenly_and_always_the_same_for_a_key() -> None:
    units = UnitsByType({"ventilator": ["A", "B", "C"]})
    taken = Counter(units.pick("Ventilator", f"key-{number}") for number in range(3000))
    assert set(taken) == {"A", "B", "C"}
    assert max(taken.values()) - min(taken.values()) < 200
    assert units.pick("ventilator", "key-1") == units.pick("ventilator", "key-1")
    with pytest.raises(RejectedError, match="no unit of the type 'dental'"):
        units.pick("dental", "key-1")
