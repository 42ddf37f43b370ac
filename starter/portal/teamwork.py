"""What forms say about who works on a stage: who comes as what, who leaves, higher levels, offers and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.datastructures import FormData

from models.contracts.base import Command
from models.contracts.commands import AssignEngineer
from models.contracts.offering import (
    AcceptOffer,
    DeclineOffer,
    OfferStage,
    RaiseLevel,
    ReleaseEngineer,
    WithdrawOffer,
)
from models.records import TicketRecord
from starter.failures import BadInput
from starter.portal.forms import entry, texts, whole_number
from starter.portal.visitors import Visitor

Fields = Callable[[Visitor, TicketRecord, FormData], dict[str, Any]]

STAGE, ENGINEER, WHERE = "stage", "engineer", "location"

LONGEST = 7 * 24 * 60
"""Minutes that somebody may be given to answer."""


def _assign(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    if not (code := entry(form, ENGINEER)):
        raise BadInput("Choose an engineer.")
    return {
        "engineer_code": code,
        "stage": entry(form, STAGE) or None,
        "role": entry(form, "as") or "primary",
        "work_location": entry(form, WHERE) or None,
        "predecessor_stays_as": entry(form, "predecessor") or None,
        "anyway": anyway(form),
    }


def anyway(form: FormData) -> bool:
    """Whether somebody is put on it although something serious speaks against them; the remark says why."""
    if not entry(form, "anyway"):
        return False
    if not entry(form, "note"):
        raise BadInput("Say why: the record shows it.")
    return True


def _release(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    if not (code := entry(form, ENGINEER)):
        raise BadInput("Choose an engineer.")
    return {"engineer_code": code, "stage": entry(form, STAGE) or None}


def _raise(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    if not (reason := entry(form, "why")):
        raise BadInput("Say why: the record shows it.")
    return {"stage": entry(form, STAGE), "reason": reason}


def _offer(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    """Those who are ticked, in the order of the page; then those whose codes were typed."""
    typed = entry(form, "codes").replace(",", " ").split()
    fields: dict[str, Any] = {
        "stage": entry(form, STAGE),
        "engineers": tuple(dict.fromkeys([*texts(form, ENGINEER), *typed])),
        "work_location": entry(form, WHERE) or None,
    }
    if said := entry(form, "minutes"):
        minutes = whole_number(said)
        if minutes is None or not 0 < minutes <= LONGEST:
            raise BadInput("Choose how long they may think about it.")
        fields["answer_within"] = timedelta(minutes=minutes)
    return fields


def _of_stage(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    return {"stage": entry(form, STAGE) or None}


def _decline(_: Visitor, __: TicketRecord, form: FormData) -> dict[str, Any]:
    if not (reason := entry(form, "reason")):
        raise BadInput("Choose why you decline.")
    return {"stage": entry(form, STAGE) or None, "reason": reason}


KINDS: Mapping[str, tuple[type[Command], Fields]] = {
    AssignEngineer.update: (AssignEngineer, _assign),
    ReleaseEngineer.update: (ReleaseEngineer, _release),
    RaiseLevel.update: (RaiseLevel, _raise),
    OfferStage.update: (OfferStage, _offer),
    WithdrawOffer.update: (WithdrawOffer, _of_stage),
    AcceptOffer.update: (AcceptOffer, _of_stage),
    DeclineOffer.update: (DeclineOffer, _decline),
}
"""By the name of a form, the command that it becomes, and how its fields are read."""
