"""`fieldcare demo`: three tickets from report to sign-off, live, on engines that leave nothing behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from starter.cli.terminal.commands import command

if TYPE_CHECKING:  # `--help` needs none of it
    from models.records import TicketRecord


def register(app: typer.Typer) -> None:
    """Add the command to `fieldcare`."""
    command(app)(demo)


async def demo() -> None:
    """Drive three tickets from report to sign-off, with skipped time, and show what the database has of each.

    PostgreSQL, Temporal and a worker are started for it, without network, and nothing of them is left afterwards.
    """
    import time

    from models.settings import Settings
    from starter.cli.terminal.run import err, out
    from starter.demo import play

    started = time.monotonic()
    told = await play(Settings(), TerminalTeller(out), lambda line: err.print(line, style="dim", markup=False))
    out.print()
    out.print(
        Text.assemble(
            ("Done", "bold green"),
            f": {told} tickets signed off in {time.monotonic() - started:.0f} s; the database and the workflows agree. "
            "Engines and worker are stopped, their files are removed.",
        )
    )


class TerminalTeller:
    """Tells the demo line by line, as it happens."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def chapter(self, title: str, about: str) -> None:
        self._console.print()
        self._console.print(Text.assemble((f"── {title} ", "bold"), ("─" * (76 - len(title)), "dim")))
        self._console.print(Text(about, style="dim"))

    def step(self, since_report: timedelta | None, who: str, what: str) -> None:
        self._line(since_report, who, Text(what))

    def refusal(self, since_report: timedelta | None, who: str, what: str) -> None:
        self._line(since_report, who, Text.assemble(("refused: ", "yellow"), what))

    def record(self, record: TicketRecord, problems: Sequence[str]) -> None:
        from starter.cli.ticket.show import show_ticket

        self._console.print()
        self._console.print(Text("In the database", style="bold"))
        show_ticket(self._console, record)
        self._console.print(Text("\nRows", style="bold"))
        self._console.print(Text(_rows(record)))
        for problem in problems:
            self._console.print(Text.assemble(("✗ ", "bold red"), problem))
        if not problems:
            self._console.print(
                Text.assemble(("✓ ", "green"), "They agree with the workflow's own state, to the last fact.")
            )

    def _line(self, since_report: timedelta | None, who: str, what: Text) -> None:
        self._console.print(Text.assemble((f"{_offset(since_report):>12}  ", "cyan"), (f"{who:<18} ", "bold"), what))


def _offset(since_report: timedelta | None) -> str:
    """`+1 d 02:20`: the ticket's time since its report."""
    if since_report is None:
        return ""
    minutes = int(since_report.total_seconds() // 60)
    days, minutes = divmod(minutes, 24 * 60)
    return f"+{f'{days} d ' if days else ''}{minutes // 60:02}:{minutes % 60:02}"


def _rows(record: TicketRecord) -> str:
    """How many rows each table has of this ticket, and what they say in short."""
    clocks = Counter(clock.state.value for clock in record.clocks)
    stages = Counter(stage.status.value for stage in record.stages)
    tables = (
        ("service_tickets", f"1 ({record.ticket.status.value}, {record.ticket.last_sequence} facts)"),
        ("workflow_stage_transitions", _counted(stages)),
        ("sla_clocks", _counted(clocks)),
        ("sla_events", str(sum(len(clock.events) for clock in record.clocks))),
        ("notifications", str(len(record.notifications))),
        ("audit_events", str(len(record.timeline))),
    )
    return "\n".join(f"{name:<28}{content}" for name, content in tables)


def _counted(counts: Mapping[str, int]) -> str:
    return f"{sum(counts.values())} ({', '.join(f'{count} {name}' for name, count in counts.items())})"
