"""The fault knowledge base: what is shipped fits the catalog, and a wrong edit is named."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from activities.ai.local.faults import KNOWLEDGE, KnowledgeError, load_knowledge, problem_codes

SEEDS = Path(__file__).parents[2] / "migrations" / "seeds" / "reference"


def catalog(file: str, table: str) -> list[dict[str, str]]:
    records: list[dict[str, str]] = tomllib.loads((SEEDS / file).read_text(encoding="utf-8"))[table]
    return records


def test_every_type_of_the_catalog_has_ten_faults_or_more_whose_parts_it_has() -> None:
    types = {one["code"] for one in catalog("equipment_catalog.toml", "equipment_type")}
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for part in catalog("equipment_parts.toml", "part"):
        parts[part["equipment_type"]].add(part["part_number"])
    knowledge = load_knowledge(parts=parts)
    assert knowledge.faults.keys() == types
    assert min(len(faults) for faults in knowledge.faults.values()) >= 10
    named = {part for faults in knowledge.faults.values() for one in faults for part in one.part_numbers()}
    assert len(named) > 25


def test_no_two_faults_of_a_type_have_a_symptom_in_common() -> None:
    for faults in load_knowledge().faults.values():
        symptoms = [symptom.casefold() for one in faults for symptom in one.symptoms]
        assert sorted(symptoms) == sorted(set(symptoms))


def test_problem_codes_are_terms_of_annex_a() -> None:
    codes = problem_codes()
    assert codes["A050402"].term
    assert all(code.startswith("A") and code[1:].isdigit() and len(code) % 2 == 1 for code in codes)


GOOD = (KNOWLEDGE / "centrifuge.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('code = "A0404"', 'code = "A9999"', "fault 'cen-rotor': unknown problem code 'A9999'"),
        ('id = "cen-motor"', 'id = "cen-rotor"', "fault 'cen-rotor': the id stands in centrifuge.toml already"),
        ('level = "L2"', 'level = "L4"', "level: "),
        ('parts = ["CEN-ROTOR"]', 'parts = ["CEN-ROTR"]', "the catalog has no part 'CEN-ROTR' of this type"),
        ('parts = ["CEN-ROTOR"]', 'partz = ["CEN-ROTOR"]', 'fault \'cen-rotor\': "partz" (did you mean "parts"?)'),
        ('equipment_type = "centrifuge"', "", "centrifuge.toml: equipment_type is missing"),
        (
            'equipment_type = "centrifuge"',
            'equipment_type = "centrifuge"\nmaker = "x"',
            'centrifuge.toml: "maker" is not known here; known are equipment_type, fault',
        ),
        (
            'code = "A0404"',
            'code = "A0404"\nchekcs = ["x"]',
            '"chekcs" (did you mean "checks"?) is not known here; known are category, cause',
        ),
        ("[[fault]]", "[[fault]", "centrifuge.toml: not readable TOML"),
        ("[[fault]]", "[[flaw]]", "centrifuge.toml: there is no [[fault]]"),
    ],
)
def test_a_wrong_edit_is_named_with_its_place(tmp_path: Path, before: str, after: str, why: str) -> None:
    assert before in GOOD
    (tmp_path / "centrifuge.toml").write_text(GOOD.replace(before, after), encoding="utf-8")
    parts = {"centrifuge": {"CEN-ROTOR", "CEN-DAMPERS", "CEN-DAMPERS-C", "CEN-LID-LOCK"}}
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(tmp_path, parts=parts)
    assert why in str(caught.value)


def test_an_empty_folder_is_no_knowledge(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="has no TOML files"):
        load_knowledge(tmp_path)
