"""A signature of a person at sign-off: who, as what, what it means, when, how, and of what."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from models.contracts.base import FromPeople, Moment
from models.drawn import checked_path
from models.spelling import hidden_character
from models.vocabulary.signing import SignatureMethod


def readable(name: str) -> str:
    """A printed name as it is kept: letters composed, one line, and nothing in it that can't be seen.

    Raises:
        ValueError: there is, or it is no name.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split(" "))
    if "\n" in name or "\r" in name or "\t" in name:
        raise ValueError("a printed name stands on one line")
    if (hidden := hidden_character(name)) is not None:
        raise ValueError(f"a printed name has nothing that can't be seen, and this one has {hidden}")
    if not any(one.isalpha() for one in name):
        raise ValueError("a printed name has letters")
    return name


PrintedName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(readable)
]
Capacity = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(readable)
]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, in hexadecimal digits."""


class Signature(FromPeople):
    """What somebody has signed a stage with.

    Attributes:
        name: printed, of who signs.
        capacity: as what they sign: `Ward sister`.
        meaning: what the signature says, in the words of the template.
        drawing: of a drawn one, the data of its SVG path.
        digest: of the ticket as the signer saw it (docs/signatures.md), as SHA-256.
        covers_until: when the last visit ended that they saw; None: none had.
        proof: the entry of the database that they had shown who they are; None for a drawn one.
    """

    name: PrintedName
    capacity: Capacity
    meaning: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    signed_at: Moment
    method: SignatureMethod
    drawing: Annotated[str, AfterValidator(checked_path)] | None = Field(default=None)
    digest: Digest
    covers_until: Moment | None = None
    proof: UUID | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        drawn = self.method is SignatureMethod.DRAWN
        if drawn != (self.drawing is not None):
            raise ValueError("a drawn signature has its drawing, and no other one has")
        if drawn == (self.proof is not None):
            raise ValueError("whoever signs with an account or a link has been proven, and nobody else is")
        return self
