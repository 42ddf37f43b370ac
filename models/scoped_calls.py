"""What a function may be about when it is called for somebody: the database itself adds their scope to the statement.

Whoever asks is held to the policy where they come in, by a sentence that they can read. This is the second lock, behind
that one: a check that was forgotten there finds nothing here. Every function has its line in `SCOPED` or is for the
operator alone, and so has every new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from models.access import Action, NotAllowed, may, registry_action, scope_of, sees
from models.principals import Principal
from models.sql_functions import SqlFunction


class Named(StrEnum):
    """By what an argument names a ticket; as an expression that gives its id, with `$` for the argument."""

    REFERENCE = "public.find_ticket($)"
    WORKFLOW = "(SELECT t.id FROM public.service_tickets AS t WHERE t.workflow_id = $)"
    ID = "$::uuid"


@dataclass(frozen=True, slots=True)
class AboutTicket:
    """About one ticket, which has to be one that they may see; otherwise nothing is called.

    Unset, it is about every ticket.

    Attributes:
        or_none: whether it is about none at all where the argument is unset.
        action: that they have to be able to do with it, where that is more than reading it.
    """

    argument: int
    named: Named
    or_none: bool = False
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Scoped:
    """It takes a scope, which has to be theirs."""

    argument: int
    action: Action


@dataclass(frozen=True, slots=True)
class Wants:
    """About no ticket. It takes that they may do something."""

    action: Action


@dataclass(frozen=True, slots=True)
class OfRegistry:
    """About rows of the registry.

    Attributes:
        kind: the argument that says of which kind.
        doing: the one that says what is done; None: they are read.
    """

    kind: int
    doing: int | None = None


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """About an account: their own, or any where they administer them.

    Attributes:
        action: that they have to be able to do; then it is about their own account alone.
    """

    argument: int
    action: Action | None = None


class About(StrEnum):
    """What takes no argument to be told."""

    NOBODY = "nothing that is anybody's"
    EVERY_TICKET = "every ticket"
    """They have to be able to see them all."""


_BY_REFERENCE = AboutTicket(0, Named.REFERENCE)
_BY_ID = AboutTicket(0, Named.ID)

SCOPED: Mapping[SqlFunction, AboutTicket | Scoped | Wants | OfRegistry | OwnAccount | About] = MappingProxyType(
    {
        SqlFunction.AGREED_TERMS: _BY_REFERENCE,
        SqlFunction.ASSIGNMENT_CASE: AboutTicket(0, Named.WORKFLOW),
        SqlFunction.CAN_STAGE_START: _BY_ID,
        SqlFunction.ENGINEER_CASE: _BY_ID,
        SqlFunction.FIND_TICKET: _BY_REFERENCE,
        SqlFunction.FIND_TICKET_WORKFLOW: _BY_REFERENCE,
        SqlFunction.GET_ACTIVE_STAGE: _BY_ID,
        SqlFunction.GET_AI_DIAGNOSIS: _BY_ID,
        SqlFunction.GET_AI_ENGINEER_RECOMMENDATIONS: _BY_ID,
        SqlFunction.GET_AI_PARTS_RECOMMENDATIONS: _BY_ID,
        SqlFunction.GET_CONVERSATION_HISTORY: _BY_ID,
        SqlFunction.GET_STAGE_ATTACHMENTS: _BY_ID,
        SqlFunction.GET_STAGE_ENGINEERS: _BY_ID,
        SqlFunction.GET_STAGE_EXECUTION_SUMMARY: _BY_ID,
        SqlFunction.GET_STAGE_PARTS: _BY_ID,
        SqlFunction.GET_TICKET: _BY_REFERENCE,
        SqlFunction.GET_WORKFLOW_STATUS: _BY_ID,
        SqlFunction.GIVE_APPROVAL: AboutTicket(0, Named.REFERENCE, action=Action.APPROVE),
        SqlFunction.ISSUE_SIGNING_LINK: AboutTicket(0, Named.REFERENCE, action=Action.SIGNING_LINK),
        SqlFunction.KNOWN_ACTOR: AboutTicket(0, Named.WORKFLOW, or_none=True),
        SqlFunction.LIST_APPROVALS: AboutTicket(0, Named.REFERENCE, action=Action.APPROVALS),
        SqlFunction.LIST_SIGNATURES: _BY_REFERENCE,
        SqlFunction.LIST_SIGNING_LINKS: _BY_REFERENCE,
        SqlFunction.READ_TICKET_FACTS: _BY_REFERENCE,
        SqlFunction.RECORD_LATE_REFUSAL: AboutTicket(0, Named.WORKFLOW),
        SqlFunction.REVOKE_SIGNING_LINK: AboutTicket(0, Named.REFERENCE, action=Action.SIGNING_LINK),
        SqlFunction.TEMPLATE_OF_TICKET: AboutTicket(0, Named.WORKFLOW),
        SqlFunction.UNSETTLED_AI_CALLS: _BY_ID,
        SqlFunction.USE_APPROVAL: _BY_REFERENCE,
        SqlFunction.LIST_TICKETS: Scoped(6, Action.LIST),
        SqlFunction.LIST_UNITS: Scoped(4, Action.UNITS),
        SqlFunction.PERFORMERS_OF_TICKETS: Scoped(1, Action.LIST),
        SqlFunction.READ_MOVES: Scoped(3, Action.LIST),
        SqlFunction.READ_TICKET_ENTRIES: Scoped(3, Action.READ),
        SqlFunction.CLOSED_TICKETS: About.EVERY_TICKET,
        SqlFunction.COUNT_AUDIT_ENTRIES: Wants(Action.AUDIT),
        SqlFunction.FIND_AUDIT_BREAKS: Wants(Action.AUDIT),
        SqlFunction.FIND_RECORD_DIFFERENCES: Wants(Action.AUDIT),
        SqlFunction.NAME_AUDIT_SUBJECT: Wants(Action.AUDIT),
        SqlFunction.READ_AUDIT_CHAINS: Wants(Action.AUDIT),
        SqlFunction.READ_AUDIT_ENTRIES: Wants(Action.AUDIT),
        SqlFunction.READ_AUDIT_LOG: Wants(Action.AUDIT),
        SqlFunction.READ_AUDIT_SEALS: Wants(Action.AUDIT),
        SqlFunction.RESEMBLING_TICKETS: About.EVERY_TICKET,
        SqlFunction.RESEMBLING_UNITS: About.EVERY_TICKET,
        SqlFunction.CALCULATE_AI_ACCURACY: Wants(Action.OPERATE),
        SqlFunction.GET_RECONCILIATION: Wants(Action.OPERATE),
        SqlFunction.LIST_AI_PROVIDERS: Wants(Action.OPERATE),
        SqlFunction.OPEN_FINDINGS: Wants(Action.OPERATE),
        SqlFunction.TICKETS_BY_ID: Wants(Action.OPERATE),
        SqlFunction.TICKETS_OF_WORKFLOWS: Wants(Action.OPERATE),
        SqlFunction.CHECK_ENGINEER_AVAILABILITY: Wants(Action.ENGINEERS),
        SqlFunction.ENGINEER_SHIFTS: Wants(Action.ENGINEERS),
        SqlFunction.GET_ENGINEER_CERTIFICATIONS: Wants(Action.STAFF),
        SqlFunction.GET_ENGINEER_EXPERTISE: Wants(Action.STAFF),
        SqlFunction.DISPATCH_PROBLEM: Wants(Action.DISPATCH),
        SqlFunction.FIND_DISPATCH_PLAN: Wants(Action.DISPATCH),
        SqlFunction.GET_DISPATCH_PLAN: Wants(Action.DISPATCH),
        SqlFunction.RECORD_DISPATCH_OUTCOME: Wants(Action.DISPATCH),
        SqlFunction.RECORD_DISPATCH_PLAN: Wants(Action.DISPATCH),
        SqlFunction.GET_QUALIFIED_ENGINEERS: Wants(Action.ENGINEERS),
        SqlFunction.OFFER_CANDIDATES: Wants(Action.ENGINEERS),
        SqlFunction.LIST_OFFERS: Scoped(1, Action.LIST),
        SqlFunction.LIST_VISITS: Scoped(1, Action.CALENDAR),
        SqlFunction.LIST_ENGINEERS: Wants(Action.ENGINEERS),
        SqlFunction.PREPARE_INTAKE: Wants(Action.REPORT),
        SqlFunction.TAKE_TICKET_NUMBER: Wants(Action.REPORT),
        SqlFunction.ISSUE_ACCOUNT_TOKEN: OwnAccount(0),
        SqlFunction.LIST_ACCOUNT_TOKENS: OwnAccount(0),
        SqlFunction.LIST_ACCOUNT_IDENTITIES: OwnAccount(0),
        SqlFunction.LIST_ACCOUNT_PASSKEYS: OwnAccount(0),
        SqlFunction.READ_ACCOUNT_LOG: OwnAccount(0),
        SqlFunction.BEGIN_DISPATCH_DRAFT: OwnAccount(0, Action.DISPATCH),
        SqlFunction.END_DISPATCH_DRAFT: OwnAccount(0, Action.DISPATCH),
        SqlFunction.GET_DISPATCH_DRAFT: OwnAccount(0, Action.DISPATCH),
        SqlFunction.KEEP_DISPATCH_STEPS: OwnAccount(0, Action.DISPATCH),
        SqlFunction.ADMINISTER_ACCOUNT: Wants(Action.ADMINISTER),
        SqlFunction.CHANGE_ACCOUNT: Wants(Action.ADMINISTER),
        SqlFunction.LIST_ACCOUNTS: Wants(Action.ADMINISTER),
        SqlFunction.SET_ACCOUNT_PASSWORD: Wants(Action.ADMINISTER),
        SqlFunction.ADMINISTER_REGISTRY: OfRegistry(1, doing=2),
        SqlFunction.CHANGE_REGISTRY: OfRegistry(0, doing=1),
        SqlFunction.LIST_REGISTRY: OfRegistry(0),
        SqlFunction.READ_REGISTRY: OfRegistry(0),
        SqlFunction.READ_REGISTRY_HISTORY: OfRegistry(0),
        SqlFunction.REGISTRY_CHOICES: Wants(Action.REGISTRY),
        SqlFunction.FIND_STOCK_BREAKS: Wants(Action.OPERATE),
        SqlFunction.LIST_STOCK: Wants(Action.STOCK),
        SqlFunction.LIST_STOCK_PLACES: Wants(Action.STOCK),
        SqlFunction.PROPOSE_REORDERS: Wants(Action.STOCK),
        SqlFunction.READ_STOCK: Wants(Action.STOCK),
        SqlFunction.ADMINISTER_WEBHOOK: Wants(Action.WEBHOOKS),
        SqlFunction.CHANGE_WEBHOOK: Wants(Action.WEBHOOKS),
        SqlFunction.LIST_WEBHOOKS: Wants(Action.WEBHOOKS),
        SqlFunction.READ_WEBHOOK_LOG: Wants(Action.WEBHOOKS),
        # The gate's own questions: what they say is held against the policy and told to nobody.
        SqlFunction.TICKET_ACCESS: About.NOBODY,
        SqlFunction.UNIT_ACCESS: About.NOBODY,
        # Doors that take a secret or a password, and are good for whom that belongs to.
        SqlFunction.ADD_PASSKEY: About.NOBODY,
        SqlFunction.ANNOUNCE_PASSWORD: About.NOBODY,
        SqlFunction.ADMINISTER_STOCK: About.NOBODY,  # whose ticket and van it is, it looks up by the token itself
        SqlFunction.BEGIN_IDENTITY_SIGN_IN: About.NOBODY,
        SqlFunction.BEGIN_PASSKEY: About.NOBODY,
        SqlFunction.BEGIN_PASSKEY_SIGN_IN: About.NOBODY,
        SqlFunction.BEGIN_SIGN_IN: About.NOBODY,
        SqlFunction.CHANGE_ACCOUNT_PASSWORD: About.NOBODY,
        SqlFunction.END_LOGINS: About.NOBODY,
        SqlFunction.OPEN_SIGNING_LINK: About.NOBODY,
        SqlFunction.REMOVE_PASSKEY: About.NOBODY,
        SqlFunction.REVOKE_PRESENTED_TOKEN: About.NOBODY,
        SqlFunction.SIGN_BY_LINK: About.NOBODY,
        SqlFunction.SIGN_BY_PASSWORD: About.NOBODY,
        SqlFunction.SIGN_IN: About.NOBODY,
        SqlFunction.SIGN_IN_BY_IDENTITY: About.NOBODY,
        SqlFunction.SIGN_IN_BY_PASSKEY: About.NOBODY,
        SqlFunction.TAKE_IDENTITY_STATE: About.NOBODY,
        SqlFunction.USE_ACCOUNT_LINK: About.NOBODY,
        SqlFunction.VERIFY_ACCOUNT_TOKEN: About.NOBODY,
        # A public key, for whoever shows what it has signed.
        SqlFunction.FIND_PASSKEY: About.NOBODY,
        # What the house knows of the world.
        SqlFunction.FIND_CALENDAR: About.NOBODY,
        SqlFunction.FIND_ENGINEER: About.NOBODY,
        SqlFunction.KNOWN_SLA_TERMS: About.NOBODY,
    }
)
"""What may be called for somebody, and what it is about. What is not there is called for the operator alone."""


class OutOfReach(Exception):  # noqa: N818 - it says what it is at the place of `except`
    """Nothing was called: it is not for whoever asks. The message is a sentence for them."""


def condition(function: SqlFunction, arguments: tuple[Any, ...], principal: Principal) -> tuple[str, str] | None:
    """What has to hold for a call: a condition in SQL with `{}` for a scope, and that scope; None: it may be made.

    Raises:
        OutOfReach: it may not, whatever the database says.
    """
    match SCOPED.get(function):
        case AboutTicket(argument, named, or_none, action):
            seen = sees(principal) if action is None else scope_of(principal, action)
            if {} in seen or (or_none and arguments[argument] is None):
                return None
            if arguments[argument] is None:
                check_sees_every_ticket(principal)
            return f"public.ticket_in_scope({named.replace('$', f'${argument + 1}')}, {{}})", json.dumps(seen)
        case Scoped(argument, action):
            theirs = scope_of(principal, action)
            given = arguments[argument] if argument < len(arguments) else None
            if {} not in theirs and (given is None or tuple(json.loads(given)) != theirs):
                raise OutOfReach(f"{principal.code} asked for more than is theirs.")
        case Wants(action):
            _check(principal, action)
        case OfRegistry(kind, doing):
            _check(principal, registry_action(arguments[kind], None if doing is None else arguments[doing]))
        case OwnAccount() as own:
            _check_own(principal, own, str(arguments[own.argument]))
        case About.EVERY_TICKET:
            check_sees_every_ticket(principal)
        case About.NOBODY:
            pass
        case None:
            raise OutOfReach(f"That is the operator's to do: {principal.code} has signed in, and may not.")
    return None


def check_sees_every_ticket(principal: Principal) -> None:
    """Return where somebody may see all tickets.

    Raises:
        OutOfReach: they may not.
    """
    if {} not in sees(principal):
        raise OutOfReach(f"That is about every ticket, and {principal.code} may not see them all.")


def _check_own(principal: Principal, own: OwnAccount, code: str) -> None:
    if own.action is not None:
        if code != principal.code:
            raise OutOfReach(f"{principal.code} asked for more than is theirs.")
        _check(principal, own.action)
    elif code.casefold() != principal.code.casefold():
        _check(principal, Action.ADMINISTER)


def _check(principal: Principal, action: Action) -> None:
    verdict = may(principal, action)
    if isinstance(verdict, NotAllowed):
        raise OutOfReach(verdict.sentence)
