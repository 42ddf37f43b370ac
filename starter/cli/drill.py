"""`fieldcare drill`: many tickets to sign-off as fast as they go, with faults if asked, and every one checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson

if TYPE_CHECKING:
    from starter.drill import DrillPlan, DrillReport
    from starter.drill.account import Account

Tickets = Annotated[int, typer.Option("--tickets", "-n", min=1, max=1_000_000, help="How many tickets.")]
Concurrency = Annotated[int, typer.Option("--concurrency", "-c", min=1, max=5_000, help="How many at a time.")]
WorkerProcesses = Annotated[
    int, typer.Option("--worker-processes", "-w", min=1, max=64, help="Workers of the throwaway stack.")
]
KillWorkers = Annotated[bool, typer.Option("--kill-workers", help="kill -9 a worker every few seconds; start another.")]
KillEvery = Annotated[float, typer.Option("--kill-every", metavar="SECONDS", min=0.5, help="With --kill-workers.")]
StopDatabase = Annotated[bool, typer.Option("--stop-database", help="Crash PostgreSQL in the middle; start it again.")]
Outage = Annotated[float, typer.Option("--outage", metavar="SECONDS", min=0, help="With --stop-database.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="Strike with faults, and let people err, as this number says. It repeats them."),
]
FaultCount = Annotated[int, typer.Option("--faults", min=0, max=100_000, help="With --seed: how many.")]
Longest = Annotated[
    float, typer.Option("--longest", metavar="SECONDS", min=1, max=30, help="With --seed: what a fault lasts at most.")
]
Gap = Annotated[
    float, typer.Option("--gap", metavar="SECONDS", min=0.1, max=600, help="With --seed: between faults, on average.")
]
Keep = Annotated[
    Path | None, typer.Option("--keep-histories", metavar="FOLDER", help="Keep histories that do not replay in there.")
]
Deadline = Annotated[float, typer.Option("--deadline", metavar="SECONDS", min=1, help="The drill ends by then.")]
Running = Annotated[
    bool, typer.Option("--against-running", help="Drill the running or configured stack. Its tickets stay there.")
]


def register(app: typer.Typer) -> None:
    """Add the command to `fieldcare`."""
    command(app)(drill)


async def drill(
    *,
    tickets: Tickets = 100,
    concurrency: Concurrency = 50,
    worker_processes: WorkerProcesses = 1,
    kill_workers: KillWorkers = False,
    kill_every: KillEvery = 4.0,
    stop_database: StopDatabase = False,
    outage: Outage = 3.0,
    seed: Seed = None,
    faults: FaultCount = 40,
    longest: Longest = 30.0,
    gap: Gap = 1.5,
    keep_histories: Keep = None,
    deadline: Deadline = 600.0,
    against_running: Running = False,
    as_json: AsJson = False,
) -> int:
    """Drive tickets to sign-off as fast as they go, then check that none was lost, doubled or left unfinished.

    The engines are its own and leave nothing behind: Temporal in memory, PostgreSQL durable. The exit code is 0 only if
    every ticket was opened and closed, every acknowledged command was applied exactly once, record and workflow say the
    same, and every history replays. With --seed, workers and engines are killed, frozen and slowed down, and people do
    everything that they may and some that they may not; new tickets are opened for as long as faults strike.
    """
    from datetime import timedelta

    from starter.drill import DrillPlan

    if against_running and (kill_workers or stop_database or seed is not None):
        raise typer.BadParameter("faults are for a throwaway stack; leave --against-running out")
    plan = DrillPlan(
        tickets=tickets,
        concurrency=concurrency,
        worker_processes=worker_processes,
        kill_every=timedelta(seconds=kill_every) if kill_workers else None,
        stop_database=stop_database,
        outage=timedelta(seconds=outage),
        deadline=timedelta(seconds=deadline),
        seed=seed,
        faults=0 if seed is None else faults,
        longest=timedelta(seconds=longest),
        gap=timedelta(seconds=gap),
        keep_histories=keep_histories,
    )
    return await _drilled(plan, against_running=against_running, as_json=as_json)


async def _drilled(plan: DrillPlan, *, against_running: bool, as_json: bool) -> int:
    import json

    from models.settings import Settings
    from starter.addresses import database_url, temporal_address
    from starter.cli.terminal.bars import Bar
    from starter.cli.terminal.run import err, out
    from starter.drill import drill_running, drill_throwaway, drill_with_faults

    settings = Settings()
    if plan.seed is not None:
        _silence_the_sdk()
    with Bar("Tickets signed off", plan.tickets) as bar:

        def watch(account: Account) -> None:
            bar("Tickets signed off", len(account.closed), plan.tickets)

        if against_running:
            report = await drill_running(plan, database_url(settings), temporal_address(settings), watch=watch)
        else:
            drilled = drill_throwaway if plan.seed is None else drill_with_faults
            report = await drilled(plan, settings, say=lambda line: err.print(line, style="dim"), watch=watch)
    if as_json:
        print(json.dumps(report.as_json(), indent=2))  # noqa: T201
        return 0 if report.passed else 1
    out.print(report.as_table())
    for finding in report.findings:
        out.print(f"- {finding}", markup=False)
    out.print(_verdict(report))
    return 0 if report.passed else 1


def _silence_the_sdk() -> None:
    """Connections break in a drill, on purpose and by the hundred: the SDK's own warnings of it tell nothing."""
    from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

    quiet = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=quiet))))


def _verdict(report: DrillReport) -> str:
    if report.passed:
        return f"[green]Passed[/green]: {report.closed} tickets signed off, nothing lost, doubled or stuck."
    return "[red]Failed[/red]: see the figures above."
