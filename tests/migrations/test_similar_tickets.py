"""find_similar_tickets(): closed tickets like a described fault, whose diagnosis is known."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from activities.ai.local.shipped import diagnose
from activities.ai.tasks.diagnosis import check, question
from models.contracts.diagnosis import DiagnosisCase, Evidence, EvidenceSource, SimilarTicket
from tests.factories import HOUR, T0
from tests.migrations.lab import Lab, Providers
from tests.migrations.own_rows import Bench, own_bench
from tests.migrations.story import Story, open_story

ICU, WARD, SCANNER, THEIRS = "VENT-ICU-001", "VENT-WRD-001", "CT-PHL-001", "VENT-ICU-002"
WORDS = "humidifier chamber leaking membrane cracked valve blower whistles display flickers battery swollen hinge loose"
WET_SENSOR = "Tidal volume reads wrong, flow sensor was wet after nebulising"


class Past:
    """Tickets that were closed before."""

    def __init__(self, bench: Bench, providers: Providers) -> None:
        self.bench, self._providers = bench, providers
        self._hours = 0

    async def closed(self, description: str, unit: str) -> Story:
        """One ticket, closed an hour after the last one."""
        self._hours += 1
        story = await open_story(self.bench.database, unit)
        await self.bench.sql.execute(
            "UPDATE service_tickets SET description = $2, status = 'closed', closed_at = $3 WHERE id = $1",
            story.ticket_id,
            description,
            T0 + self._hours * HOUR,
        )
        return story

    async def ticket(self, description: str, unit: str, cause: str | None = "Flow sensor wet", **values: Any) -> UUID:
        """A closed ticket with a verified diagnosis, unless `cause` is None."""
        story = await self.closed(description, unit)
        if cause is not None:
            given: dict[str, Any] = {"root_cause": cause, "was_correct": True, "problem_code": "A090805"}
            await Lab(self.bench, story, self._providers).diagnosis(**given | values)
        return story.ticket_id

    async def decided(self, status: str, cause: str | None = None, code: str | None = None, **values: Any) -> UUID:
        """A ticket of which an engineer has said what they think of "Flow sensor wet", and what it was instead."""
        who = {"decided_by_code": "ENG-004", "decided_by_role": "engineer", "decided_at": T0 + HOUR}
        story = await self.closed(WET_SENSOR, ICU)
        known = story.ticket_id
        given: dict[str, Any] = {"root_cause": "Flow sensor wet", "problem_code": "A090805", "status": status, **who}
        diagnosis_id = await Lab(self.bench, story, self._providers).diagnosis(**given | values)
        correction = {name: said for name, said in (("cause", cause), ("problem_code", code)) if said}
        for judge, said in (("ENG-004", correction), ("ENG-009", {"cause": "Somebody else's guess"})):
            await self.bench.put(
                "ai_feedback",
                ticket_id=known,
                diagnosis_id=diagnosis_id,
                kind="human",
                given_by_code=judge,
                given_by_role="engineer",
                given_at=T0 + HOUR,
                was_accurate=status == "accepted",
                correction=json.dumps(said) if said else None,
            )
        return known

    async def written_down(self, ticket_id: UUID, summary: str, hours: int = 1) -> None:
        """What an engineer wrote when they completed the visit that the ticket is in."""
        visit = await self.bench.sql.fetchval(
            "UPDATE workflow_stage_transitions SET status = 'completed', outcome = 'done', finished_at = $2, "
            "finished_by_code = 'ENG-004', finished_by_role = 'engineer' WHERE entered_at IS NOT NULL "
            "AND instance_id = (SELECT id FROM ticket_workflow_instances WHERE ticket_id = $1) RETURNING id",
            ticket_id,
            T0 + hours * HOUR,
        )
        await self.bench.put("stage_execution_data", transition_id=visit, diagnosis_summary=summary)

    async def like(self, description: str, unit: str = ICU, **options: Any) -> list[dict[str, Any]]:
        """What is found for a fault of a unit."""
        row = await self.bench.sql.fetchrow(
            "SELECT c.code AS type, m.code AS make, e.model FROM equipment_registry AS e "
            "JOIN equipment_catalog AS c ON c.id = e.equipment_type_id "
            "JOIN manufacturers AS m ON m.id = e.manufacturer_id WHERE e.serial = $1",
            unit,
        )
        found = await self.bench.sql.fetch(
            "SELECT * FROM find_similar_tickets($1, $2, $3, $4, p_limit => $5, p_except => $6)",
            description,
            options.get("equipment_type", row["type"]),
            options.get("make", row["make"]),
            options.get("model", row["model"]),
            options.get("limit", 5),
            options.get("but"),
        )
        return [dict(one) for one in found]


@pytest_asyncio.fixture(scope="module")
async def past(postgres_url: str) -> AsyncIterator[Past]:
    """A database of this module's own; each test begins without a past."""
    async with own_bench(postgres_url) as bench:
        alpha, (large,) = await bench.model("own_alpha", "alpha-large")
        yield Past(bench, {"own_alpha": (alpha, large)})


@pytest_asyncio.fixture(autouse=True)
async def _no_past(past: Past) -> AsyncIterator[None]:
    yield
    await past.bench.sql.execute("DELETE FROM ticket_search; DELETE FROM ai_feedback; DELETE FROM ai_diagnosis_results")


async def test_nothing_is_like_a_fault_where_nothing_has_happened(past: Past) -> None:
    assert await past.like(WET_SENSOR) == []


async def test_a_ticket_can_be_found_once_it_is_closed(past: Past) -> None:
    story = await open_story(past.bench.database, ICU)
    assert await past.like("Alarm flow sensor") == []
    await past.bench.sql.execute(
        "UPDATE service_tickets SET status = 'closed', closed_at = $2 WHERE id = $1", story.ticket_id, T0 + HOUR
    )
    assert await past.bench.sql.fetchval("SELECT count(*) FROM ticket_search") == 1
    assert await past.like("Alarm flow sensor") == []  # nobody said what it was


async def test_what_was_verified_is_told_with_the_ticket(past: Past) -> None:
    known = await past.ticket(WET_SENSOR, ICU)
    (found,) = await past.like("flow sensor wet, tidal volume wrong")
    assert found["ticket_id"] == known
    assert (found["cause"], found["problem_code"], found["issue_category"]) == ("Flow sensor wet", "A090805", "sensor")
    assert (found["verified"], found["same_model"], found["closed_at"]) == (True, True, T0 + past._hours * HOUR)
    assert 0.5 < found["similarity"] <= 1
    SimilarTicket.model_validate({**found, "category": found["issue_category"], "similarity": found["similarity"]})


async def test_what_proved_wrong_is_not_told_but_what_it_was_instead(past: Past) -> None:
    await past.ticket(WET_SENSOR, ICU, was_correct=False)
    assert await past.like(WET_SENSOR) == []
    await past.ticket(WET_SENSOR, ICU, was_correct=False, verified_cause="Cracked tube", verified_code="A0401")
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["problem_code"], found["verified"]) == ("Cracked tube", "A0401", True)
    assert found["issue_category"] is None


async def test_a_person_s_word_counts_as_unverified(past: Past) -> None:
    story_id = await past.ticket(WET_SENSOR, ICU, cause=None)
    await past.bench.sql.execute(
        "INSERT INTO stage_execution_data (transition_id, diagnosis_summary) "
        "SELECT v.id, 'Water in the sensor' FROM workflow_stage_transitions AS v "
        "JOIN ticket_workflow_instances AS i ON i.id = v.instance_id WHERE i.ticket_id = $1 "
        "ON CONFLICT (transition_id) DO UPDATE SET diagnosis_summary = excluded.diagnosis_summary",
        story_id,
    )
    assert await past.like(WET_SENSOR) == []  # the visit is not completed
    await past.bench.sql.execute(
        "UPDATE workflow_stage_transitions SET status = 'completed', outcome = 'done', finished_at = $2, "
        "finished_by_code = 'ENG-001', finished_by_role = 'engineer' WHERE entered_at IS NOT NULL "
        "AND instance_id = (SELECT id FROM ticket_workflow_instances WHERE ticket_id = $1)",
        story_id,
        T0 + HOUR,
    )
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["verified"]) == ("Water in the sensor", False)


async def test_what_an_engineer_corrected_is_told_and_not_what_ai_had_proposed(past: Past) -> None:
    await past.decided("edited", "Cracked membrane", "A0404")
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["problem_code"], found["issue_category"], found["verified"]) == (
        "Cracked membrane",
        "A0404",
        None,
        False,
    )


async def test_the_code_of_what_was_corrected_goes_with_it(past: Past) -> None:
    await past.decided("edited", "Cracked membrane")
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["problem_code"]) == ("Cracked membrane", None)


async def test_what_sign_off_proved_goes_before_what_an_engineer_had_put_in_its_place(past: Past) -> None:
    known = await past.decided("edited", "Cracked membrane", "A0404")
    await past.bench.sql.execute(
        "UPDATE service_tickets SET verified_cause = 'Loose plug', verified_code = 'A0501', "
        "verified_by_code = 'ENG-004', verified_at = $2 WHERE id = $1",
        known,
        T0 + 2 * HOUR,
    )
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["problem_code"], found["verified"]) == ("Loose plug", "A0501", True)


async def test_what_was_refused_is_not_told_but_what_the_engineer_wrote_down(past: Past) -> None:
    known = await past.decided("refused")
    assert await past.like(WET_SENSOR) == []
    await past.written_down(known, "Hose fell off")
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["problem_code"], found["verified"]) == ("Hose fell off", None, False)


async def test_the_newest_word_of_people_counts(past: Past) -> None:
    known = await past.decided("accepted")
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["problem_code"], found["issue_category"]) == ("Flow sensor wet", "A090805", "sensor")
    await past.written_down(known, "It was the hose after all", hours=2)
    (found,) = await past.like(WET_SENSOR)
    assert (found["cause"], found["problem_code"]) == ("It was the hose after all", None)


async def test_what_was_accepted_and_proved_wrong_is_not_told_in_the_summary_either(past: Past) -> None:
    verdict: dict[str, Any] = {"was_correct": False, "verified_at": T0 + 9 * HOUR}
    await past.written_down(await past.decided("accepted", **verdict), "Flow sensor wet: it was wet")
    assert await past.like(WET_SENSOR) == []


async def test_the_same_model_comes_before_the_same_type(past: Past) -> None:
    same = await past.ticket("flow sensor alarm, volume too low", ICU)
    other = await past.ticket(WET_SENSOR, WARD)
    found = await past.like(WET_SENSOR)
    assert [(one["ticket_id"], one["same_model"]) for one in found] == [(same, True), (other, False)]
    assert found[0]["similarity"] < found[1]["similarity"]


async def test_another_type_is_never_like_it(past: Past) -> None:
    await past.ticket(WET_SENSOR, SCANNER)
    assert await past.like(WET_SENSOR) == []


async def test_without_a_model_the_type_is_searched(past: Past) -> None:
    known = await past.ticket(WET_SENSOR, WARD)
    (found,) = await past.like(WET_SENSOR, make=None, model=None)
    assert (found["ticket_id"], found["same_model"]) == (known, False)


async def test_the_likest_comes_first_and_the_unlike_not_at_all(past: Past) -> None:
    likest = await past.ticket(WET_SENSOR, ICU)
    near = await past.ticket("flow sensor alarm at night", ICU)
    await past.ticket("battery does not hold its charge in transport", ICU)
    assert [one["ticket_id"] for one in await past.like(WET_SENSOR)] == [likest, near]
    assert [one["ticket_id"] for one in await past.like(WET_SENSOR, limit=1)] == [likest]
    assert [one["ticket_id"] for one in await past.like(WET_SENSOR, but=likest)] == [near]


async def test_words_of_the_same_stem_are_the_same(past: Past) -> None:
    known = await past.ticket("The expiratory valve leaks", ICU)
    assert [one["ticket_id"] for one in await past.like("leaking expiratory valves")] == [known]


async def test_typing_errors_of_known_words_are_read(past: Past) -> None:
    known = await past.ticket("turbine whining loudly", ICU)
    for one in range(12):  # the planner knows the words that several rows have
        await past.ticket(f"turbine vibration in bay {one}", WARD)
    await past.bench.sql.execute("ANALYZE ticket_search")
    assert known in [one["ticket_id"] for one in await past.like("turbnie whining")]


@pytest.mark.parametrize("text", ["it is what it is", "", "?!", "''' \\ & | ! ( ) <-> :*", "=t:x '=m:'"])
async def test_words_that_say_nothing_find_nothing(past: Past, text: str) -> None:
    await past.ticket(WET_SENSOR, ICU)
    assert await past.like(text) == []


async def test_quotes_and_operators_of_a_text_are_words_like_others(past: Past) -> None:
    known = await past.ticket("Alarm 'E-17' & door\\latch | valve", ICU)
    assert [one["ticket_id"] for one in await past.like("alarm E-17: valve & 'latch' !door")] == [known]


async def test_an_unknown_type_is_refused(past: Past) -> None:
    with pytest.raises(asyncpg.PostgresError, match="there is no type of equipment toaster"):
        await past.like(WET_SENSOR, equipment_type="toaster")


async def test_an_unknown_make_or_model_is_just_no_same_model(past: Past) -> None:
    await past.ticket(WET_SENSOR, ICU)
    for values in ({"make": "NOBODY"}, {"model": "No such"}, {"make": None}):
        (found,) = await past.like(WET_SENSOR, **values)
        assert found["same_model"] is False


async def test_of_equals_the_newest_comes_first(past: Past) -> None:
    older = await past.ticket(WET_SENSOR, ICU)
    newer = await past.ticket(WET_SENSOR, ICU)
    found = await past.like(WET_SENSOR)
    assert [one["ticket_id"] for one in found] == [newer, older]
    assert found[0]["closed_at"] - found[1]["closed_at"] == timedelta(hours=1)


async def test_what_people_of_another_customer_wrote_stays_there(past: Past) -> None:
    theirs = await past.ticket(f"{WET_SENSOR}, says nurse Hanna", THEIRS)
    ours = await past.ticket(f"{WET_SENSOR}, says nurse Piet", ICU)
    before = await past.ticket("Flow sensor wet at the former owner's, says nurse Rosa", ICU)
    await past.bench.sql.execute(
        "UPDATE service_tickets AS t SET customer_id = u.customer_id, site_id = u.site_id "
        "FROM equipment_registry AS u WHERE t.id = $1 AND u.serial = $2",
        before,
        THEIRS,
    )
    asked = await past.ticket(WET_SENSOR, ICU, cause=None)
    await past.bench.sql.execute(
        "UPDATE service_tickets SET opened_at = $2 WHERE id = ANY ($1)", [before, asked], T0 + HOUR / 60
    )
    case = DiagnosisCase.model_validate_json(await past.bench.sql.fetchval("SELECT diagnosis_case($1)", asked))
    numbers = dict(await past.bench.sql.fetch("SELECT id, number FROM service_tickets"))
    similar = {one.number: one for one in case.similar_tickets}
    assert similar[numbers[theirs]].description == similar[numbers[before]].description == ""
    assert similar[numbers[ours]].description.endswith("nurse Piet")
    assert (similar[numbers[theirs]].cause, similar[numbers[theirs]].problem_code) == ("Flow sensor wet", "A090805")
    assert {one.number: one.description for one in case.history}[numbers[before]] == ""

    sent = question(case.model_dump(mode="json"))
    assert "nurse Piet" in sent
    assert "nurse Hanna" not in sent
    assert "nurse Rosa" not in sent
    assert f"ticket {numbers[theirs]}>\nFlow sensor wet\n</data" in sent
    quoted = Evidence(source=EvidenceSource.TICKET, reference=numbers[theirs], quote="sensor wet")
    good = diagnose(case)
    first = good.hypotheses[0].model_copy(update={"evidence": (quoted,)})
    check(good.model_copy(update={"hypotheses": (first,)}), case.model_dump(mode="json"))


async def test_a_unit_s_past_is_told_by_what_was_proved_as_far_as_that_was_known(past: Past) -> None:
    known = await past.decided("accepted")
    await past.written_down(known, "Flow sensor wet: it was wet")
    asked = await past.ticket(WET_SENSOR, ICU, cause=None)
    await past.bench.sql.execute(
        "UPDATE service_tickets SET opened_at = $2 WHERE id = ANY ($1)", [known, asked], T0 + HOUR / 30
    )
    await past.bench.sql.execute(
        "UPDATE service_tickets SET verified_cause = 'Loose plug', verified_by_code = 'ENG-004', verified_at = $2 "
        "WHERE id = $1",
        known,
        T0 + 5 * HOUR,
    )
    number = await past.bench.sql.fetchval("SELECT number FROM service_tickets WHERE id = $1", known)
    for as_of, cause in ((None, "Loose plug"), (T0 + 3 * HOUR, "Flow sensor wet: it was wet")):
        found = await past.bench.sql.fetchval("SELECT diagnosis_case($1, $2)", asked, as_of)
        case = DiagnosisCase.model_validate_json(found)
        assert {one.number: one.cause for one in case.history}[number] == cause


async def test_the_same_words_are_alike_by_one_and_never_by_more(past: Past) -> None:
    """Weights that are added up in two orders come to two sums: 1.0000001 was no likeness that anybody could read."""
    words = WORDS.split()
    for first in range(0, len(words) - 4, 2):  # the words are known, each more often than the last
        await past.closed(" ".join(words[first:]), WARD)
    for length in range(4, len(words) + 1):
        said = " ".join(words[:length])
        await past.ticket(said, ICU)
        await past.bench.sql.execute("ANALYZE ticket_search")
        found = await past.like(said, limit=50)
        assert found[0]["similarity"] == 1
        assert all(0 <= one["similarity"] <= 1 for one in found)
