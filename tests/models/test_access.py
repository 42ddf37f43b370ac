"""The policy: every role and action, on its own, nobody's and somebody else's ticket, as docs/access.md has it."""

from __future__ import annotations

from itertools import product

import pytest

from models.access import (
    ABOUT_NO_TICKET,
    CAPACITIES,
    POLICY,
    SENDERS,
    Action,
    Allowed,
    NotAllowed,
    may,
    scope_of,
    words,
)
from models.contracts.commands import COMMANDS
from models.principals import Authentication, Grant, Principal, Whose
from models.vocabulary.accounts import AccountRole, TokenScope
from models.vocabulary.people import Role
from tests.models.write_access import PAGE, page

OWN = Whose("AIIMS", "ICU", "GE", frozenset({"ENG-001"}))
FREE = Whose("OTHER", "WARD", "PHILIPS", is_free=True)
FOREIGN = Whose("OTHER", "WARD", "PHILIPS", frozenset({"ENG-002"}))

GRANTS = {
    AccountRole.HOSPITAL: Grant(AccountRole.HOSPITAL, customer="AIIMS"),
    AccountRole.ENGINEER: Grant(AccountRole.ENGINEER, engineer="ENG-001"),
    AccountRole.MANUFACTURER: Grant(AccountRole.MANUFACTURER, manufacturer="GE"),
    **{
        role: Grant(role)
        for role in (
            AccountRole.COORDINATOR,
            AccountRole.PARTS_CLERK,
            AccountRole.MANAGER,
            AccountRole.ADMINISTRATOR,
        )
    },
}


ADMINISTERING = {
    Action.ADMINISTER,
    Action.ADMINISTER_REGISTRY,
    Action.CORRECT_PLACES,
    Action.ABSENCES,
    Action.PARTS,
    Action.WEBHOOKS,
}


def person(*grants: Grant | AccountRole, scopes: frozenset[TokenScope] = frozenset(TokenScope)) -> Principal:
    given = tuple(GRANTS[one] if isinstance(one, AccountRole) else one for one in grants)
    return Principal("somebody", "Some Body", given, Authentication.PASSWORD, scopes)


def printed() -> dict[tuple[str, str], str]:
    """The cells of the table in docs/access.md, by the action's words and the role."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    (_, *roles), *body = rows
    return {(row[0], role): cell for row in body for role, cell in zip(roles, row[1:], strict=True)}


PRINTED = printed()
REACHES = {"–": (), "own": (OWN,), "own, nobody's": (OWN, FREE), "all": (OWN, FREE, FOREIGN)}


def test_the_page_is_the_policy() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "the policy has changed: run `make docs` and commit what it writes"
    )


def test_every_command_and_every_action_has_its_line_and_nothing_else_has() -> None:
    assert set(POLICY) == {*Action, *(one.__name__ for one in COMMANDS)}
    assert len(PRINTED) == len(POLICY) * len(AccountRole)


@pytest.mark.parametrize(("action", "role"), list(product(POLICY, AccountRole)))
@pytest.mark.parametrize("whose", [OWN, FREE, FOREIGN], ids=["own", "nobody's", "foreign"])
def test_everybody_may_do_what_the_page_says_and_nothing_else(action: str, role: AccountRole, whose: Whose) -> None:
    said = PRINTED[words(action), role.value.replace("_", " ")]
    verdict = may(person(role), action, whose)
    assert isinstance(verdict, Allowed) == (whose in REACHES[said])
    if isinstance(verdict, Allowed):
        assert verdict.capacity is CAPACITIES.get(role)
        assert verdict.code == ("ENG-001" if role is AccountRole.ENGINEER else "somebody")
        return
    reads = whose in REACHES[PRINTED["read a ticket", role.value.replace("_", " ")]]
    sees = reads or action in ABOUT_NO_TICKET
    assert verdict.hidden == (not sees), "what one can't see is not there, and what one sees is refused in words"
    assert bool(verdict.sentence) == sees


def test_the_examples_that_everybody_has_in_mind() -> None:
    """Not read from the page: these hold whatever somebody writes there."""
    assert may(person(AccountRole.MANUFACTURER), "CompleteStage", FOREIGN) == NotAllowed(hidden=True)
    assert isinstance(may(person(AccountRole.MANUFACTURER), "CompleteStage", OWN), Allowed)
    nurse = may(person(AccountRole.HOSPITAL), "SkipStage", OWN)
    assert nurse == NotAllowed("somebody may not skip stage. It takes engineer or coordinator.")
    assert may(person(AccountRole.HOSPITAL), Action.READ, FOREIGN) == NotAllowed(hidden=True)
    assert isinstance(may(person(AccountRole.ENGINEER), Action.TAKE, FREE), Allowed)
    assert not isinstance(may(person(AccountRole.ENGINEER), "AssignEngineer", FREE), Allowed)
    for role in set(AccountRole) - {AccountRole.ADMINISTRATOR}:
        for action in (Action.ADMINISTER, Action.WEBHOOKS, Action.ADMINISTER_REGISTRY):
            assert not isinstance(may(person(role), action), Allowed)
    for command in SENDERS:
        assert not isinstance(may(person(AccountRole.ADMINISTRATOR), command, OWN), Allowed)
        assert not isinstance(may(person(AccountRole.MANAGER), command, OWN), Allowed)


def test_a_hospital_that_is_for_one_site_has_that_site_alone() -> None:
    ward = person(Grant(AccountRole.HOSPITAL, customer="AIIMS", site="WARD"))
    assert may(ward, Action.READ, OWN) == NotAllowed(hidden=True)
    both = person(*ward.grants, Grant(AccountRole.HOSPITAL, customer="AIIMS", site="ICU"))
    assert isinstance(may(both, Action.READ, OWN), Allowed)
    assert may(ward, Action.READ, Whose("OTHER", "WARD", "GE")) == NotAllowed(hidden=True), "a site of the same name"


def test_whoever_is_several_things_acts_in_the_usual_capacity_that_fits() -> None:
    both = person(AccountRole.COORDINATOR, AccountRole.ENGINEER)
    mine, others = may(both, "CompleteStage", OWN), may(both, "CompleteStage", FOREIGN)
    assert isinstance(mine, Allowed) and isinstance(others, Allowed)
    assert (mine.capacity, mine.code) == (Role.ENGINEER, "ENG-001")
    assert (others.capacity, others.code) == (Role.COORDINATOR, "somebody")
    asked = may(both, "CompleteStage", OWN, capacity=Role.COORDINATOR)
    assert isinstance(asked, Allowed) and asked.code == "somebody"
    assert may(both, "CompleteStage", FOREIGN, capacity=Role.ENGINEER) == NotAllowed(
        "somebody does not act as engineer there. Leave the role out."
    )


LOOKING_UP = (
    Action.ENGINEERS,
    Action.UNITS,
    Action.OPERATE,
    Action.AUDIT,
    Action.UNSEAL,
    Action.REGISTRY,
    Action.STAFF,
    Action.STOCK,
)


@pytest.mark.parametrize("action", POLICY)
def test_a_token_does_no_more_than_its_scopes(action: str) -> None:
    everybody = [*GRANTS.values()]
    for scopes in (frozenset[TokenScope](), *(frozenset({one}) for one in TokenScope)):
        verdict = may(person(*everybody, scopes=scopes), action, OWN)
        reads = action in {
            Action.LIST, Action.READ, Action.LEDGER, Action.DIAGNOSIS, Action.APPROVALS, Action.DECLINES, *LOOKING_UP,
        }  # fmt: skip
        administers = action in ADMINISTERING
        needed = {TokenScope.READ if reads else TokenScope.ADMINISTER if administers else TokenScope.ACT}
        if action == Action.CALENDAR:  # a token whose secret stands in an address is for nothing else
            needed = {TokenScope.CALENDAR, TokenScope.READ}
        assert isinstance(verdict, Allowed) == bool(needed & scopes)


def test_an_account_without_roles_has_nothing() -> None:
    assert not any(isinstance(may(person(), action, OWN), Allowed) for action in POLICY)
    assert scope_of(person(), Action.LIST) == ()


def test_a_list_has_what_may_be_read() -> None:
    assert scope_of(person(AccountRole.HOSPITAL), Action.LIST) == ({"customer": "AIIMS"},)
    assert scope_of(person(AccountRole.ENGINEER), Action.LIST) == ({"engineer": "ENG-001"}, {"free": True})
    assert scope_of(person(AccountRole.HOSPITAL, AccountRole.MANAGER), Action.LIST) == ({},)
    assert scope_of(person(AccountRole.ADMINISTRATOR), Action.LIST) == ()
    assert scope_of(person(AccountRole.MANAGER, scopes=frozenset({TokenScope.ACT})), Action.LIST) == ()
