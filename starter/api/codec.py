"""`/codec/decode`: what Temporal keeps sealed, opened for whoever may read every ticket.

It speaks the protocol of Temporal's remote codecs: its UI asks it for what it shows, and so does `temporal workflow
show --codec-endpoint … --codec-auth "Bearer fc_…"`. It opens alone; sealing is for workers and whoever acts on tickets.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from temporalio.api.common.v1 import Payload

from models.access import Action
from starter.accounts.gate import check
from starter.api.problems import problems
from starter.api.tickets import Asked
from starter.failures import BadInput
from starter.payloads import Keys, PayloadUnreadable, Sealing

router = APIRouter(prefix="/codec", tags=["codec"])

MOST = 2_000
"""Payloads of one request."""


class PayloadOut(BaseModel):
    """A payload as Temporal writes it in JSON: bytes in base64."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "ImEi"}]}
    )

    metadata: dict[str, str] = {}
    data: str = ""


class Payloads(BaseModel):
    """Some of them."""

    payloads: Annotated[list[PayloadOut], Field(max_length=MOST)] = []


@router.post("/decode", summary="Open what Temporal keeps sealed", response_model=Payloads, responses=problems())
async def decode(asked: Asked, body: Payloads) -> Payloads:
    """What was never sealed comes back as it is."""
    check(asked.database, Action.UNSEAL)
    keys = Keys.of(asked.engines.settings.payload_keys)
    try:
        payloads = [_read(one) for one in body.payloads]
        opened = payloads if keys is None else await Sealing(keys).decode(payloads)
    except PayloadUnreadable as error:
        raise BadInput(str(error)) from error
    return Payloads(payloads=[_written(one) for one in opened])


def _read(said: PayloadOut) -> Payload:
    try:
        metadata = {name: b64decode(value, validate=True) for name, value in said.metadata.items()}
        return Payload(metadata=metadata, data=b64decode(said.data, validate=True))
    except (NoBase64, ValueError):
        raise BadInput("A payload is not as Temporal writes it: its data and metadata are base64.") from None


def _written(payload: Payload) -> PayloadOut:
    metadata = {name: b64encode(value).decode() for name, value in payload.metadata.items()}
    return PayloadOut(metadata=metadata, data=b64encode(payload.data).decode())
