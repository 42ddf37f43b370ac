"""Who may come in, and by what they show it."""

from __future__ import annotations

from enum import StrEnum


class AccountRole(StrEnum):
    """What an account may act as. One may be several things, each for somebody of its own."""

    HOSPITAL = "hospital"
    """Staff of a customer, of all its sites or of some."""
    ENGINEER = "engineer"
    """An engineer of the registry."""
    COORDINATOR = "coordinator"
    MANUFACTURER = "manufacturer"
    """The service desk of one manufacturer."""
    PARTS_CLERK = "parts_clerk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class TokenKind(StrEnum):
    """What a token is for: a program that somebody has given it to, or somebody who has signed in."""

    API = "api"
    LOGIN = "login"


class TokenScope(StrEnum):
    """What a token may be used for, as far as its account may do it."""

    READ = "read"
    ACT = "act"
    ADMINISTER = "administer"


class LinkPurpose(StrEnum):
    """What a one-time link is good for."""

    SET_PASSWORD = "set_password"  # noqa: S105 - what it does, no password
