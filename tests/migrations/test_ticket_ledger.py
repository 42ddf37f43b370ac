"""The delay ledger of a ticket's record in the database is that of the facts that were written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models.contracts.facts import (
    ArrivedOnSite,
    ContractChanged,
    EngineerAssigned,
    Fact,
    StageEntry,
    StageFinish,
    StagesMoved,
    TicketEnded,
    TicketHeld,
    TicketReopened,
    TicketResumed,
    TravelStarted,
)
from models.contracts.templates import TemplateSnapshot
from models.contracts.told import StageRef
from models.database import Database
from models.records import TicketRecord
from models.sla.calendar import Calendar
from models.sla.ledger import ledger
from models.vocabulary.people import SupportLevel
from models.vocabulary.sla import Party, TimeOwner
from models.vocabulary.stages import StageStatus
from models.vocabulary.tickets import TicketStatus
from starter.reading.ledgers import calendars, recorded_ledger
from tests.factories import HOUR, ticket_input
from tests.migrations.story import Story, engineer
from tests.models.test_sla_calendar import week

LATE = Calendar(
    code="late", always_open=False, zone="America/New_York", hours=week(1, 2, 3, 4, 5, opens="09:00", closes="23:00")
)
DIAGNOSIS, REPAIR = StageRef(key="remote_diagnosis", visit=1), StageRef(key="onsite_repair", visit=1)


def first(story: Story) -> StagesMoved:
    """The entry into the first stage, which opening a story has told already."""
    entry = StageEntry(key="remote_diagnosis", visit=1, support_level=SupportLevel.L1)
    return StagesMoved(sequence=2, at=story.row.opened_at, actor=story.row.reporter, entered=(entry,))


async def life(database: Database, story: Story) -> list[Fact]:
    """Everything that can change whose time it is, a little more than an hour after each other."""
    someone = await engineer(database, "ENG-001")
    service = ticket_input().service.model_copy(update={"configuration_id": story.row.service_configuration_id})
    repair = StageEntry(key="onsite_repair", visit=1, support_level=SupportLevel.L2, engineer=someone)
    repaired = StageFinish(key="onsite_repair", visit=1, status=StageStatus.COMPLETED)
    diagnosed = StageFinish(key="remote_diagnosis", visit=1, status=StageStatus.COMPLETED)
    again = StageRef(key="onsite_repair", visit=2)
    entered_again = StageEntry(key="onsite_repair", visit=2, support_level=SupportLevel.L2)
    held = {"hold_reason": "access_denied", "pauses_clocks": True, "party": Party.HOSPITAL}
    happened: list[tuple[type[Any], dict[str, Any]]] = [
        (EngineerAssigned, {"engineer": someone, "stages": (DIAGNOSIS,)}),
        (StagesMoved, {"finished": (diagnosed,), "entered": (repair,)}),
        (TravelStarted, {"stage": REPAIR}),
        (ArrivedOnSite, {"stage": REPAIR}),
        (TicketHeld, {**held, "resume_at": story.now + 40 * HOUR}),
        (TicketResumed, {"hold_reason": "access_denied"}),
        (ContractChanged, {"service": service, "calendar": LATE}),
        (StagesMoved, {"finished": (repaired,)}),
        (TicketEnded, {"status": TicketStatus.CLOSED}),
        (TicketReopened, {"reopened": 1}),
        (StagesMoved, {"planned": (again,), "entered": (entered_again,)}),
        (TicketHeld, {**held, "resume_at": story.now + 40 * HOUR}),
    ]
    told: list[Fact] = []
    for kind, fields in happened:
        story.now += HOUR + timedelta(seconds=1, microseconds=1)
        told.append(story.tell(kind, **fields))
    return told


async def test_the_record_has_all_that_the_ledger_needs(database: Database, story: Story) -> None:
    opened = story.row.opened_at
    facts = [first(story), *await life(database, story)]
    await story.apply(*facts[1:])
    found = TicketRecord.model_validate(await story.shown())
    stages = TemplateSnapshot.model_validate(story.row.template_snapshot).stages
    for hours in range(0, 60, 3):
        at = opened + hours * HOUR
        assert recorded_ledger(found, at) == ledger(facts, stages, Calendar(), opened, at)
    told = recorded_ledger(found, opened + 60 * HOUR)
    assert {owner for owner, length in told.totals.items() if not length} == {TimeOwner.PARTS, TimeOwner.MANUFACTURER}
    assert sum(told.totals.values(), timedelta(0)) == 60 * HOUR
    assert [calendar.code for _, calendar in calendars(found)] == ["24x7", "late"]
