"""What the server does with a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the server says that a request took; `cached` are those of `input` that it had cached."""

    input: int = 1_200
    output: int = 300
    cached: int = 0


class Stop(StrEnum):
    """Why an answer ended, whatever a protocol calls it."""

    END = "end"
    LENGTH = "length"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Says:
    """An answer. `tokens` None: the server does not say how many there were."""

    text: str
    tokens: Tokens | None = field(default_factory=Tokens)
    stop: Stop = Stop.END
    sparse: bool = False
    """Only the fields that a client can't do without."""
    request_id: str | None = None
    """Another name of the request than its number."""


@dataclass(frozen=True, slots=True)
class Fails:
    """An error, in the protocol's own form."""

    status: int
    message: str = "out of sorts"
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    """OpenAI's word for it, where it has several for a status."""


@dataclass(frozen=True, slots=True)
class Breaks:
    """A response of status 200 with a body that is no answer."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Drops:
    """The connection is closed: before a byte of the response, or in the middle of its body."""

    in_the_middle: bool = False


@dataclass(frozen=True, slots=True)
class Hangs:
    """No answer until the client goes away."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Something else, after some seconds."""

    seconds: float
    then: Says | Fails


Move = Says | Fails | Breaks | Drops | Hangs | Waits
