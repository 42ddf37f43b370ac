"""`engineer_case()`: what is known of who could do a ticket's work, in one query."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from models.contracts.facts import EngineerAssigned, StageEntry, TicketEnded
from models.contracts.recommendation import EngineerCase, EngineerShifts, TrackFacts
from models.contracts.told import StageRef
from models.database import Database
from models.recommending.ranking import ranked
from models.refusals import Refusal
from models.vocabulary.people import Capability, SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from models.vocabulary.stages import StageStatus
from tests.factories import HOUR
from tests.field import STANDARD_STAGES as STAGES
from tests.migrations.story import Story, engineer, open_story

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture
async def own_story(database_url: str) -> AsyncIterator[Story]:
    """A ticket in a database of the test's own."""
    database = Database(database_url, pool_size=2)
    yield await open_story(database)
    await database.aclose()


async def closed_ticket(database: Database, code: str, *, clock_met: bool) -> UUID:
    """A ticket of the same kind that somebody has done from the first stage to the last."""
    story = await open_story(database)
    who = await engineer(database, code)
    refs = tuple(StageRef(key=key, visit=1) for key in STAGES)
    await story.apply(story.tell(EngineerAssigned, engineer=who, stages=refs))
    state = ClockState.MET if clock_met else ClockState.BREACHED
    for key, following in zip(STAGES, (*STAGES[1:], None), strict=True):
        ref = StageRef(key=key, visit=1)
        if key == "onsite_repair":
            kind: dict[str, Any] = {"name": f"stage:{key}:1", "kind": ClockKind.STAGE, "stage": ref}
            await story.apply(
                story.clock(ClockEventKind.STARTED, **kind), story.clock(ClockEventKind.STOPPED, state, **kind)
            )
        story.now += HOUR
        rating = {"customer_rating": 9} if key == STAGES[-1] else {}
        entered = () if following is None else (StageEntry(key=following, visit=1, support_level=SupportLevel.L2),)
        await story.apply(story.complete(key, actions=rating, entered=entered))
    await story.apply(story.tell(TicketEnded, status="closed"))
    return story.ticket_id


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


async def test_what_they_know_of_the_make_counts_before_what_they_know_of_any(own_sql: Any, own_story: Story) -> None:
    await own_sql.execute(
        "INSERT INTO engineer_equipment_expertise (engineer_id, equipment_type_id, manufacturer_id, support_level, "
        "capabilities, years_of_experience) SELECT e.id, u.equipment_type_id, u.manufacturer_id, 'L3', '{train}', 9 "
        "FROM engineers AS e, service_tickets AS t JOIN equipment_registry AS u ON u.id = t.equipment_id "
        "WHERE e.code = 'ENG-001' AND t.id = $1",
        own_story.ticket_id,
    )
    (asha,) = (await case_of(own_sql, own_story.ticket_id, "ENG-001")).candidates
    assert asha.expertise is not None
    assert (asha.expertise.make_specific, asha.expertise.support_level, asha.expertise.years) == (True, "L3", 9)
    await own_sql.execute(
        "UPDATE engineer_equipment_expertise SET manufacturer_id = (SELECT id FROM manufacturers WHERE code = 'GE') "
        "WHERE engineer_id = (SELECT id FROM engineers WHERE code = 'ENG-004')"
    )
    (luis,) = (await case_of(own_sql, own_story.ticket_id, "ENG-004")).candidates
    assert (luis.expertise, luis.other_makes) == (None, True)


async def test_absences_and_revoked_certificates_are_read_as_they_stand(own_sql: Any, own_story: Story) -> None:
    await own_sql.execute(
        "INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason) SELECT e.id, s, u, 'leave' "
        "FROM engineers AS e, (VALUES (now() - interval '9 days', now() - interval '8 days'), "
        "(now() + interval '1 day', 'infinity')) AS a (s, u) WHERE e.code = 'ENG-004'"
    )
    await own_sql.execute(
        "UPDATE engineer_certifications SET revoked_on = '2026-01-02' WHERE certificate_number ~ '-VS-004'"
    )
    (luis,) = (await case_of(own_sql, own_story.ticket_id, "ENG-004")).candidates
    assert [(one.starts_at is None, one.ends_at) for one in luis.absences] == [(False, None)]
    assert luis.expertise is not None
    assert [[str(day) for day in span] for span in luis.expertise.certified] == [["2024-03-01", "2026-01-01"]]


async def test_like_tickets_are_counted_for_whoever_did_them(own_sql: Any, own_story: Story) -> None:
    done = await closed_ticket(own_story.database, "ENG-004", clock_met=True)
    again = await closed_ticket(own_story.database, "ENG-004", clock_met=False)
    await own_sql.execute("UPDATE service_tickets SET reopened = 1 WHERE id = $1", again)
    await own_sql.execute("UPDATE service_tickets SET closed_at = now() WHERE id = ANY ($1)", [done, again])
    case = await case_of(own_sql, own_story.ticket_id)
    luis = next(one for one in case.candidates if one.code == "ENG-004")
    assert luis.track == TrackFacts(
        jobs=2, fixed_first=1, timed=2, on_time=1, tickets=2, reopened=1, ratings=2, rating_sum=18
    )
    assert case.all_like == luis.track
    assert next(one for one in case.candidates if one.code == "ENG-005").track == TrackFacts()
    await own_sql.execute(
        "UPDATE service_tickets SET closed_at = now() - interval '25 months', opened_at = now() - interval '3 years' "
        "WHERE id = $1",
        done,
    )
    case = await case_of(own_sql, own_story.ticket_id)
    assert case.all_like.jobs == 1, "what is older counts no more"


async def test_weights_that_nobody_knows_are_refused_in_a_sentence(own_sql: Any) -> None:
    for weights in ('{"luck": 3}', '{"expertise": -1}', '{"expertise": "much"}', "[]"):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await own_sql.execute("UPDATE workflow_ai_configuration SET weights = $1::jsonb", weights)
        assert "weights" in Refusal.of(refused.value).sentence


async def test_who_is_free_is_read_for_a_type_of_equipment(sql: Any) -> None:
    found = EngineerShifts.model_validate_json(await sql.fetchval("SELECT engineer_shifts(NULL, 'ct_scanner')"))
    everybody = EngineerShifts.model_validate_json(await sql.fetchval("SELECT engineer_shifts()"))
    assert {one.code for one in found.engineers} < {one.code for one in everybody.engineers}
    assert all(one.calendar in found.calendars for one in found.engineers)


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
