"""What a drill found, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from starter.drill.account import Account
from starter.drill.check import Findings
from starter.drill.examine import Examined
from starter.drill.plan import DrillPlan
from starter.drill.processors import per_ticket
from starter.drill.weather import Weather

SHOWN = 20
"""Findings of one kind that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the checks after a drill found; `delays` are sorted."""

    findings: Findings
    examined: Examined
    delays: list[float]


@dataclass(frozen=True, slots=True)
class DrillReport:
    """The outcome of a drill; times in seconds. `passed`: all were opened and closed, and no check found anything.

    Attributes:
        stuck: tickets that answer no more.
        not_replayed: of so many `histories`, with so many `events` together.
        differing: where record, workflow and clocks do not say the same.
        contradicted: command ids that were given two answers, or that were applied and told to be refused.
        untold: what another house was told of the tickets and what it was not, wrongly.
        unexpected: errors that nobody should see.
        weather: the faults by a seed, where there were any.
        processor_ms: processor time a ticket, in milliseconds by part; empty where the engines are not the drill's own.
    """

    tickets: int
    concurrency: int
    opened: int
    closed: int
    cancelled: int
    commands: int
    looks: int
    lost: int
    duplicated: int
    unfinished: int
    refused: int
    stuck: int
    histories: int
    events: int
    not_replayed: int
    differing: int
    broken_chains: int
    contradicted: int
    untold: int
    unexpected: int
    retries: int
    workers_killed: int
    database_stops: int
    seconds: float
    tickets_per_second: float
    visible_p50: float | None
    visible_p99: float | None
    findings: tuple[str, ...]
    weather: Weather | None = None
    processor_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def processor_ms_in_all(self) -> float:
        """Processor time a ticket, of all parts."""
        return sum(self.processor_ms.values())

    @property
    def passed(self) -> bool:
        wrong = (
            *(self.lost, self.duplicated, self.unfinished, self.refused, self.stuck),
            *(self.not_replayed, self.differing, self.broken_chains, self.contradicted, self.untold),
            self.unexpected,
        )
        return not any(wrong) and self.opened == self.closed + self.cancelled == self.tickets

    def as_json(self) -> dict[str, Any]:
        return {"passed": self.passed, **asdict(self), "findings": list(self.findings)}

    def as_table(self) -> RenderableType:
        """For the terminal."""
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_column(style="dim")
        table.add_column(justify="right")
        table.add_column(style="dim")
        rows = (
            ("opened", self.opened, f"of {self.tickets}"),
            ("closed", self.closed, f"{self.cancelled} more were cancelled" if self.cancelled else ""),
            ("commands", self.commands, "each under an id of its own"),
            ("lost", self.lost, "acknowledged and not found"),
            ("duplicated", self.duplicated, "there or applied more than once"),
            ("unfinished", self.unfinished, "not closed in every part"),
            ("refused", self.refused, "commands that should have been applied"),
            ("stuck", self.stuck, "tickets that answer no more"),
            ("not replayed", self.not_replayed, f"of {self.histories} histories, {self.events} events"),
            ("differing", self.differing, "record, workflow and clocks do not say the same"),
            ("broken chains", self.broken_chains, "of the audit trail"),
            ("contradicted", self.contradicted, "told one thing, then another"),
            ("untold", self.untold, "events that another house does not know, or not rightly"),
            ("unexpected", self.unexpected, "errors that nobody should see"),
            *(self.weather.rows() if self.weather else ()),
            ("sent again", self.retries, "after no answer; each applied once"),
            *(() if self.weather else self._faults()),
            ("seconds", f"{self.seconds:.1f}", ""),
            ("tickets/s", f"{self.tickets_per_second:.2f}", f"concurrency {self.concurrency}"),
            *self._cost(),
            ("visible, p50", _seconds(self.visible_p50), "complete_stage → next stage in PostgreSQL"),
            ("visible, p99", _seconds(self.visible_p99), ""),
        )
        for name, value, remark in rows:
            table.add_row(name, str(value), remark)
        return table

    def _cost(self) -> tuple[tuple[str, str, str], ...]:
        """Of an undisturbed drill: a process that is killed takes its figures with it."""
        if not self.processor_ms or self.weather or self.workers_killed:
            return ()
        parts = ", ".join(f"{name} {used:.0f}" for name, used in self.processor_ms.items())
        return (("processor, ms/ticket", f"{self.processor_ms_in_all:.0f}", parts),)

    def _faults(self) -> tuple[tuple[str, int, str], ...]:
        return ("workers killed", self.workers_killed, "kill -9"), ("database stops", self.database_stops, "")


def make_report(
    plan: DrillPlan,
    account: Account,
    outcome: Outcome,
    *,
    seconds: float,
    processors: Mapping[str, float] = MappingProxyType({}),
    workers_killed: int = 0,
    database_stops: int = 0,
    weather: Weather | None = None,
) -> DrillReport:
    """Put the figures together."""
    findings, examined = outcome.findings, outcome.examined
    tickets = max(plan.tickets, account.begun)
    contradicted = [*account.contradictions, *findings.told_wrongly]
    kinds = (
        *(findings.lost, findings.duplicated, findings.unfinished, account.refused, [*examined.stuck.values()]),
        *(examined.broken_histories, examined.differing, examined.broken_chains, contradicted, examined.untold),
        account.unexpected,
    )
    return DrillReport(
        tickets=tickets,
        concurrency=plan.concurrency,
        opened=len(account.opened),
        closed=len(account.closed - account.cancelled),
        cancelled=len(account.cancelled),
        commands=len(account.commands),
        looks=account.looks,
        lost=len(findings.lost),
        duplicated=len(findings.duplicated),
        unfinished=len(findings.unfinished) + tickets - len(account.opened),
        refused=len(account.refused),
        stuck=len(examined.stuck),
        histories=examined.replays.histories,
        events=examined.replays.events,
        not_replayed=len(examined.replays.broken),
        differing=len(examined.differing),
        broken_chains=len(examined.broken_chains),
        contradicted=len(contradicted),
        untold=len(examined.untold),
        unexpected=len(account.unexpected),
        retries=account.retries,
        workers_killed=workers_killed,
        database_stops=database_stops,
        seconds=seconds,
        tickets_per_second=len(account.over) / seconds if seconds else 0.0,
        visible_p50=percentile(outcome.delays, 50),
        visible_p99=percentile(outcome.delays, 99),
        findings=tuple(sentence for kind in kinds for sentence in kind[:SHOWN]),
        weather=weather,
        processor_ms=per_ticket(processors, len(account.over)),
    )


def percentile(ordered: list[float], percent: float) -> float | None:
    """The smallest value that at least `percent` of the sorted values do not exceed; None of nothing."""
    if not ordered:
        return None
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f} s"
