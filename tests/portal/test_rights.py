"""Every page and every form, for everybody: what is somebody else's is not there, and looking changes nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from models.vocabulary.registry import RegistryKind
from starter.portal.app import ROUTES
from starter.portal.commands import FORMS
from starter.portal.visitors import FIELD
from tests.browsing import Browser, Page, read
from tests.field import Field, Ticket
from tests.portal.conftest import PEOPLE, House
from tests.portal.test_engineer import opened

OWN = {
    "nurse": True,
    "nurse elsewhere": False,
    "engineer": True,
    "another engineer": False,
    "desk": True,
    "another desk": False,
    "coordinator": True,
    "clerk": True,
    "manager": True,
    "administrator": False,
}
"""Who may see a Hamilton ventilator of the City General with ENG-005 on it."""

MAY: dict[str, set[str]] = {
    "hold": {"nurse", "engineer", "desk", "coordinator"},
    "resume": {"nurse", "engineer", "desk", "coordinator"},
    "assign_engineer": {"engineer", "coordinator"},
    "release_engineer": {"engineer", "coordinator"},
    "raise_level": {"engineer", "coordinator"},
    "offer_stage": {"coordinator"},
    "withdraw_offer": {"coordinator"},
    "accept_offer": {"engineer"},
    "decline_offer": {"engineer"},
    "take": {"engineer"},
    "complete_stage": {"nurse", "engineer", "desk", "coordinator"},
    "skip_stage": {"engineer", "coordinator"},
    "change_priority": {"engineer", "coordinator"},
    "start_travel": {"engineer", "desk", "coordinator"},
    "arrive_on_site": {"engineer", "desk", "coordinator"},
    "reopen": {"nurse", "engineer", "coordinator"},
    "cancel": {"nurse", "coordinator"},
}
"""Who may do what to it, of those who see it."""

REGISTRARS = {"coordinator", "clerk", "manager", "administrator"}
"""Who may look at the registry; who may do what to it, tests/portal/test_registry.py says."""

STAFF = {RegistryKind.ENGINEERS: {"clerk"}, RegistryKind.ABSENCES: {"clerk"}}
"""Who of them may not look at engineers, their homes and certificates, nor at when they are away."""

ADDERS = {RegistryKind.PARTS: {"clerk"}, RegistryKind.ABSENCES: {"coordinator"}}
"""Who adds what, beside an administrator."""

PAGES: dict[str, set[str] | None] = {
    "/": None,
    "/account": None,
    "/work": {"engineer", "another engineer"},
    "/desk": {"desk", "another desk"},
    "/board": {"coordinator", "manager"},
    "/operations": {"coordinator", "manager", "administrator"},
    "/people": {"administrator"},
    "/people/new": {"administrator"},
    "/tickets": set(PEOPLE) - {"administrator"},
    "/stock": REGISTRARS | {"engineer", "another engineer"},
    "/registry": REGISTRARS,
    **{f"/registry/{kind}": REGISTRARS - STAFF.get(kind, set()) for kind in RegistryKind},
    **{f"/registry/{kind}/new": {"administrator"} | ADDERS.get(kind, set()) for kind in RegistryKind},
}
"""Who may look at a page; None: whoever has signed in."""

PASSKEYS = {"/sign-in/passkey", "/sign-in/passkey/challenge"}
"""Sent by whoever signs in; nothing of it is looked at."""

SSO = {"/sign-in/sso", "/sign-in/sso/done", "/sign-out/sso"}
"""To a sign-in service and back; nothing of it is looked at where there is none."""

SIGNING = {"/tickets/{number}/sign/{stage}", "/tickets/{number}/signing-links"}
"""For whom they are, tests/portal/test_signing.py has: on a ticket that waits for its sign-off."""

OFFLINE = {"/offline", "/sw.js"}
"""What a browser is given for where there is no network; of nobody."""

OPEN = {"/sign-in", "/sign", "/link", "/language", "/r/{token}", "/s/{token}", "/static/{tag}/{name}"}
"""For whoever has not signed in."""

BY_ITS_ADDRESS = {"/c/{token}.ics"}
"""What has its key in its address: tests/portal/test_calendar.py."""

REGISTRY = {"/registry/{kind}", "/registry/{kind}/new", "/registry/{kind}/{reference}"}

BY_SCRIPT = {"/outbox", "/board/change"}
"""Where a script sends to, which is answered by no page: tests/portal/test_outbox.py, tests/portal/test_board.py."""

OF_A_PLAN = {"/board/data", "/board/visit"}
"""For whoever may look at the board, where there is a plan: tests/portal/test_board.py."""

ADMINISTERED = {"/people/new", "/people/{code}/{doing}"}
"""For administrators alone."""

ABOUT_ONESELF = {
    "/sign-out",
    "/sign-out-everywhere",
    "/account/password",
    "/account/passkeys/begin",
    "/account/passkeys",
    "/account/passkeys/remove",
}


@pytest_asyncio.fixture(scope="module")
async def ticket(house: House) -> Ticket:
    made = await house.field.open(engineer="ENG-005")
    await opened(await house.browser("coordinator"), made)
    return made


def addresses(method: str) -> set[str]:
    return {one.path for one in ROUTES if method in (getattr(one, "methods", None) or ())}  # type: ignore[attr-defined]


def test_every_page_and_every_form_is_tried_here() -> None:
    looks = {path for path in PAGES if not path.startswith("/registry/")} | {"/tickets/{number}", "/people/{code}"}
    looks |= {"/stock/part"}  # tests/portal/test_stock.py
    known = looks | REGISTRY | SIGNING | SSO | OFFLINE | BY_ITS_ADDRESS | OF_A_PLAN
    assert addresses("GET") == known | (OPEN - {"/language"})
    acts = {"/tickets/{number}/{command}", "/tickets/{number}/approve", "/tickets/{number}/signing-links/revoke"}
    acts |= {"/bulk/{kind}", "/registry/{kind}", "/registry/{kind}/{reference}/{doing}", "/stock/{doing}"}
    acts |= {"/board/{doing}"}
    mine = ABOUT_ONESELF | BY_SCRIPT
    assert addresses("POST") == mine | ADMINISTERED | PASSKEYS | acts | SIGNING | (
        OPEN - {"/s/{token}", "/static/{tag}/{name}"}
    )
    assert set(MAY) == set(FORMS)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_for_whom_it_is(house: House, who: str, path: str) -> None:
    page = await (await house.browser(who)).open(path)
    allowed = PAGES[path] is None or who in (PAGES[path] or ())
    assert page.status == (200 if allowed else 403), page.text


@pytest.mark.parametrize("who", PEOPLE)
async def test_the_board_is_looked_at_by_the_office_and_changed_by_coordinators(house: House, who: str) -> None:
    browser = await house.browser(who)
    looks = who in (PAGES["/board"] or ())
    for path in sorted(OF_A_PLAN):  # of a day that nobody has planned
        assert (await browser.open(path, day="2031-01-01")).status == (404 if looks else 403), path
    plan = "00000000-0000-0000-0000-000000000000"
    said = {"plan": plan, "draft": plan, "day": "2031-01-01", "visit": "x", "doing": "lock", "days": "0"}
    for doing in ("make", "step", "undo", "redo", "apply"):
        answered = await send(browser, f"/board/{doing}", **said)
        assert answered.status_code in ({404, 409, 422} if who == "coordinator" else {403}), (doing, answered.text)
    assert (await send(browser, "/board/dance", **said)).status_code == (404 if who == "coordinator" else 403)
    headers = {"Fieldcare-Outbox": "board", "Sec-Fetch-Site": "same-origin"}
    body = {"day": "2031-01-01", "plan": plan, "undo": -1}
    answered = await browser.client.post("/board/change", json=body, headers=headers)
    assert answered.status_code == (409 if who == "coordinator" else 403), answered.text


@pytest.mark.parametrize("who", PEOPLE)
async def test_people_are_for_who_administers_them(house: House, who: str) -> None:
    """Also for who is asked about: nobody sees what there is to see, and nobody gives a role by hand."""
    browser, code = await house.browser(who), await house.account("clerk")
    seen = await browser.open(f"/people/{code}")
    assert seen.status == (200 if who == "administrator" else 403), seen.text
    if who != "administrator":
        assert read(await send(browser, "/people/new", code="eve", name="Eve", role="administrator")).status == 403
        for doing in ("give", "take", "disable", "link", "end-logins", "revoke", "change", "enable"):
            answered = await send(browser, f"/people/{code}/{doing}", role="administrator", name="Eve", token="x")
            assert answered.status_code == 403, doing


@pytest.mark.parametrize("who", PEOPLE)
async def test_a_foreign_ticket_is_not_there(house: House, ticket: Ticket, who: str) -> None:
    browser = await house.browser(who)
    page = await browser.open(f"/tickets/{ticket.number}")
    assert page.status == (200 if OWN[who] else 404), page.text
    none = await browser.open("/tickets/FC-2026-999999")
    assert none.status == 404
    if not OWN[who]:
        assert page.text.replace(ticket.number, "…") == none.text.replace("FC-2026-999999", "…")
    listed = (await browser.open("/tickets")).text
    assert OWN[who] or ticket.number not in listed


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("form", FORMS)
async def test_a_form_is_for_whom_it_is(house: House, ticket: Ticket, who: str, form: str) -> None:
    """Sent by hand, with nothing that the ticket would do: whoever may not is told so, whoever does not see it is told
    that there is no such ticket."""
    browser = await house.browser(who)
    path = f"/tickets/{ticket.number}/{form.replace('_', '-')}"
    before = await facts(house.field, ticket)
    allowed = OWN[who] and who in MAY[form]
    answered = await send(browser, path, **(REFUSED_BY_THE_TICKET if allowed else WHOLE))
    page = read(answered)
    if not OWN[who]:
        assert answered.status_code == 404, page.text
    elif allowed:
        assert answered.status_code in {303, 409, 422}, page.text
        assert "may not" not in page.text
    else:
        assert answered.status_code == 403, page.text
        assert "may not" in page.text or "An engineer takes a ticket." in page.text, page.text
    if not allowed:
        assert await facts(house.field, ticket) == before


WHOLE = {
    "stage": "remote_diagnosis",
    "reason": "other",
    "note": "x",
    "why": "x",
    "hours": "1",
    "engineer": "ENG-004",
    "priority": "P4",
}
REFUSED_BY_THE_TICKET = {
    "stage": "no_such_stage",
    "reason": "no_such_reason",
    "hours": "1",
    "engineer": "ENG-999",
    "priority": "P9",
}
"""So that one ticket does for all of them."""


@pytest.mark.parametrize("who", PEOPLE)
async def test_a_page_has_forms_for_what_one_may_do_and_for_nothing_else(
    house: House, ticket: Ticket, who: str
) -> None:
    if not OWN[who]:
        return
    page = await (await house.browser(who)).open(f"/tickets/{ticket.number}")
    shown = {
        one.action.rpartition("/")[2].replace("-", "_") for one in page.forms if one.action.startswith("/tickets/")
    }
    assert shown <= {form for form, may in {**MAY, "approve": {"coordinator", "manager"}}.items() if who in may}
    for form in ("hold", "complete_stage", "change_priority", "assign_engineer"):
        signs_off_alone = form == "complete_stage" and who == "nurse"
        assert (form in shown) == (who in MAY[form] and not signs_off_alone), form


@pytest.mark.parametrize(
    "path", sorted({*PAGES, *SIGNING, "/tickets/{number}", *ABOUT_ONESELF, "/bulk/{kind}", *OF_A_PLAN} - {"/"})
)
async def test_whoever_has_not_signed_in_is_asked_to(house: House, path: str) -> None:
    stranger = house.stranger()
    address = path.replace("{number}", "FC-2026-000001").replace("{kind}", "hold").replace("{stage}", "sign_off")
    method = "GET" if path in addresses("GET") | set(PAGES) else "POST"
    answered = await stranger.client.request(method, address)
    assert answered.status_code == 303
    assert answered.headers["Location"].startswith("/sign-in")
    await stranger.aclose()


async def test_looking_changes_nothing(house: House, ticket: Ticket) -> None:
    """Every page, and the address of every form, are asked for as a prefetching browser would."""
    browsers = [await house.browser(who) for who in ("coordinator", "engineer", "nurse")]
    before = await everything(house.field)
    for browser in browsers:
        for path in sorted(addresses("GET") | addresses("POST")):
            for command in ("hold", "take", "cancel", "complete-stage") if "{command}" in path else ("",):
                address = (
                    path.replace("{number}", ticket.number).replace("{command}", command).replace("{kind}", "hold")
                )
                address = address.replace("{code}", "nobody").replace("{doing}", "link")
                for method in ("GET", "HEAD", "OPTIONS"):
                    answered = await browser.client.request(method, address, params={"reason": "other", "hours": "1"})
                    assert answered.status_code < 500, address
        assert (await browser.open("/account")).status == 200
    assert await everything(house.field) == before


async def send(browser: Browser, path: str, **typed: str) -> Any:
    key = await key_of(browser)
    fields = {FIELD: key, "command_id": str(uuid4()), **typed}
    return await browser.client.post(path, data=fields)


async def key_of(browser: Browser) -> str:
    page: Page = await browser.open("/account")
    return page.form("/sign-out")[FIELD]


async def facts(field: Field, ticket: Ticket) -> int:
    """Facts that are no refusals."""
    rows = await field.rows(
        "SELECT count(*) AS n FROM audit_events a JOIN service_tickets t ON t.id = a.subject_id "
        "WHERE t.number = :number AND a.action IN ('ticket_held', 'ticket_resumed', 'priority_changed', "
        "'ticket_ended', 'engineer_assigned', 'travel_started', 'arrived_on_site', 'ticket_reopened')",
        number=ticket.number,
    )
    return int(rows[0]["n"])


async def everything(field: Field) -> list[dict[str, Any]]:
    """How much there is of what forms change."""
    return await field.rows(
        "SELECT (SELECT count(*) FROM service_tickets) AS tickets, (SELECT count(*) FROM audit_events "
        "WHERE subject_table = 'service_tickets' AND action NOT IN ('ai_diagnosed', 'clock_moved')) AS facts, "
        "(SELECT count(*) FROM account_tokens WHERE revoked_at IS NULL) AS tokens"
    )
