"""The signatures of a ticket as the terminal shows them: who, as what, what it means, when, how, of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from models.records import TicketRecord
from models.vocabulary.signing import SignatureMethod
from starter.cli.terminal.display import Times
from starter.reading.signing import SignatureOnRecord
from starter.reading.timeline import visit

_DIGITS = 16
"""Of a digest, as many as a person compares."""


def show_signatures(signatures: Sequence[SignatureOnRecord], record: TicketRecord, times: Times) -> Iterator[Text]:
    """Each in two lines, the second whether it still fits the record."""
    if signatures:
        yield Text("\nSignatures", style="bold")
    names = {stage.stage_key: stage.name for stage in record.stages}
    for one in signatures:
        what = f"{names.get(one.stage, one.stage)}{visit(one.visit)}"
        if one.signature is None:
            yield Text(f"{what}: {one.trouble}", style="bold red")
            continue
        found = one.signature
        yield Text(f"{what}, signed by {found.name} ({found.capacity}) {times.minute(found.signed_at)}, {_how(one)}")
        yield Text(f"  {found.meaning}")
        digest = f"SHA-256 {found.digest[:_DIGITS]}…"
        if one.trouble:
            yield Text(f"  {digest} does not fit: {one.trouble}", style="bold red")
        else:
            yield Text(f"  {digest} fits the record")


def signature_as_json(one: SignatureOnRecord) -> dict[str, Any]:
    """The same for programs."""
    said = None if one.signature is None else one.signature.model_dump(mode="json")
    return {
        "stage": one.stage,
        "visit": one.visit,
        "signature": said,
        "by": one.by,
        "fits": not one.trouble,
        "trouble": one.trouble or None,
    }


def _how(one: SignatureOnRecord) -> str:
    method = None if one.signature is None else one.signature.method
    match method:
        case SignatureMethod.PASSWORD:
            return f"with the password of {one.by or 'nobody'}"
        case SignatureMethod.LINK:
            return f"by the link {one.by or 'of nobody'}"
        case _:
            return "drawn"
