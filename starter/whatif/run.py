"""Closed tickets replayed under other rules, a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from models.database import Database
from models.sla.calendar import Calendar
from models.sql_functions import SqlFunction
from starter.failures import BadInput
from starter.measuring.calendars import calendar_of
from starter.measuring.stored import stored_calendar
from starter.reading.plain import json_value
from starter.watching import Watch
from starter.whatif.alternative import Alternative
from starter.whatif.found import Change, Found
from starter.whatif.history import IncompleteRecord, TicketHistory, Verdict, history_of
from starter.whatif.replay import NotReplayable, changed, check_replayable, replay
from starter.whatif.rules_file import Rules, TemplateRules, check_names, read_rules

PAGE = 100
"""Tickets of one question to the database."""


@dataclass(frozen=True, slots=True)
class Question:
    """What would have been with the tickets that were closed in that time, by the rules of a file.

    Attributes:
        limit: how many changed verdicts to keep; all are counted.
    """

    rules: Path
    since: datetime
    until: datetime
    limit: int

    def read(self) -> Rules:
        """The rules.

        Raises:
            BadInput: the time ends before it begins, or the file can't be used.
        """
        if self.until <= self.since:
            raise BadInput("The time must end later than it begins.")
        return read_rules(self.rules)


async def what_if(database: Database, asked: Question, rules: Rules, watch: Watch) -> Found:
    """Replay the tickets.

    Raises:
        RulesError, CalendarError: the rules name what this database does not have.
    """
    check_names(rules, json_value(await database.call(SqlFunction.KNOWN_SLA_TERMS)), asked.rules)
    alternatives = {
        code: await _alternative(database, one, rules, asked.rules) for code, one in rules.templates.items()
    }
    found, looked_at = Found(), 0
    async for code, record in _closed(database, asked.since, asked.until):
        _one(found, alternatives.get(code), record, asked.limit)
        looked_at += 1
        watch("Replaying", looked_at)
    return found


async def _alternative(database: Database, one: TemplateRules, rules: Rules, path: Path) -> Alternative:
    return Alternative(
        resolution_target=one.resolution_target,
        arrival_target=one.arrival_target,
        response_target=one.response_target,
        priorities=one.priority_targets(),
        stage_targets={stage.key: stage.target_duration for stage in one.stages if stage.target_duration},
        on_site={stage.key: stage.on_site for stage in one.stages if stage.on_site is not None},
        hold_rules=rules.hold_rules,
        reopen_policy=one.reopen_policy,
        calendar=await _calendar(database, one.calendar, rules, path) if one.calendar else None,
    )


async def _calendar(database: Database, name: str, rules: Rules, path: Path) -> Calendar:
    """Of the file itself, else of the database; in UTC: each ticket has its site's zone."""
    if any(one.get("code") == name for one in rules.calendars):
        return calendar_of(rules.calendars, name, "UTC", path)
    return await stored_calendar(database, name, "UTC")


async def _closed(database: Database, since: datetime, until: datetime) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
    """Template code and record of every ticket that was closed in that time, in the order of their ends."""
    last: tuple[datetime | None, Any] = (None, None)
    while True:
        rows = await database.rows(SqlFunction.CLOSED_TICKETS, since, until, *last, PAGE)
        for row in rows:
            yield row["template_code"], json_value(row["history"])
        if len(rows) < PAGE:
            return
        last = (rows[-1]["closed_at"], rows[-1]["ticket_id"])


def _one(found: Found, alternative: Alternative | None, record: Mapping[str, Any], limit: int) -> None:
    if alternative is None:
        found.other_templates += 1
        return
    try:
        history = history_of(record)
        check_replayable(history)
        would = replay(history, alternative)
    except (IncompleteRecord, NotReplayable, ValueError, KeyError) as error:
        told = isinstance(error, IncompleteRecord | NotReplayable)
        said = str(error) if told else f"its record is not usable ({type(error).__name__})"
        found.unreplayable.append((record["number"], said))
        return
    _count(found, history, would, limit)


def _count(found: Found, history: TicketHistory, would: dict[str, Verdict], limit: int) -> None:
    was = history.recorded()
    found.replayed += 1
    for verdicts, counts in ((was, found.before), (would, found.after)):
        counts.update((one.kind, one.state) for one in verdicts.values())
    differences = changed(was, would)
    found.changes += len(differences)
    found.tickets_changed += bool(differences)
    room = max(limit - len(found.shown), 0)
    found.shown += [Change(history.number, name, old, new) for name, old, new in differences[:room]]
