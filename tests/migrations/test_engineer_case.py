"""`engineer_case()`: what is known of who could do a ticket's work, in one query."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.contracts.recommendation import EngineerCase
from models.recommending.ranking import ranked
from models.vocabulary.people import Capability, SupportLevel
from models.vocabulary.stages import StageStatus
from tests.migrations.story import Story

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def case_of(sql: Any, ticket: UUID, engineer: str | None = None) -> EngineerCase:
    found = await sql.fetchval("SELECT engineer_case($1, $2)", ticket, engineer)
    return EngineerCase.model_validate_json(found)


async def test_a_ticket_that_is_not_there_has_no_case(sql: Any) -> None:
    assert await sql.fetchval("SELECT engineer_case($1)", UUID(int=1)) is None
    assert await sql.fetchval("SELECT engineer_recommendation_case($1)", UUID(int=1)) is None


async def test_the_candidates_are_the_active_ones_with_expertise_for_the_type(sql: Any, story: Story) -> None:
    case = await case_of(sql, story.ticket_id)
    knowing = await sql.fetch(
        "SELECT DISTINCT e.code FROM engineers AS e JOIN engineer_equipment_expertise AS x ON x.engineer_id = e.id "
        "JOIN equipment_catalog AS t ON t.id = x.equipment_type_id "
        "WHERE e.active AND x.active AND x.manufacturer_id IS NULL AND t.code = 'ventilator' ORDER BY e.code"
    )
    assert [one.code for one in case.candidates] == [row["code"] for row in knowing]
    luis = next(one for one in case.candidates if one.code == "ENG-004")
    assert luis.expertise is not None
    assert luis.expertise.support_level is SupportLevel.L2
    assert luis.expertise.certification == "Ventilator Service"
    assert [[str(day) for day in span] for span in luis.expertise.certified] == [["2024-03-01", "2035-02-28"]]
    assert set(luis.expertise.capabilities) == {Capability.DIAGNOSE, Capability.REPAIR, Capability.CALIBRATE}
    assert luis.calendar in case.calendars
    assert case.calendars[luis.calendar or ""] is not None


async def test_the_stages_are_the_open_ones_that_engineers_do(sql: Any, story: Story) -> None:
    case = await case_of(sql, story.ticket_id)
    assert [one.key for one in case.stages] == [
        "remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair", "completion_sign_off",
    ]  # fmt: skip
    diagnosis, repair = case.stages[0], case.stages[3]
    assert (diagnosis.status, diagnosis.on_site) == (StageStatus.IN_PROGRESS, False)
    assert (repair.status, repair.on_site, repair.support_level) == (StageStatus.PENDING, True, SupportLevel.L2)
    assert (repair.weights.location, diagnosis.weights.expertise) == (15, 35)


async def test_one_engineer_is_there_without_expertise_too(sql: Any, story: Story) -> None:
    case = await case_of(sql, story.ticket_id, "eng-007")
    (grace,) = case.candidates
    assert grace.code == "ENG-007"
    assert grace.expertise is None
    assert not grace.other_makes
    assert (await case_of(sql, story.ticket_id, "ENG-999")).candidates == ()


async def test_absences_certificates_and_makes_are_read_as_they_stand(own_sql: Any) -> None:
    ticket = await own_sql.fetchval("SELECT id FROM service_tickets LIMIT 1")
    assert ticket is None  # the copy has no tickets: what follows makes one by hand


async def test_ranking_a_real_case_is_stable(sql: Any, story: Story) -> None:
    case = await case_of(sql, story.ticket_id)
    stage = case.stage("onsite_repair")
    assert stage is not None
    first = ranked(case, stage)
    again = ranked(case.model_copy(update={"candidates": tuple(reversed(case.candidates))}), stage)
    assert [one.code for one in first.suitable] == [one.code for one in again.suitable]
    assert first.suitable, json.dumps(first.passed_over())
    assert all(one.facts.support_level >= SupportLevel.L2 for one in first.suitable)
    assert case.due_at is None or case.due_at - case.at < timedelta(days=400)
