"""What is done to a ticket: an operation for each command, made of the command itself.

A command that the engine learns is here by itself, with its fields, their limits and who may send it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal, Optional

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from models.contracts.base import Actor, Command, Name
from models.contracts.commands import COMMANDS, ChangeContract, CommandResult
from starter import acting
from starter.api.problems import problems
from starter.api.shapes import Answered
from starter.api.tickets import Asked, IdempotencyKey, Reference, Wait, in_a_line, limit_ticket
from starter.given import fresh_command_id, made
from starter.web.asking import Asking

router = APIRouter(prefix="/tickets/{reference}", tags=["commands"])

SHARED = frozenset({"command_id", "actor"})
"""Fields of a command that no body says: who acts is who asks, its id is the header's."""

EXAMPLES: dict[str, dict[str, Any]] = {
    "AssignEngineer": {"engineer_code": "ENG-001"},
    "ReleaseEngineer": {"engineer_code": "ENG-001", "note": "Gasket is in; the leak test is left."},
    "RaiseLevel": {"stage": "onsite_repair", "reason": "The firmware fault is beyond L2."},
    "OfferStage": {"stage": "onsite_repair", "engineers": ["ENG-002", "ENG-004"], "answer_within": "PT15M"},
    "WithdrawOffer": {"stage": "onsite_repair"},
    "AcceptOffer": {},
    "DeclineOffer": {"reason": "distance", "note": "Four hours each way."},
    "CompleteStage": {"stage": "remote_diagnosis", "actions": {"diagnosis_summary": "Cracked membrane."}},
    "SkipStage": {"stage": "parts_procurement", "reason": "The part is in the van."},
    "Hold": {"reason": "waiting_for_parts", "lasts": "PT48H"},
    "Resume": {},
    "ChangePriority": {"priority": "P1", "reason": "The spare unit has failed as well."},
    "ChangeContract": {"reason": "The customer extended the contract today."},
    "StartTravel": {},
    "ArriveOnSite": {"happened_at": "2026-03-02T09:40:00+01:00"},
    "Reopen": {"reason": "The fault is back after two days."},
    "Cancel": {"reason": "The unit was taken out of service."},
}

Handler = Callable[..., Awaitable[Answered]]


def body_of(command: type[Command]) -> type[BaseModel]:
    """What a request says of a command: its own fields, and as whom and for whom it is sent."""
    kept = {
        name: (one.annotation, one)
        for name, one in command.model_fields.items()
        if name not in SHARED | command.looked_up
    }
    roles = Literal[tuple(role.value for role in command.senders())]  # type: ignore[valid-type]
    said: dict[str, Any] = {
        "role": (
            Optional[roles],  # noqa: UP045 - a union of what is made at run time
            Field(None, description="In which capacity, for an account that has several. Default: the usual one."),
        ),
        "on_behalf_of": (
            Optional[Name],  # noqa: UP045 - likewise
            Field(None, description="Who did it or asked for it, where that is not the account that sends it."),
        ),
    }
    config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLES[command.__name__]]})
    doc = (command.__doc__ or "").split("\n\n")[0]
    fields: dict[str, Any] = {**kept, **said}
    return create_model(f"{command.__name__}Request", __config__=config, __doc__=doc, **fields)


async def _send(  # noqa: PLR0917 - what came with a request
    command: type[Command],
    asked: Asking,
    reference: str,
    found: acting.Known | None,
    said: BaseModel,
    key: str | None,
    wait: float,
) -> CommandResult:
    """Send a command as whoever asks, and return what the ticket answered."""
    own = {name: getattr(said, name) for name in type(said).model_fields}
    role, behalf = own.pop("role"), in_a_line(own.pop("on_behalf_of"))
    actor = made(Actor, code=behalf or asked.principal.code, role=role or command.senders()[0])
    who = acting.Said(role=role is not None, code=behalf is not None)
    connection = await asked.connection(wait)
    of = partial(made, command, command_id=fresh_command_id(key), actor=actor, **own)
    if command is ChangeContract:
        return await acting.change_contract(connection, reference, of, said=who)
    return await acting.act(connection, reference, of(), said=who, found=found)


def _operation(command: type[Command]) -> Handler:
    body = body_of(command)

    async def operation(  # noqa: PLR0917 - by their names, by FastAPI
        request: Request,
        response: Response,
        asked: Asked,
        reference: Reference,
        said: Any,
        idempotency_key: IdempotencyKey = None,
        wait: Wait = 30,
    ) -> Answered:
        found = await limit_ticket(request, asked, reference)
        result = await _send(command, asked, reference, found, said, idempotency_key, wait)
        response.headers["Idempotency-Key"] = result.command_id
        return Answered.model_validate(result.model_dump())

    operation.__name__ = command.update
    operation.__doc__ = (command.__doc__ or "").split("\n\n")[0]
    operation.__annotations__["said"] = Annotated[body, Body()]
    return operation


for _command in COMMANDS:
    router.add_api_route(
        f"/{_command.update.replace('_', '-')}",
        _operation(_command),
        methods=["POST"],
        name=_command.update,
        summary=_command.description,
        response_model=Answered,
        responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GATEWAY_TIMEOUT),
    )
