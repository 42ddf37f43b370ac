"""Units and tickets are found whatever the spelling, by the database as by Python, and near misses are suggested."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.database import Database
from models.spelling import HYPHENS, TWINS, ZEROS, look, normal_form, variants
from models.sql_functions import SqlFunction
from tests.factories import T0
from tests.migrations.story import Story, open_story

CHARACTERS = st.sampled_from("ABCabcOIl019 -_./()'´™²ÁßİΩЖ京\t\u00a0\u0301" + HYPHENS + ZEROS + "".join(TWINS))


# -- one rule in two languages -----------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(CHARACTERS, max_size=12) | st.text(max_size=12))
async def test_the_database_compares_texts_as_python_does(sql: Any, text: str) -> None:
    text = text.replace("\x00", "").encode(errors="ignore").decode()
    row = await sql.fetchrow("SELECT spelling_key($1) AS key, spelling_look($1) AS look", text)
    assert (row["key"], row["look"]) == (normal_form(text), look(text))


# -- units -------------------------------------------------------------------------------------------------------------

SERIAL = "VENT-ICU-001"
DEVICE = "09520123400019"


async def found(sql: Any, reference: str) -> list[str]:
    rows = await sql.fetch(
        "SELECT serial FROM equipment_registry WHERE id = ANY (find_units($1)) ORDER BY serial", reference
    )
    return [row["serial"] for row in rows]


@pytest.mark.parametrize(
    "reference", [SERIAL, "vent-icu-001", "Vent-Icu-001", "VENT‐ICU–001", "ＶＥＮＴ-ICU-001", " vent-icu-001 "]
)
async def test_a_unit_is_found_whatever_the_spelling_of_its_serial_number(sql: Any, reference: str) -> None:
    assert await found(sql, reference) == [SERIAL]


@pytest.mark.parametrize(
    "reference", ["VENT-ICU-OO1", "VENTICU001", "VЕNT-ICU-001", "VENT-ICU-00", "", "VENT-ICU-0011"]
)
async def test_what_only_looks_like_a_serial_number_finds_nothing(sql: Any, reference: str) -> None:
    assert await found(sql, reference) == []


async def test_just_as_it_stands_goes_before_written_otherwise(own_sql: Any) -> None:
    await own_sql.execute("UPDATE equipment_registry SET serial = 'vent-icu-001' WHERE serial = 'VENT-ICU-002'")
    assert await found(own_sql, SERIAL) == [SERIAL]
    assert await found(own_sql, "vent-icu-001") == ["vent-icu-001"]
    assert await found(own_sql, "Vent-ICU-001") == [SERIAL, "vent-icu-001"]


@pytest.mark.parametrize(
    "elements",
    [
        f"(01){DEVICE}(21){SERIAL}",
        f"(01){DEVICE}(17)300101(10)LOT7(21){SERIAL}",
        f"(01){DEVICE}(11)210103(21){SERIAL}",
        f"(01){DEVICE}(21){SERIAL}(240)EXTRA",
    ],
)
async def test_a_scan_finds_its_unit_whatever_else_the_label_says(sql: Any, elements: str) -> None:
    assert await found(sql, elements) == [SERIAL]


async def test_a_scan_of_another_model_or_of_a_part_of_a_serial_number_finds_nothing(sql: Any) -> None:
    for elements in (
        f"(01)09520123400026(21){SERIAL}",
        f"(01){DEVICE}(21)VENT-ICU-00",
        f"(01){DEVICE}(21)ENT-ICU-001",
        f"(01){DEVICE}",
        f"(21){SERIAL}",
    ):
        assert await found(sql, elements) == [], elements


async def test_a_scan_finds_a_unit_that_has_no_udi_by_its_serial_number(own_sql: Any) -> None:
    await own_sql.execute("UPDATE equipment_registry SET udi = NULL, serial = 'V(1)' WHERE serial = $1", SERIAL)
    assert await found(own_sql, f"(01){DEVICE}(21)v\\(1)") == ["V(1)"]


async def resembling(sql: Any, function: str, reference: str) -> list[str]:
    return [row[0] for row in await sql.fetch(f"SELECT * FROM {function}($1, $2)", reference, variants(reference))]  # noqa: S608


@pytest.mark.parametrize(
    "reference", ["VENT-ICU-OO1", "VENTICU001", "VЕNT-ICU-001", "VENT ICU 001", "VENT-ICU-0001", "VNET-ICU-001",
                  "vent-icu-0O1"]
)  # fmt: skip
async def test_a_near_miss_of_a_serial_number_is_suggested(sql: Any, reference: str) -> None:
    assert SERIAL in await resembling(sql, "resembling_units", reference)


async def test_three_are_the_most_and_the_likeliest_comes_first(own_sql: Any) -> None:
    assert (await resembling(own_sql, "resembling_units", "VENT_ICU_001"))[0] == SERIAL
    assert len(await resembling(own_sql, "resembling_units", "VENT")) <= 3
    assert await resembling(own_sql, "resembling_units", "") == []
    assert await resembling(own_sql, "resembling_units", "Zebra 900") == []


# -- tickets -----------------------------------------------------------------------------------------------------------


async def test_a_ticket_is_found_whatever_the_case_of_its_number_or_key(database: Database, sql: Any) -> None:
    story = await open_story(database, key="Ward-7:Bed-2")
    number = story.row.number
    for reference in (number, number.lower(), "Ward-7:Bed-2", "ward-7:bed-2", "WARD-7:BED-2"):
        assert await sql.fetchval("SELECT find_ticket($1)", reference) == story.row.ticket_id, reference
    assert await sql.fetchval("SELECT find_ticket('ward-7:bed-3')") is None
    assert (await database.call(SqlFunction.GET_TICKET, number.lower())) is not None


async def test_of_keys_that_differ_in_case_each_means_its_own_ticket(database: Database, sql: Any) -> None:
    upper = await open_story(database, key="CASE-1")
    lower = await open_story(database, key="case-1")
    assert await sql.fetchval("SELECT find_ticket('CASE-1')") == upper.row.ticket_id
    assert await sql.fetchval("SELECT find_ticket('case-1')") == lower.row.ticket_id
    assert await sql.fetchval("SELECT find_ticket('Case-1')") is None
    assert set(await resembling(sql, "resembling_tickets", "Case-1")) == {"CASE-1", "case-1"}


async def test_a_near_miss_of_a_number_or_a_key_is_suggested(database: Database, sql: Any) -> None:
    story = await open_story(database, key="pump-near-miss")
    number = story.row.number
    year, digits = number[3:7], number[8:]
    for reference in (
        f"FC-{year}-{int(digits)}",
        f"{year}-{digits}",
        number.replace("-", ""),
        f"fc {year} {digits}",
        number[:-1],
        number.replace("FC", "FV"),
    ):
        suggested = await resembling(sql, "resembling_tickets", reference)
        assert len(suggested) <= 3
        if reference != number[:-1]:
            assert suggested[0] == number, reference
    assert await resembling(sql, "resembling_tickets", "pump-near-mis") == ["pump-near-miss"]
    assert await resembling(sql, "resembling_tickets", "nothing-like-it") == []


# -- codes -------------------------------------------------------------------------------------------------------------


async def test_codes_match_whatever_their_case(database: Database, sql: Any) -> None:
    story = await open_story(database)
    number = story.row.number
    listed = "SELECT number FROM list_tickets(p_customer => $1)"
    assert number in {row["number"] for row in await sql.fetch(listed, "city-general")}
    assert await sql.fetch("SELECT * FROM list_tickets(p_after => $1)", number.lower()) == await sql.fetch(
        "SELECT * FROM list_tickets(p_after => $1)", number
    )
    code = await sql.fetchval("SELECT code FROM engineers WHERE active LIMIT 1")
    assert await sql.fetchval("SELECT code FROM find_engineer($1)", code.lower()) == code


async def test_whoever_has_reported_for_a_customer_is_known_on_its_other_tickets(database: Database, sql: Any) -> None:
    async def known(story: Story, code: str) -> Any:
        return await sql.fetchrow("SELECT code, role FROM known_actor($1, $2)", story.row.workflow_id, code)

    theirs, other, elsewhere = [
        await open_story(database, unit) for unit in ("VENT-ICU-001", "CT-PHL-001", "PUMP-WRD-001")
    ]
    customers = {one.row.customer_id for one in (theirs, other, elsewhere)}
    assert (theirs.row.customer_id, len(customers)) == (other.row.customer_id, 2)
    change = "UPDATE service_tickets SET reporter_code = $2, reporter_role = $3 WHERE id = $1"
    await sql.execute(change, other.ticket_id, "Nurse.Of.Ward-7", "hospital")
    assert tuple(await known(theirs, "nurse.of.ward-7")) == ("Nurse.Of.Ward-7", "hospital")
    assert await known(elsewhere, "nurse.of.ward-7") is None
    await sql.execute(change, theirs.ticket_id, "nurse.of.ward-7", "engineer")
    assert tuple(await known(theirs, "NURSE.OF.WARD-7")) == ("nurse.of.ward-7", "engineer"), (
        "as whom they reported this"
    )
    assert await known(theirs, "coord-1") is None


async def test_a_token_is_found_however_it_is_typed(sql: Any) -> None:
    serial, token = await sql.fetchrow(
        "SELECT serial, qr_token FROM equipment_registry WHERE qr_token ~ '[A-Z]' LIMIT 1"
    )
    unit = await sql.fetchval("SELECT find_units($1)", serial)
    for typed in (token, token.lower(), f" {token.swapcase()} "):
        assert await sql.fetchval("SELECT find_units($1)", typed) == unit, typed
    assert await sql.fetchval("SELECT find_units($1)", f"{token}0") is None


async def test_a_list_of_nobody_s_tickets_is_not_just_empty(sql: Any) -> None:
    with pytest.raises(asyncpg.InvalidParameterValueError, match="there is no customer NOSUCH"):
        await sql.fetch("SELECT * FROM list_tickets(p_customer => 'NOSUCH')")


# -- numbers -----------------------------------------------------------------------------------------------------------


async def test_a_number_is_taken_only_when_it_is_asked_for(database: Database, sql: Any) -> None:
    before = await sql.fetchval("SELECT last_value FROM ticket_numbers")
    said = await sql.fetchval("SELECT prepare_intake($1, NULL, $2, false)", SERIAL, T0)
    assert '"number": null' in said
    assert await sql.fetchval("SELECT last_value FROM ticket_numbers") == before
    taken = await sql.fetchrow("SELECT * FROM take_ticket_number($1)", T0)
    assert taken["number"] == f"FC-{T0:%Y}-{before + 1:06}"
