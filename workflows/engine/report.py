"""What people see of a running ticket: the answer of the query `status`, and the details in the Temporal UI."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from models.contracts.facts import Fact, StagesMoved
from models.contracts.proposals import ProposedEngineers
from models.contracts.state import StageVisit, TaskAdvice
from models.contracts.status import ClockReport, StageReport, StatusReport
from models.contracts.tickets import OpenedTicket, TicketInput
from models.sla.clock import BREACH_PERCENT
from models.vocabulary import Priority, StageStatus, StageType
from workflows.engine.checks import missing_actions
from workflows.engine.ticket import TicketEngine


def status_report(engine: TicketEngine, now: datetime) -> StatusReport:
    ticket, state = engine.ticket, engine.state
    until = state.ended_at or now
    return StatusReport(
        number=ticket.number,
        workflow_type=ticket.template.workflow_type,
        template=ticket.template.code,
        status=state.status,
        priority=engine.terms.priority,
        serial=ticket.unit.serial,
        sla=engine.clocks.sla_state(),
        hold=", ".join(hold.reason for hold in state.holds) or None,
        resume_at=max((hold.resume_at for hold in state.holds), default=None),
        active_stages=() if engine.is_over else tuple(visit.key for visit in engine.graph.active()),
        stages=tuple(
            StageReport(
                key=visit.key,
                name=engine.graph.definitions[visit.key].name,
                visit=visit.visit,
                status=visit.status,
                engineer=visit.engineer.code if visit.engineer else None,
                entered_at=visit.entered_at,
                finished_at=visit.finished_at,
                outcome=visit.outcome.value if visit.outcome else None,
                reason=visit.reason,
                missing=tuple(missing_actions(engine.graph.definitions[visit.key].required_actions, visit.actions))
                if visit.status is StageStatus.IN_PROGRESS and not engine.is_over
                else (),
            )
            for visit in state.visits
        ),
        clocks=tuple(
            ClockReport(
                name=clock.name,
                kind=clock.kind,
                state=clock.state(until, calendar),
                target=clock.current_target,
                elapsed=clock.elapsed(until, calendar),
                due_at=clock.due_at(calendar),
                fired=tuple(sorted(clock.fired)),
            )
            for clock in state.clocks.values()
            for calendar in (engine.terms.calendar_of(clock),)
        ),
        sequence=state.sequence,
        stored=state.stored,
    )


def opened(engine: TicketEngine, workflow_id: str, workflow_type: str) -> OpenedTicket:
    """The acknowledgement of a stored ticket, the same however often it is asked for."""
    ticket = engine.ticket
    return OpenedTicket(
        ticket_id=ticket.ticket_id,
        number=ticket.number,
        workflow_id=workflow_id,
        workflow_type=workflow_type,
        serial=ticket.unit.serial,
        priority=ticket.priority,
        description_digest=sha256(ticket.description.encode()).hexdigest(),
        template=ticket.template.code,
        opened_at=engine.state.opened_at,
    )


def headline(ticket: TicketInput, priority: Priority | None = None) -> str:
    """One line that names a ticket to operators; no patient and no reporter in it."""
    unit = ticket.unit
    urgency = (priority or ticket.priority).value
    return f"{ticket.number} · {urgency} · {unit.equipment_type} {unit.serial} · {unit.customer_code}"


def details(engine: TicketEngine) -> str:
    """Short bullets for the Temporal UI: where the ticket stands, who has it, when it is due, what is missing."""
    state = engine.state
    lines = [
        # Also here: a run that continues as new has no static summary.
        f"- **Ticket:** {headline(engine.ticket, engine.terms.priority)}",
        f"- **Status:** {state.status.value}",
        f"- **SLA:** {engine.clocks.sla_state().value}",
    ]
    lines += [f"- **On hold:** {hold.reason}, until {_moment(hold.resume_at)}" for hold in state.holds]
    for visit in () if engine.is_over else engine.graph.active():
        definition = engine.graph.definitions[visit.key]
        number = f" (visit {visit.visit})" if visit.visit > 1 else ""
        who = (
            f"{visit.engineer.code} {visit.engineer.name}"
            if visit.engineer
            else f"nobody yet ({definition.performer.value})"
        )
        lines.append(f"- **Stage:** {definition.name}{number}")
        lines.append(f"- **Who:** {who}")
        lines += _advice(visit)
        lines += _to_verify(engine, visit)
        missing = [action.key for action in definition.required_actions]
        if missing:
            lines.append(f"- **Needed to complete:** {', '.join(missing)}")
    for clock in engine.clocks.open():
        calendar = engine.terms.calendar
        due = clock.due_at(calendar)
        late = " (breached)" if BREACH_PERCENT in clock.standing(calendar) else ""
        name = engine.graph.definitions[clock.stage].name if clock.stage else clock.name.capitalize()
        lines.append(f"- **Due, {name}:** {_moment(due) if due else 'paused'}{late}")
    if engine.is_over:
        lines.append(f"- **Ended:** {_moment(state.ended_at)} {state.end_reason}".rstrip())
    return "\n".join(lines)


def _advice(visit: StageVisit) -> list[str]:
    """What AI says of each task, in the words of the catalog and not of the reporter."""
    return [line for advice in visit.advice.values() for line in _proposed(advice)]


def _proposed(advice: TaskAdvice) -> list[str]:
    proposed = advice.proposed
    if proposed is None:
        return [f"- **AI:** {advice.story}{_flags(advice.flags)}"] if advice.story else []
    doubt = ", uncertain" if proposed.uncertain else ""
    if isinstance(proposed, ProposedEngineers):
        ranked = ", ".join(f"{one.code} ({one.overall:.0f})" for one in proposed.engineers)
        return [f"- **AI recommends:** {ranked} of 100{doubt}; {proposed.story}{_flags(proposed.flags)}"]
    sure = f"{proposed.confidence:.0f} %{doubt}"
    lines = [
        f"- **AI proposes:** {proposed.cause} ({sure}, {proposed.provider}){_flags(proposed.flags)}",
        f"- **AI:** severity {proposed.severity.value}, support level {proposed.support_level.value}; {proposed.story}",
    ]
    if proposed.held_back:
        lines.append(f"- **AI does not complete the stage:** {proposed.held_back}")
    return lines


def _flags(flags: Sequence[str]) -> str:
    return f" · {', '.join(flags)}" if flags else ""


def _to_verify(engine: TicketEngine, visit: StageVisit) -> list[str]:
    """At sign-off: what AI had proposed, for whoever knows by now whether that was right."""
    judged = engine.outcomes.judged()
    at_sign_off = engine.graph.definitions[visit.key].stage_type is StageType.COMPLETION
    if not at_sign_off or judged is None:
        return []
    return [f"- **Proved right or wrong?** {judged[0].cause} ({judged[0].provider})"]


def write_summary(facts: Sequence[Fact]) -> str:
    """What a write of the projection holds, for the Temporal UI's timeline: stages entered, or what else happened."""
    entered = [entry.key for fact in facts if isinstance(fact, StagesMoved) for entry in fact.entered]
    if entered:
        return f"→ {', '.join(entered)}"
    telling = [fact.words for fact in facts if fact.words]
    return ", ".join(telling[:3]) + (" …" if len(telling) > 3 else "")


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "open"
