"""What an account may act as, as people type it: `hospital:AIIMS/ICU`, `engineer:ENG-001`, `coordinator`."""

from __future__ import annotations

from models.principals import Grant
from models.vocabulary.accounts import AccountRole
from starter.failures import BadInput

NEEDS = {
    AccountRole.HOSPITAL: "customer",
    AccountRole.MANUFACTURER: "manufacturer",
    AccountRole.ENGINEER: "engineer",
}
"""Whose code goes with a role; the others are for everybody."""


def grant_of(text: str) -> Grant:
    """The role that somebody typed, with whose it is.

    Raises:
        BadInput: it is none, or names somebody where it is for everybody.
    """
    word, _, whose = text.partition(":")
    try:
        role = AccountRole(word.strip().lower())
    except ValueError:
        raise BadInput(f"{word[:100]!r} is no role. Roles: {', '.join(AccountRole)}.") from None
    code = whose.strip().upper() or None
    match role:
        case AccountRole.HOSPITAL:
            customer, _, site = (code or "").partition("/")
            return Grant(role, customer=customer or None, site=site or None)
        case AccountRole.ENGINEER:
            return Grant(role, engineer=code)
        case AccountRole.MANUFACTURER:
            return Grant(role, manufacturer=code)
        case _ if code is not None:
            raise BadInput(f"The role {role.value} is for everybody: leave :{whose[:100]} out.")
        case _:
            return Grant(role)


def typed(grant: Grant) -> str:
    """The same the other way round: what somebody would type for it."""
    whose = grant.engineer or grant.manufacturer or "/".join(filter(None, (grant.customer, grant.site)))
    return f"{grant.role.value}:{whose}" if whose else grant.role.value


def check_grant(one: Grant) -> None:
    """Return where a role has whose it is, and nothing else.

    Raises:
        BadInput: it has not.
    """
    for role, field in NEEDS.items():
        if (getattr(one, field) is not None) != (one.role is role):
            raise BadInput(f"The role {role.value} goes with the code of {_article(field)}, and no other role does.")
    if one.site is not None and one.role is not AccountRole.HOSPITAL:
        raise BadInput("A site goes with the role hospital alone.")


def _article(field: str) -> str:
    return f"an {field}" if field[0] in "aeiou" else f"a {field}"
