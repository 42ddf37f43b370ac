"""Whatever a ticket lives through, its facts alone give back what its workflow knew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts.ai import AskedInTurn, AskFailure
from models.contracts.base import SYSTEM
from models.contracts.commands import ChangePriority, CommandResult
from models.contracts.facts import FACTS, Fact
from models.contracts.proposals import DiagnosisDecision, ProposedDiagnosis
from models.contracts.state import Reply, TicketState
from models.contracts.templates import StageAi
from models.contracts.told import StageRef
from models.vocabulary import Priority, ReopenPolicy, SupportLevel
from models.vocabulary.ai import AiTask, DiagnosisStatus, Severity
from tests.factories import COORDINATOR, HOUR, T0, assign, command_id, complete, engineer, hold, template, ticket_input
from tests.workflows.stories import WHO, Story, live, richer, stories
from workflows.engine.recall import RecallError, recall
from workflows.engine.refusal import RefusedError
from workflows.engine.ticket import TicketEngine

NOT_OF_THE_TICKET = {"stored", "unstored"}
"""How far the projection had come; after a rescue it has everything."""


def known(state: TicketState, *left_out: str) -> dict[str, Any]:
    return state.model_dump(exclude=NOT_OF_THE_TICKET | set(left_out))


def from_the_record(engine: TicketEngine, facts: Iterable[Fact] | None = None) -> TicketState:
    """What the facts give back after they have been through JSON, as the audit trail keeps them."""
    told = tuple(engine.state.unstored if facts is None else facts)
    assert [fact.sequence for fact in told] == list(range(1, engine.state.sequence + 1))
    read = FACTS.validate_json(FACTS.dump_json(told))
    return recall(engine.ticket, engine.state.opened_at, read).state


@settings(max_examples=300, deadline=None)
@given(story=stories, policy=st.sampled_from(list(ReopenPolicy)))
def test_the_facts_of_any_life_give_back_the_whole_state(story: Story, policy: ReopenPolicy) -> None:
    engine = TicketEngine.open(ticket_input(template=richer(template(), policy)), T0)
    live(engine, story, engineer(WHO), T0)
    recalled = from_the_record(engine)
    assert known(recalled) == known(engine.state)
    assert recalled.stored == engine.state.sequence
    assert recalled.unstored == []


@settings(max_examples=50, deadline=None)
@given(story=stories, further=stories)
def test_a_ticket_goes_on_from_its_facts_as_it_would_have(story: Story, further: Story) -> None:
    """The recalled state does not only look the same: whatever comes next has the same consequences."""
    ticket = ticket_input(template=richer(template(), ReopenPolicy.EXCLUDE_SOLVED))
    engine = TicketEngine.open(ticket, T0)
    now = live(engine, story, engineer(WHO), T0)
    other = TicketEngine(ticket, from_the_record(engine))
    told = len(engine.state.unstored)
    for one in (engine, other):
        live(one, further, engineer(WHO), now)
    assert [plain(fact) for fact in other.state.unstored] == [plain(fact) for fact in engine.state.unstored[told:]]


def plain(fact: Fact) -> dict[str, Any]:
    """A fact without the command id, which every life draws anew."""
    return fact.model_dump(exclude={"command_id"})


@settings(max_examples=100, deadline=None)
@given(story=stories)
def test_facts_of_before_give_back_all_but_the_words_of_answers(story: Story) -> None:
    engine = TicketEngine.open(ticket_input(template=richer(template(), ReopenPolicy.RESTART)), T0)
    live(engine, story, engineer(WHO), T0)
    old = [fact.model_copy(update={"answered": None}) for fact in engine.state.unstored]
    recalled = from_the_record(engine, old)
    assert known(recalled, "replies") == known(engine.state, "replies")
    assert [without_words(one) for one in recalled.replies] == [without_words(one) for one in engine.state.replies]
    applied = [reply.answer.message for reply in recalled.replies if isinstance(reply.answer, CommandResult)]
    assert all("not on record" in message for message in applied)


def without_words(reply: Reply) -> dict[str, Any]:
    """Without what facts of before do not say: to which content the id belongs, and what an applied one was answered.

    A refusal's words are its fact's reason, so they stay.
    """
    found = reply.model_dump(exclude={"digest"})
    if "applied_at" in found["answer"]:
        del found["answer"]["message"], found["command"]
    return found


# -- AI ----------------------------------------------------------------------------------------------------------------


def proposed(at: datetime, severity: Severity = Severity.CRITICAL) -> ProposedDiagnosis:
    return ProposedDiagnosis(
        session_id=uuid4(),
        provider="local",
        model="local-1",
        at=at,
        summary="Flow sensor drifts",
        cause="Flow sensor",
        problem_code=None,
        confidence=80,
        uncertain=False,
        severity=severity,
        support_level=SupportLevel.L1,
        remote_fix_possible=False,
        story="diagnosis: local",
    )


def advised() -> TicketEngine:
    stages = tuple(
        one.model_copy(update={"ai": (StageAi(task=AiTask.DIAGNOSIS, raises_priority=True),)})
        if one.key == "remote_diagnosis"
        else one
        for one in template().stages
    )
    return TicketEngine.open(ticket_input(template=template(stages)), T0)


def test_that_nobody_could_diagnose_is_remembered_with_its_story() -> None:
    engine = advised()
    failure = AskFailure(provider="openai", reason="429", message="Too many requests")
    asked = AskedInTurn(story="diagnosis: openai 429 → nobody", failures=(failure,), flags=("odd",))
    visit = engine.graph.latest("remote_diagnosis")
    engine.unanswered(visit, AiTask.DIAGNOSIS, asked, T0 + HOUR, on_record=True)
    assert known(from_the_record(engine)) == known(engine.state)


def test_a_diagnosis_that_was_shown_and_decided_on_comes_back_with_what_it_changed() -> None:
    engine = advised()
    visit = engine.graph.latest("remote_diagnosis")
    diagnosis = proposed(T0 + HOUR)
    engine.propose(visit, diagnosis, None, T0 + HOUR)
    engine.apply(assign(WHO), T0 + HOUR, engineer(WHO))
    accepted = complete("remote_diagnosis", by=WHO).model_copy(
        update={"diagnosis": DiagnosisDecision(status=DiagnosisStatus.ACCEPTED)}
    )
    engine.apply(accepted, T0 + 2 * HOUR)
    memory = recall(engine.ticket, T0, engine.state.unstored)
    assert memory.shown == {("remote_diagnosis", 1): diagnosis.session_id}
    assert memory.state.priority is Priority.P1
    memory.show(StageRef(key="remote_diagnosis", visit=1), diagnosis)
    assert known(memory.state) == known(engine.state)


def test_a_stage_that_ai_completed_by_itself_leaves_no_answer_to_anybody() -> None:
    engine = advised()
    visit = engine.graph.latest("remote_diagnosis")
    done = complete("remote_diagnosis").model_copy(update={"command_id": f"ai-{uuid4()}"})
    done = done.model_copy(update={"actor": SYSTEM})
    with engine.story.caused_by(done):
        engine._work.finish(visit, done, T0 + HOUR)
    recalled = from_the_record(engine)
    assert (recalled.replies, recalled.visits[0].finished_by) == ([], SYSTEM)
    assert known(recalled) == known(engine.state)


# -- what can't be -----------------------------------------------------------------------------------------------------


def lived() -> TicketEngine:
    engine = TicketEngine.open(ticket_input(), T0)
    engine.apply(assign(WHO), T0 + HOUR, engineer(WHO))
    engine.apply(hold(), T0 + 2 * HOUR)
    return engine


def test_a_gap_is_named() -> None:
    engine = lived()
    with pytest.raises(RecallError, match="fact 3 can't follow fact 1: the record has a gap"):
        recall(engine.ticket, T0, [fact for fact in engine.state.unstored if fact.sequence != 2])


def test_a_clock_that_is_paused_twice_is_named() -> None:
    engine = lived()
    paused = engine.state.unstored[-1]
    again = paused.model_copy(update={"sequence": paused.sequence + 1, "at": paused.at + timedelta(minutes=1)})
    with pytest.raises(RecallError, match=rf"fact {again.sequence} \(clock_moved\) does not fit .* it is paused"):
        recall(engine.ticket, T0, [*engine.state.unstored, again])


def test_a_command_id_that_was_misused_keeps_its_first_answer_and_the_misuse_is_told_once() -> None:
    engine = lived()
    urgent = ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=Priority.P1, reason="Moved")
    refused = urgent.model_copy(update={"command_id": command_id()})
    engine.apply(urgent, T0 + 3 * HOUR)
    with pytest.raises(RefusedError, match="is P1 already"):
        engine.apply(refused, T0 + 3 * HOUR)
    for first in (urgent, refused):
        other = first.model_copy(update={"reason": "Another one"})
        with pytest.raises(RefusedError, match="belongs to another command"):
            engine.apply(other, T0 + 4 * HOUR)
        recalled = from_the_record(engine)
        assert known(recalled) == known(engine.state)
        again, told = TicketEngine(engine.ticket, recalled), recalled.sequence
        with pytest.raises(RefusedError, match="belongs to another command"):
            again.apply(other, T0 + 5 * HOUR)
        assert recalled.sequence == told
