"""A ticket asks who is right for its repair, keeps three of them, and what became of that."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from temporalio.testing import TimeSkipper

from activities.ai.providers.errors import AiAbstained
from activities.ai.tasks.engineer_recommendation import ENGINEER_RECOMMENDATION, engine, narrowed
from models.contracts.recommendation import EngineerQuestion, EngineerRecommendation
from models.database import Database
from models.vocabulary.ai import AiTask
from models.vocabulary.people import SupportLevel
from models.vocabulary.stages import StageOutcome
from starter.embedded.stack import Stack
from tests.ai_server import AiServer, Says
from tests.clusters import TEMPLATE
from tests.databases import as_role, make_database
from tests.diagnosing import asking
from tests.factories import COORDINATOR, assign, complete
from tests.field import Field, Ticket
from tests.waiting import until
from workflows.runner import replayer

ticket_tests = pytest.mark.asyncio(loop_scope="session")

REPAIR = "onsite_repair"
BEFORE = ("remote_diagnosis", "parts_identification", "parts_procurement")


async def at_repair(field: Field, engineer: str = "ENG-008") -> Ticket:
    """A ticket at its repair, of which AI has said whom it recommends."""
    ticket = await field.open(engineer=engineer)
    for key in BEFORE:
        await ticket.do(complete(key, by=engineer))

    async def recommended() -> bool:
        return "AI recommends" in await ticket.details()

    await until(recommended)
    return ticket


async def recommendations(ticket: Ticket) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ticket.stored())["recommendations"]
    return found


@ticket_tests
async def test_three_are_recommended_with_scores_and_reasons(field: Field) -> None:
    ticket = await at_repair(field)
    found = await recommendations(ticket)
    assert [one["rank"] for one in found] == [1, 2, 3][: len(found)]
    assert len(found) >= 2
    assert [one["overall_score"] for one in found] == sorted((one["overall_score"] for one in found), reverse=True)
    for one in found:
        assert (one["stage_key"], one["visit"], one["provider_code"]) == (REPAIR, 1, "local")
        assert one["reasoning"].startswith(f"{one['engineer_code']} ")
        assert one["location_score"] is not None
        assert one["support_level"] >= "L2"
    said = await ticket.details()
    assert f"**AI recommends:** {found[0]['engineer_code']}" in said
    await replayer().replay_workflow(await ticket.handle.fetch_history())


@ticket_tests
async def test_who_is_chosen_is_kept_until_the_ticket_is_closed(field: Field) -> None:
    ticket = await at_repair(field)
    first, second, *_ = await recommendations(ticket)
    await ticket.do(assign(second["engineer_code"], stage=REPAIR))
    by_code = {one["engineer_code"]: one for one in await recommendations(ticket)}
    assert by_code[second["engineer_code"]]["outcome"] == "selected"
    assert by_code[first["engineer_code"]]["outcome"] == "not_selected"
    await ticket.do(assign(first["engineer_code"], stage=REPAIR))  # somebody thinks better of it
    outcomes = {one["engineer_code"]: one["outcome"] for one in await recommendations(ticket)}
    assert (outcomes[first["engineer_code"]], outcomes[second["engineer_code"]]) == ("selected", "not_selected")
    await ticket.do(assign(first["engineer_code"]))
    await ticket.finish(first["engineer_code"])
    closed = {one["engineer_code"]: one for one in (await stored(ticket))["recommendations"]}
    assert closed[first["engineer_code"]]["fixed_at_first_visit"] is True
    assert closed[second["engineer_code"]]["fixed_at_first_visit"] is None
    [feedback] = await field.rows(
        "SELECT f.kind, f.was_accurate FROM ai_feedback AS f JOIN service_tickets AS t ON t.id = f.ticket_id "
        "WHERE t.workflow_id = :id AND f.engineer_recommendation_id IS NOT NULL",
        id=ticket.id,
    )
    assert (feedback["kind"], feedback["was_accurate"]) == ("outcome", True)


@ticket_tests
async def test_a_failed_test_asks_anew_and_is_no_first_visit(field: Field) -> None:
    ticket = await at_repair(field)
    first = (await recommendations(ticket))[0]["engineer_code"]
    await ticket.do(assign(first, stage=REPAIR))
    failed = complete(REPAIR, by=first).model_copy(
        update={"outcome": StageOutcome.TEST_FAILED, "return_to": REPAIR, "note": "It leaks", "actions": {}}
    )
    await ticket.do(failed)

    async def asked_again() -> bool:
        return {one["visit"] for one in await recommendations(ticket)} == {2}

    await until(asked_again)
    await ticket.do(assign(first))
    await ticket.finish(first)
    rows = await field.rows(
        "SELECT v.visit, r.outcome, r.fixed_at_first_visit FROM ai_engineer_recommendations AS r "
        "JOIN workflow_stage_transitions AS v ON v.id = r.transition_id JOIN engineers AS e ON e.id = r.engineer_id "
        "JOIN service_tickets AS t ON t.id = r.ticket_id WHERE t.workflow_id = :id AND e.code = :code ORDER BY 1",
        id=ticket.id,
        code=first,
    )
    assert [(one["visit"], one["outcome"], one["fixed_at_first_visit"]) for one in rows] == [
        (1, "selected", False), (2, "selected", False),
    ]  # fmt: skip


async def stored(ticket: Ticket) -> dict[str, Any]:
    found: dict[str, Any] = await ticket.stored()
    return found


# -- the task ----------------------------------------------------------------------------------------------------------


def asked(**fields: Any) -> EngineerQuestion:
    usual: dict[str, Any] = {"number": "FC-2026-000001", "stage": "Onsite Repair", "equipment_type": "Ventilator"}
    return EngineerQuestion(**{**usual, "support_level": SupportLevel.L2, "on_site": True, **fields})


def test_the_built_in_provider_says_why_it_recommends_nobody() -> None:
    question = asked(passed_over=("2 away", "1 below level L2"))
    with pytest.raises(ValueError, match=r"^no engineer can be recommended: 2 away; 1 below level L2$"):
        engine(question.model_dump(mode="json"))


def test_a_model_that_says_that_it_can_not_say_abstains() -> None:
    answer = EngineerRecommendation(choices=(), abstained_because="There is no candidate")
    with pytest.raises(AiAbstained, match="There is no candidate"):
        ENGINEER_RECOMMENDATION.check(answer, asked().model_dump(mode="json"))


def test_what_was_narrowed_stays_as_it_is() -> None:
    subject = asked().model_dump(mode="json")
    assert narrowed(subject, REPAIR) == subject
    assert AiTask.ENGINEER_RECOMMENDATION is ENGINEER_RECOMMENDATION.task
    assert COORDINATOR.code not in ENGINEER_RECOMMENDATION.messages(subject)[1].text


# -- models -----------------------------------------------------------------------------------------------------------


@ticket_tests
async def test_a_model_that_invents_somebody_is_passed_over_for_the_next(
    stack: Stack, skipper: TimeSkipper, postgres_url: str
) -> None:
    """OpenAI and Anthropic answer with somebody whom nobody has: the built-in provider's three are kept."""
    owner = await make_database(stack.addresses.database_url, f"recommended_{uuid4().hex}", TEMPLATE)
    invented = {
        "choices": [
            {
                "engineer_code": "ENG-404", "overall_score": 99, "expertise_score": 99, "availability_score": 99,
                "location_score": 99, "performance_score": 99, "workload_score": 99, "reasoning": "The best there is.",
                "strengths": [], "concerns": [],
            }
        ],
        "abstained_because": "",
    }  # fmt: skip
    async with AiServer() as server:
        said = Says(json.dumps(invented))
        server.usually = {"openai": said, "anthropic": said}
        database = Database(as_role(owner, stack.addresses.workers_url))
        async with asking(skipper, database, server.environment) as field:
            ticket = await at_repair(field)
            found = await recommendations(ticket)
            assert {one["provider_code"] for one in found} == {"local"}
            assert "ENG-404" not in {one["engineer_code"] for one in found}
            told = await ticket.details()
            assert "engineer_recommendation: openai" in told
            assert "→ local" in told
