"""What a rescue asks of the database: all that a ticket is rebuilt from, and that no number is given away twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from models.contracts.facts import CommandRefused, PriorityChanged, TicketHeld, TicketRescued
from models.database import Database, DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.tickets import HoldReason, Priority
from tests.factories import COORDINATOR, HOUR
from tests.migrations.story import Story


async def recorded(database: Database, story: Story) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await database.call(SqlFunction.READ_TICKET_FACTS, story.row.number))
    return found


async def test_a_ticket_is_read_with_its_opening_and_every_fact_in_order(database: Database, story: Story) -> None:
    facts = (story.complete("remote_diagnosis"), story.tell(PriorityChanged, priority=Priority.P1, reason="Moved"))
    await story.apply(*facts)
    found = await recorded(database, story)
    assert [fact["sequence"] for fact in found["facts"]] == [1, 2, 3, 4]
    assert found["facts"][2:] == [fact.model_dump(mode="json") for fact in facts]
    assert (found["facts_stored"], found["last_sequence"]) == (4, 4)
    assert found["opening"]["description"] == story.row.description
    assert found["priority"] == story.row.priority  # as at intake
    assert found["template"] == json.loads(json.dumps(story.row.template_snapshot))
    assert found["service"]["configuration_id"] == str(story.row.service_configuration_id)
    assert found["unit"]["equipment_id"] == str(story.row.equipment_id)
    assert found["diagnoses"] == []


async def test_a_reference_that_names_no_ticket_reads_nothing(database: Database) -> None:
    assert await database.call(SqlFunction.READ_TICKET_FACTS, "nobody-has-this") is None


async def test_a_rescue_is_one_entry_of_the_trail_and_something_to_look_at(story: Story) -> None:
    await story.apply(story.tell(TicketRescued, actor=COORDINATOR, found="terminated", reason="Wrong button"))
    shown = await story.shown()
    assert shown["timeline"][-1]["action"] == "ticket_rescued"
    assert shown["ticket"]["latest_issue"] == "Rescued: Wrong button"
    await story.apply(story.tell(TicketRescued, actor=COORDINATOR, found="terminated"))
    assert (await story.shown())["ticket"]["latest_issue"] == "Rescued: workflow terminated"


@pytest.mark.parametrize("other", ["kind", "moment", "command"])
async def test_another_fact_under_a_number_that_is_taken_is_refused_with_all_that_comes_with_it(
    story: Story, other: str
) -> None:
    fact = story.tell(CommandRefused, command="Hold", command_id="first")
    await story.apply(fact)
    before = await story.shown()
    changed: Any = {
        "kind": TicketHeld(
            sequence=fact.sequence,
            at=fact.at,
            actor=fact.actor,
            command_id="first",
            hold_reason=HoldReason.OTHER,
            resume_at=fact.at + HOUR,
            pauses_clocks=False,
        ),
        "moment": fact.model_copy(update={"at": fact.at + timedelta(microseconds=1)}),
        "command": fact.model_copy(update={"command_id": "second"}),
    }[other]
    following = story.tell(CommandRefused, command="Hold", command_id="third")
    with pytest.raises(DatabaseRefused, match="has another fact 3 already") as caught:
        await story.apply(changed, following)
    assert caught.value.sqlstate == "FC005"
    assert await story.shown() == before
    assert await story.apply(fact, following) == 4
