"""What AI proposed for a ticket, with the evidence of each claim, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from models.records import DiagnosisOnRecord, RecordedTicket, TicketRecord
from models.vocabulary.ai import DiagnosisStatus
from starter.reading.diagnoses import least_confidence
from starter.reading.timeline import Json, Names, stage_called
from starter.reading.words import one_line, words

SHOWN_CAUSES = 4
SOURCES = {
    "description": "the report says",
    "ticket": "ticket",
    "history": "earlier ticket of this unit",
    "knowledge": "known fault",
    "context": "where it stands",
}


def show_diagnoses(record: TicketRecord, names: Names) -> Iterator[Text]:
    """The newest diagnosis of each visit; those that are superseded are left out."""
    over = {(stage.stage_key, stage.visit) for stage in record.stages if stage.finished_at}
    ended = record.ticket.status.has_ended
    for one in record.diagnoses:
        undecided = ended or (one.stage_key, one.visit) in over
        yield from _diagnosis(one, names, undecided=undecided, least=least_confidence(record, one.stage_key))


def show_outcome(ticket: RecordedTicket) -> Iterator[Text]:
    """What the fault proved to be, if whoever signed off has said it."""
    if ticket.verified_at:
        code = f", problem code {ticket.verified_code}" if ticket.verified_code else ""
        yield Text(f"\nIt was: {ticket.verified_cause}{code} (verified by {ticket.verified_by_code})", style="bold")


def _diagnosis(one: DiagnosisOnRecord, names: Names, *, undecided: bool, least: float) -> Iterator[Text]:
    stage = stage_called(one.stage_key, one.visit, names) if one.stage_key else ""
    yield Text(f"\nAI diagnosis{f', {stage}' if stage else ''}: {_decision(one, undecided)}", style="bold")
    if one.confidence < least:
        yield Text(
            f"Uncertain: {one.confidence:.0f} % sure, and the template asks for {least:g} %.", style="bold yellow"
        )
    yield Text(one.summary)
    code = f", problem code {one.problem_code}" if one.problem_code else ""
    yield Text(
        f"Severity {one.severity.value}, support level {one.support_level.value}{code}; "
        f"{one.provider_code} {one.model_code or ''}".rstrip()
    )
    if one.was_correct is not None:
        yield Text(f"Proved {'right' if one.was_correct else 'wrong'} at sign-off", style="bold")
    for flag in one.flags:
        yield Text(f"Flag: {words(flag)}", style="yellow")
    for rank, cause in enumerate(one.hypotheses[:SHOWN_CAUSES], 1):
        yield Text(f"{rank}. {cause['cause']}: {cause['confidence']:.0f} %{_because(cause['evidence'])}")
    for part in one.recommended_parts:
        yield Text(f"Part {part['quantity']} × {part['part_number']}: {part['reason']}{_because(part['evidence'])}")
    for claim in one.evidence:
        if claim["evidence"]:
            yield Text(f"{words(claim['claim']).capitalize()}{_because(claim['evidence'])}", style="dim")
    yield from _steps("Check", one.recommended_actions)
    if one.remote_fix_possible:
        yield from _steps("Led by phone", one.remote_fix_steps)


def _decision(one: DiagnosisOnRecord, undecided: bool) -> str:
    """What a person made of it: `edited by ENG-004: Cracked membrane (A0404)`."""
    if undecided and one.status is DiagnosisStatus.PROPOSED:
        return "nobody decided on it"
    by = f" by {one.decided_by_code}" if one.decided_by_code else ""
    code = f" ({one.corrected_code})" if one.corrected_code else ""
    instead = f": {one.corrected_cause}{code}" if one.corrected_cause else ""
    return f"{words(one.status)}{by}{instead}"


def _steps(title: str, steps: Iterable[Any]) -> Iterator[Text]:
    yield from (Text(f"{title}: {step}") for step in steps)


def _because(evidence: Iterable[Json]) -> str:
    """The evidence in brackets."""
    told = []
    for one in evidence:
        source = SOURCES.get(one["source"], one["source"])
        quote = f'"{one_line(one["quote"], 80)}"' if one["quote"] else ""
        told.append(" ".join(part for part in (source, one["reference"], quote) if part))
    return f" ({'; '.join(told)})" if told else ""
