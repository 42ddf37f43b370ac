"""Some tickets of a drill are signed off by hand: what is signed is read from the record while faults strike."""

from __future__ import annotations

from models.contracts.commands import CompleteStage
from models.database import Database
from models.vocabulary import StageType
from starter.failures import CommandRefused
from starter.signing.ready import to_sign
from starter.signing.sign import ByHand, Signing, signature_by_hand

STROKES = "M 4 30 C 20 2, 34 58, 52 30 S 84 2, 96 30"
NAME, CAPACITY = "D. Rill", "Drill's ward sister"


def is_signed_off(stage_type: StageType, step: int) -> bool:
    """Whether that step of bringing a ticket to its end is signed: every other, as what came late is done again."""
    return stage_type is StageType.COMPLETION and step % 2 == 0


async def signed(database: Database, workflow_id: str, command: CompleteStage) -> CompleteStage:
    """The completion with a drawn signature of the ticket as the record has it; as it was, where that lags behind."""
    answers = {key: answer for key, answer in command.actions.items() if key != "customer_signature"}
    unsigned = command.model_copy(update={"actions": answers})
    try:
        ready = await to_sign(database, workflow_id, command.stage, lambda _: unsigned)
    except CommandRefused:
        return command
    signing = Signing(workflow_id, command.stage, lambda _: unsigned, NAME, CAPACITY)
    return unsigned.model_copy(update={"signature": signature_by_hand(ready, signing, ByHand(STROKES))})
