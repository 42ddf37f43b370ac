"""What every message has in common."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    field_validator,
    model_serializer,
)

from models.access import SENDERS
from models.instants import in_utc
from models.vocabulary.people import Role


class Message(BaseModel):
    """A frozen message. Unknown fields are ignored, so that a newer sender can talk to an older worker."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""Free text of a person: never empty, never a way to make a history explode."""

FreeText = Annotated[str, StringConstraints(max_length=20_000)]
"""The same, where nothing has to be said."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
CommandId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Moment = AwareDatetime


def _told_by_clocks(named: datetime) -> datetime:
    in_utc(named)
    return named


NamedMoment = Annotated[AwareDatetime, AfterValidator(_told_by_clocks)]
"""A moment that somebody names: in no year in which arithmetic with zones fails."""


def storable(value: Any) -> Any:
    """`value`, if PostgreSQL can store every text in it. What it can't must be refused before it is in a history.

    Raises:
        ValueError: a NUL character, or half of a surrogate pair, in a text, however deep.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("text must not contain NUL characters")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("text must be valid Unicode, without lone surrogates") from None
    elif isinstance(value, dict):
        for key, one in value.items():
            storable(key)
            storable(one)
    return value


class FromPeople(Message):
    """A message with what people wrote: every text in it can be stored."""

    @field_validator("*", mode="after")
    @classmethod
    def _is_storable(cls, value: Any) -> Any:
        return storable(value)


class Actor(FromPeople):
    """Who acts: a person's or system's code, and in which role.

    Attributes:
        on_behalf_of: for whom they say it, where that is somebody else. It is left out where it is nobody, as in
            everything from before there were accounts.
    """

    code: Name
    role: Role
    on_behalf_of: Name | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        said: dict[str, Any] = serialize(self)
        if self.on_behalf_of is None:
            said.pop("on_behalf_of", None)
        return said

    def __str__(self) -> str:
        return f"{self.code} ({self.role.value})"


SYSTEM = Actor(code="fieldcare", role=Role.SYSTEM)


def _canonical(value: Any) -> str | float:
    """The same for the same moment in whatever zone, and for the same span however it was written."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else str(value)


class Command(FromPeople):
    """What somebody asks of a running ticket. The command id makes it idempotent: sent again, it is answered again.

    An id belongs to one command, one content and one actor.

    Attributes:
        update: the name of the update that brings it; callers and recorded histories know it by that.
        description: what the Temporal UI says of that update.
        leaves: the kind of the fact that it leaves in the audit trail when it is applied.
    """

    update: ClassVar[str]
    description: ClassVar[str]
    leaves: ClassVar[str]
    looked_up: ClassVar[frozenset[str]] = frozenset()
    """Fields that whoever sends it looks up; what is sent again may have them otherwise and is the same command."""

    command_id: CommandId
    actor: Actor
    note: Annotated[str, Field(max_length=20_000)] = ""

    @classmethod
    def words(cls) -> str:
        """What it is called in a sentence: `complete stage`."""
        return cls.update.replace("_", " ")

    @classmethod
    def senders(cls) -> tuple[Role, ...]:
        """In which capacities one may send it, the usual one first."""
        return SENDERS[cls.__name__]

    @property
    def digest(self) -> str:
        """What is asked and by whom, as 32 hexadecimal digits: the same for the same command, whenever it is sent.

        When it happened is no part of it: whoever sends it again because no answer came may say it then.
        """
        said = self.model_dump(exclude={"command_id", "happened_at", *self.looked_up}, exclude_defaults=True)
        content = json.dumps(said, sort_keys=True, default=_canonical)
        return sha256(f"{type(self).__name__}:{content}".encode()).hexdigest()[:32]

    @property
    def delivery_id(self) -> str:
        """The id of the update that brings it: Temporal answers one that it has seen without asking the ticket."""
        return f"{self.command_id}:{self.digest}"
