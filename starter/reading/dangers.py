"""What of a ticket is dangerous: it is read before all else, by whoever goes there."""

from __future__ import annotations

from activities.ai.local.severity import judge_severity, power_off_first
from models.contracts.diagnosis import EvidenceSource
from models.records import TicketRecord
from models.vocabulary.ai import DiagnosisStatus, Severity


def power_off(record: TicketRecord) -> str | None:
    """What has to be done before all else where the report tells of smoke, fire or a smell of burning."""
    return power_off_first(record.ticket.description)


def harm_words(text: str) -> tuple[str, ...]:
    """The words of a report that tell of harm or burning, as they stand there; none where it denies them."""
    severity, evidence = judge_severity(Severity.LOW, text, None)
    if severity is not Severity.CRITICAL:
        return ()
    return tuple(one.quote for one in evidence if one.source is EvidenceSource.DESCRIPTION)


def is_critical(record: TicketRecord) -> bool:
    """Whether a diagnosis in force holds the fault to be critical."""
    gone = {DiagnosisStatus.REFUSED, DiagnosisStatus.SUPERSEDED}
    return any(one.severity is Severity.CRITICAL and one.status not in gone for one in record.diagnoses)
