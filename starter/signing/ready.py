"""What somebody is about to sign: read from the record, as one document with its digest."""

from __future__ import annotations

from dataclasses import dataclass

from models.contracts.commands import CompleteStage
from models.contracts.signatures import Signature
from models.database_calls import Calls
from models.records import JsonObject, RecordedStage, TicketRecord
from models.vocabulary.stages import StageStatus
from models.vocabulary.tickets import TicketStatus
from starter.acting import CompletionOf
from starter.failures import CommandRefused
from starter.reading.signing import SignedOff, covered_until, digest_of, document_of, parts_of
from starter.reading.tickets import read_ticket


@dataclass(frozen=True, slots=True)
class ToSign:
    """What somebody is about to sign.

    Attributes:
        document: all that is signed (docs/signatures.md).
        digest: SHA-256 of it, in hexadecimal digits.
    """

    record: TicketRecord
    command: CompleteStage
    signed: SignedOff
    document: JsonObject
    digest: str


async def to_sign(database: Calls, reference: str, stage: str, command_of: CompletionOf) -> ToSign:
    """What a sign-off of a ticket would sign now.

    Raises:
        UnknownTicket, NotAllowed: there is none, for whoever asks.
        CommandRefused: it can't be signed off now.
    """
    return await ready_of(database, await read_ticket(database, reference), stage, command_of)


async def ready_of(database: Calls, record: TicketRecord, stage: str, command_of: CompletionOf) -> ToSign:
    """What a sign-off of the ticket would sign, as it stands on record.

    Where just this command has signed it already, because its answer was lost on the way, it is what was signed then:
    sent again, the ticket answers again.

    Raises:
        CommandRefused: it can't be signed off now.
    """
    definition = next((one for one in record.stage_definitions if one.key == stage), None)
    if definition is None:
        raise CommandRefused(
            f"There is no stage {stage!r} in this ticket. Its stages: "
            f"{', '.join(one.key for one in record.stage_definitions)}."
        )
    command = command_of({one.key: one.kind for one in definition.required_actions})
    meaning, until = definition.signature_meaning, covered_until(record)
    before = _signed_before(record, stage, command.command_id)
    if before is not None:
        visit, then = before
        meaning, until = then.meaning, then.covers_until
    else:
        visit = _in_progress(record, stage)
    signed = SignedOff(definition, visit.visit, command.outcome, command.actions, meaning, until)
    document = document_of(record, await parts_of(database, record), signed)
    return ToSign(record, command, signed, document, digest_of(document))


def _signed_before(record: TicketRecord, stage: str, command_id: str) -> tuple[RecordedStage, Signature] | None:
    """The visit that a command has signed off already, and with what; None: it has not."""
    facts = (one.new_value or {} for one in record.timeline if one.command_id == command_id)
    visits = {(end["key"], end["visit"]) for fact in facts for end in fact.get("finished", ())}
    for one in record.stages:
        done = one.execution
        if one.stage_key == stage and (stage, one.visit) in visits and done is not None and done.signature is not None:
            return one, Signature.model_validate(done.signature)
    return None


def _in_progress(record: TicketRecord, stage: str) -> RecordedStage:
    """The visit that would be signed off; the ticket itself decides again when it is told.

    Raises:
        CommandRefused: the stage has not begun, is over, or waits. Nobody shall spend a link on that.
    """
    visit = max((one for one in record.stages if one.stage_key == stage), key=lambda one: one.visit)
    if record.ticket.status is TicketStatus.ON_HOLD:
        raise CommandRefused(f"The ticket is on hold ({record.ticket.hold_reason}). Resume it before it is signed off.")
    if visit.status is not StageStatus.IN_PROGRESS:
        raise CommandRefused(
            f"{visit.name} is {visit.status.value.replace('_', ' ')}, so it can't be signed off. "
            f"The ticket is in {', '.join(record.ticket.current_stages) or 'no stage'}."
        )
    return visit
