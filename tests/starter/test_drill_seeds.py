"""A seed says which faults strike and what people do: the same every time, bounded, and a bit of everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from models.contracts.base import Actor
from models.contracts.commands import COMMANDS, ChangeContract, CompleteStage, Hold, SkipStage
from models.vocabulary import Role
from starter.drill.account import Wait
from starter.drill.crowd import LATEST, told_later
from starter.drill.driver import DrillUnit
from starter.drill.schedule import LANES, Fault, FaultKind, schedule
from starter.drill.stories import LONGEST_PAUSE, UNANSWERED, Deed, NewTerms, Scene, story
from starter.drill.strikes import Struck
from starter.drill.weather import longest_recovery
from tests.factories import COORDINATOR, hold, standard_stages

SEEDS = range(20)
ENGINEER = Actor(code="ENG-004", role=Role.ENGINEER)


def told(seed: int, number: int = 1) -> tuple[Scene, ...]:
    stages = tuple(one.model_copy(update={"on_site": one.key == "onsite_repair"}) for one in standard_stages())
    return story(seed, number, f"drill-x-{number:06d}", DrillUnit("VENT-ICU-001", stages), ENGINEER)


def deeds(scenes: tuple[Scene, ...]) -> list[str]:
    """What is done in the scenes, without the ids of stages, which are drawn anew for each test."""
    return [
        f"{scene.pause} {scene.finish} {move.deed} {move.times} {move.what and move.what.command_id}"
        for scene in scenes
        for move in scene.moves
    ]


def test_a_seed_brings_the_same_faults_again_and_another_one_brings_others() -> None:
    assert schedule(7, 100) == schedule(7, 100)
    assert schedule(7, 100) != schedule(8, 100)
    assert schedule(7, 100)[:50] == schedule(7, 50)


def test_two_faults_never_hold_the_same_thing_at_once() -> None:
    def holding(seed: int) -> Iterator[tuple[Fault, Fault]]:
        faults = schedule(seed, 200)
        for lane in {lane for lanes in LANES.values() for lane in lanes}:
            yield from pairwise(fault for fault in faults if lane in LANES[fault.kind])

    for seed in SEEDS:
        assert all(before.at + before.lasting < after.at for before, after in holding(seed))


def test_faults_overlap_and_every_kind_comes() -> None:
    faults = schedule(3, 400)
    assert {fault.kind for fault in faults} == set(FaultKind)
    assert sum(after.at < before.at + before.lasting for before, after in pairwise(faults)) > 100


def test_no_fault_lasts_longer_than_it_may() -> None:
    assert {fault.lasting for fault in schedule(1, 300)} >= {1.0, 4.0, 15.0, 30.0}
    assert max(fault.lasting for fault in schedule(1, 300, longest=4)) == 4


def test_what_can_not_be_had_is_left_out_and_the_rest_stays_where_it_was() -> None:
    all_of_them, without = schedule(5, 200), schedule(5, 200, without=frozenset({FaultKind.FULL_DISK}))
    assert [fault for fault in all_of_them if fault.kind is not FaultKind.FULL_DISK] == list(without)
    assert len(without) < 200


def test_a_seed_tells_the_same_stories_again() -> None:
    assert deeds(told(4)) == deeds(told(4))
    assert deeds(told(4)) != deeds(told(5))
    assert deeds(told(4, number=2)) != deeds(told(4, number=3))


def test_stories_hold_every_command_and_everything_that_goes_wrong() -> None:
    moves = [move for seed in SEEDS for number in range(10) for scene in told(seed, number) for move in scene.moves]
    sent = [move.what for move in moves if move.what is not None]
    names = {type(one) for one in sent}
    assert names == set(COMMANDS) - {ChangeContract} | {NewTerms}
    assert {move.deed for move in moves} == set(Deed)
    assert any(move.times > 1 for move in moves)
    ids = [one.command_id for one in sent]
    assert len(set(ids)) < len(ids)  # some come again
    failed = [one for one in sent if isinstance(one, CompleteStage) and one.outcome == "test_failed"]
    assert {bool(one.note) for one in failed} == {True, False}
    assert any(isinstance(one, CompleteStage) and "part_used" in one.actions for one in sent)
    assert any(isinstance(one, SkipStage) and one.actor.role not in SkipStage.senders() for one in sent)


def test_every_story_brings_its_ticket_to_an_end() -> None:
    for seed in SEEDS:
        scenes = told(seed)
        assert scenes[-1].finish or any(scene.finish for scene in scenes)
        assert all(scene.pause <= LONGEST_PAUSE or scene.pause == UNANSWERED for scene in scenes)


def test_an_id_never_means_two_things() -> None:
    for seed in SEEDS:
        known: dict[str, object] = {}
        for move in (move for scene in told(seed) for move in scene.moves if move.what is not None):
            assert move.what is not None
            if move.deed is Deed.MISUSE:
                assert known[move.what.command_id] != move.what
                continue
            assert known.setdefault(move.what.command_id, move.what) is move.what


def test_a_recovery_lasts_until_the_last_one_who_was_waiting_is_answered() -> None:
    def struck(kind: FaultKind, mended_at: float | None) -> Struck:
        return Struck(Fault(0, kind, 1), 0.0, mended_at)

    waits = [Wait(5, 12), Wait(9, 17), Wait(11, 40), Wait(1)]
    faults = [struck(FaultKind.KILL_TEMPORAL, 10.0), struck(FaultKind.FREEZE_ALL, None)]
    assert longest_recovery(faults, waits) == (7.0, "Temporal killed")
    assert longest_recovery(faults, []) == (0.0, "")


def test_some_of_what_may_be_is_told_later_and_which_follows_from_its_id() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    sent = [hold().model_copy(update={"command_id": f"drill-{number}"}) for number in range(300)]
    told = [told_later(one, now) for one in sent]
    late = [one.happened_at for one in told if isinstance(one, Hold) and one.happened_at is not None]
    assert 20 < len(late) < 100
    assert all(now - timedelta(seconds=LATEST) <= at <= now for at in late)
    assert told == [told_later(one, now) for one in sent]
    skip = SkipStage(command_id="drill-1", actor=COORDINATOR, stage="parts_identification", reason="Not needed.")
    assert told_later(skip, now) == skip
