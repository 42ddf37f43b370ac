"""What programs say and are answered when a ticket is signed off, and when what somebody asks for is approved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from models.contracts.base import FreeText, Name, Slug
from models.contracts.commands import Answer
from models.contracts.proposals import VerifiedOutcome
from models.contracts.signatures import Capacity, Digest, PrintedName
from models.drawn import LONGEST
from models.vocabulary.people import Role
from models.vocabulary.signing import SignatureMethod
from starter.accounts.approving import LASTS as APPROVAL_LASTS
from starter.accounts.approving import Standing
from starter.api.shapes import example
from starter.signing.links import LASTS as LINK_LASTS
from starter.signing.links import LinkStanding

SIGN_OFF = {"stage": "completion_sign_off", "actions": {"customer_rating": 9, "returned_to_service": True}}
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ANSWERS = {"customer_rating": 9, "returned_to_service": True}
LINK = "fcs_mFq3xO0cT1u0Yy5pQk9Zr2bJd7sVw8nLhE4aXg6tUiM"

Actions = Annotated[
    dict[str, Answer],
    Field(max_length=200, description="Answers to what the sign-off asks for, by their keys. They are signed as well."),
]
Shown = Annotated[
    Digest | None,
    Field(
        description="`digest` of what whoever signs was shown. Where the ticket is not that any more, nothing is "
        "signed. null: whatever it is now."
    ),
]


class SignOff(BaseModel):
    """A sign-off, as it would be signed."""

    model_config = example(**SIGN_OFF)

    stage: Slug
    actions: Actions = {}


class ToSignOut(BaseModel):
    """What would be signed."""

    number: str
    stage: str
    name: str = Field(description="Of the stage.")
    meaning: str = Field(description="What the signature says.")
    digest: str = Field(description="SHA-256 of the document, written as docs/signatures.md says.")
    document: dict[str, Any]


class _Signing(SignOff):
    name: Annotated[PrintedName, Field(description="Printed, of who signs.")]
    capacity: Annotated[Capacity, Field(description="As what they sign.")] = "Hospital staff"
    digest: Shown = None
    note: FreeText = ""


class SignWithPassword(_Signing):
    """Somebody of the hospital signs with the password of the account that sends this."""

    model_config = example(
        **SIGN_OFF,
        name="Anna Berg",
        capacity="Ward sister",
        digest=SHA256,
        password="several words make a good one",  # noqa: S106 - nobody's
    )

    password: Annotated[SecretStr, Field(min_length=1, max_length=256)]


class SignDrawn(_Signing):
    """Whoever completes the stage brings a signature that somebody drew on their screen."""

    model_config = example(
        **SIGN_OFF, name="Anna Berg", capacity="Ward sister", digest=SHA256, drawing="M 12 80 L 40 22 L 61 85"
    )

    drawing: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST, description="The data of an SVG path: M L H V C S Q T Z and numbers."),
    ]
    verified: Annotated[VerifiedOutcome | None, Field(description="What the fault proved to be.")] = None
    role: Annotated[
        Role | None, Field(description="In which capacity, for an account that has several. Default: the usual one.")
    ] = None
    on_behalf_of: Annotated[
        Name | None, Field(description="Who completed it, where that is not the account that sends it.")
    ] = None


class NewSigningLink(BaseModel):
    """To whom a link is sent, who signs by it."""

    model_config = example(name="Dr. R. Iyer", capacity="Consultant", lasts="P7D")

    name: Annotated[PrintedName, Field(description="Who signs by it, and nobody else.")]
    capacity: Annotated[Capacity, Field(description="As what they sign.")] = "Hospital staff"
    stage: Annotated[Slug | None, Field(description="Which sign-off, where the ticket has several.")] = None
    lasts: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=30), description="30 days at the most.")] = (
        LINK_LASTS
    )


class SigningLinkSecret(BaseModel):
    """A link that was made. Its secret is shown this once: send it to whom it is for."""

    code: str
    number: str
    stage: str
    secret: str
    address: str | None = Field(description="A page that signs by it; null: the server does not know its own address.")
    expires_at: datetime


class SigningLinkOut(BaseModel):
    """A link that was sent, without its secret."""

    code: str
    stage_key: str
    printed_name: str
    capacity: str
    standing: LinkStanding
    issued_by_code: str
    issued_at: datetime
    expires_at: datetime


class SigningLinkList(BaseModel):
    """The links of a ticket, newest first."""

    links: list[SigningLinkOut]


class RevokedLink(BaseModel):
    """What became of a link that was to be taken back."""

    code: str
    revoked: bool = Field(description="False: it was in force no more, or is none of the ticket.")


class ByLink(BaseModel):
    """Whoever has a link, and what they answer."""

    model_config = example(link=LINK, actions=ANSWERS)

    link: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    actions: Actions = {}


class SignByLink(ByLink):
    """The same, and that they sign it."""

    model_config = example(link=LINK, actions=ANSWERS, digest=SHA256)

    digest: Shown = None
    note: FreeText = ""


class ToSignByLink(ToSignOut):
    """What whoever has a link would sign, and as whom."""

    printed_name: str
    capacity: str


class SignatureOut(BaseModel):
    """A signature that is on record, held against it."""

    stage: str
    visit: int
    name: str | None
    capacity: str | None
    meaning: str | None
    method: SignatureMethod | None
    signed_at: datetime | None
    by: str | None = Field(description="Code of the account or link by which they have shown who they are.")
    proof: UUID | None
    digest: str | None
    drawing: str | None
    fits: bool = Field(description="Whether the record still is what was signed.")
    trouble: str | None


class SignatureList(BaseModel):
    """The signatures of a ticket."""

    signatures: list[SignatureOut]


class NewApproval(BaseModel):
    """What somebody else may do once."""

    model_config = example(hold_reason="contract_dispute", remark="Agreed with their purchasing.", lasts="P1D")

    hold_reason: Annotated[Slug, Field(description="For which reason the ticket may be put on hold.")]
    remark: FreeText = ""
    lasts: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=7), description="A week at the most.")] = (
        APPROVAL_LASTS
    )


class ApprovalGiven(BaseModel):
    """An approval that was given."""

    hold_reason: str
    approved_by: str = Field(description="What `approved_by` of the hold names.")
    expires_at: datetime


class ApprovalOut(ApprovalGiven):
    """An approval that is on record."""

    name: str
    remark: str
    standing: Standing = Field(description="void: whoever gave it approves nothing any more.")
    given_at: datetime
    used_at: datetime | None
    used_by: str | None


class ApprovalList(BaseModel):
    """The approvals of a ticket, newest first."""

    approvals: list[ApprovalOut]
