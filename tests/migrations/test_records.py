"""What `get_ticket()` says and what `models.records` reads are the same: nothing is missing, nothing more is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from models.contracts.facts import NotificationRaised
from models.records import (
    DiagnosisOnRecord,
    RecordedAssignment,
    RecordedClock,
    RecordedNotification,
    RecordedStage,
    RecordedTicket,
    RecordedWork,
    TicketRecord,
    TimelineEntry,
    UnreadableRecord,
)
from models.sql_functions import SqlFunction
from models.tables import metadata
from models.tables.base import TextEnum
from models.vocabulary.people import Role
from models.vocabulary.sla import ClockEventKind
from tests.factories import HOUR
from tests.migrations.lab import Lab
from tests.migrations.story import engineer

ROWS: dict[type[BaseModel], str] = {
    RecordedTicket: "service_tickets",
    RecordedStage: "workflow_stage_transitions",
    RecordedClock: "sla_clocks",
    RecordedNotification: "notifications",
    RecordedAssignment: "stage_assignments",
    RecordedWork: "stage_execution_data",
    DiagnosisOnRecord: "ai_diagnosis_results",
    TimelineEntry: "audit_events",
}
"""Whose columns a part has, whole or some of them, under their own names."""

OTHERWISE = {(TimelineEntry, "sequence"), (RecordedNotification, "kind")}
"""Where the function says NULL though the column has none, or rows of before have none."""


async def answer(lab: Lab) -> str:
    """What is said of a ticket with something in each of its parts."""
    story = lab.story
    stages: Any = story.row.template_snapshot["stages"]
    first, second = (stage["key"] for stage in stages[:2])
    story.now += HOUR
    answers = {"safety_assessed": True, "customer_signature": "A. Rao", "electrical_safety_test_passed": True}
    await story.apply(
        story.clock(ClockEventKind.PAUSED, elapsed=timedelta(seconds=1234, microseconds=567_891)),
        story.complete(first, actions=answers),
        story.enter(second, engineer=await engineer(story.database, "ENG-001")),
        story.tell(NotificationRaised, recipient=Role.COORDINATOR, subject="Late", body="It is late."),
    )
    await lab.diagnosis(hypotheses=[{"cause": "Sensor", "confidence": 80}])
    said: str = await lab.bench.database.call(SqlFunction.GET_TICKET, story.row.number)
    return said


def model_of(annotation: Any) -> type[BaseModel] | None:
    """The part that a field holds one or several of; None for a value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = get_args(annotation) if get_origin(annotation) in {tuple, list, Annotated, Union, UnionType} else ()
    return next((found for one in inner if (found := model_of(one))), None)


def compared(said: Any, part: type[BaseModel], where: str) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each place of a document, with the names that are said there and those that are read."""
    yield where, set(said), set(part.model_fields)
    for name, field in part.model_fields.items():
        inner = model_of(field.annotation)
        value = said.get(name)
        if inner is not None and value is not None:
            for one in value if isinstance(value, list) else [value]:
                yield from compared(one, inner, f"{where}.{name}")


async def test_nothing_is_missing_and_nothing_more_is_said(lab: Lab) -> None:
    places = list(compared(json.loads(await answer(lab)), TicketRecord, "record"))
    assert [(where, said ^ read) for where, said, read in places if said != read] == []
    assert {where for where, _, _ in places} == {
        "record",
        "record.ticket",
        "record.unit",
        "record.stages",
        "record.stages.assignments",
        "record.stages.execution",
        "record.clocks",
        "record.clocks.events",
        "record.diagnoses",
        "record.notifications",
        "record.timeline",
    }


async def test_what_is_read_is_what_was_said(lab: Lab) -> None:
    said = await answer(lab)
    record, found = TicketRecord.parse(said), json.loads(said)
    assert (record.ticket.number, str(record.ticket.id)) == (found["ticket"]["number"], found["ticket"]["id"])
    assert [one.stage_key for one in record.stages] == [one["stage_key"] for one in found["stages"]]
    [clock] = record.clocks
    assert clock.events[-1].elapsed == timedelta(seconds=1234, microseconds=567_891)
    assert record.clock("resolution") is clock
    assert record.clock("arrival") is None
    assert record.business_calendar.code == found["calendar"]["code"]
    assert [one.key for one in record.stage_definitions] == [one["key"] for one in found["template_stages"]]
    assert [one.sequence for one in record.timeline] == [one["sequence"] for one in found["timeline"]]
    assert record.last_told_at() == record.timeline[-1].occurred_at


@pytest.mark.parametrize(("part", "table"), ROWS.items(), ids=lambda one: str(getattr(one, "__name__", one)))
def test_what_may_be_missing_in_a_row_may_be_missing_in_what_is_read(part: type[BaseModel], table: str) -> None:
    columns = metadata.tables[table].c
    optional = {name: type(None) in get_args(field.annotation) for name, field in part.model_fields.items()}
    own = {name: columns[name].nullable for name in optional if name in columns and (part, name) not in OTHERWISE}
    assert {name: optional[name] for name in own} == own


@pytest.mark.parametrize(("part", "table"), ROWS.items(), ids=lambda one: str(getattr(one, "__name__", one)))
def test_a_word_of_the_vocabulary_is_read_as_one(part: type[BaseModel], table: str) -> None:
    columns = metadata.tables[table].c
    words = {name: column.type.kind for name, column in columns.items() if isinstance(column.type, TextEnum)}
    for name in words.keys() & part.model_fields.keys():
        annotation = part.model_fields[name].annotation
        assert words[name] in {annotation, *get_args(annotation)}, name


async def test_a_record_of_a_newer_version_says_where_it_is_not_understood(lab: Lab) -> None:
    found = json.loads(await answer(lab))
    assert TicketRecord.parse(json.dumps({**found, "weather": "fine"})).ticket.number == found["ticket"]["number"]
    found["stages"][0]["outcome"] = "sold"
    with pytest.raises(UnreadableRecord, match=r"stages\.0\.outcome: .*; use the version that the database"):
        TicketRecord.parse(json.dumps(found))
