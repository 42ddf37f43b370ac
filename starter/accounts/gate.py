"""What whoever came in may do: asked once for every use case, by the one policy.

A database that is asked for somebody (`Calls.principal`) answers for that one; for nobody in particular it is the
operator's, who may do everything. Somebody else's ticket is told to be no ticket, in the words of one that is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic import TypeAdapter

from models.access import Action, Allowed, may, scope_of
from models.access import NotAllowed as Verdict
from models.contracts.base import Actor, Command
from models.database_calls import Calls
from models.principals import Principal, Whose
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from starter.accounts.kept import configured_token
from starter.failures import NotAllowed, Remedy, RemedyKind, UnknownTicket

WHOSE = TypeAdapter(Whose)


async def principal_of(settings: Settings, database: Calls) -> Principal | None:
    """Who uses this program, by the token that is configured; None: none is, so it is the operator.

    Raises:
        NotSignedIn: the token is not in force. It is never taken for none.
        DatabaseUnavailable: nobody can say.
    """
    token = configured_token(settings)
    if token is None:
        return None
    from starter.accounts.entering import verify_token  # most terminals have nobody who signed in

    return await verify_token(database, token)


async def guard(database: Calls, action: Action, reference: str) -> Whose | None:
    """Return where whoever asks may do that with a ticket, and whose it is; None: nobody in particular asks.

    Raises:
        UnknownTicket: there is none, for them.
        NotAllowed: they see it, and may not.
    """
    if database.principal is None:
        return None
    whose = await whose_ticket(database, reference)
    _allowed(may(database.principal, action, whose), reference)
    return whose


def check(database: Calls, action: Action) -> None:
    """Return where whoever asks may do that, which is about no ticket in particular.

    Raises:
        NotAllowed: they may not; the sentence says who may.
    """
    if database.principal is not None:
        verdict = may(database.principal, action)
        if not isinstance(verdict, Allowed):
            raise NotAllowed(verdict.sentence)


async def open_to(database: Calls, reference: str, actions: Iterable[str]) -> frozenset[str]:
    """Those of the actions that whoever asks may do with a ticket: to show them. Doing one asks again.

    Raises:
        UnknownTicket: there is none, for them.
    """
    if database.principal is None:
        return frozenset(actions)
    whose = await whose_ticket(database, reference)
    verdicts = {action: may(database.principal, action, whose) for action in (Action.READ.value, *actions)}
    if not isinstance(verdicts[Action.READ.value], Allowed):
        raise hidden(reference)
    return frozenset(action for action, verdict in verdicts.items() if isinstance(verdict, Allowed))


def scope_in(database: Calls, action: Action) -> str | None:
    """Which tickets whoever asks may do that with, as the database's functions take it; None: all of them."""
    if database.principal is None:
        return None
    scope = scope_of(database.principal, action)
    return None if {} in scope else json.dumps(scope)


async def actor_for(
    database: Calls, reference: str, command: Command, whose: Whose | None = None, *, role_said: bool, by_said: bool
) -> Actor:
    """As whom a command is recorded: whoever came in, and on whose behalf where its actor is somebody else.

    Args:
        whose: the ticket is, where that was looked up already.
        role_said: whether somebody said in which capacity; if not, it is the usual one that they have.
        by_said: whether somebody said who acts.

    Raises:
        UnknownTicket, NotAllowed: see `guard()`.
    """
    from models.contracts.commands import AssignEngineer

    principal = database.principal
    if principal is None:
        return command.actor
    whose = whose or await whose_ticket(database, reference)
    wanted = command.actor.role if role_said else None
    verdict: Allowed | Verdict | None = None
    if (
        isinstance(command, AssignEngineer)
        and wanted in {None, Role.ENGINEER}
        and _themselves(principal, command.engineer_code)
    ):
        verdict = may(principal, Action.TAKE, whose, capacity=wanted)
    if not isinstance(verdict, Allowed):
        verdict = may(principal, type(command).__name__, whose, capacity=wanted)
    return acting_as(principal, _allowed(verdict, reference), command.actor.code if by_said else None)


def acting_as(principal: Principal, allowed: Allowed, said: str | None) -> Actor:
    """The actor of what somebody may do. `said`: who they say that it is, if anybody."""
    if allowed.capacity is None:
        raise NotAllowed(f"{principal.code} does not act on tickets.")
    own = {allowed.code.casefold(), principal.code.casefold()}
    behalf = said if said is not None and said.casefold() not in own else None
    return Actor(code=allowed.code, role=allowed.capacity, on_behalf_of=behalf)


def hidden(reference: str) -> UnknownTicket:
    """There is no such ticket, for whoever asks. Nothing is said of others that look like it."""
    return UnknownTicket(f"There is no ticket {reference}.", Remedy(RemedyKind.LIST_TICKETS))


async def whose_ticket(database: Calls, reference: str) -> Whose:
    """Whose a ticket is.

    Raises:
        UnknownTicket: there is none.
    """
    document = await database.call(SqlFunction.TICKET_ACCESS, reference)
    if document is None:
        raise hidden(reference)
    return WHOSE.validate_python(json.loads(document))


def _themselves(principal: Principal, engineer_code: str) -> bool:
    return engineer_code.upper() in {one.engineer for one in principal.grants}


def _allowed(verdict: Allowed | Verdict, reference: str) -> Allowed:
    if isinstance(verdict, Allowed):
        return verdict
    raise hidden(reference) if verdict.hidden else NotAllowed(verdict.sentence)
