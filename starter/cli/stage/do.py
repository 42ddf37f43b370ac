"""What `fieldcare stage complete` does, once its options are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from models.contracts.base import Actor
from models.contracts.commands import CompleteStage
from models.contracts.proposals import DiagnosisDecision, VerifiedOutcome
from models.vocabulary.stages import ActionKind, StageOutcome
from starter import acting
from starter.addresses import read_settings
from starter.cli.terminal.commands import Asked
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.parsing import answers
from starter.cli.terminal.run import out, say
from starter.cli.ticket.do import print_answer
from starter.given import known_code, made
from starter.services import connected


@dataclass(frozen=True, slots=True)
class Completion:
    """What was typed about the work that is done."""

    actor: Actor
    note: str
    stage: str
    outcome: StageOutcome
    return_to: str | None
    done: Sequence[str]
    assignments: Sequence[str]
    diagnosis: str | None
    cause: str | None
    problem_code: str | None
    proposal_right: bool | None


async def complete_stage(asked: Asked, said: Completion, *, as_signal: bool) -> None:
    """Complete a stage, and print what the ticket answered; as a signal, only that it was told."""
    code = known_code(said.problem_code)
    decision = outcome = None
    if said.diagnosis is not None:
        decision = made(DiagnosisDecision, status=said.diagnosis, cause=said.cause, problem_code=code)
    elif (said.proposal_right, said.cause, said.problem_code) != (None, None, None):
        outcome = made(VerifiedOutcome, proposal_right=said.proposal_right, cause=said.cause, problem_code=code)

    def command(kinds: Mapping[str, ActionKind] | None) -> CompleteStage:
        made_of_it = asked.command(
            "CompleteStage",
            actor=said.actor,
            note=said.note,
            stage=said.stage,
            outcome=said.outcome,
            actions=answers(said.done, said.assignments, kinds),
            return_to=said.return_to,
            diagnosis=decision,
            verified=outcome,
        )
        return cast(CompleteStage, made_of_it)

    command(None)  # what can be said without a ticket is said before anything is asked
    async with connected(read_settings(), wait=asked.wait) as connection:
        if not as_signal:
            answer = await acting.complete_stage(connection, asked.reference, said.stage, command, say, said=asked.said)
            print_answer(answer, asked.as_json)
            return
        found, sent = await acting.signal_completion(
            connection, asked.reference, said.stage, command, say, said=asked.said
        )
    if asked.as_json:
        print_json(
            {
                "number": found.number,
                "command_id": sent.command_id,
                "signalled_at": datetime.now(UTC),
                "stage": said.stage,
            }
        )
        return
    show(out, f"Sent to {found.number or found.workflow_id}. A refusal would stand in its timeline.")
