"""What people wrote is checked where it enters: what could not be stored must never get into a history."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from models.contracts.base import Actor
from models.contracts.commands import Cancel, CompleteStage, Hold
from models.contracts.intake import FaultReport
from models.contracts.tickets import TicketInput
from models.vocabulary.people import Role
from models.vocabulary.stages import StageType
from models.vocabulary.tickets import HoldReason, Priority
from tests.factories import COORDINATOR, NURSE, stage, standard_stages, template, ticket_input

BAD = ["a\x00b", "half \ud800 a pair"]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(
    "make",
    [
        lambda bad: Actor(code=bad, role=Role.ENGINEER),
        lambda bad: Cancel(command_id="1", actor=COORDINATOR, reason=bad),
        lambda bad: Cancel(command_id=bad, actor=COORDINATOR, reason="x"),
        lambda bad: CompleteStage(command_id="1", actor=COORDINATOR, stage="x", actions={"a": bad}),
        lambda bad: CompleteStage(command_id="1", actor=COORDINATOR, stage="x", actions={bad: True}),
        lambda bad: Hold(command_id="1", actor=COORDINATOR, reason=HoldReason.OTHER, approved_by=bad),
        lambda bad: Hold(command_id="1", actor=COORDINATOR, reason=HoldReason.OTHER, note=bad),
        lambda bad: FaultReport(unit="U", description=bad, priority=Priority.P1, reporter=NURSE),
    ],
)
def test_text_that_can_not_be_stored_is_refused(make: Any, bad: str) -> None:
    with pytest.raises(ValidationError):
        make(bad)


@pytest.mark.parametrize("blank", ["", "   ", "\n"])
def test_a_report_without_words_is_refused(blank: str) -> None:
    with pytest.raises(ValidationError):
        FaultReport(unit="U", description=blank, priority=Priority.P1, reporter=NURSE)


def test_a_template_whose_stages_form_no_graph_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs repair, which must stand before it"):
        template((stage("diagnosis", StageType.DIAGNOSIS, 1, "repair", position=1), *standard_stages()[1:1]))
    with pytest.raises(ValidationError, match="occurs twice"):
        template((standard_stages()[0], standard_stages()[0]))


def test_a_newer_senders_fields_are_no_obstacle() -> None:
    ticket = ticket_input()
    newer = {**ticket.model_dump(mode="json"), "field_of_a_later_release": 1}
    assert TicketInput.model_validate(newer) == ticket
