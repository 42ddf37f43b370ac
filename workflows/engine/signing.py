"""Signing a stage off: who may, with what, and that it is of the ticket as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.contracts.commands import CompleteStage
from models.contracts.signatures import Signature
from models.contracts.templates import StageDefinition
from models.vocabulary.people import Role
from models.vocabulary.signing import SignatureMethod
from models.vocabulary.stages import ActionKind, StageOutcome, StageType
from workflows.engine.refusal import RefusedError

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead the clock of whoever signs may be."""


def signs_for_hospital(definition: StageDefinition, command: CompleteStage) -> bool:
    """Whether staff of the hospital sign the stage off themselves; False: somebody else completes it.

    Raises:
        RefusedError: they do more than that.
    """
    actor, signature = command.actor, command.signature
    if actor.role is not Role.HOSPITAL:
        return False
    signed = signature is not None and signature.method is not SignatureMethod.DRAWN
    if definition.stage_type is not StageType.COMPLETION or not signed:
        raise RefusedError(
            f"{actor.code} acts as hospital, which signs a finished ticket off and completes nothing else. "
            f"{definition.name} is completed by the {definition.performer.value}"
            + (", or signed by the hospital." if definition.stage_type is StageType.COMPLETION else ".")
        )
    if command.outcome is not StageOutcome.DONE or command.diagnosis is not None or command.verified is not None:
        raise RefusedError(
            f"{actor.code} acts as hospital, which signs {definition.name} as done and says nothing of the fault. "
            f"Anything else is for the {definition.performer.value}."
        )
    return True


def check_signature(
    definition: StageDefinition, command: CompleteStage, last_end: datetime | None, now: datetime
) -> None:
    """What is signed is a sign-off, in the template's words, and nothing has ended since the signer looked.

    Args:
        last_end: when the last visit of the ticket ended that is over.

    Raises:
        RefusedError: it is not so.
    """
    signature = command.signature
    wanted = definition.signed
    if signature is None:
        if wanted is not None and wanted.kind is ActionKind.SIGNATURE and wanted.key in command.actions:
            raise RefusedError(f"{wanted.key} ({wanted.label}) is signed, and not answered by a text. Sign it.")
        return
    if definition.stage_type is not StageType.COMPLETION:
        raise RefusedError(f"{definition.name} is no sign-off: it is completed without a signature.")
    if (signature.method is SignatureMethod.DRAWN) == (command.actor.role is Role.HOSPITAL):
        raise RefusedError(
            "With an account or a link the hospital signs itself; a drawn signature is brought by who completes the "
            "stage. Sign it in one of these ways."
        )
    if signature.meaning != definition.signature_meaning:
        raise RefusedError(
            f"A signature of {definition.name} means {definition.signature_meaning!r} and nothing else. Sign it anew."
        )
    if signature.signed_at > now + CLOCKS_DIFFER:
        raise RefusedError("The signature is dated later than now. Set the clock of the device and sign anew.")
    if wanted is not None and command.actions.get(wanted.key, signature.name) != signature.name:
        raise RefusedError(
            f"{wanted.key} says another name than the signature. Leave it out: the signature answers it."
        )
    if signature.covers_until != last_end:
        raise RefusedError("The ticket has changed since it was read for signing. Read it again and sign that.")


def with_answer(definition: StageDefinition, command: CompleteStage, signature: Signature) -> CompleteStage:
    """The command, with the printed name as the answer to what is signed."""
    if definition.signed is None:
        return command
    return command.model_copy(update={"actions": {**command.actions, definition.signed.key: signature.name}})
