"""Records the histories that `test_replay.py` replays: `python -m tests.workflows.record_histories [NAME …]`.

Run it when the workflows have changed on purpose, and add the new histories beside the old ones: those of releases that
tickets may still run on must go on replaying.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.ai.tasks.registry import ENGINES, TASKS
from activities.ai.workers import AiWorkers
from migrations.runner import migrate, seed
from models.contracts.commands import ArriveOnSite, Cancel, ChangePriority, Reopen, StartTravel
from models.contracts.offering import (
    AcceptOffer,
    DeclineOffer,
    OfferStage,
    RaiseLevel,
    ReleaseEngineer,
    WithdrawOffer,
)
from models.contracts.proposals import DiagnosisDecision, VerifiedOutcome
from models.database import Database
from models.settings import Settings
from models.vocabulary import HoldReason, Priority, StageOutcome
from models.vocabulary.ai import DiagnosisStatus
from models.vocabulary.stages import AssignmentType, DeclineReason
from starter.client import connect, register_search_attributes
from starter.commands import CommandRefused
from starter.embedded.stack import throwaway_stack
from tests.diagnosing import asked_as, reported
from tests.factories import COORDINATOR, DESK, HOUR, NURSE, acting, assign, command_id, complete, hold, resume, skip
from tests.field import STANDARD_STAGES, Field, Ticket
from tests.starter.signing import account, at_sign_off, with_password
from tests.starter.signing import signed as signed_off
from worker import build_worker

HISTORIES = Path(__file__).parent / "histories"


async def breached(field: Field) -> Ticket:
    """A breach, a refusal, a hold that ends by itself, a failed test, a second visit, sign-off."""
    ticket = await field.open()
    await ticket.skip_time(5 * HOUR)
    with suppress(CommandRefused):
        await ticket.do(complete("remote_diagnosis", by="ENG-004", actions={}))
    await ticket.do(hold())
    await ticket.skip_time(25 * HOUR)
    for key in STANDARD_STAGES[:3]:
        await ticket.do(complete(key, by="ENG-004"))
    await ticket.do(complete("onsite_repair", by="ENG-004", outcome=StageOutcome.TEST_FAILED))
    await ticket.finish()
    return ticket


async def remote_fix(field: Field) -> Ticket:
    ticket = await field.open("PUMP-WRD-001")
    await ticket.do(hold())
    await ticket.do(resume())
    await field.commands.signal_stage_completed(
        ticket.id, complete("remote_diagnosis", by="ENG-004", outcome=StageOutcome.FIXED_REMOTELY)
    )
    await ticket.finish()
    return ticket


async def manufacturer(field: Field) -> Ticket:
    ticket = await field.open("CT-PHL-001", engineer=None)
    await ticket.do(complete("handover_to_manufacturer", by=COORDINATOR))
    await ticket.skip_time(30 * HOUR)
    await ticket.do(complete("manufacturer_response", by=DESK))
    await ticket.do(complete("manufacturer_visit", by=DESK))
    await ticket.do(complete("acceptance", by=COORDINATOR))
    await ticket.handle.result()
    return ticket


async def cancelled(field: Field) -> Ticket:
    ticket = await field.open()
    await ticket.do(skip("parts_procurement"))
    await ticket.do(Cancel(command_id=command_id(), actor=COORDINATOR, reason="Reported twice"))
    await ticket.handle.result()
    return ticket


async def running(field: Field) -> Ticket:
    ticket = await field.open()
    await ticket.skip_time(3 * HOUR)
    await ticket.stored()
    return ticket


async def terms(field: Field) -> Ticket:
    """Holds that overlap, a priority that changes twice, a journey: until it is closed."""
    ticket = await field.open()
    for level in (Priority.P1, Priority.P3):
        await ticket.do(
            ChangePriority(command_id=command_id(), actor=COORDINATOR, priority=level, reason="Patient moved")
        )
        await ticket.do(hold())
        await ticket.do(hold(HoldReason.WAITING_FOR_PARTS))
        await ticket.skip_time(26 * HOUR)
    for key in STANDARD_STAGES[:3]:
        await ticket.do(complete(key, by="ENG-004"))
    await ticket.do(StartTravel(command_id=command_id(), actor=acting("ENG-004")))
    await ticket.skip_time(1 * HOUR)
    await ticket.do(ArriveOnSite(command_id=command_id(), actor=acting("ENG-004")))
    await ticket.finish()
    return ticket


async def reopened(field: Field) -> Ticket:
    """The further run of a ticket that was taken up again."""
    ticket = await terms(field)
    await ticket.do(
        Reopen(command_id=command_id(), actor=COORDINATOR, reason="Alarm is back", return_to="onsite_repair")
    )
    await ticket.do(assign("ENG-004"))
    await ticket.skip_time(5 * HOUR)
    await ticket.finish()
    return ticket


async def diagnosed(field: Field) -> Ticket:
    """The built-in provider answers, and an engineer takes its diagnosis over."""
    ticket = await field.open()
    await ticket.advised()
    decided = complete("remote_diagnosis", by="ENG-004", actions={"safety_assessed": True}).model_copy(
        update={"diagnosis": DiagnosisDecision(status=DiagnosisStatus.ACCEPTED)}
    )
    await ticket.do(decided)
    await ticket.finish()
    return ticket


async def unanswered(field: Field) -> Ticket:
    """Nobody can give a diagnosis, so people go on without one."""
    ticket = await reported(field, "It hums a melody that nobody recognizes")
    await ticket.finish()
    return ticket


async def verified(field: Field) -> Ticket:
    """An edited diagnosis, a failed test, a second diagnosis, and at sign-off what it proved to be."""
    ticket = await field.open()
    await ticket.advised()
    edited = DiagnosisDecision(status=DiagnosisStatus.EDITED, cause="Loose plug")
    await ticket.do(complete("remote_diagnosis", by="ENG-004").model_copy(update={"diagnosis": edited}))
    for key in ("parts_identification", "parts_procurement", "onsite_repair"):
        await ticket.do(complete(key, by="ENG-004"))
    failed, back_to = StageOutcome.TEST_FAILED, "remote_diagnosis"
    await ticket.do(complete("completion_sign_off", by="ENG-004", outcome=failed, return_to=back_to))
    await ticket.advised()
    for key in STANDARD_STAGES[:-1]:
        await ticket.do(complete(key, by="ENG-004"))
    said = VerifiedOutcome(proposal_right=False, cause="Torn tube", problem_code="A050402")
    await ticket.do(complete("completion_sign_off", by="ENG-004").model_copy(update={"verified": said}))
    await ticket.handle.result()
    return ticket


async def by_itself(field: Field) -> Ticket:
    """AI completes the diagnosis, for which any record is enough here."""
    ticket = await asked_as(field, auto_complete_confidence=0)
    await ticket.in_stage("parts_identification")
    await ticket.do(assign("ENG-004"))
    await ticket.finish()
    return ticket


async def signed(field: Field) -> Ticket:
    """A nurse can't complete the sign-off by a text, and signs it with her password."""
    ticket = await at_sign_off(field)
    with suppress(CommandRefused):
        await ticket.do(complete("completion_sign_off", by=NURSE))
    await signed_off(field, ticket, with_password(await account(field)))
    await ticket.handle.result()
    return ticket


async def told_later(field: Field) -> Ticket:
    """A breach, and a day's work that is told after it, which takes it back."""
    ticket = await field.open()
    for key in STANDARD_STAGES[:3]:
        began = (await ticket.do(complete(key, by="ENG-004"))).applied_at
    await ticket.skip_time(9 * HOUR)
    for kind, hours in ((StartTravel, 1), (ArriveOnSite, 2)):
        said = kind(command_id=command_id(), actor=acting("ENG-004"), happened_at=began + hours * HOUR)
        await ticket.do(said)
    for key, hours in (("onsite_repair", 3), ("completion_sign_off", 4)):
        await ticket.do(complete(key, by="ENG-004").model_copy(update={"happened_at": began + hours * HOUR}))
    await ticket.handle.result()
    return ticket


async def offered(field: Field) -> Ticket:
    """An offer that one declines, one does not answer and one accepts; a hand-over, a higher level, a team; one that is
    withdrawn, and one that nobody takes."""
    ticket = await field.open(engineer=None)

    def offer(stage: str, *engineers: str) -> OfferStage:
        return OfferStage(command_id=command_id(), actor=COORDINATOR, stage=stage, engineers=engineers)

    await ticket.do(offer("remote_diagnosis", "ENG-003", "ENG-002", "ENG-004"))
    await ticket.do(
        DeclineOffer(command_id=command_id(), actor=acting("ENG-003"), reason=DeclineReason.ILL, note="Flu")
    )
    await ticket.skip_time(timedelta(minutes=20))
    await ticket.do(AcceptOffer(command_id=command_id(), actor=acting("ENG-004")))
    with suppress(CommandRefused):
        await ticket.do(AcceptOffer(command_id=command_id(), actor=acting("ENG-002")))
    await ticket.do(
        RaiseLevel(command_id=command_id(), actor=acting("ENG-004"), stage="remote_diagnosis", reason="Firmware")
    )
    beside = assign("ENG-001", stage="remote_diagnosis")
    await ticket.do(beside.model_copy(update={"role": AssignmentType.SUPERVISOR}))
    over = assign("ENG-005", stage="remote_diagnosis", by=acting("ENG-004"))
    with suppress(CommandRefused):
        await ticket.do(over)
    said = {"note": "Logs are read; the update is left", "predecessor_stays_as": "support"}
    await ticket.do(over.model_copy(update={"command_id": command_id(), **said}))
    await ticket.do(ReleaseEngineer(command_id=command_id(), actor=COORDINATOR, engineer_code="ENG-001"))
    await ticket.do(complete("remote_diagnosis", by="ENG-005"))
    await ticket.do(offer("parts_identification", "ENG-002"))
    await ticket.do(assign("ENG-004"))
    await ticket.do(offer("onsite_repair", "ENG-005"))
    await ticket.do(WithdrawOffer(command_id=command_id(), actor=COORDINATOR, stage="onsite_repair"))
    await ticket.do(offer("onsite_repair", "ENG-005"))
    await ticket.skip_time(timedelta(minutes=20))
    await ticket.finish()
    return ticket


STORIES = (
    breached,
    remote_fix,
    manufacturer,
    cancelled,
    running,
    terms,
    reopened,
    diagnosed,
    unanswered,
    verified,
    by_itself,
    signed,
    told_later,
    offered,
)


def anonymous(value: Any) -> Any:
    """The history without the names of the machine and the processes that made it: they are no part of the story."""
    if isinstance(value, dict):
        return {key: anonymous(one) for key, one in value.items() if key not in {"identity", "stackTrace"}}
    if isinstance(value, list):
        return [anonymous(one) for one in value]
    if isinstance(value, str) and (process := f"{os.getpid()}@{socket.gethostname()}") in value:
        return value.replace(process, "worker")
    return value


async def main(names: Sequence[str]) -> None:
    """Record the stories of these names; without names all."""
    with throwaway_stack(time_skipping=True) as stack:
        url = stack.addresses.database_url
        await migrate(url)
        await seed(url, sample=True)
        client = await connect(stack.addresses.temporal_address)
        await register_search_attributes(client)
        skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
        database = Database(url)
        ai = AiWorkers(skipper.client, database, Settings(), TASKS, ENGINES, task_queue="recording", environment={})
        async with build_worker(skipper.client, database, Settings(), "recording"), ai:
            field = Field(skipper, database, "recording")
            for story in (one for one in STORIES if not names or one.__name__ in names):
                ticket = await story(field)
                history = await ticket.handle.fetch_history()
                plain = anonymous(json.loads(history.to_json()))
                (HISTORIES / f"{story.__name__}.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
        await database.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
