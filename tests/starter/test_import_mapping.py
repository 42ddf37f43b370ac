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
