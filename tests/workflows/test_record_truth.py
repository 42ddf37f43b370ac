"""What people say to a running ticket, as its record has it: on the real server, in the real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.contracts.base import SYSTEM, Actor
from models.contracts.commands import Reopen
from models.contracts.intake import FaultReport
from models.records import TimelineEntry
from models.vocabulary import HoldReason, Priority, Role, StageOutcome
from starter.acting import Said, act
from starter.commands import CommandRefused
from starter.importing.reporters import KnownReporters
from starter.lookups import as_known
from starter.reading.timeline import told
from starter.services import Connection
from tests.factories import COORDINATOR, GOOD_ANSWERS, NURSE, acting, assign, command_id, complete, hold, skip
from tests.field import Field, Ticket

pytestmark = pytest.mark.asyncio(loop_scope="session")

WHO, OTHER = "ENG-004", "ENG-008"


async def refused(ticket: Ticket, command: Any) -> str:
    """The sentence of a refusal, which stands in the record as it was said."""
    with pytest.raises(CommandRefused) as raised:
        await ticket.do(command)
    [entry] = [one for one in (await ticket.stored())["timeline"] if one["command_id"] == command.command_id]
    assert (entry["action"], entry["actor_code"]) == ("command_refused", command.actor.code)
    assert entry["reason"] == raised.value.sentence
    return raised.value.sentence


async def test_whom_somebody_replaces_stands_in_answer_record_and_timeline(field: Field) -> None:
    ticket = await field.open(engineer=WHO)
    command = assign(OTHER, stage="remote_diagnosis")
    answer = await ticket.do(command)
    assert f"assigned to Remote Diagnosis, instead of {WHO} " in answer.message
    [entry] = [one for one in (await ticket.stored())["timeline"] if one["command_id"] == command.command_id]
    [replaced] = entry["new_value"]["replaced"]
    assert replaced["engineer"]["code"] == WHO
    assert replaced["stages"] == [{"key": "remote_diagnosis", "visit": 1}]
    sentence = told(TimelineEntry.model_validate(entry), {"remote_diagnosis": "Remote Diagnosis"})
    assert sentence.endswith(f"assigned to Remote Diagnosis instead of {WHO}")


async def test_what_nobody_asked_for_and_nobody_may_is_refused_and_the_refusal_is_on_record(field: Field) -> None:
    ticket = await field.open(engineer=WHO)
    typo = complete("remote_diagnosis", by=WHO, actions={**GOOD_ANSWERS["remote_diagnosis"], "saftey_assessed": True})
    assert "does not ask for saftey_assessed" in await refused(ticket, typo)
    left_out = skip("parts_procurement").model_copy(update={"actor": NURSE})
    assert "is for coordinator or engineer only" in await refused(ticket, left_out)
    other = hold(HoldReason.OTHER)
    assert "needs its reason" in await refused(ticket, other)
    record = await ticket.stored()
    assert [stage["status"] for stage in record["stages"]] == ["in_progress", *["pending"] * 4]
    # Sent again under its id, what was refused has had its answer, and whoever sends it is told so.
    with pytest.raises(CommandRefused, match=rf"send a new command.*: {other.command_id} has had its answer"):
        await ticket.do(other)
    await ticket.do(other.model_copy(update={"command_id": command_id(), "note": "Lift is out of order"}))


async def test_what_failed_and_what_was_said_beside_a_reason_is_kept(field: Field) -> None:
    ticket = await field.open(engineer=WHO)
    why = skip("parts_procurement").model_copy(update={"note": "Part is in the van"})
    await ticket.do(why)
    for key in ("remote_diagnosis", "parts_identification"):
        await ticket.do(complete(key, by=WHO))
    failed = StageOutcome.TEST_FAILED
    assert "what failed" in await refused(ticket, complete("onsite_repair", by=WHO, outcome=failed, note=" "))
    await ticket.do(complete("onsite_repair", by=WHO, outcome=failed, note="Leaks at 20 mbar"))
    record = await ticket.stored()
    [visit] = [one for one in record["stages"] if (one["stage_key"], one["visit"]) == ("onsite_repair", 1)]
    assert (visit["outcome"], visit["reason"]) == ("test_failed", "Leaks at 20 mbar")
    left = [one for one in record["timeline"] if one["command_id"] == why.command_id]
    [entry] = [one for one in left if one["action"] == "stages_moved"]
    assert (entry["reason"], entry["new_value"]["note"]) == ("Not needed", "Part is in the van")
    told_of = [told(TimelineEntry.model_validate(one), {}) for one in record["timeline"]]
    assert any("parts_procurement skipped (Not needed; Part is in the van)" in one for one in told_of), told_of
    assert any("onsite_repair completed (test failed: Leaks at 20 mbar)" in one for one in told_of)


async def test_what_is_left_out_in_consequence_nobody_has_left_out(field: Field) -> None:
    ticket = await field.open("PUMP-WRD-001", engineer=WHO)
    await ticket.do(complete("remote_diagnosis", by=WHO, outcome=StageOutcome.FIXED_REMOTELY))
    await ticket.stored()
    rows = await ticket.field.rows(
        "SELECT v.status, v.finished_by_code FROM workflow_stage_transitions v "
        "JOIN ticket_workflow_instances i ON i.id = v.instance_id JOIN service_tickets t ON t.id = i.ticket_id "
        "WHERE t.workflow_id = :id AND v.finished_at IS NOT NULL ORDER BY v.position",
        id=ticket.id,
    )
    assert [tuple(row.values()) for row in rows] == [("completed", WHO), *[("skipped", SYSTEM.code)] * 3]


async def test_who_does_not_say_in_which_capacity_acts_as_what_they_are_known_for(
    field: Field,
) -> None:
    connection = Connection(field.client, field.database, timedelta(seconds=30))
    ticket = await field.open(engineer=WHO)
    for code, role in ((WHO, "engineer"), (NURSE.code, "hospital"), ("philips-service-desk", "manufacturer")):
        command = hold().model_copy(update={"actor": COORDINATOR.model_copy(update={"code": code})})
        await act(connection, ticket.number, command, print, said=Said(role=False))
        [entry] = [one for one in (await ticket.stored())["timeline"] if one["command_id"] == command.command_id][:1]
        assert (entry["actor_code"], entry["actor_role"]) == (code, role)
    at_the_desk = hold().model_copy(update={"actor": COORDINATOR.model_copy(update={"code": NURSE.code})})
    await act(connection, ticket.number, at_the_desk, print, said=Said(role=False, code=False))
    [entry] = [one for one in (await ticket.stored())["timeline"] if one["command_id"] == at_the_desk.command_id][:1]
    assert entry["actor_role"] == "coordinator"  # whoever reported it for somebody and steers it now
    said = hold().model_copy(update={"actor": acting("coordinator-1")})
    await act(connection, ticket.number, said, print)
    [entry] = [one for one in (await ticket.stored())["timeline"] if one["command_id"] == said.command_id][:1]
    assert entry["actor_role"] == "engineer"  # who says it is taken at their word
    back = Reopen(
        command_id=command_id(), actor=COORDINATOR.model_copy(update={"code": "philips-service-desk"}), reason="x"
    )
    with pytest.raises(
        CommandRefused, match="acts as manufacturer, and reopen is for coordinator, hospital or engineer"
    ):
        await act(connection, ticket.number, back, print, said=Said(role=False))


async def test_a_code_is_known_for_what_the_registry_or_the_ticket_says(field: Field) -> None:
    ticket = await field.open(engineer=None)

    async def known(code: str, **how: Any) -> str:
        return str(await as_known(field.database, Actor(code=code, role=Role.COORDINATOR), ticket.id, **how))

    assert await known("eng-004") == "ENG-004 (engineer)"
    assert await known("GE-service-desk") == "ge-service-desk (manufacturer)"
    assert await known("Nurse-7") == "nurse-7 (hospital)"
    assert await known("eng-004", role_said=True) == "ENG-004 (coordinator)"
    for stranger in ("nobody", "ENG-00_", "%"):
        assert await known(stranger) == f"{stranger} (coordinator)"
    assert await as_known(field.database, NURSE) == NURSE  # of no ticket nobody is the reporter


async def test_an_engineer_is_named_in_whatever_case_and_a_stranger_comes_with_who_may_be_meant(field: Field) -> None:
    connection = Connection(field.client, field.database, timedelta(seconds=30))
    ticket = await field.open(engineer=None)
    assert (await act(connection, ticket.number, assign("eng-004"), print)).message.startswith("ENG-004 ")
    with pytest.raises(CommandRefused, match=r"no active engineer ENG-0O4\. .* Did you mean .*ENG-004"):
        await act(connection, ticket.number, assign("ENG-0O4"), print)


async def test_who_reports_in_a_file_is_recorded_as_what_they_are(field: Field) -> None:
    reporters = KnownReporters(field.intake.open, field.database)
    for code, known in (("eng-004", "ENG-004 (engineer)"), ("nurse-7", "nurse-7 (hospital)")):
        report = FaultReport(
            unit="VENT-ICU-001",
            description="Alarm",
            priority=Priority.P3,
            reporter=Actor(code=code, role=Role.HOSPITAL),
            key=f"file-{command_id()}",
        )
        opened = (await reporters.open(report)).ticket
        [row] = await field.rows(
            "SELECT reporter_code, reporter_role FROM service_tickets WHERE number = :n", n=opened.number
        )
        assert f"{row['reporter_code']} ({row['reporter_role']})" == known
