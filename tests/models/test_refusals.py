"""What PostgreSQL refuses, in one sentence with the remedy."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from models.database import Database, DatabaseRefused
from models.refusals import Refusal
from models.sql_functions import SqlFunction

SENTENCES = {
    "a key that is taken": (
        Refusal(
            "23505",
            'duplicate key value violates unique constraint "equipment_registry_serial_key"',
            detail="Key (serial)=(VENT, ICU) already exists.",
            table="equipment_registry",
            constraint="equipment_registry_serial_key",
        ),
        "a unit with the serial VENT, ICU is on record already: use another, or change the one on record "
        "(equipment_registry_serial_key)",
    ),
    "a key of two columns": (
        Refusal(
            "23505",
            "",
            detail="Key (code, version)=(days, 2) already exists.",
            table="business_calendars",
            constraint="business_calendars_code_version_key",
        ),
        "a calendar with the code days, the version 2 is on record already: use another, or change the one on record "
        "(business_calendars_code_version_key)",
    ),
    "a key in another language, or one whose columns may not be shown": (
        Refusal("23505", "doppelter Schlüsselwert", table="engineers", constraint="engineers_code_key"),
        "an engineer with this key is on record already: use another key, or change that one (engineers_code_key)",
    ),
    "a key that has a sentence of its own": (
        Refusal(
            "23505",
            "",
            detail="Key (transition_id)=(1) already exists.",
            table="stage_assignments",
            constraint="stage_assignments_one_primary",
        ),
        "the stage visit has a primary engineer already: release that one first (stage_assignments_one_primary)",
    ),
    "a reference to nothing": (
        Refusal(
            "23503",
            "",
            detail='Key (engineer_id)=(7) is not present in table "engineers".',
            table="stage_assignments",
            constraint="stage_assignments_engineer_id_fkey",
        ),
        "the engineer of an assignment is not on record: there is no engineer 7; name one that exists "
        "(stage_assignments_engineer_id_fkey)",
    ),
    "a reference over two columns to nothing": (
        Refusal(
            "23503",
            "",
            detail='Key (site_id, customer_id)=(1, 2) is not present in table "customer_sites".',
            table="equipment_registry",
            constraint="another_fkey",
        ),
        "a unit names the site 1, the customer 2, and no site fits: name one that exists (another_fkey)",
    ),
    "a row in use": (
        Refusal(
            "23503",
            "",
            detail='Key (id)=(7) is still referenced from table "ticket_parts_required".',
            table="ticket_parts_required",
            constraint="ticket_parts_required_part_id_fkey",
        ),
        "it is still in use: a part on a ticket refers to the id 7; change or remove what refers to it first "
        "(ticket_parts_required_part_id_fkey)",
    ),
    "a value that is missing": (
        Refusal("23502", "null value in column …", table="equipment_registry", column="serial"),
        "the serial of a unit must not be missing: give one",
    ),
    "a word that is none of the enumeration": (
        Refusal("23514", "", table="engineers", constraint="engineers_support_level_check"),
        "the support level of an engineer must be one of L1, L2, L3 (engineers_support_level_check)",
    ),
    "a rule of one column": (
        Refusal("23514", "", table="ai_diagnosis_results", constraint="ai_diagnosis_results_confidence_check"),
        "the confidence of an AI diagnosis must be between 0 and 100 percent (ai_diagnosis_results_confidence_check)",
    ),
    "a rule of several columns": (
        Refusal("23514", "", table="ticket_parts_required", constraint="ticket_parts_required_consumed"),
        "a part on a ticket must not be used, returned and wasted in a larger quantity than was received: "
        "check the quantities (ticket_parts_required_consumed)",
    ),
    "a rule that has no words yet": (
        Refusal("23514", "", detail="Failing row contains (secret).", table="gadgets", constraint="gadgets_rule"),
        "an entry of gadgets can't be stored with these values: they break one of its rules (gadgets_rule)",
    ),
    "an overlap": (
        Refusal("23P01", "", table="workflow_templates", constraint="workflow_templates_one_in_force"),
        "the workflow template overlaps with one in force of the same scope and version: end that one first, "
        "begin later, or raise the version (workflow_templates_one_in_force)",
    ),
    "an overlap that has no words yet": (
        Refusal("23P01", "", table="engineer_absences", constraint="another"),
        "an absence overlaps with one in force: end that one first, or choose another time (another)",
    ),
    "a text that is no id": (
        Refusal("22P02", 'invalid input syntax for type uuid: "abc"'),
        '"abc" is not a valid id (UUID)',
    ),
    "a text that is no JSON": (
        Refusal("22P02", "invalid input syntax for type json", detail='Token "no" is invalid.'),
        'the text is not a valid JSON document: Token "no" is invalid',
    ),
    "a list that can't be read": (
        Refusal("22P02", 'malformed array literal: "x"', detail="…"),
        'malformed array literal: "x"',
    ),
    "a date that does not exist": (
        Refusal("22008", 'date/time field value out of range: "2026-02-30"'),
        '"2026-02-30" is not a date or time that exists',
    ),
    "a text that is no date": (
        Refusal("22007", 'invalid input syntax for type date: "soon"'),
        '"soon" is not a valid date, such as 2026-03-02',
    ),
    "a number too large for its places": (
        Refusal(
            "22003",
            "numeric field overflow",
            detail="A field with precision 5, scale 2 must round to an absolute value less than 10^3.",
        ),
        "a number is too large: it must be less than 10^3",
    ),
    "a number too large for its type": (
        Refusal("22003", 'value "99999999999" is out of range for type integer'),
        "99999999999 is too large for a whole number",
    ),
    "a number too large": (Refusal("22003", "integer out of range"), "a number is too large"),
    "a text that is too long": (
        Refusal("22001", "value too long for type character varying(10)"),
        "a text is too long: at most 10 characters fit",
    ),
    "a character that can't be stored": (
        Refusal("22021", 'invalid byte sequence for encoding "UTF8": 0x00'),
        "a text has a character that can't be stored, such as NUL (\\u0000): remove it",
    ),
    "what our own functions raise": (
        Refusal("FC001", "ticket 7 is not on record", raised=True),
        "ticket 7 is not on record",
    ),
    "what our own triggers raise, with a hint": (
        Refusal("23514", '"IST5" is not an IANA time zone', hint="Use a name such as Asia/Kolkata.", raised=True),
        '"IST5" is not an IANA time zone: use a name such as Asia/Kolkata',
    ),
    "anything else": (
        Refusal("42501", "permission denied for table engineers", detail="…"),
        "permission denied for table engineers",
    ),
    "nothing at all": (Refusal("", ""), "the database refused it"),
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_a_refusal_is_one_sentence(kind: str) -> None:
    refusal, sentence = SENTENCES[kind]
    assert refusal.sentence == sentence


def test_a_long_value_is_cut() -> None:
    detail = f"Key (serial)=({'x' * 500}) already exists."
    sentence = Refusal("23505", "", detail=detail, table="equipment_registry", constraint="a_key").sentence
    assert sentence.startswith(f"a unit with the serial {'x' * 80}… is on record")


async def test_the_driver_s_fields_are_read(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await connection.execute("UPDATE engineers SET monthly_capacity = 0")
    await connection.close()
    refusal = Refusal.of(caught.value)
    assert (refusal.sqlstate, refusal.table, refusal.constraint, refusal.raised) == (
        "23514",
        "engineers",
        "engineers_monthly_capacity_check",
        False,
    )
    assert refusal.sentence == (
        "the monthly capacity of an engineer must be more than 0 (engineers_monthly_capacity_check)"
    )


@pytest.mark.parametrize(
    ("function", "arguments", "sqlstate", "sentence"),
    [
        (
            "apply_ticket_facts",
            ("00000000-0000-0000-0000-00000000dead", "[]"),
            "FC001",
            "ticket 00000000-0000-0000-0000-00000000dead is not on record",
        ),
        (
            "list_tickets",
            (None, None, None, None, 10, "FC-1"),
            "22023",
            "there is no ticket FC-1 to go on after",
        ),
    ],
)
async def test_a_refused_call_says_the_sentence_and_keeps_the_code(
    postgres_url: str, function: str, arguments: tuple[Any, ...], sqlstate: str, sentence: str
) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseRefused) as caught:
        await database.rows(SqlFunction(function), *arguments)
    await database.aclose()
    assert (str(caught.value), caught.value.sqlstate) == (sentence, sqlstate)
