"""What a drill found, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from starter.drill.check import Findings
from starter.drill.ledger import Ledger
from starter.drill.plan import DrillPlan

SHOWN = 20
"""Findings of one kind that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class DrillReport:
    """The outcome of a drill; times in seconds. `passed`: all were opened and closed, nothing was lost or doubled."""

    tickets: int
    concurrency: int
    opened: int
    closed: int
    lost: int
    duplicated: int
    unfinished: int
    refused: int
    retries: int
    workers_killed: int
    database_stops: int
    seconds: float
    tickets_per_second: float
    visible_p50: float | None
    visible_p99: float | None
    findings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        wrong = self.lost or self.duplicated or self.unfinished or self.refused
        return not wrong and self.opened == self.closed == self.tickets

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
            ("closed", self.closed, ""),
            ("lost", self.lost, "acknowledged and not found"),
            ("duplicated", self.duplicated, "there or applied more than once"),
            ("unfinished", self.unfinished, "not closed in every part"),
            ("refused", self.refused, "commands that should have been applied"),
            ("sent again", self.retries, "after no answer; each applied once"),
            ("workers killed", self.workers_killed, "kill -9"),
            ("database stops", self.database_stops, ""),
            ("seconds", f"{self.seconds:.1f}", ""),
            ("tickets/s", f"{self.tickets_per_second:.2f}", f"concurrency {self.concurrency}"),
            ("visible, p50", _seconds(self.visible_p50), "complete_stage → next stage in PostgreSQL"),
            ("visible, p99", _seconds(self.visible_p99), ""),
        )
        for name, value, remark in rows:
            table.add_row(name, str(value), remark)
        return table


def make_report(
    plan: DrillPlan,
    ledger: Ledger,
    findings: Findings,
    delays: list[float],
    *,
    seconds: float,
    workers_killed: int = 0,
    database_stops: int = 0,
) -> DrillReport:
    """Put the figures together; `delays` are sorted."""
    kinds = (findings.lost, findings.duplicated, findings.unfinished, ledger.refused)
    listed = [sentence for kind in kinds for sentence in kind[:SHOWN]]
    return DrillReport(
        tickets=plan.tickets,
        concurrency=plan.concurrency,
        opened=len(ledger.opened),
        closed=len(ledger.closed),
        lost=len(findings.lost),
        duplicated=len(findings.duplicated),
        unfinished=len(findings.unfinished) + plan.tickets - len(ledger.opened),
        refused=len(ledger.refused),
        retries=ledger.retries,
        workers_killed=workers_killed,
        database_stops=database_stops,
        seconds=seconds,
        tickets_per_second=len(ledger.closed) / seconds if seconds else 0.0,
        visible_p50=percentile(delays, 50),
        visible_p99=percentile(delays, 99),
        findings=tuple(listed),
    )


def percentile(ordered: list[float], percent: float) -> float | None:
    """The smallest value that at least `percent` of the sorted values do not exceed; None of nothing."""
    if not ordered:
        return None
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f} s"
