"""Who has come in, by what, and what they may act as."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from models.vocabulary.accounts import AccountRole, TokenScope


class Authentication(StrEnum):
    """By what somebody has shown who they are."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    PASSKEY = "passkey"
    PROVIDER = "provider"
    LOGIN = "login"
    TOKEN = "token"  # noqa: S105 - likewise


@dataclass(frozen=True, slots=True)
class Grant:
    """One of the things that an account may act as, and for whom: each by its code.

    Attributes:
        site: of a hospital, the one site that it is for; None: all of its customer's.
    """

    role: AccountRole
    customer: str | None = None
    site: str | None = None
    manufacturer: str | None = None
    engineer: str | None = None

    def __str__(self) -> str:
        whose = self.engineer or self.manufacturer or ("/".join(filter(None, (self.customer, self.site))) or None)
        return self.role.value.replace("_", " ") + (f" {whose}" if whose else "")


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks for something, as far as it has been proven.

    Attributes:
        scopes: what the token may be used for by which they came; all of it for who signed in.
    """

    code: str
    name: str
    grants: tuple[Grant, ...]
    authentication: Authentication
    scopes: frozenset[TokenScope] = field(default=frozenset(TokenScope))


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a ticket or a unit is, by their codes.

    Attributes:
        engineers: everybody who is or was on one of its stages, or was asked to take one.
        is_free: whether it is a ticket that is open, and nobody is on any stage of it.
    """

    customer: str
    site: str
    manufacturer: str
    engineers: frozenset[str] = frozenset()
    is_free: bool = False
