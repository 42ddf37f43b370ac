"""What every message has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from models.vocabulary import Role


class Message(BaseModel):
    """A frozen message. Unknown fields are ignored, so that a newer sender can talk to an older worker."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""Free text of a person: never empty, never a way to make a history explode."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
CommandId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Moment = AwareDatetime


class Actor(Message):
    """Who acts: a person's or system's code, and in which role."""

    code: Name
    role: Role

    def __str__(self) -> str:
        return f"{self.code} ({self.role.value})"


SYSTEM = Actor(code="fieldcare", role=Role.SYSTEM)


class Command(Message):
    """What somebody asks of a running ticket. The command id makes it idempotent: sent again, it is answered again."""

    command_id: CommandId
    actor: Actor
    note: Annotated[str, Field(max_length=20_000)] = ""
