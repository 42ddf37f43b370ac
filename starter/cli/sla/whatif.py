"""What `fieldcare sla whatif` does: closed tickets replayed under other rules, a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from models.database import Database
from models.sla.calendar import Calendar
from models.sql_functions import SqlFunction
from starter.addresses import read_settings
from starter.cli.sla.show_whatif import Change, Found, as_document, show_found
from starter.cli.terminal.display import print_json
from starter.cli.terminal.failing import REFUSED
from starter.cli.terminal.parsing import day_or_instant
from starter.cli.terminal.run import err
from starter.failures import BadInput
from starter.measuring.calendars import CalendarError, calendar_of
from starter.measuring.stored import stored_calendar
from starter.reading.plain import json_value
from starter.services import database_only
from starter.whatif.alternative import Alternative
from starter.whatif.history import IncompleteRecord, TicketHistory, Verdict, history_of
from starter.whatif.replay import NotReplayable, changed, check_replayable, replay
from starter.whatif.rules_file import Rules, RulesError, TemplateRules, check_names, read_rules

PAGE = 100
"""Tickets of one question to the database."""

SHOWN_UNREPLAYABLE = 20


@dataclass(frozen=True, slots=True)
class WhatIfOptions:
    """What was typed."""

    template: Path
    since: str
    until: str | None
    limit: int
    as_json: bool


async def what_if(options: WhatIfOptions) -> int:
    """Replay, print, and return the exit code."""
    since = day_or_instant(options.since, "--since")
    until = day_or_instant(options.until, "--until") if options.until else datetime.now(UTC)
    if until <= since:
        raise BadInput("--until must be later than --since.")
    try:
        rules = read_rules(options.template)
        async with database_only(read_settings()) as database:
            check_names(rules, json_value(await database.call(SqlFunction.KNOWN_SLA_TERMS)), options.template)
            alternatives = {
                code: await _alternative(database, one, rules, options.template)
                for code, one in rules.templates.items()
            }
            found = Found()
            with _bar() as bar:
                task = bar.add_task("Replaying", total=None)
                async for code, record in _closed(database, since, until):
                    _one(found, alternatives.get(code), record, options.limit)
                    bar.update(task, advance=1)
    except (RulesError, CalendarError) as error:
        raise BadInput(str(error)) from error
    _name_unreplayable(found)
    if options.as_json:
        print_json(as_document(found, since, until))
    else:
        show_found(found, since, until, options.limit)
    return REFUSED if found.unreplayable else 0


def _bar() -> Progress:
    """How many tickets so far, where there is a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


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


def _name_unreplayable(found: Found) -> None:
    for number, reason in found.unreplayable[:SHOWN_UNREPLAYABLE]:
        err.print(f"{number} is not replayed: {reason}.", markup=False)
    if (more := len(found.unreplayable) - SHOWN_UNREPLAYABLE) > 0:
        err.print(f"… and {more} more; --json lists them all.", markup=False)
