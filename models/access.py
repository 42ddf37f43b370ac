"""Who may do what, as a table: every door asks here, and the engine has the last word.

An account has roles (`AccountRole`); in some of them it acts on tickets in a capacity (`Role`), and `SENDERS` says
which command takes which. `POLICY` says of every action which role may do it, and on which tickets. docs/access.md is
that table for people.

Nothing here loads more than the vocabulary: the terminal declares its options by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from models.principals import Grant, Principal, Whose
from models.vocabulary.accounts import AccountRole, TokenScope
from models.vocabulary.people import Role
from models.vocabulary.registry import RegistryDoing, RegistryKind
from models.vocabulary.stages import AssignmentType

_AT_WORK = (Role.ENGINEER, Role.MANUFACTURER, Role.COORDINATOR)
"""Who says that work was done; whose work a stage is, its template says. A hospital signs it off, and no more."""

_CONCERNED = (Role.COORDINATOR, Role.HOSPITAL, Role.ENGINEER, Role.MANUFACTURER)
"""Whoever has to do with a ticket."""

SENDERS: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    {
        "AssignEngineer": (Role.COORDINATOR, Role.ENGINEER),
        "ReleaseEngineer": (Role.COORDINATOR, Role.ENGINEER),
        "RaiseLevel": (Role.ENGINEER, Role.COORDINATOR),
        "OfferStage": (Role.COORDINATOR,),
        "WithdrawOffer": (Role.COORDINATOR,),
        # Nobody answers for somebody else: the engine takes it from whoever is asked.
        "AcceptOffer": (Role.ENGINEER,),
        "DeclineOffer": (Role.ENGINEER,),
        "CompleteStage": (*_AT_WORK, Role.HOSPITAL),
        "SkipStage": (Role.COORDINATOR, Role.ENGINEER),
        "Hold": _CONCERNED,
        "Resume": _CONCERNED,
        "ChangePriority": (Role.COORDINATOR, Role.ENGINEER),
        "ChangeContract": (Role.COORDINATOR,),
        "StartTravel": _AT_WORK,
        "ArriveOnSite": _AT_WORK,
        "Reopen": (Role.COORDINATOR, Role.HOSPITAL, Role.ENGINEER),
        "Cancel": (Role.COORDINATOR, Role.HOSPITAL),
    }
)
"""By the message, in which capacities one may send it, the usual one first."""

TOLD_LATER = frozenset({"AssignEngineer", "ArriveOnSite", "CompleteStage", "Hold", "Resume", "StartTravel"})
"""By the message, what may be told after it happened, from where there was no network."""

ON_A_STAGE: Mapping[AssignmentType, str] = MappingProxyType(
    {
        AssignmentType.PRIMARY: "works on it and completes it; there is one",
        AssignmentType.SECONDARY: "works on it and completes it as well, so the stage's level is asked of them, too",
        AssignmentType.SUPPORT: "reads the ticket, and holds or resumes it with a note; completes nothing",
        AssignmentType.SUPERVISOR: "as support",
    }
)
"""What an engineer may do on a stage, by what they are on it."""

ACT_ON_STAGE = frozenset({AssignmentType.PRIMARY, AssignmentType.SECONDARY})
"""As what one travels for a stage, arrives for it and completes it."""

REPORTERS = (Role.HOSPITAL, Role.COORDINATOR, Role.ENGINEER, Role.MANUFACTURER)
"""In which capacities one may report a fault."""


class Action(StrEnum):
    """What there is to do beside the commands, which are called by their messages."""

    REPORT = "report a fault"
    LIST = "list tickets"
    READ = "read a ticket"
    LEDGER = "read its ledger"
    DIAGNOSIS = "read its diagnoses"
    ENGINEERS = "look engineers up"
    UNITS = "look units up"
    DISPATCH = "plan visits"
    """Who goes where and when, with everybody's homes and absences; applying takes that they may assign engineers."""
    OPERATE = "look at operations"
    """Whether everything runs, and what does not go on."""
    AUDIT = "read the audit trail"
    """Who has changed what, of whatever there is."""
    UNSEAL = "read what workflows hold"
    """What Temporal keeps sealed, of whatever ticket."""
    TAKE = "take a ticket"
    """An engineer puts themselves on it."""
    SIGNING_LINK = "send a signing link"
    APPROVE = "approve"
    APPROVALS = "look at its approvals"
    """What was approved of it, by whom, with their remarks."""
    CALENDAR = "read one's own calendar"
    """The visits that an engineer has."""
    DECLINES = "read why offers were declined"
    """Beside one's own answers: that an engineer is ill is the office's to know."""
    REGISTRY = "read the registry with its history"
    STAFF = "read the registry of engineers"
    """Their homes and certificates."""
    CORRECT_PLACES = "correct units and sites"
    """What stands where: to change one that is there, not to add or retire one."""
    ABSENCES = "keep absences"
    """When engineers are away."""
    PARTS = "administer parts"
    STOCK = "look at stock"
    """What lies where, what is kept, and every movement."""
    RESERVE_PARTS = "reserve parts"
    """Keep parts for a ticket, and give them back."""
    USE_PARTS = "use parts"
    """Parts go into a unit, or come back unused."""
    MOVE_STOCK = "move stock"
    """Send, take in, count, waste: an engineer with their own van."""
    KEEP_STOCK = "keep stock"
    """Receive, recall, places and levels."""
    ADMINISTER_REGISTRY = "administer the registry"
    """All that the registry has: add, change, retire, restore."""
    ADMINISTER = "administer accounts"
    WEBHOOKS = "administer webhooks"


class Reach(StrEnum):
    """On which tickets: of everybody, or of one's own. A hospital's are its customer's (and site's), an engineer's
    those that they are or were on, or were asked to take, a manufacturer's those of its make.
    """

    OWN = "own"
    FREE = "own, nobody's"
    """Also those that nobody is on yet."""
    ALL = "all"


CAPACITIES: Mapping[AccountRole, Role] = MappingProxyType(
    {
        AccountRole.HOSPITAL: Role.HOSPITAL,
        AccountRole.ENGINEER: Role.ENGINEER,
        AccountRole.COORDINATOR: Role.COORDINATOR,
        AccountRole.MANUFACTURER: Role.MANUFACTURER,
    }
)
"""In which capacity a role acts on tickets; the others do not act on them."""

_USUAL = {
    AccountRole.HOSPITAL: Reach.OWN,
    AccountRole.ENGINEER: Reach.OWN,
    AccountRole.COORDINATOR: Reach.ALL,
    AccountRole.MANUFACTURER: Reach.OWN,
}

_OWN = {AccountRole.HOSPITAL: Reach.OWN, AccountRole.MANUFACTURER: Reach.OWN}
_OFFICE = {AccountRole.COORDINATOR: Reach.ALL, AccountRole.MANAGER: Reach.ALL}
_AT_UNITS = {AccountRole.ENGINEER: Reach.FREE, AccountRole.PARTS_CLERK: Reach.ALL}

POLICY: Mapping[str, Mapping[AccountRole, Reach]] = MappingProxyType(
    {
        Action.REPORT: {
            **{role: _USUAL[role] for role, capacity in CAPACITIES.items() if capacity in REPORTERS},
            AccountRole.ENGINEER: Reach.ALL,  # whoever stands before a faulty unit says so
        },
        Action.LIST: {**_OWN, **_OFFICE, **_AT_UNITS},
        Action.READ: {**_OWN, **_OFFICE, **_AT_UNITS},
        # A ticket is shown with its whole record, so whoever reads it reads these.
        Action.LEDGER: {**_OWN, **_OFFICE, **_AT_UNITS},
        Action.DIAGNOSIS: {**_OWN, **_OFFICE, **_AT_UNITS},
        Action.ENGINEERS: dict.fromkeys((*_OFFICE, *_AT_UNITS), Reach.ALL),
        # Whoever may report a fault of any unit may look it up.
        Action.UNITS: {**_OWN, **dict.fromkeys((*_OFFICE, *_AT_UNITS), Reach.ALL)},
        Action.DISPATCH: _OFFICE,
        Action.OPERATE: {**_OFFICE, AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.AUDIT: {AccountRole.MANAGER: Reach.ALL, AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.UNSEAL: _OFFICE,
        Action.TAKE: {AccountRole.ENGINEER: Reach.FREE},
        **{
            message: {role: _USUAL[role] for role, capacity in CAPACITIES.items() if capacity in capacities}
            for message, capacities in SENDERS.items()
        },
        Action.SIGNING_LINK: {AccountRole.ENGINEER: Reach.OWN, AccountRole.COORDINATOR: Reach.ALL},
        Action.APPROVE: _OFFICE,
        # An engineer who asks for a hold sees who has approved it; what the office remarks on it is not for others.
        Action.APPROVALS: {AccountRole.ENGINEER: Reach.OWN, **_OFFICE},
        Action.CALENDAR: {AccountRole.ENGINEER: Reach.OWN},
        Action.DECLINES: _OFFICE,
        Action.REGISTRY: {
            **_OFFICE,
            AccountRole.PARTS_CLERK: Reach.ALL,
            AccountRole.ADMINISTRATOR: Reach.ALL,
        },
        Action.STAFF: {**_OFFICE, AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.CORRECT_PLACES: {AccountRole.COORDINATOR: Reach.ALL, AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.ABSENCES: {AccountRole.COORDINATOR: Reach.ALL, AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.PARTS: {AccountRole.PARTS_CLERK: Reach.ALL, AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.STOCK: {
            AccountRole.ENGINEER: Reach.ALL,
            **_OFFICE,
            AccountRole.PARTS_CLERK: Reach.ALL,
            AccountRole.ADMINISTRATOR: Reach.ALL,
        },
        Action.RESERVE_PARTS: {
            AccountRole.ENGINEER: Reach.OWN,
            AccountRole.COORDINATOR: Reach.ALL,
            AccountRole.PARTS_CLERK: Reach.ALL,
        },
        Action.USE_PARTS: {AccountRole.ENGINEER: Reach.OWN, AccountRole.PARTS_CLERK: Reach.ALL},
        Action.MOVE_STOCK: {
            AccountRole.ENGINEER: Reach.ALL,
            AccountRole.PARTS_CLERK: Reach.ALL,
            AccountRole.ADMINISTRATOR: Reach.ALL,
        },
        Action.KEEP_STOCK: {AccountRole.PARTS_CLERK: Reach.ALL, AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.ADMINISTER_REGISTRY: {AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.ADMINISTER: {AccountRole.ADMINISTRATOR: Reach.ALL},
        Action.WEBHOOKS: {AccountRole.ADMINISTRATOR: Reach.ALL},
    }
)
"""By the action, which role may do it on which tickets; a role that is not there may not."""


def registry_action(kind: str, doing: str | None = None) -> Action:
    """What somebody has to be allowed to look at rows of the registry, or to do something about one.

    `administer_registry()` says the same in the database.
    """
    if doing is None:
        return Action.STAFF if kind in {RegistryKind.ENGINEERS, RegistryKind.ABSENCES} else Action.REGISTRY
    if kind in {RegistryKind.UNITS, RegistryKind.SITES} and doing == RegistryDoing.CHANGE:
        return Action.CORRECT_PLACES
    return {RegistryKind.PARTS: Action.PARTS, RegistryKind.ABSENCES: Action.ABSENCES}.get(
        RegistryKind(kind), Action.ADMINISTER_REGISTRY
    )


_READING = frozenset(
    {
        Action.LIST,
        Action.READ,
        Action.LEDGER,
        Action.DIAGNOSIS,
        Action.APPROVALS,
        Action.DECLINES,
        Action.ENGINEERS,
        Action.UNITS,
        Action.OPERATE,
        Action.AUDIT,
        Action.UNSEAL,
        Action.REGISTRY,
        Action.STAFF,
        Action.STOCK,
    }
)

_ADMINISTERING = frozenset(
    {
        Action.CORRECT_PLACES,
        Action.ABSENCES,
        Action.PARTS,
        Action.ADMINISTER_REGISTRY,
        Action.ADMINISTER,
        Action.WEBHOOKS,
    }
)

ABOUT_NO_TICKET = _ADMINISTERING | {
    Action.DISPATCH,
    Action.AUDIT,
    Action.ENGINEERS,
    Action.OPERATE,
    Action.UNSEAL,
    Action.REGISTRY,
    Action.STAFF,
    Action.STOCK,
    Action.MOVE_STOCK,
    Action.KEEP_STOCK,
}
"""What has no ticket and no unit that could be somebody else's."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be done, as this.

    Attributes:
        capacity: in which capacity it is recorded; None: it is nothing that is done to a ticket.
        code: of whom it is recorded: an engineer is known by the registry's code, others by their account's.
    """

    grant: Grant
    capacity: Role | None
    code: str


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """It may not.

    Attributes:
        sentence: why, and who may; empty where it is hidden.
        hidden: whether the ticket or unit is somebody else's. Then nothing is said of it, not even that it is there.
    """

    sentence: str = ""
    hidden: bool = False


def may(
    principal: Principal, action: str, whose: Whose | None = None, *, capacity: Role | None = None
) -> Allowed | NotAllowed:
    """Whether somebody may do something.

    Args:
        action: an `Action`, or the name of a command's message.
        whose: of the ticket or unit that it is about; None: of none in particular.
        capacity: as what they want to do it; None: as what they usually do.
    """
    rules = POLICY[action]
    if not _is_for(principal, action):
        return NotAllowed(
            f"This token is not for that: it takes the scope {_scope(action).value}, and has "
            f"{', '.join(sorted(principal.scopes)) or 'none'}."
        )
    if action in ABOUT_NO_TICKET:
        whose = None
    # It is refused in words to who may read the ticket, and to nobody else.
    seen = (POLICY[Action.READ], rules)
    if whose is not None and not any(
        _reaches(sees.get(one.role), one, whose) for one in principal.grants for sees in seen
    ):
        return NotAllowed(hidden=True)
    fitting = [
        one
        for one in _in_order(principal.grants, action)
        if (whose is None or _reaches(rules.get(one.role), one, whose)) and one.role in rules
    ]
    asked = [one for one in fitting if capacity is None or CAPACITIES.get(one.role) is capacity]
    if asked:
        found = asked[0]
        return Allowed(found, CAPACITIES.get(found.role), found.engineer or principal.code)
    if fitting and capacity is not None:
        return NotAllowed(f"{principal.code} does not act as {capacity.value} there. Leave the role out.")
    return NotAllowed(f"{principal.code} may not {words(action)}{_on_which(rules, principal)}. It takes {_who(rules)}.")


def scope_of(principal: Principal, action: str) -> tuple[dict[str, Any], ...]:
    """Which tickets somebody may do it on, for a query: one of these fits. Nothing: none; an empty one: every one."""
    return _reached(principal, action) if _is_for(principal, action) else ()


def sees(principal: Principal) -> tuple[dict[str, Any], ...]:
    """Which tickets there are at all for somebody, whatever the token is for by which they came; see `scope_of()`."""
    return _reached(principal, Action.READ)


def _reached(principal: Principal, action: str) -> tuple[dict[str, Any], ...]:
    rules = POLICY[action]
    found: list[dict[str, Any]] = []
    for one in principal.grants:
        reach = rules.get(one.role)
        if reach is Reach.ALL:
            return ({},)
        if reach is not None:
            mine = {"customer": one.customer, "site": one.site, "manufacturer": one.manufacturer}
            mine |= {"engineer": one.engineer}
            found.append({name: code for name, code in mine.items() if code is not None})
        if reach is Reach.FREE:
            found.append({"free": True})
    return tuple(found)


def words(action: str) -> str:
    """An action in a sentence: `complete stage`, `read its ledger`."""
    if isinstance(action, Action) or action in set(Action):
        return str(action)
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in action).strip()


def _reaches(reach: Reach | None, grant: Grant, whose: Whose) -> bool:
    if reach is None:
        return False
    if reach is Reach.ALL or (reach is Reach.FREE and whose.is_free):
        return True
    match grant.role:
        case AccountRole.HOSPITAL:
            return grant.customer == whose.customer and grant.site in {None, whose.site}
        case AccountRole.ENGINEER:
            return grant.engineer in whose.engineers
        case AccountRole.MANUFACTURER:
            return grant.manufacturer == whose.manufacturer
        case _:
            return False


def _in_order(grants: Iterable[Grant], action: str) -> list[Grant]:
    """The usual capacity first, as `SENDERS` has them."""
    order = [*SENDERS.get(action, REPORTERS if action == Action.REPORT else ())]
    places = {capacity: place for place, capacity in enumerate(order)}
    return sorted(grants, key=lambda one: places.get(CAPACITIES.get(one.role, Role.SYSTEM), len(places)))


def _is_for(principal: Principal, action: str) -> bool:
    """Whether the token by which somebody came is for that."""
    needed = _scope(action)
    return needed in principal.scopes or (needed is TokenScope.CALENDAR and TokenScope.READ in principal.scopes)


def _scope(action: str) -> TokenScope:
    if action == Action.CALENDAR:
        return TokenScope.CALENDAR
    if action in _READING:
        return TokenScope.READ
    return TokenScope.ADMINISTER if action in _ADMINISTERING else TokenScope.ACT


def _on_which(rules: Mapping[AccountRole, Reach], principal: Principal) -> str:
    """A role that may do it elsewhere may not do it on this ticket."""
    return " on this ticket" if any(one.role in rules for one in principal.grants) else ""


def _who(rules: Mapping[AccountRole, Reach]) -> str:
    who = [role.value.replace("_", " ") for role in rules]
    return f"{', '.join(who[:-1])} or {who[-1]}" if len(who) > 1 else who[0]
