"""`fieldcare sla …`: business time and its clocks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from models.wall_clock import ClockChange
from starter.cli.terminal.commands import command
from starter.cli.terminal.file_options import Constants, Delimiter, Encoding, FileFormat, Force, RecordsFile, Rejects
from starter.cli.terminal.options import AsJson, Reference

app = typer.Typer(
    no_args_is_help=True,
    help="Business time: why a clock stands where it does, whose time it was, and how long recorded work took.",
)


@command(app)
async def explain(
    reference: Reference,
    *,
    clock: Annotated[
        str,
        typer.Option("--clock", metavar="NAME", help="response, resolution, or a stage's key (#2: its second visit)."),
    ] = "resolution",
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="2026-03-01T09:00+05:30: as it was then, or, of a time ahead, if nothing happens until then. "
            "Default: now.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell every interval of a clock that counted or did not, each with its cause, and the way to the deadline.

    Worked out from the recorded events and the calendar that was frozen into the ticket, in the site's time zone.
    """
    from starter.cli.sla.explain import explain_clock

    await explain_clock(reference, clock, at, as_json)


@command(app)
async def ledger(
    reference: Reference,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="2026-03-01T09:00+05:30: up to then; of a time ahead, if nothing happens until then. Default: now.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell whose time each second was, from the report to the release: who it waited for, and closed hours.

    Every second has one owner, so the owners' times add up to the wall clock's. Worked out from the recorded facts and
    the calendars that were in force, in the site's time zone.
    """
    from starter.cli.sla.ledger import show_ledger

    await show_ledger(reference, at, as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfOptions:
    """What is typed."""

    template: Annotated[
        Path,
        typer.Option(
            "--template",
            metavar="FILE",
            help="TOML with other rules, in the words of the seed files: tables of template, calendar, reason. What it "
            "leaves out stays as it was.",
        ),
    ]
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="Tickets that were closed then or later: 2026-03-01.")
    ]
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="And before this. Default: now.")] = None
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many changed verdicts to list; all are counted.")
    ] = 50
    as_json: AsJson = False


@command(app)
async def whatif(options: WhatIfOptions) -> int:
    """Replay closed tickets under other targets, calendars or pause rules, and show the verdicts that would change.

    Only what the rules decide is claimed: what people did, and when, is kept as it was. Exit code 1: some tickets can't
    be replayed; they are named with the reason.
    """
    from starter.cli.sla.whatif import replay

    return await replay(options)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """What is typed."""

    file: RecordsFile
    calendar: Annotated[
        str,
        typer.Option(
            "--calendar", metavar="NAME", help="The code of a calendar of the database: 24x7, weekdays_9_17, …"
        ),
    ]
    calendars: Annotated[
        Path | None,
        typer.Option(
            "--calendars",
            metavar="FILE",
            help="Take the calendar from this TOML, in the form of migrations/seeds/reference/business_calendars.toml. "
            "While no database answers: from that file.",
        ),
    ] = None
    target: Annotated[
        str | None, typer.Option("--target", metavar="DURATION", help="For lines that have none of their own: 8h.")
    ] = None
    zone: Annotated[
        str, typer.Option("--zone", metavar="ZONE", help="For lines that name none: of the hours, and of bare times.")
    ] = "UTC"
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="The end of lines that have none: measured until then.")
    ] = None
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=COLUMN",
            help="Where start, end, pauses, target or zone stand. Default: in columns of these names.",
        ),
    ] = None
    constants: Constants = None
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="COLUMN", help="A column to copy into the results.")
    ] = None
    date_format: Annotated[
        str | None, typer.Option("--date-format", metavar="FORMAT", help="Of times: %d/%m/%Y %H:%M. Default: ISO 8601.")
    ] = None
    clock_change: Annotated[
        ClockChange,
        typer.Option(
            "--clock-change",
            help="Bare times that a change of the clocks skips or repeats: refuse the line, or take them by the offset "
            "before or after the change and say so in a column 'taken'.",
        ),
    ] = ClockChange.REFUSE
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the results there: a new file. Default: print."),
    ] = None
    format: FileFormat = None
    delimiter: Delimiter = None
    encoding: Encoding = None
    rejects: Rejects = None
    force: Force = False
    as_json: AsJson = False


@command(app)
async def measure(options: MeasureOptions) -> int:
    """Measure spans of work in business time: elapsed, due, met or breached; a result for each line.

    Each line has a start and an end, and may have pauses (START/END;START/END, in JSON also [[START, END], …]), a
    target and a zone of its own. Results are CSV: line, elapsed_seconds, due, verdict; with --json, JSON Lines.
    Overlapping pauses count once; a span that ends at its deadline has met it. Exit code 1: lines were bad.
    """
    from starter.cli.sla.measure import measure_file

    return await measure_file(options)
