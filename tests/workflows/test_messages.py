"""What tickets take, as callers, the Temporal UI and the converter see it: recorded histories hold the names."""

from __future__ import annotations

import inspect
from typing import get_args

import pytest
from temporalio import workflow

import models.contracts.commands
from models.contracts.base import Command
from models.contracts.commands import (
    COMMANDS,
    ArriveOnSite,
    AssignEngineer,
    Cancel,
    ChangeContract,
    ChangePriority,
    CommandResult,
    CompleteStage,
    Hold,
    OpenTicket,
    Reopen,
    Resume,
    SkipStage,
    StartTravel,
    ToldLater,
)
from models.contracts.facts import CommandRefused, Fact, NotificationRaised, TicketRescued
from models.contracts.offering import (
    AcceptOffer,
    DeclineOffer,
    OfferStage,
    RaiseLevel,
    ReleaseEngineer,
    WithdrawOffer,
)
from models.contracts.tickets import OpenedTicket
from tests.factories import T0, ticket_input
from workflows.engine.recall import RECALLS
from workflows.engine.ticket import TicketEngine
from workflows.registry import WORKFLOWS

UPDATES: dict[str, tuple[type, type, str]] = {
    "opened": (OpenTicket, OpenedTicket, "Answered when the ticket is stored"),
    "assign_engineer": (AssignEngineer, CommandResult, "Put an engineer on one stage or on all open ones"),
    "release_engineer": (ReleaseEngineer, CommandResult, "Take an engineer off one stage or off all open ones"),
    "raise_level": (RaiseLevel, CommandResult, "Ask for a higher support level for a stage, with a reason"),
    "offer_stage": (OfferStage, CommandResult, "Offer a stage to engineers, one after the other"),
    "withdraw_offer": (WithdrawOffer, CommandResult, "Take the offer of a stage back"),
    "accept_offer": (AcceptOffer, CommandResult, "Accept a stage that one is offered"),
    "decline_offer": (DeclineOffer, CommandResult, "Decline a stage that one is offered, with a reason"),
    "complete_stage": (CompleteStage, CommandResult, "A stage's work is done"),
    "skip_stage": (SkipStage, CommandResult, "Leave a stage out, with a reason"),
    "hold": (Hold, CommandResult, "Put the ticket on hold until a date"),
    "resume": (Resume, CommandResult, "Take the ticket off hold"),
    "cancel": (Cancel, CommandResult, "End the ticket without sign-off"),
    "change_priority": (ChangePriority, CommandResult, "Another priority; targets count from the report on"),
    "change_contract": (ChangeContract, CommandResult, "Other terms of service, from the report on"),
    "start_travel": (StartTravel, CommandResult, "An engineer sets out for the unit"),
    "arrive_on_site": (ArriveOnSite, CommandResult, "An engineer has arrived at the unit"),
    "reopen": (Reopen, CommandResult, "Take up a closed ticket again; it comes with the start of a run"),
}
"""By name: what it brings, what it answers, and its description."""


@pytest.mark.parametrize("kind", WORKFLOWS.values(), ids=lambda one: one.__name__)
def test_a_ticket_takes_the_updates_that_it_has_always_taken(kind: type) -> None:
    updates = workflow._Definition.must_from_class(kind).updates
    taken = {
        name: (*(update.arg_types or ()), update.ret_type, update.description)
        for name, update in updates.items()
        if name is not None
    }
    assert taken == UPDATES


@pytest.mark.parametrize("kind", WORKFLOWS.values(), ids=lambda one: one.__name__)
def test_what_no_progress_could_make_right_is_refused_before_history_grows(kind: type) -> None:
    updates = workflow._Definition.must_from_class(kind).updates
    assert {name for name, update in updates.items() if update.validator is not None} == set(UPDATES) - {"opened"}


def test_a_completion_comes_as_a_signal_as_well() -> None:
    (signal,) = workflow._Definition.must_from_class(WORKFLOWS["ServiceTicketWorkflow"]).signals.values()
    assert (signal.name, signal.arg_types) == ("stage_completed", [CompleteStage])


def test_every_command_is_among_those_that_a_ticket_takes() -> None:
    there = {
        one
        for _, one in inspect.getmembers(models.contracts.commands, inspect.isclass)
        if issubclass(one, Command) and one not in {Command, ToldLater}
    }
    assert set(COMMANDS) == there
    assert len({command.update for command in COMMANDS}) == len(COMMANDS)


def test_a_command_is_called_by_its_own_words() -> None:
    assert [command.words() for command in (CompleteStage, Hold)] == ["complete stage", "hold"]


def test_every_command_has_one_rule_of_the_engine() -> None:
    engine = TicketEngine.open(ticket_input(), T0)
    assert set(engine._rules._apply) == set(COMMANDS)


def test_every_fact_that_changes_a_ticket_is_taken_back_by_the_part_that_tells_it() -> None:
    """A new kind of fact is here or there, so that nobody forgets the rescue."""
    changes_nothing = {NotificationRaised, CommandRefused, TicketRescued}
    assert RECALLS.keys() | changes_nothing == set(get_args(get_args(Fact)[0]))
    assert not RECALLS.keys() & changes_nothing


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.__name__)
def test_what_a_command_leaves_is_a_kind_of_fact(command: type[Command]) -> None:
    assert command.leaves in {fact.model_fields["kind"].default for fact in get_args(get_args(Fact)[0])}
