"""A ticket as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from models.contracts.notices import with_words
from models.contracts.reconciliation import Finding
from models.records import (
    RecordedAssignment,
    RecordedClock,
    RecordedStage,
    RecordedTicket,
    RecordedUnit,
    TicketRecord,
)
from models.vocabulary.sla import ClockState
from models.vocabulary.stages import AssignmentStatus, StageStatus
from models.vocabulary.tickets import TicketStatus
from starter.cli.terminal.display import Beginning, Listing, Times, print_json, show, styled
from starter.cli.terminal.run import out
from starter.cli.ticket.show_diagnoses import show_diagnoses, show_outcome
from starter.cli.ticket.show_recommendations import show_recommendations
from starter.cli.ticket.show_signatures import show_signatures, signature_as_json
from starter.cli.ticket.show_story import show_timeline, show_work
from starter.reading import standings
from starter.reading.ledgers import account, recorded_ledger, whose_time
from starter.reading.signing import SignatureOnRecord
from starter.reading.tickets import SeenTicket
from starter.reading.timeline import Names, stage_called, visit
from starter.reading.words import due_in, span, verdicts, words

if TYPE_CHECKING:
    from activities.reconciling.standing import Standing
    from models.contracts.status import ClockReport, StatusReport

CLOCK_HEADERS = ("Clock", "Verdict", "Target", "Used", "Due", "")


def show_one_ticket(seen: SeenTicket, as_json: bool, *, full: bool) -> None:
    """A ticket as it was looked at: what is on record, what its workflow says."""
    stored, document = seen.stored, seen.document
    if as_json:
        parts = ("ticket", "unit", "stages", "clocks", "diagnoses", "timeline")
        print_json(
            {
                "source": "database" if document else "workflow",
                **{part: document[part] if document else None for part in parts},
                "notifications": [with_words(one) for one in document["notifications"]] if document else None,
                "ledger": account(recorded_ledger(stored)) if stored else None,
                "signatures": [signature_as_json(one) for one in seen.signatures],
                "live": seen.live,
                "workflow": standings.as_document(seen.workflow),
            }
        )
        return
    if stored:
        trouble = standings.trouble(stored.ticket, seen.workflow)
        show_ticket(out, stored, trouble, seen.signatures, full=full)
    if seen.live:
        show_live(out, seen.live, seen.workflow, None if stored is None else times_of(stored))


def times_of(record: TicketRecord) -> Times:
    """Times as they are where the equipment of a ticket stands."""
    return Times(record.unit.time_zone, record.ticket.opened_at)


def _trouble(finding: Finding, times: Times) -> Text:
    sentence = times.within(finding.sentence)
    return Text(f"{sentence[0].upper()}{sentence[1:]}. Remedy: {finding.remedy}.", style="bold red")


def show_ticket(
    console: Console,
    record: TicketRecord,
    trouble: Finding | None = None,
    signatures: Sequence[SignatureOnRecord] = (),
    *,
    full: bool = False,
) -> None:
    """Everything on record about a ticket; times in the zone of the equipment's site.

    Args:
        trouble: what is wrong with its workflow.
        signatures: those on record, each held against it.
        full: every refusal for itself.
    """
    ticket, unit = record.ticket, record.unit
    times, now = times_of(record), datetime.now(UTC)
    names = {stage.stage_key: stage.name for stage in record.stages}
    show(console, *_head(ticket, unit, times, now), *([_trouble(trouble, times)] if trouble is not None else []))
    over = ticket.status.has_ended
    show(
        console,
        Listing(
            ("Stage", "Status", "Engineer", "Entered", "Finished", "Took", "Target", "Outcome"),
            [_stage(stage, times, now, over=over) for stage in record.stages],
            title="\nStages",
            spare=("Finished", "Target", "Took"),
        ),
        Listing(
            CLOCK_HEADERS,
            [_clock(clock, names, times, now) for clock in record.clocks],
            title="\nSLA clocks",
            spare=("Used",),
        ),
        f"\n{whose_time(recorded_ledger(record))}",
    )
    if assignments := list(_assignments(record.stages, times)):
        headers = ("Engineer", "Level", "Stages", "Status", "Assigned", "By")
        show(
            console,
            Listing(headers, assignments, "\nAssignments", wrap=frozenset({"Stages"}), spare=("By", "Assigned")),
        )
    show(console, *show_work(record, times), *show_signatures(signatures, record, times))
    show(console, *show_diagnoses(record, names), *show_recommendations(record, names), *show_outcome(ticket))
    show(console, show_timeline(record, times, full=full))


def show_live(
    console: Console, report: StatusReport, workflow: Standing | None = None, times: Times | None = None
) -> None:
    """The live state, as the workflow itself has it; of one that does not run any more, as it was when that ended.

    Args:
        workflow: what Temporal says of it, where that is known.
        times: as they are where the equipment stands; None: nobody knows where that is, so in UTC.
    """
    ended = workflow.ended_at if workflow is not None and not workflow.runs else None
    times, now = times or Times(), ended or datetime.now(UTC)
    over = report.status.has_ended
    behind = report.sequence - report.stored
    state = f"{behind} facts not stored yet" if behind else "all of it is stored"
    head = Text.assemble(
        (report.number, "bold"), f" · {report.priority.value} · ", styled(report.status), " · SLA ", styled(report.sla)
    )
    if report.hold is not None:
        head.append(f" · {words(report.hold)} until {times.minute(report.resume_at)}")
    stages = [
        (
            f"{stage.name}{visit(stage.visit)}",
            _stage_status(stage.status, over=over),
            stage.engineer,
            times.minute(stage.entered_at),
            words(stage.outcome) or Beginning(stage.reason),
        )
        for stage in report.stages
    ]
    show(
        console,
        Text(f"\nLive, from the workflow (times: {times}; {state})", style="bold"),
        head,
        *([_ended(workflow, times)] if workflow is not None and ended is not None and not over else []),
        *(
            Text(f"Needed to complete {stage.name}: {'; '.join(stage.missing)}")
            for stage in report.stages
            if stage.missing
        ),
        Listing(("Stage", "Status", "Engineer", "Entered", "Outcome"), stages, title="\nStages"),
        Listing(CLOCK_HEADERS, [_live_clock(clock, times, now) for clock in report.clocks], title="\nSLA clocks"),
    )


# -- inside ----------------------------------------------------------------------------------------------------------


def _head(ticket: RecordedTicket, unit: RecordedUnit, times: Times, now: datetime) -> Iterator[Text]:
    line = Text.assemble((ticket.number, "bold"), f" · {ticket.priority.value} · ", styled(ticket.status))
    if ticket.sla:
        line.append_text(Text.assemble(" · SLA ", styled(ticket.sla)))
        if ticket.due_at:
            line.append(f", due {times.minute(ticket.due_at)} ({due_in(ticket.due_at, now)})")
    elif ticket.status.has_ended:
        line.append(f" · clocks: {verdicts(ticket.clocks_met, ticket.clocks_breached)}")
    if ticket.idempotency_key:
        line.append(f" · key {ticket.idempotency_key}")
    yield line
    yield Text(
        f"{unit.equipment_type} {unit.serial} ({unit.manufacturer} {unit.model}) at "
        f"{unit.customer_name}, {unit.site_name}"
    )
    yield Text(ticket.description)
    yield Text(
        f"{ticket.template_name} v{ticket.template_version} · reported by {ticket.reporter_code} "
        f"({ticket.reporter_role.value}), {times.minute(ticket.opened_at)}",
        style="dim",
    )
    if ticket.status is TicketStatus.ON_HOLD:
        yield Text(f"On hold: {words(ticket.hold_reason)}, until {times.minute(ticket.resume_at)}", style="cyan")
    if ticket.closed_at:
        why = f": {ticket.end_reason}" if ticket.end_reason else ""
        yield Text(f"{ticket.status.value.capitalize()} {times.minute(ticket.closed_at)}{why}")
    yield Text(f"Times: {times}", style="dim")


def _ended(workflow: Standing, times: Times) -> Text:
    fate = times.within(f"{workflow.fate[0].upper()}{workflow.fate[1:]}")
    return Text(f"{fate}: what follows is as it was then, and nothing runs any more.", style="bold red")


def _stage_status(status: StageStatus, *, over: bool) -> Text:
    """A stage that was in progress when its ticket was cancelled is so no more."""
    return Text("given up", style="dim") if over and status is StageStatus.IN_PROGRESS else styled(status)


def _stage(stage: RecordedStage, times: Times, now: datetime, *, over: bool) -> tuple[object, ...]:
    entered, skipped = stage.entered_at, stage.status is StageStatus.SKIPPED
    engineer = next((one for one in reversed(stage.assignments) if one.status is not AssignmentStatus.REPLACED), None)
    given_up = over and stage.finished_at is None
    took = span((stage.finished_at or now) - entered) if entered and not skipped and not given_up else ""
    return (
        f"{stage.name}{visit(stage.visit)}",
        _stage_status(stage.status, over=over),
        engineer.engineer_code if engineer else "",
        times.minute(entered),
        times.minute(stage.finished_at),
        took,
        span(stage.target_duration),
        Beginning(stage.reason) if skipped else words(stage.outcome),
    )


def _clock(clock: RecordedClock, names: Names, times: Times, now: datetime) -> tuple[object, ...]:
    is_open = clock.ended_at is None
    return (
        stage_called(clock.stage_key, clock.visit, names) if clock.stage_key else words(clock.name).capitalize(),
        styled(clock.state),
        span(clock.target),
        # What a running clock has used is known for its last event only; its deadline says all.
        "" if is_open and clock.state is not ClockState.PAUSED else _share(clock.elapsed, clock.target),
        times.minute(clock.due_at),
        _left(clock.state, clock.due_at, is_open, clock.target - clock.elapsed, now),
    )


def _live_clock(clock: ClockReport, times: Times, now: datetime) -> tuple[object, ...]:
    is_open = clock.state in {ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED}
    return (
        words(clock.name).capitalize(),
        styled(clock.state),
        span(clock.target),
        _share(clock.elapsed, clock.target),
        times.minute(clock.due_at),
        _left(clock.state, clock.due_at, is_open, clock.target - clock.elapsed, now),
    )


def _left(state: ClockState, due: datetime | None, is_open: bool, left: timedelta, now: datetime) -> str:
    """What is to be said of an open clock: while it is paused its deadline is undefined."""
    if not is_open:
        return ""
    return f"paused, {span(left)} left" if state is ClockState.PAUSED else due_in(due, now)


def _share(elapsed: timedelta, target: timedelta) -> str:
    return f"{span(elapsed)} ({elapsed / target:.0%})" if target else span(elapsed)


def _assignments(stages: Sequence[RecordedStage], times: Times) -> Iterator[tuple[object, ...]]:
    """Who was sent, one line for all the stages that one command covered."""
    grouped: dict[tuple[datetime, str, str], tuple[RecordedAssignment, list[str]]] = {}
    for stage in stages:
        for one in stage.assignments:
            group = (one.assigned_at, one.engineer_code, one.status.value)
            grouped.setdefault(group, (one, []))[1].append(f"{stage.name}{visit(stage.visit)}")
    for _, (one, stages_of) in sorted(grouped.items(), key=lambda entry: entry[0]):
        yield (
            f"{one.engineer_code} {one.engineer_name}",
            one.support_level,
            ", ".join(stages_of),
            styled(one.status),
            times.minute(one.assigned_at),
            f"{one.assigned_by_code} ({one.assigned_by_role.value})",
        )
