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


class AccountState(StrEnum):
    """How an account stands, for lists."""

    IN_USE = "in_use"
    NO_PASSWORD = "no_password"  # noqa: S105 - what it has not
    """In use, and nobody has set its password yet."""
    DISABLED = "disabled"


class AccountEventKind(StrEnum):
    """What may become of an account."""

    MADE = "made"
    CHANGED = "changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    PASSWORD_SET = "password_set"  # noqa: S105 - what was done
    ROLE_GIVEN = "role_given"
    ROLE_TAKEN = "role_taken"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    TOKEN_MADE = "token_made"  # noqa: S105 - likewise
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - likewise
    LINK_MADE = "link_made"
    LINK_USED = "link_used"
    LINK_ENDED = "link_ended"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_TAKEN_UP = "identity_taken_up"
    IDENTITY_UNLINKED = "identity_unlinked"


class TokenKind(StrEnum):
    """What a token is for: a program that somebody has given it to, or somebody who has signed in."""

    API = "api"
    LOGIN = "login"


class TokenScope(StrEnum):
    """What a token may be used for, as far as its account may do it."""

    READ = "read"
    ACT = "act"
    ADMINISTER = "administer"
    CALENDAR = "calendar"
    """One's own calendar and nothing else: its secret stands in an address. Whoever may read may read that, too."""


OF_A_LOGIN = frozenset({TokenScope.READ, TokenScope.ACT, TokenScope.ADMINISTER})
"""What who signs in may do: all that their account may."""


class LinkPurpose(StrEnum):
    """What a one-time link is good for."""

    SET_PASSWORD = "set_password"  # noqa: S105 - what it does, no password
