"""A run says in its start which changes of the code it has had; one that says nothing is asked by markers."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from models.contracts.commands import AssignEngineer, EngineerRef
from models.contracts.tickets import TicketInput
from models.identity import CARRIED_QUERY
from starter.commands import CommandRefused
from starter.lookups import looked_up
from tests.factories import assign, complete
from tests.field import Field, Ticket
from tests.standstill import until_it_fails
from tests.waiting import until
from workflows.patches import ALL_SAID, CURRENT, SINCE, TASKS_APART
from workflows.runner import replayer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def events(handle: WorkflowHandle[Any, Any]) -> Counter[str]:
    """How many events there are of each type, and of each activity by its name."""
    found: Counter[str] = Counter()
    for event in (await handle.fetch_history()).events:
        found[EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")] += 1
        found[event.activity_task_scheduled_event_attributes.activity_type.name] += 1
    return found


async def start(field: Field, behaviour: int) -> WorkflowHandle[Any, Any]:
    """A run as it would be started by a program that knows that behaviour."""
    ticket: Ticket = await field.open(engineer=None)
    known: TicketInput = await ticket.handle.query(CARRIED_QUERY, result_type=TicketInput)
    number = f"OTHER-{uuid4().hex[:8]}"
    other = {"behaviour": behaviour, "carried": None, "number": number, "key": None, "ticket_id": uuid4()}
    return await field.client.start_workflow(
        known.template.workflow_type, known.model_copy(update=other), id=number, task_queue=field.task_queue
    )


async def test_every_patch_has_a_behaviour_that_runs_of_today_have() -> None:
    assert set(SINCE.values()) == set(range(1, CURRENT + 1))


async def test_a_ticket_of_today_needs_no_marker(field: Field) -> None:
    ticket = await field.open()
    await ticket.do(complete("remote_diagnosis", by="ENG-004"))
    found = await events(ticket.handle)
    assert found["MARKER_RECORDED"] == 0
    await replayer().replay_workflow(await ticket.handle.fetch_history())


async def test_a_run_of_before_is_asked_by_markers_and_its_tasks_are_kept_apart_all_the_same(field: Field) -> None:
    handle = await start(field, behaviour=0)

    async def kept_apart() -> bool:
        found = await events(handle)
        return found["MARKER_RECORDED"] == len({TASKS_APART, ALL_SAID}) and found["TIMER_STARTED"] > 0

    await handle.execute_update(AssignEngineer.update, assign("ENG-004"))
    await until(kept_apart)
    await replayer().replay_workflow(await handle.fetch_history())
    await handle.terminate()


async def test_a_run_of_newer_code_is_left_to_newer_workers(field: Field) -> None:
    handle = await start(field, behaviour=CURRENT + 1)
    await until_it_fails(field.client, handle.id)
    assert (await events(handle))["ACTIVITY_TASK_SCHEDULED"] == 0
    await handle.terminate()


async def test_whom_the_sender_has_looked_up_the_ticket_does_not_look_up_again(field: Field) -> None:
    ticket = await field.open(engineer=None)
    known = await looked_up(field.database, assign("ENG-004"), ticket.handle.id)
    assert known.engineer is not None
    answer = await ticket.do(known)
    assert answer.message.startswith(f"ENG-004 {known.engineer.name} is assigned to ")
    found = await events(ticket.handle)
    assert (found["find_engineer"], found["warn_of_assignment"]) == (0, 0)
    assert await ticket.do(known.model_copy(update={"engineer": None})) == answer  # it is the same command


async def test_who_is_not_in_the_registry_is_looked_for_by_the_ticket_and_refused(field: Field) -> None:
    ticket = await field.open(engineer=None)
    unknown = await looked_up(field.database, assign("ENG-999"), ticket.handle.id)
    assert unknown.engineer is None
    with pytest.raises(CommandRefused, match="ENG-999"):
        await ticket.do(unknown)
    assert (await events(ticket.handle))["find_engineer"] == 1


async def test_another_engineer_than_the_one_who_is_named_is_no_command(field: Field) -> None:
    known = (await looked_up(field.database, assign("ENG-004"), "of-no-ticket")).engineer
    assert isinstance(known, EngineerRef)
    with pytest.raises(ValueError, match="not the one whose code is given"):
        AssignEngineer.model_validate(assign("ENG-005").model_dump() | {"engineer": known})
