"""can_stage_start() and the workflow's engine agree on which stages are ready; and it says why one is not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.contracts.base import Command
from models.contracts.facts import StageFinish, StagesMoved, TicketEnded, TicketHeld, TicketResumed
from models.contracts.projection import TicketRow
from models.contracts.state import StageVisit
from models.contracts.templates import StageDefinition, TemplateSnapshot
from models.database import Database
from models.identity import TicketId
from models.sql_functions import SqlFunction
from models.vocabulary.stages import StageOutcome, StageStatus, StageType
from models.vocabulary.tickets import HoldReason, TicketStatus
from tests.factories import HOUR, T0, assign, complete, skip, stage, ticket_input
from tests.migrations.story import Story, apply_facts, engineer, record_opening, ticket_row
from workflows.engine.graph import StageGraph
from workflows.engine.ticket import TicketEngine

STANDARD = ("remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair", "completion_sign_off")
SIDE_BY_SIDE = (
    stage("triage", StageType.DIAGNOSIS, 1, position=1),
    stage("buy_parts", StageType.PROCUREMENT, 48, "triage", position=2),
    stage("book_theatre", StageType.ASSESSMENT, 4, "triage", position=3),
    stage("repair", StageType.REPAIR, 4, "book_theatre", "buy_parts", position=4),
    stage("sign_off", StageType.COMPLETION, 1, "repair", position=5, skippable=False),
)
FAILED = StageOutcome.TEST_FAILED

CASES: dict[str, tuple[tuple[StageDefinition, ...] | None, tuple[Command, ...]]] = {
    "straight": (None, tuple(complete(key, by="ENG-008") for key in STANDARD)),
    "fixed remotely": (
        None,
        (complete(STANDARD[0], by="ENG-008", outcome=StageOutcome.FIXED_REMOTELY), complete(STANDARD[4], by="ENG-008")),
    ),
    "no parts needed": (
        None,
        (
            complete(STANDARD[0], by="ENG-008"),
            complete(STANDARD[1], by="ENG-008", outcome=StageOutcome.NO_PARTS_NEEDED),
        ),
    ),
    "skipped ahead": (None, (skip(STANDARD[2]), skip(STANDARD[1]), skip(STANDARD[0]))),
    "test failed, back to the diagnosis": (
        None,
        (
            *(complete(key, by="ENG-008") for key in STANDARD[:3]),
            complete(STANDARD[3], by="ENG-008", outcome=FAILED, return_to=STANDARD[0]),
            complete(STANDARD[0], by="ENG-008"),
        ),
    ),
    "side by side": (
        SIDE_BY_SIDE,
        tuple(complete(one.key, by="ENG-008") for one in SIDE_BY_SIDE),
    ),
    "side by side, a failed test repeats one branch": (
        SIDE_BY_SIDE,
        (
            *(complete(key, by="ENG-008") for key in ("triage", "book_theatre", "buy_parts")),
            complete("repair", by="ENG-008", outcome=FAILED, return_to="buy_parts"),
            complete("buy_parts", by="ENG-008"),
        ),
    ),
}


async def own_row(database: Database, stages: tuple[StageDefinition, ...] | None) -> TicketRow:
    """A ticket of the standard template, or of these stages."""
    row = await ticket_row(database)
    if stages is None:
        return row
    frozen = {**row.template_snapshot, "stages": [one.model_dump(mode="json") for one in stages]}
    return row.model_copy(update={"template_snapshot": frozen})


async def answers(sql: Any, ticket_id: UUID, keys: list[str]) -> dict[str, tuple[bool, list[str]]]:
    """What the function says of each stage: whether it can start, and the missing prerequisites."""
    rows = await sql.fetch(
        "SELECT k.key, c.* FROM unnest($2::text[]) AS k (key) CROSS JOIN can_stage_start($1, k.key) AS c",
        ticket_id,
        keys,
    )
    for row in rows:
        assert row["can_start"] == (row["reasons"] == [])
    return {row["key"]: (row["can_start"], row["missing_prerequisites"]) for row in rows}


async def by_the_engine(
    database: Database, ticket_id: UUID, template: TemplateSnapshot
) -> dict[str, tuple[bool, list[str]]]:
    """The same from the engine's graph over the visits on record."""
    rows = await database.rows(SqlFunction.GET_WORKFLOW_STATUS, ticket_id)
    rows = sorted(rows, key=lambda row: int(row["visit"]))
    graph = StageGraph(
        template,
        [StageVisit(key=row["stage_key"], visit=row["visit"], status=StageStatus(row["status"])) for row in rows],
    )
    ready = {visit.key for visit in graph.ready()}
    return {
        key: (key in ready, [one for one in definition.prerequisites if not graph.latest(one).is_over])
        for key, definition in graph.definitions.items()
    }


@pytest.mark.parametrize("case", CASES)
async def test_it_agrees_with_the_engine_at_every_step_of_a_story(database: Database, sql: Any, case: str) -> None:
    stages, commands = CASES[case]
    row = await own_row(database, stages)
    template = TemplateSnapshot.model_validate(row.template_snapshot)
    ticket = ticket_input(ticket_id=TicketId(row.ticket_id), number=row.number, template=template)
    engine, someone = TicketEngine.open(ticket, T0), await engineer(database, "ENG-008")
    for command in (assign("ENG-008"), *commands):
        engine.apply(command, T0, someone)
    keys = list(engine.graph.definitions)
    moves = [fact for fact in engine.state.unstored if isinstance(fact, StagesMoved)]
    assert len(moves) == len(commands) + 1

    await record_opening(database, row, ())
    for fact in engine.state.unstored:
        if not isinstance(fact, StagesMoved):
            await apply_facts(database, row.ticket_id, (fact,))
            continue
        # The moment in between, which the projection never shows: stages have ended, none has begun.
        ended = json.dumps([one.model_dump(mode="json") for one in fact.finished])
        planned = json.dumps([one.model_dump(mode="json") for one in fact.planned])
        actor = fact.actor.model_dump_json()
        await database.call(
            SqlFunction.TRANSITION_TO_NEXT_STAGE, row.ticket_id, ended, planned, "[]", fact.at, actor, fact.reason
        )
        between = await answers(sql, row.ticket_id, keys)
        assert between == await by_the_engine(database, row.ticket_id, template)
        assert {key for key, (can_start, _) in between.items() if can_start} == {one.key for one in fact.entered}

        await apply_facts(database, row.ticket_id, (fact,))
        after = await answers(sql, row.ticket_id, keys)
        assert after == await by_the_engine(database, row.ticket_id, template)
        assert not any(can_start for can_start, _ in after.values())  # what is ready has begun


async def why(database: Database, story: Story, key: str) -> tuple[list[str], list[str]]:
    """Why the stage can't start, and its missing prerequisites."""
    (row,) = await database.rows(SqlFunction.CAN_STAGE_START, story.ticket_id, key)
    assert row["can_start"] is (not row["reasons"])
    return row["reasons"], row["missing_prerequisites"]


async def test_a_stage_waits_for_its_prerequisites_by_name(database: Database, story: Story) -> None:
    assert await why(database, story, "parts_procurement") == (
        ["Parts Procurement waits for Parts Identification: complete or skip that first."],
        ["parts_identification"],
    )


async def test_missing_prerequisites_stand_in_the_template_s_order(database: Database) -> None:
    row = await own_row(database, SIDE_BY_SIDE)
    await database.call(SqlFunction.START_WORKFLOW, row.model_dump_json())
    assert await why(database, Story(database, row), "repair") == (
        ["Repair waits for Book Theatre, Buy Parts: complete or skip that first."],
        ["book_theatre", "buy_parts"],
    )


async def test_a_skipped_prerequisite_is_over(database: Database, story: Story) -> None:
    skipped = StageFinish(key=STANDARD[0], visit=1, status=StageStatus.SKIPPED, reason="Known fault")
    await story.apply(story.tell(StagesMoved, finished=(skipped,)))
    assert await why(database, story, "parts_identification") == ([], [])


async def test_the_latest_visit_of_a_prerequisite_counts(database: Database, story: Story) -> None:
    planned = (
        {"key": "remote_diagnosis", "visit": 2},
        {"key": "parts_identification", "visit": 2},
    )
    await story.apply(
        story.complete("remote_diagnosis"),
        story.enter("parts_identification"),
        story.complete("parts_identification", planned=planned),
    )
    assert await why(database, story, "remote_diagnosis") == ([], [])
    assert (await why(database, story, "parts_identification"))[1] == ["remote_diagnosis"]


async def test_a_stage_that_began_or_ended_does_not_start_again(database: Database, story: Story) -> None:
    await story.apply(story.complete("remote_diagnosis"), story.enter("parts_identification"))
    assert await why(database, story, "remote_diagnosis") == (
        [
            "Remote Diagnosis is completed already (visit 1): "
            "only a failed test or a reopening leads to a further visit."
        ],
        [],
    )
    assert await why(database, story, "parts_identification") == (
        ["Parts Identification is in progress already (visit 1): complete it."],
        [],
    )


async def test_a_blocked_stage_does_not_start(database: Database, sql: Any, story: Story) -> None:
    await sql.execute(
        "UPDATE workflow_stage_transitions SET status = 'blocked' WHERE stage_key = 'remote_diagnosis' "
        "AND instance_id = (SELECT id FROM ticket_workflow_instances WHERE ticket_id = $1)",
        story.ticket_id,
    )
    reasons, missing = await why(database, story, "remote_diagnosis")
    assert (reasons, missing) == (["Remote Diagnosis is blocked (visit 1): remove what blocks it first."], [])


async def test_nothing_starts_on_hold_until_it_is_resumed(database: Database, story: Story) -> None:
    await story.apply(
        story.complete("remote_diagnosis"),
        story.tell(
            TicketHeld,
            hold_reason=HoldReason.ACCESS_DENIED,
            resume_at=T0 + timedelta(days=1),
            pauses_clocks=True,
        ),
    )
    assert await why(database, story, "parts_identification") == (
        ["The ticket is on hold (access_denied, until 2026-03-03 08:00 UTC): resume it first."],
        [],
    )
    await story.apply(story.tell(TicketResumed, hold_reason=HoldReason.ACCESS_DENIED))
    assert await why(database, story, "parts_identification") == ([], [])


async def test_nothing_starts_after_the_end(database: Database, story: Story) -> None:
    done = story.complete("remote_diagnosis")
    story.now += HOUR
    await story.apply(done, story.tell(TicketEnded, status=TicketStatus.CANCELLED))
    assert await why(database, story, "parts_identification") == (
        ["The ticket is cancelled since 2026-03-02 09:00 UTC: open a new one if the fault is back."],
        [],
    )


async def test_every_reason_is_told(database: Database, story: Story) -> None:
    await story.apply(
        story.tell(TicketHeld, hold_reason=HoldReason.OTHER, resume_at=T0 + HOUR, pauses_clocks=False),
    )
    reasons, _ = await why(database, story, "onsite_repair")
    assert [reason.split(" ")[0:3] for reason in reasons] == [["The", "ticket", "is"], ["Onsite", "Repair", "waits"]]


@pytest.mark.parametrize("key", ["coffee", "Onsite_Repair", "", None])
async def test_a_stage_that_the_template_lacks_can_t_start(database: Database, story: Story, key: str | None) -> None:
    reasons, missing = await why(database, story, key)  # type: ignore[arg-type]
    assert reasons == [f'There is no stage "{key or ""}" in this ticket. Its stages: {", ".join(STANDARD)}.']
    assert missing == []


async def test_the_frozen_template_counts_not_the_live_one(database_url: str, own_sql: Any) -> None:
    database = Database(database_url)
    row = await ticket_row(database)
    await database.call(SqlFunction.START_WORKFLOW, row.model_dump_json())
    await own_sql.execute("UPDATE stage_configuration_templates SET prerequisites = '{}'")
    assert (await why(database, Story(database, row), "parts_procurement"))[1] == ["parts_identification"]
    await database.aclose()


async def test_an_unknown_ticket_is_no_row(database: Database) -> None:
    assert await database.rows(SqlFunction.CAN_STAGE_START, uuid4(), "remote_diagnosis") == []
