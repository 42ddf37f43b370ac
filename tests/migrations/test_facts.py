"""The projection's writes: every fact counts exactly once, whatever happens to the call that brings it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import TypeAdapter

from models.contracts.base import Actor
from models.contracts.facts import (
    FACTS,
    CommandRefused,
    EngineerAssigned,
    NotificationRaised,
    StageEntry,
    StageFinish,
    StagesMoved,
    SupportLevelRaised,
    TicketEnded,
    TicketHeld,
    TicketResumed,
)
from models.contracts.notices import TargetBreached, UnitNamed, words_of
from models.contracts.told import StageRef
from models.database import Database, DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role, SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockKind, ClockState
from models.vocabulary.stages import StageOutcome, StageStatus
from models.vocabulary.tickets import HoldReason, TicketStatus
from tests.factories import COORDINATOR, GOOD_ANSWERS, HOUR
from tests.migrations.story import Story, engineer, open_story, record_opening, ticket_row

STAGES = ("remote_diagnosis", "parts_identification", "parts_procurement", "onsite_repair", "completion_sign_off")

UNIT = UnitNamed(equipment_type="Ventilator", serial="VENT-1", customer="City", site="ICU")


def visits(shown: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(stage["stage_key"], stage["visit"], stage["status"]) for stage in shown["stages"]]


# -- opening -----------------------------------------------------------------------------------------------------------


async def test_opening_stores_the_ticket_with_every_stage(database: Database, story: Story) -> None:
    shown = await story.shown()
    assert (shown["ticket"]["status"], shown["ticket"]["last_sequence"]) == ("open", 2)
    assert shown["ticket"]["current_stages"] == ["remote_diagnosis"]
    assert visits(shown) == [(key, 1, "in_progress" if key == STAGES[0] else "pending") for key in STAGES]
    assert [entry["action"] for entry in shown["timeline"]] == ["ticket_opened", "clock_moved", "stages_moved"]
    assert shown["timeline"][0]["actor_role"] == "hospital"
    assert "template_snapshot" not in shown["timeline"][0]["new_value"]


async def test_opening_again_changes_nothing(database: Database) -> None:
    row = await ticket_row(database)
    story = Story(database, row)
    facts = (story.clock(ClockEventKind.STARTED), story.enter("remote_diagnosis"))
    assert await record_opening(database, row, facts) == 2
    before = await story.shown()
    assert await record_opening(database, row, facts) == 2
    assert await story.shown() == before


async def test_openings_of_one_ticket_at_once_make_one_ticket(database: Database, sql: Any) -> None:
    row = await ticket_row(database)
    story = Story(database, row)
    facts = (story.clock(ClockEventKind.STARTED), story.enter("remote_diagnosis"))
    stored = await asyncio.gather(*(record_opening(database, row, facts) for _ in range(6)))
    assert stored == [2] * 6
    assert await sql.fetchval("SELECT count(*) FROM audit_events WHERE subject_id = $1", row.ticket_id) == 3


async def test_start_workflow_returns_the_same_instance(database: Database) -> None:
    row = await ticket_row(database)
    first = await database.call(SqlFunction.START_WORKFLOW, row.model_dump_json())
    assert await database.call(SqlFunction.START_WORKFLOW, row.model_dump_json()) == first


async def test_an_idempotency_key_is_one_ticket(database: Database) -> None:
    await open_story(database, key="one-ticket-only")
    with pytest.raises(DatabaseRefused, match="service_tickets_idempotency_key_key") as caught:
        await record_opening(database, await ticket_row(database, "VENT-ICU-002", "other-key"), ())
        row = (await ticket_row(database, "VENT-ICU-002", "third")).model_copy(update={"key": "one-ticket-only"})
        await record_opening(database, row, ())
    assert caught.value.sqlstate == "23505"


@pytest.mark.parametrize("target", [14400, 14400.0, "PT4H", "PT240M"])
async def test_a_snapshot_may_give_durations_in_seconds_or_iso(database: Database, target: object) -> None:
    row = await ticket_row(database)
    stages = [{**stage, "target": target} for stage in row.template_snapshot["stages"]]  # type: ignore[attr-defined]
    row = row.model_copy(update={"template_snapshot": {**row.template_snapshot, "stages": stages}})
    await record_opening(database, row, ())
    shown = await Story(database, row).shown()
    assert {stage["target_duration"] for stage in shown["stages"]} == {14400}


@pytest.mark.parametrize(
    "span",
    [
        timedelta(0),
        timedelta(microseconds=1),
        timedelta(days=7),
        timedelta(days=365),
        timedelta(days=1000, hours=30, microseconds=123456),
    ],
)
async def test_durations_survive_to_the_microsecond(sql: Any, span: timedelta) -> None:
    written = TypeAdapter(timedelta).dump_json(span).decode()
    assert await sql.fetchval("SELECT interval_from_json($1)", written) == span


# -- exactly once ------------------------------------------------------------------------------------------------------


async def test_facts_that_come_again_change_nothing(story: Story) -> None:
    facts = (story.complete("remote_diagnosis", actions=GOOD_ANSWERS["remote_diagnosis"]), story.enter(STAGES[1]))
    assert await story.apply(*facts) == 4
    before = await story.shown()
    assert await story.apply(*facts) == 4
    assert await story.apply(facts[0]) == 4
    assert await story.shown() == before


async def test_facts_that_overlap_apply_from_the_next_one(story: Story) -> None:
    first, second = story.complete("remote_diagnosis"), story.enter(STAGES[1])
    await story.apply(first)
    assert await story.apply(first, second) == 4
    assert len((await story.shown())["timeline"]) == 5


async def test_facts_are_applied_in_their_order_however_they_come(story: Story) -> None:
    first, second = story.complete("remote_diagnosis"), story.enter(STAGES[1])
    assert await story.apply(second, first) == 4
    assert (await story.shown())["ticket"]["current_stages"] == [STAGES[1]]


async def test_a_gap_is_refused_and_changes_nothing(story: Story) -> None:
    first = story.complete("remote_diagnosis")
    story.tell(CommandRefused, command="lost")
    third = story.tell(CommandRefused, command="late")
    before = await story.shown()
    with pytest.raises(DatabaseRefused, match="stands at fact 3: fact 5 can't follow it") as caught:
        await story.apply(first, third)
    assert caught.value.sqlstate == "FC002"
    assert await story.shown() == before


async def test_an_unknown_kind_is_refused_and_changes_nothing(database: Database, story: Story) -> None:
    fact = story.complete("remote_diagnosis").model_dump(mode="json")
    other = {**fact, "sequence": 4, "kind": "coffee_break"}
    with pytest.raises(DatabaseRefused, match='"coffee_break" are not known') as caught:
        await database.call(SqlFunction.APPLY_TICKET_FACTS, story.ticket_id, json.dumps([fact, other]))
    assert caught.value.sqlstate == "FC003"
    assert (await story.shown())["ticket"]["last_sequence"] == 2


async def test_an_unknown_ticket_is_refused(database: Database, story: Story) -> None:
    with pytest.raises(DatabaseRefused, match="is not on record") as caught:
        await database.call(
            SqlFunction.APPLY_TICKET_FACTS, uuid4(), FACTS.dump_json((story.enter(STAGES[1]),)).decode()
        )
    assert caught.value.sqlstate == "FC001"


async def test_appliers_of_the_same_facts_at_once_count_them_once(story: Story) -> None:
    facts = [story.tell(CommandRefused, command=f"c{n}", command_id=f"c{n}") for n in range(20)]
    batches = [facts[:5], facts[:10], facts[:20], facts[:20], facts[:15], facts[:20]]
    results = await asyncio.gather(*(story.apply(*batch) for batch in batches))
    assert max(results) == 22
    timeline = (await story.shown())["timeline"]
    assert [entry["sequence"] for entry in timeline] == list(range(23))


# -- stages ------------------------------------------------------------------------------------------------------------


async def test_completing_stages_keeps_what_was_done(story: Story) -> None:
    await story.apply(
        story.complete("remote_diagnosis", actions=GOOD_ANSWERS["remote_diagnosis"], actor=COORDINATOR),
        story.enter("onsite_repair"),
        story.complete("onsite_repair", actions=GOOD_ANSWERS["onsite_repair"]),
        story.enter("completion_sign_off"),
        story.complete("completion_sign_off", actions=GOOD_ANSWERS["completion_sign_off"]),
    )
    shown = await story.shown()
    done = {stage["stage_key"]: stage["execution"] for stage in shown["stages"]}
    assert done["remote_diagnosis"]["diagnosis_summary"] == "Flow sensor drifts"
    assert done["onsite_repair"]["work_performed"] == "Sensor replaced"
    assert done["onsite_repair"]["test_results"] == {
        "functional_test_passed": True,
        "electrical_safety_test_passed": True,
    }
    assert (done["completion_sign_off"]["customer_signature"], done["completion_sign_off"]["customer_rating"]) == (
        "A. Miller",
        9,
    )
    assert done["parts_identification"] is None
    assert shown["stages"][0]["finished_by_code"] == COORDINATOR.code
    assert shown["ticket"]["completion_percentage"] == 60


@pytest.mark.parametrize(("rating", "kept"), [(0, 0), (10, 10), (11, None), (-1, None), ("great", None), (True, None)])
async def test_an_answer_that_fits_no_column_stops_nothing(story: Story, rating: Any, kept: int | None) -> None:
    await story.apply(story.complete("remote_diagnosis", actions={"customer_rating": rating}))
    execution = (await story.shown())["stages"][0]["execution"]
    assert (execution["actions"]["customer_rating"], execution["customer_rating"]) == (rating, kept)


async def test_skipped_stages_have_their_reason_and_no_execution(story: Story) -> None:
    skipped = tuple(
        StageFinish(key=key, visit=1, status=StageStatus.SKIPPED, reason="Fixed remotely") for key in STAGES[1:4]
    )
    finished = StageFinish(
        key=STAGES[0], visit=1, status=StageStatus.COMPLETED, outcome=StageOutcome.FIXED_REMOTELY, actions={}
    )
    entered = (StageEntry(key=STAGES[4], visit=1, support_level=SupportLevel.L1),)
    await story.apply(story.tell(StagesMoved, finished=(finished, *skipped), entered=entered, reason="Reset by phone"))
    shown = await story.shown()
    assert [(stage["status"], stage["reason"]) for stage in shown["stages"][:4]] == [
        ("completed", "Reset by phone"),
        *[("skipped", "Fixed remotely")] * 3,
    ]
    assert [stage["execution"] is None for stage in shown["stages"]] == [False, True, True, True, True]
    assert (shown["ticket"]["completion_percentage"], shown["ticket"]["current_stages"]) == (80, [STAGES[4]])


async def test_going_back_makes_a_further_visit_and_keeps_both(story: Story) -> None:
    await story.apply(
        story.complete("remote_diagnosis"),
        story.enter("onsite_repair"),
        story.complete(
            "onsite_repair",
            planned=(StageRef(key="remote_diagnosis", visit=2), StageRef(key="onsite_repair", visit=2)),
            entered=(StageEntry(key="remote_diagnosis", visit=2, support_level=SupportLevel.L2),),
        ),
    )
    shown = await story.shown()
    assert visits(shown)[:2] == [("remote_diagnosis", 1, "completed"), ("remote_diagnosis", 2, "in_progress")]
    assert ("onsite_repair", 2, "pending") in visits(shown)
    assert shown["stages"][1]["support_level"] == "L2"
    assert shown["ticket"]["completion_percentage"] == 0


async def test_a_visit_that_nobody_planned_is_refused(story: Story) -> None:
    with pytest.raises(DatabaseRefused, match='visit 3 of stage "onsite_repair" is not on record') as caught:
        await story.apply(story.enter("onsite_repair", visit=3))
    assert caught.value.sqlstate == "FC004"


async def test_stages_side_by_side_are_all_current(story: Story) -> None:
    await story.apply(story.enter(STAGES[2]), story.enter(STAGES[1]))
    assert (await story.shown())["ticket"]["current_stages"] == list(STAGES[:3])


async def test_transition_to_next_stage_called_twice_changes_nothing(database: Database, story: Story) -> None:
    move = story.complete("remote_diagnosis", actions=GOOD_ANSWERS["remote_diagnosis"])
    arguments = (
        story.ticket_id,
        json.dumps([one.model_dump(mode="json") for one in move.finished]),
        "[]",
        json.dumps([{"key": STAGES[1], "visit": 1, "support_level": "L1", "engineer": None}]),
        move.at,
        move.actor.model_dump_json(),
        "",
    )
    assert await database.call(SqlFunction.TRANSITION_TO_NEXT_STAGE, *arguments) == [STAGES[1]]
    before = await story.shown()
    assert await database.call(SqlFunction.TRANSITION_TO_NEXT_STAGE, *arguments) == [STAGES[1]]
    assert await story.shown() == before


# -- engineers ---------------------------------------------------------------------------------------------------------


async def test_assigning_replaces_the_one_before_and_says_whom(database: Database, story: Story) -> None:
    first, second = await engineer(database, "ENG-001"), await engineer(database, "ENG-004")
    stages = (StageRef(key=STAGES[0], visit=1), StageRef(key=STAGES[3], visit=1))
    await story.apply(
        story.tell(EngineerAssigned, actor=COORDINATOR, engineer=first, stages=stages[:1]),
        story.tell(EngineerAssigned, actor=COORDINATOR, engineer=second, stages=stages),
        story.tell(EngineerAssigned, actor=COORDINATOR, engineer=second, stages=stages),
    )
    shown = await story.shown()
    assert [(one["engineer_code"], one["status"]) for one in shown["stages"][0]["assignments"]] == [
        ("ENG-001", "replaced"),
        ("ENG-004", "active"),
    ]
    assert [one["engineer_code"] for one in shown["stages"][3]["assignments"]] == ["ENG-004"]
    assert shown["stages"][0]["assignments"][1]["assigned_by_code"] == COORDINATOR.code
    assert shown["timeline"][4]["old_value"] == {"engineer": {STAGES[0]: "ENG-001", STAGES[3]: None}}


async def test_an_engineer_comes_with_a_stage_and_is_released_with_it(database: Database, story: Story) -> None:
    someone = await engineer(database, "ENG-004")
    await story.apply(story.complete(STAGES[0]), story.enter(STAGES[3], engineer=someone))
    assert (await story.shown())["stages"][3]["assignments"][0]["status"] == "active"
    await story.apply(story.complete(STAGES[3]))
    stage = (await story.shown())["stages"][3]
    assert (stage["assignments"][0]["status"], stage["support_level"]) == ("released", "L2")


async def test_a_raised_support_level_is_on_the_visit(story: Story) -> None:
    await story.apply(
        story.tell(SupportLevelRaised, stage=StageRef(key=STAGES[0], visit=1), level=SupportLevel.L2, reason="breach")
    )
    shown = await story.shown()
    assert shown["stages"][0]["support_level"] == "L2"
    assert (shown["timeline"][3]["old_value"], shown["timeline"][3]["reason"]) == ({"level": "L1"}, "breach")


# -- clocks, holds, the rest -------------------------------------------------------------------------------------------


async def test_a_clock_s_row_shows_its_newest_event_and_its_events_all(story: Story) -> None:
    name, stage = "stage:remote_diagnosis:1", StageRef(key=STAGES[0], visit=1)

    def move(event: ClockEventKind, state: ClockState, hours: float, percent: int | None = None) -> Any:
        elapsed = hours * HOUR
        return story.clock(event, state, name=name, kind=ClockKind.STAGE, stage=stage, elapsed=elapsed, percent=percent)

    await story.apply(
        move(ClockEventKind.STARTED, ClockState.RUNNING, 0),
        move(ClockEventKind.THRESHOLD, ClockState.RUNNING, 30, 50),
        move(ClockEventKind.PAUSED, ClockState.PAUSED, 31),
        move(ClockEventKind.RESUMED, ClockState.RUNNING, 31),
        move(ClockEventKind.STOPPED, ClockState.MET, 32.5),
    )
    clock = next(one for one in (await story.shown())["clocks"] if one["name"] == name)
    assert (clock["state"], clock["elapsed"], clock["thresholds_fired"]) == ("met", 32.5 * 3600, [50])
    assert (clock["stage_key"], clock["visit"], clock["ended_at"] is None) == (STAGES[0], 1, False)
    assert [event["kind"] for event in clock["events"]] == ["started", "threshold", "paused", "resumed", "stopped"]
    assert clock["events"][2]["due_at"] is None


async def test_hold_and_resume(story: Story) -> None:
    await story.apply(
        story.tell(
            TicketHeld,
            hold_reason=HoldReason.ACCESS_DENIED,
            resume_at=story.now + 24 * HOUR,
            pauses_clocks=True,
            reason="Theatre is in use",
        )
    )
    ticket = (await story.shown())["ticket"]
    assert (ticket["status"], ticket["hold_reason"]) == ("on_hold", "access_denied")
    assert ticket["held_since"] < ticket["resume_at"]

    await story.apply(story.tell(TicketResumed, hold_reason=HoldReason.ACCESS_DENIED))
    ticket = (await story.shown())["ticket"]
    assert (ticket["status"], ticket["hold_reason"], ticket["held_since"]) == ("open", None, None)


async def test_a_refusal_is_in_the_audit_trail_alone(story: Story) -> None:
    engineer_2 = Actor(code="ENG-002", role=Role.ENGINEER)
    before = await story.shown()
    await story.apply(
        story.tell(CommandRefused, command="complete_stage", command_id="c-1", actor=engineer_2, reason="Not yours")
    )
    shown = await story.shown()
    entry = shown["timeline"][-1]
    assert (entry["action"], entry["command_id"], entry["actor_code"]) == ("command_refused", "c-1", "ENG-002")
    assert (entry["reason"], entry["new_value"]["command"]) == ("Not yours", "complete_stage")
    assert shown["stages"] == before["stages"]


async def test_a_notification_stands_pending_with_its_kind_and_facts(story: Story) -> None:
    breached = TargetBreached(number="FC-2026-000001", unit=UNIT, clock="response", name="Response", target=HOUR)
    await story.apply(story.tell(NotificationRaised, recipient=Role.ENGINEER, level=SupportLevel.L2, notice=breached))
    (told,) = (await story.shown())["notifications"]
    assert (told["status"], told["level"], told["recipient_role"]) == ("pending", "L2", "engineer")
    assert (told["kind"], told["facts"]["clock"], told["subject"]) == ("target_breached", "response", None)
    assert "kind" not in told["facts"]
    assert words_of(told) == breached.words


async def test_a_notification_of_before_keeps_its_text(story: Story) -> None:
    await story.apply(story.tell(NotificationRaised, recipient=Role.COORDINATOR, subject="Breach", body="Please help"))
    (told,) = (await story.shown())["notifications"]
    assert (told["kind"], told["facts"]) == (None, None)
    assert words_of(told) == ("Breach", "Please help")


@pytest.mark.parametrize(
    ("status", "instance"), [(TicketStatus.CLOSED, "completed"), (TicketStatus.CANCELLED, "cancelled")]
)
async def test_the_end_of_a_ticket(database: Database, story: Story, status: TicketStatus, instance: str) -> None:
    someone = await engineer(database, "ENG-001")
    stages = (StageRef(key=STAGES[0], visit=1),)
    await story.apply(
        story.tell(EngineerAssigned, engineer=someone, stages=stages),
        story.tell(
            TicketHeld, hold_reason=HoldReason.OTHER, resume_at=story.now + HOUR, pauses_clocks=False, reason="x"
        ),
        story.tell(TicketEnded, status=status, reason="That was it"),
    )
    shown = await story.shown()
    ticket = shown["ticket"]
    assert (ticket["status"], ticket["end_reason"], ticket["instance_status"]) == (status, "That was it", instance)
    assert ticket["closed_at"] and ticket["hold_reason"] is None and ticket["current_stages"] == []
    assert shown["stages"][0]["assignments"][0]["status"] == "released"
    assert shown["timeline"][-1]["old_value"] == {"status": "on_hold"}
