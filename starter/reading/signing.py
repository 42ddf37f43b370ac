"""What is signed at sign-off: the ticket as the signer saw it, as one document; and whether the record still is that.

The document and how it is written down are the same for whoever signs and for whoever looks later: docs/signatures.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from models.contracts.commands import Answer
from models.contracts.signatures import Signature
from models.contracts.templates import StageDefinition
from models.database_calls import Calls
from models.records import JsonObject, RecordedStage, TicketRecord
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from models.vocabulary.signing import SignatureMethod
from models.vocabulary.stages import StageOutcome
from starter.reading.plain import json_value

FORMAT = "fieldcare-signed-ticket-1"
"""Another number where the document says something else, or says it otherwise."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SignedOff:
    """What a signature is put to: the end of a visit of a stage.

    Attributes:
        answers: to the stage's required actions; the one that the signature is, is left out of the document.
        covers_until: when the last visit ended that the signer saw; None: none had.
    """

    definition: StageDefinition
    visit: int
    outcome: StageOutcome
    answers: Mapping[str, Answer]
    meaning: str
    covers_until: datetime | None


@dataclass(frozen=True, slots=True)
class SignatureOnRecord:
    """A signature, and how it stands.

    Attributes:
        signature: None where it can't be read.
        trouble: what is wrong with it, as a sentence; empty: it fits the record.
        by: the code of the account or link by which they have shown who they are.
    """

    number: str
    stage: str
    visit: int
    signature: Signature | None
    trouble: str
    by: str | None


def document_of(record: TicketRecord, parts: Sequence[Row], signed: SignedOff) -> JsonObject:
    """The ticket as somebody sees it who signs it: all of it is of that moment, and stays true whatever comes later.

    Args:
        parts: what `get_stage_parts()` says of the ticket.
    """
    until = signed.covers_until
    seen = [one for one in record.stages if _ended_by(one.finished_at, until) and not _is(one, signed)]
    visits = {(one.stage_key, one.visit) for one in seen}
    key = signed.definition.signed.key if signed.definition.signed is not None else None
    return {
        "format": FORMAT,
        "ticket": {
            "number": record.ticket.number,
            "reported_at": _instant(record.ticket.opened_at),
            "fault": record.ticket.description,
            "unit": _unit(record),
        },
        "diagnoses": [
            {
                "cause": one.root_cause,
                "problem_code": one.problem_code,
                "decision": one.status.value,
                "corrected_cause": one.corrected_cause,
                "corrected_code": one.corrected_code,
                "decided_by": one.decided_by_code,
                "decided_at": _instant(one.decided_at),
            }
            for one in sorted(record.diagnoses, key=lambda one: (one.decided_at or one.proposed_at, one.session_id))
            if one.decided_by_code is not None and _ended_by(one.decided_at, until)
        ],
        "stages": [_stage(one) for one in seen],
        "parts": sorted(
            (
                {
                    "stage": one["stage_key"],
                    "visit": one["visit"],
                    "part": one["part_number"],
                    "name": one["name"],
                    "used": one["quantity_used"],
                }
                for one in parts
                if one["quantity_used"]
                and (
                    (one["stage_key"], one["visit"]) in visits
                    or (one["stage_key"] is None and _ended_by(one["used_at"], until))
                )
            ),
            key=lambda one: (one["stage"] or "", one["visit"] or 0, one["part"]),
        ),
        "signed": {
            "stage": signed.definition.key,
            "visit": signed.visit,
            "outcome": signed.outcome.value,
            "answers": {name: answer for name, answer in signed.answers.items() if name != key},
            "meaning": signed.meaning,
        },
    }


def canonical(document: JsonObject) -> bytes:
    """The document as it is hashed: JSON in UTF-8, names in the order of their code points, no blanks between."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(document: JsonObject) -> str:
    """SHA-256 of the document, in hexadecimal digits."""
    return sha256(canonical(document)).hexdigest()


def covered_until(record: TicketRecord) -> datetime | None:
    """When the last visit of a ticket ended that is over; None: none is."""
    return max((one.finished_at for one in record.stages if one.finished_at is not None), default=None)


async def signatures_of(
    database: Calls, record: TicketRecord, rows: Sequence[Row] | None = None
) -> list[SignatureOnRecord]:
    """The signatures of a ticket, each held against the record as it stands.

    Args:
        rows: what `list_signatures()` says of the ticket, where that is known already.
    """
    if all(one.execution is None or one.execution.signature is None for one in record.stages):
        return []
    number = record.ticket.number
    if rows is None:
        rows = await database.rows(SqlFunction.LIST_SIGNATURES, number)
    parts = await parts_of(database, record)
    return [
        _on_record(record, parts, one, json_value(row["proven"]))
        for row in rows
        for one in record.stages
        if (one.stage_key, one.visit) == (row["stage_key"], row["visit"])
    ]


async def parts_of(database: Calls, record: TicketRecord) -> Sequence[Row]:
    """The parts of a ticket."""
    return await database.rows(SqlFunction.GET_STAGE_PARTS, record.ticket.id)


def _on_record(
    record: TicketRecord, parts: Sequence[Row], stage: RecordedStage, proven: Row | None
) -> SignatureOnRecord:
    done = stage.execution
    found, trouble = None, "it can't be read"
    if done is not None and done.signature is not None:
        with suppress(ValidationError):
            found = Signature.model_validate(done.signature)
    if found is not None:
        trouble = _trouble(record, parts, stage, found, proven)
    by = (proven or {}).get("account") or (proven or {}).get("link")
    return SignatureOnRecord(record.ticket.number, stage.stage_key, stage.visit, found, trouble, by)


def _trouble(
    record: TicketRecord, parts: Sequence[Row], stage: RecordedStage, found: Signature, proven: Row | None
) -> str:
    done = stage.execution
    definition = next((one for one in record.stage_definitions if one.key == stage.stage_key), None)
    if done is None or definition is None or stage.outcome is None:
        return "the stage that was signed is not on record"
    signed = SignedOff(definition, stage.visit, stage.outcome, done.actions, found.meaning, found.covers_until)
    if digest_of(document_of(record, parts, signed)) != found.digest:
        return "the record is not what was signed"
    if found.method is SignatureMethod.DRAWN:
        return ""
    way = "account" if found.method is SignatureMethod.PASSWORD else "link"
    if proven is None or proven[way] is None:
        return "nobody has shown who they are for it"
    said = (proven["stage"], proven["name"], proven["digest"], proven[way], Role.HOSPITAL)
    if said != (stage.stage_key, found.name, found.digest, stage.finished_by_code, stage.finished_by_role):
        return "somebody else, or something else, was proven than what stands on record"
    return ""


def _unit(record: TicketRecord) -> JsonObject:
    """The unit as it was at intake; the registry may know it by another serial number by now."""
    opening = record.timeline[0].new_value if record.timeline and record.timeline[0].sequence == 0 else None
    unit = (opening or {}).get("unit") or record.unit.model_dump(mode="json")
    return {
        name: unit[name] for name in ("serial", "equipment_type", "manufacturer", "model", "customer_code", "site_name")
    }


def _stage(one: RecordedStage) -> JsonObject:
    return {
        "stage": one.stage_key,
        "name": one.name,
        "visit": one.visit,
        "status": one.status.value,
        "outcome": None if one.outcome is None else one.outcome.value,
        "reason": one.reason,
        "answers": {} if one.execution is None else one.execution.actions,
        "began": _instant(one.entered_at),
        "set_out": _instant(one.travel_started_at),
        "arrived": _instant(one.arrived_at),
        "ended": _instant(one.finished_at),
        "ended_by": {
            "code": one.finished_by_code,
            "role": None if one.finished_by_role is None else one.finished_by_role.value,
        },
    }


def _is(one: RecordedStage, signed: SignedOff) -> bool:
    return (one.stage_key, one.visit) == (signed.definition.key, signed.visit)


def _ended_by(at: datetime | None, until: datetime | None) -> bool:
    return at is not None and until is not None and at <= until


def _instant(at: datetime | None) -> str | None:
    """In UTC and to the microsecond, always in the same form."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
