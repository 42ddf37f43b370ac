"""Every route of the API × everybody × a ticket of theirs and one of somebody else's: as the one policy says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from models.access import Action, Allowed, may
from models.contracts.commands import COMMANDS
from models.principals import Authentication, Principal, Whose
from models.registry.kinds import KINDS
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole, TokenScope
from models.vocabulary.registry import RegistryKind
from starter.accounts.gate import WHOSE
from starter.api.app import PREFIX, routes
from starter.api.commands import EXAMPLES, body_of
from tests.field import Field, Ticket
from tests.serving import GRANTS, Server, a_server

READS = {
    "/tickets/{reference}": Action.READ,
    "/tickets/{reference}/state": Action.READ,
    "/tickets/{reference}/story": Action.READ,
    "/tickets/{reference}/ledger": Action.LEDGER,
    "/tickets/{reference}/clocks/{clock}": Action.LEDGER,
    "/tickets/{reference}/diagnoses": Action.DIAGNOSIS,
    "/tickets/{reference}/recommendations": Action.DIAGNOSIS,
    "/tickets/{reference}/suggestions": Action.ENGINEERS,
    "/tickets/{reference}/events": Action.READ,
    "/tickets/{reference}/signatures": Action.READ,
    "/tickets/{reference}/signing-links": Action.READ,
    "/tickets/{reference}/approvals": Action.APPROVALS,
}
DOES = {f"/tickets/{{reference}}/{one.update.replace('_', '-')}": one.__name__ for one in COMMANDS}
SIGN_OFF: dict[str, object] = {"stage": "completion_sign_off", "actions": {"customer_rating": 9}}
SIGNS: dict[str, tuple[str, dict[str, object]]] = {
    "to-sign": (Action.READ, SIGN_OFF),
    "sign": ("CompleteStage", {**SIGN_OFF, "name": "Anna Berg", "password": "no such pass phrase"}),
    "sign-drawn": ("CompleteStage", {**SIGN_OFF, "name": "Anna Berg", "drawing": "M 0 0 L 1 1"}),
    "signing-links": (Action.SIGNING_LINK, {"name": "Anna Berg", "stage": "remote_diagnosis"}),
    "signing-links/{code}/revoke": (Action.SIGNING_LINK, {}),
    "approvals": (Action.APPROVE, {"hold_reason": "contract_dispute", "lasts": "PT1S"}),
}
"""What is signed and approved of a ticket, and what is said for it: of a ticket whose sign-off has not begun."""
OF_NO_TICKET = {
    "/tickets": Action.LIST,
    "/offers": Action.LIST,
    "/engineers": Action.ENGINEERS,
    "/engineers/free": Action.ENGINEERS,
    "/units": Action.UNITS,
    "/metrics": Action.OPERATE,
    "/me": None,
}
OWN = {"/sessions", "/passkeys", "/passkeys/{name}"}
"""What somebody does about themselves alone."""
BY_POST: dict[str, tuple[Action, dict[str, object]]] = {"/codec/decode": (Action.UNSEAL, {"payloads": []})}
"""What is asked by POST and changes nothing."""

DOINGS = ("/retire", "/restore", "/history")
"""What there is of a row of the registry beside itself."""

ADMINISTERED = {
    ("GET", "/webhooks"): None,
    ("GET", "/webhooks/{name}/deliveries"): None,
    ("POST", "/webhooks"): {"name": "x", "url": "https://example.org/", "account": "x"},
    ("POST", "/webhooks/{name}/disable"): None,
    ("POST", "/webhooks/{name}/enable"): None,
    ("POST", "/webhooks/{name}/rotate"): {},
    ("POST", "/webhooks/{name}/replay"): {"since": "2026-01-01T00:00:00Z"},
    ("GET", "/accounts"): None,
    ("POST", "/accounts"): {"code": "eve", "name": "Eve", "grants": [{"role": "hospital", "customer": "NO-SUCH"}]},
    ("GET", "/accounts/{code}"): None,
    ("PATCH", "/accounts/{code}"): {"give": [{"role": "administrator"}]},
    ("POST", "/accounts/{code}/disable"): None,
    ("POST", "/accounts/{code}/enable"): None,
    ("POST", "/accounts/{code}/link"): None,
    ("POST", "/accounts/{code}/end-logins"): None,
    ("GET", "/accounts/{code}/tokens"): None,
    ("DELETE", "/accounts/{code}/tokens/{name}"): None,
    ("GET", "/accounts/{code}/history"): None,
    ("GET", "/accounts/{code}/passkeys"): None,
    ("DELETE", "/accounts/{code}/passkeys/{name}"): None,
    ("GET", "/accounts/{code}/identities"): None,
    ("PUT", "/accounts/{code}/identity"): {"email": "eve@example.org"},
}
"""With what is sent there. None of them finds anything to do."""
REGISTRY = {
    f"/registry/{kind}{rest}"
    for kind in RegistryKind
    for rest in ("", *(f"/{{reference}}{one}" for one in ("", *DOINGS)))
}
STOCK = {"/stock": 200, "/stock/places": 200, "/stock/reorders": 200, "/stock/part": 404}
"""What is read of stock, and how it is answered where the part is none."""
_SOME = {"part": "NO-SUCH", "quantity": 1}
STOCK_DOES: dict[str, tuple[Action, dict[str, object]]] = {
    "/stock/reserve": (Action.RESERVE_PARTS, {**_SOME, "ticket": ""}),
    "/stock/release": (Action.RESERVE_PARTS, {"part": "NO-SUCH", "ticket": ""}),
    "/stock/use": (Action.USE_PARTS, {**_SOME, "ticket": ""}),
    "/stock/return": (Action.USE_PARTS, {**_SOME, "ticket": "", "to": "NO-SUCH"}),
    "/stock/receive": (Action.KEEP_STOCK, {**_SOME, "to": "NO-SUCH"}),
    "/stock/send": (Action.MOVE_STOCK, {**_SOME, "from": "NO-SUCH", "to": "NO-OTHER"}),
    "/stock/take-in": (Action.MOVE_STOCK, {"transfer": "none"}),
    "/stock/count": (
        Action.MOVE_STOCK,
        {"part": "NO-SUCH", "location": "NO-SUCH", "counted": 1, "version": 0, "reason": "x"},
    ),
    "/stock/waste": (Action.MOVE_STOCK, {**_SOME, "location": "NO-SUCH", "reason": "x"}),
    "/stock/block": (Action.KEEP_STOCK, {"part": "NO-SUCH", "lot": "L", "reason": "x"}),
    "/stock/unblock": (Action.KEEP_STOCK, {"part": "NO-SUCH", "lot": "L", "reason": "x"}),
    "/stock/place": (Action.KEEP_STOCK, {"code": "NO-KIND"}),
    "/stock/level": (Action.KEEP_STOCK, {"part": "NO-SUCH", "location": "NO-SUCH", "minimum": 1, "reorder_point": 1}),
}
"""What is done about stock, by what may do it, and what is said; none of it finds anything."""
STREAMS = {"/events": Action.LIST}
"""Refused to whoever may list nothing, where a list would be empty."""
ENDS: dict[str, Any] = {"lasts": 0}
"""A stream ends then; others take no notice of it."""
OPEN = {"/session", "/password", "/signing-link/to-sign", "/signing-link/sign", "/health/live", "/health/ready"}
"""Where one shows who one is, or nothing is told; a signing link is its own key."""


class Two(NamedTuple):
    """Tickets of different customers, makes and engineers."""

    hamilton: Ticket
    other: Ticket


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def two(field: Field) -> Two:
    return Two(await field.open(engineer="ENG-004"), await field.open(unit="CT-GE-001", engineer=None))


def test_every_route_is_looked_at_here() -> None:
    signs = {f"/tickets/{{reference}}/{one}" for one in SIGNS}
    assert {one.path for one in routes()} == {*READS, *DOES, *signs, *OF_NO_TICKET, *BY_POST, *STREAMS, *OPEN, *OWN} | {
        path for _, path in ADMINISTERED
    } | REGISTRY | {*STOCK, *STOCK_DOES}


def body(command: str) -> dict[str, object]:
    """What a request may say of a command; none of it is anything that a ticket does."""
    said = dict(EXAMPLES[command])
    assert body_of(next(one for one in COMMANDS if one.__name__ == command)).model_validate(said)
    return {**said, "stage": "no_such_stage"} if "stage" in said else said


async def expected(field: Field, who: str, action: str, ticket: Ticket) -> int | None:
    """What the policy says to it: 403 or 404; None: that it may."""
    whose = WHOSE.validate_json(await field.database.call(SqlFunction.TICKET_ACCESS, ticket.number))
    assert isinstance(whose, Whose)
    principal = Principal("somebody", "Somebody", (GRANTS[who],), Authentication.TOKEN)
    if not isinstance(may(principal, Action.READ, whose), Allowed):
        return 404
    verdict = may(principal, action, whose)
    return None if isinstance(verdict, Allowed) else 404 if verdict.hidden else 403


@pytest.mark.parametrize("who", GRANTS)
@pytest.mark.parametrize("path", READS)
async def test_who_may_read_what(server: Server, field: Field, two: Two, who: str, path: str) -> None:
    for ticket in two:
        wanted = await expected(field, who, READS[path], ticket)
        at = path.format(reference=ticket.number, clock="response")
        answer = await server.ask(who, "GET", at, **ENDS)
        assert answer.status_code == (wanted or 200), f"{who} {at}: {answer.text}"
        if wanted == 404:
            nothing = await server.ask(who, "GET", path.format(reference="FC-2026-999999", clock="response"))
            said, unsaid = answer.json(), nothing.json()
            assert said["detail"].replace(ticket.number, "") == unsaid["detail"].replace("FC-2026-999999", "")
            assert said["remedies"] == unsaid["remedies"], "a foreign ticket is told as one that is none"


@pytest.mark.parametrize("who", GRANTS)
@pytest.mark.parametrize("path", DOES)
async def test_who_may_do_what(server: Server, field: Field, two: Two, who: str, path: str) -> None:
    command = DOES[path]
    for ticket in two:
        wanted = await expected(field, who, command, ticket)
        if wanted is None:
            continue  # what then becomes of it is the ticket's to say
        at = path.format(reference=ticket.number)
        answer = await server.ask(who, "POST", at, json=body(command))
        assert answer.status_code == wanted, f"{who} {at}: {answer.text}"


@pytest.mark.parametrize("who", GRANTS)
@pytest.mark.parametrize("path", SIGNS)
async def test_who_may_sign_and_approve_what(server: Server, field: Field, two: Two, who: str, path: str) -> None:
    action, said = SIGNS[path]
    for ticket in two:
        wanted = await expected(field, who, action, ticket)
        at = f"/tickets/{ticket.number}/{path.format(code='SL-000000000000')}"
        answer = await server.ask(who, "POST", at, json=said)
        if wanted is None:
            assert answer.status_code not in {403, 404, 500}, f"{who} {at}: {answer.text}"
        else:
            # Whoever reads it is told that the sign-off has not begun before they are told that it is not theirs.
            assert answer.status_code in {wanted, 409 if wanted == 403 else wanted}, f"{who} {at}: {answer.text}"
        assert answer.status_code != 200 or path.endswith("revoke"), "none of that was there to be done"


@pytest.mark.parametrize("who", GRANTS)
async def test_what_is_about_no_ticket(server: Server, who: str) -> None:
    principal = Principal("somebody", "Somebody", (GRANTS[who],), Authentication.TOKEN)
    for path, action in OF_NO_TICKET.items():
        answer = await server.ask(who, "GET", path)
        # A list of tickets is empty for who may list none.
        may_it = action is None or path == "/tickets" or isinstance(may(principal, action), Allowed)
        assert answer.status_code == (200 if may_it else 403), f"{who} {path}: {answer.text}"
    for path, action in STREAMS.items():
        answer = await server.ask(who, "GET", path, **ENDS)
        may_it = isinstance(may(principal, action), Allowed)
        assert answer.status_code == (200 if may_it else 403), f"{who} {path}: {answer.text}"


@pytest.mark.parametrize("who", GRANTS)
async def test_what_is_asked_by_post(server: Server, who: str) -> None:
    principal = Principal("somebody", "Somebody", (GRANTS[who],), Authentication.TOKEN)
    for path, (action, said) in BY_POST.items():
        answer = await server.ask(who, "POST", path, json=said)
        assert answer.status_code == (200 if isinstance(may(principal, action), Allowed) else 403), f"{who} {path}"


@pytest.mark.parametrize("who", GRANTS)
async def test_webhooks_and_accounts_are_administered_by_administrators(server: Server, who: str) -> None:
    narrow = (TokenScope.READ, TokenScope.ACT)
    for (method, path), said in ADMINISTERED.items():
        for scopes in ((), narrow) if who == "administrator" else ((),):
            answer = await server.ask(
                who, method, path.format(name="no-such-webhook", code="no-such-account"), json=said, scopes=scopes
            )
            allowed = who == "administrator" and not scopes
            assert (answer.status_code == 403) is not allowed, f"{who} {method} {path}: {answer.text}"


@pytest.mark.parametrize("who", GRANTS)
async def test_the_registry_is_kept_by_those_who_may(server: Server, who: str) -> None:
    """Nothing is done: there is no such row, and what is said of a new one does not fit."""
    roles = GRANTS[who].role
    for kind in RegistryKind:
        path = f"/registry/{kind}"
        reads = roles in {
            AccountRole.COORDINATOR,
            AccountRole.MANAGER,
            AccountRole.PARTS_CLERK,
            AccountRole.ADMINISTRATOR,
        }
        if kind in {RegistryKind.ENGINEERS, RegistryKind.ABSENCES}:
            reads = reads and who != "clerk"
        for at in (path, f"{path}/no-such-row", f"{path}/no-such-row/history"):
            answer = await server.ask(who, "GET", at)
            wanted = 403 if not reads else 200 if at == path else 404
            assert answer.status_code == wanted, f"{who} {at}: {answer.text}"
        asked: dict[str, tuple[str, str, dict[str, Any]]] = {
            "add": ("POST", path, dict(KINDS[kind].example)),
            "change": ("PATCH", f"{path}/no-such-row", {"reason": "x"}),
            "retire": ("POST", f"{path}/no-such-row/retire", {"reason": "x"}),
            "restore": ("POST", f"{path}/no-such-row/restore", {"reason": "x"}),
        }
        for doing, (method, at, said) in asked.items():
            allowed = (
                who == "administrator"
                or (who == "clerk" and kind == "parts")
                or (who == "coordinator" and kind == "absences")
                or (who == "coordinator" and kind in {"units", "sites"} and doing == "change")
            )
            if allowed and doing == "add":
                continue
            for scopes in ((), (TokenScope.READ, TokenScope.ACT)) if allowed else ((),):
                answer = await server.ask(who, method, at, json=said, scopes=scopes, headers={"If-Match": '"1-x"'})
                wanted = 404 if allowed and not scopes else 403
                assert answer.status_code == wanted, f"{who} {method} {at}: {answer.text}"


@pytest.mark.parametrize("who", GRANTS)
async def test_stock_is_looked_at_and_changed_by_those_who_may(
    server: Server, field: Field, two: Two, who: str
) -> None:
    """Nothing is done: there is no such part. An engineer is told so where it would be their own van."""
    principal = Principal("somebody", "Somebody", (GRANTS[who],), Authentication.TOKEN)
    looks = isinstance(may(principal, Action.STOCK), Allowed)
    for path, found in STOCK.items():
        answer = await server.ask(who, "GET", path, number="NO-SUCH")
        assert answer.status_code == (found if looks else 403), f"{who} {path}: {answer.text}"
    for path, (action, said) in STOCK_DOES.items():
        for ticket in two if "ticket" in said else two[:1]:
            wanted = (
                await expected(field, who, action, ticket)
                if "ticket" in said
                else None
                if isinstance(may(principal, action), Allowed)
                else 403
            )
            about = {"ticket": ticket.number} if "ticket" in said else {}
            answer = await server.ask(who, "POST", path, json=said | about)
            if wanted is None and who.endswith("engineer"):
                assert answer.status_code in {403, 404}, f"{who} {path}: {answer.text}"
            elif wanted is None:
                assert answer.status_code == (422 if path.endswith("place") else 404), f"{who} {path}: {answer.text}"
            else:
                assert answer.status_code == wanted, f"{who} {path}: {answer.text}"


async def test_nobody_at_all_gets_anywhere(server: Server, two: Two) -> None:
    for route in routes():
        if route.path in OPEN:
            continue
        at = route.path.format(reference=two.hamilton.number, clock="response", name="x", code="x")
        for method in route.methods or ():
            for headers in ({}, {"Authorization": "Bearer fc_" + "x" * 43}, {"Authorization": "Basic YTpi"}):
                answer = await server.client.request(method, at, headers=headers)
                assert answer.status_code == 401, f"{method} {at}: {answer.text}"


async def test_a_list_has_what_one_may_see(server: Server, two: Two) -> None:
    seen = {}
    for who in GRANTS:
        rows = (await server.ask(who, "GET", "/tickets", limit=200)).json()["tickets"]
        seen[who] = {one["number"] for one in rows} & {one.number for one in two}
    assert seen["coordinator"] == {two.hamilton.number, two.other.number}
    assert seen["nurse"] == seen["desk"] == {two.hamilton.number}
    assert two.hamilton.number not in seen["another engineer"] | seen["another desk"] | seen["administrator"]


def test_the_prefix_is_what_is_published() -> None:
    assert PREFIX == "/api/v1"
