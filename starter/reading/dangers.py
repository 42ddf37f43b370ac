"""What of a ticket is dangerous: it is read before all else, by whoever goes there."""

from __future__ import annotations

import re

from activities.ai.local.severity import judge_severity, power_off_first
from models.contracts.diagnosis import EvidenceSource
from models.records import TicketRecord
from models.vocabulary.ai import DiagnosisStatus, Severity


def power_off(record: TicketRecord) -> str | None:
    """What has to be done before all else where the report tells of smoke, fire or a smell of burning."""
    return power_off_first(record.ticket.description)


_IN_GERMAN = re.compile(
    r"(?<!kein )(?<!keine )(?<!keinen )(?<!ohne )(?<!weder )(?<!noch )\b(?:rauch(?:t|te|entwicklung)?|qualm\w*|feuer"
    r"|brennt|brand(?:geruch|gefahr)?|funken|angeschmort|verschmort|schmort|geschmolzen|stromschlag|explosion|explodiert"
    r"|überdosis|überdosierung|reanim\w+|herzstillstand|beatmungsbeutel|handbeatmung"
    r"|patient(?:in)?\W+(?:\w+\W+){0,2}?(?:verletzt|gestorben|verstorben|geschädigt|entsättigt))\b",
    re.IGNORECASE,
)
"""What German reports call it. Whoever is asked once too often answers once; whoever is not asked is not heard."""


def harm_words(text: str) -> tuple[str, ...]:
    """The words of a report that tell of harm or burning, as they stand there; none where it denies them."""
    if found := _IN_GERMAN.search(text):
        return (found[0],)
    severity, evidence = judge_severity(Severity.LOW, text, None)
    if severity is not Severity.CRITICAL:
        return ()
    return tuple(one.quote for one in evidence if one.source is EvidenceSource.DESCRIPTION)


def is_critical(record: TicketRecord) -> bool:
    """Whether a diagnosis in force holds the fault to be critical."""
    gone = {DiagnosisStatus.REFUSED, DiagnosisStatus.SUPERSEDED}
    return any(one.severity is Severity.CRITICAL and one.status not in gone for one in record.diagnoses)
