"""The API, as programs use it: real engines, real accounts, one ticket from report to sign-off, and what goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import pytest_asyncio

from models.vocabulary.accounts import TokenScope
from starter.api.cursors import cursor_of
from starter.api.problems import MEDIA, TYPES
from starter.intake import Intake
from tests.factories import complete
from tests.field import STANDARD_STAGES, Field, Ticket
from tests.serving import Server, a_server
from tests.waiting import until

REPORT = {"unit": "VENT-ICU-001", "description": "No pressure build-up.", "priority": "P2"}


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def ticket(field: Field) -> Ticket:
    """A Hamilton ventilator of the City General, with ENG-004 on it."""
    return await field.open(engineer="ENG-004")


async def test_a_ticket_lives_from_report_to_sign_off(server: Server) -> None:
    opened = await server.ask("nurse", "POST", "/tickets", json=REPORT)
    assert opened.status_code == 201
    number = opened.json()["number"]
    assert opened.headers["Location"] == f"/api/v1/tickets/{number}"

    assigned = await server.ask(
        "coordinator", "POST", f"/tickets/{number}/assign-engineer", json={"engineer_code": "eng-004"}
    )
    assert assigned.status_code == 200, assigned.text
    seen = (await server.ask("engineer", "GET", f"/tickets/{number}")).json()
    assert seen["ticket"]["reporter_role"] == "hospital"
    for stage in STANDARD_STAGES:
        actions = complete(stage).actions
        completed = await server.ask(
            "engineer", "POST", f"/tickets/{number}/complete-stage", json={"stage": stage, "actions": actions}
        )
        assert completed.status_code == 200, completed.text
    assert completed.json()["ticket_status"] == "closed"

    story = (await server.ask("nurse", "GET", f"/tickets/{number}/story")).json()
    assert story["lines"]
    ledger = (await server.ask("nurse", "GET", f"/tickets/{number}/ledger")).json()
    assert sum(ledger["totals"].values()) == pytest.approx(ledger["wall_clock"])
    clock = (await server.ask("nurse", "GET", f"/tickets/{number}/clocks/response")).json()
    assert clock["state"] == "met"


async def test_what_is_told_later_says_when_it_was_and_the_story_has_both_times(server: Server, field: Field) -> None:
    ticket = await field.open(engineer="ENG-004")
    for stage in STANDARD_STAGES[:3]:
        began = (await ticket.do(complete(stage, by="ENG-004"))).applied_at
    path = f"/tickets/{ticket.number}/arrive-on-site"
    early = began - timedelta(hours=1)
    for at in (early.isoformat(), "2026-13-01", "0001-01-01T00:00:00+14:00"):
        said = await server.ask("engineer", "POST", path, json={"happened_at": at})
        if said.status_code == 200:
            assert "It counts from now" in said.json()["message"]
        else:
            assert (said.status_code, at == early.isoformat()) == (422, False), said.text
    await ticket.stored()
    lines = (await server.ask("engineer", "GET", f"/tickets/{ticket.number}/story")).json()["lines"]
    [arrived] = [one for one in lines if one["what"].startswith("Arrived on site")]
    assert datetime.fromisoformat(arrived["claimed_at"]) == early
    assert arrived["happened_at"] is None


async def test_a_breach_is_taken_back_by_a_hold_told_later_with_somebody_else_s_approval_alone(
    server: Server, field: Field
) -> None:
    ticket = await field.open(engineer="ENG-004")
    at = (await ticket.breached()).isoformat()
    path, late = f"/tickets/{ticket.number}/hold", {"reason": "access_denied", "lasts": "P2D", "happened_at": at}
    refused = await server.ask("coordinator", "POST", path, json=late)
    assert refused.status_code == 409, refused.text
    assert "Tell it as of now, or have it approved." in refused.text
    approval = {"hold_reason": "access_denied", "remark": "The ward was shut, I was there."}
    given = await server.ask("manager", "POST", f"/tickets/{ticket.number}/approvals", json=approval)
    held = await server.ask("coordinator", "POST", path, json={**late, "approved_by": given.json()["approved_by"]})
    assert held.status_code == 200, held.text
    assert "It counts from " in held.json()["message"]
    clocks = (await ticket.stored())["clocks"]
    assert not [one for one in clocks if one["state"] != "paused" or 100 in one["thresholds_fired"]]


async def test_what_is_sent_again_is_done_once(server: Server, ticket: Ticket) -> None:
    key = {"Idempotency-Key": f"key-{uuid4().hex}"}
    first = await server.ask("nurse", "POST", "/tickets", json=REPORT, headers=key)
    again = await server.ask("nurse", "POST", "/tickets", json=REPORT, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    assert again.json()["created"] is False

    command = {"Idempotency-Key": f"hold-{uuid4().hex}"}
    hold = {"reason": "waiting_for_customer", "lasts": "PT4H"}
    answers = [
        await server.ask("engineer", "POST", f"/tickets/{ticket.number}/hold", json=hold, headers=command)
        for _ in range(2)
    ]
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["Idempotency-Key"] == command["Idempotency-Key"]
    other = await server.ask(
        "engineer", "POST", f"/tickets/{ticket.number}/hold", json={**hold, "note": "other"}, headers=command
    )
    assert (other.status_code, other.json()["code"]) == (409, "command_refused")
    assert (await server.ask("engineer", "POST", f"/tickets/{ticket.number}/resume", json={})).status_code == 200


async def test_the_record_is_whole_and_comes_again_only_when_it_has_changed(server: Server, ticket: Ticket) -> None:
    path = f"/tickets/{ticket.number}"
    first = await server.ask("engineer", "GET", path)
    assert first.json()["ticket"]["number"] == ticket.number
    tag = {"If-None-Match": first.headers["ETag"]}

    async def unchanged() -> bool:
        again = await server.ask("engineer", "GET", path, headers=tag)
        tag["If-None-Match"] = again.headers["ETag"]
        return again.status_code == 304

    await until(unchanged)  # a diagnosis may still be on its way to the record
    await server.ask(
        "engineer", "POST", f"/tickets/{ticket.number}/change-priority", json={"priority": "P3", "reason": "no patient"}
    )

    async def changed() -> bool:
        return (await server.ask("engineer", "GET", path, headers=tag)).status_code == 200

    await until(changed)


async def test_who_acts_is_who_asks(server: Server, ticket: Ticket) -> None:
    said = {"priority": "P1", "reason": "Ward asks.", "on_behalf_of": "ward-7"}
    assert (
        await server.ask("coordinator", "POST", f"/tickets/{ticket.number}/change-priority", json=said)
    ).status_code == 200
    newest = await _recorded(server, ticket, "priority_changed", "Ward asks.")
    assert newest["actor_role"] == "coordinator"
    assert newest["actor_code"].startswith("coordinator-")
    assert newest["new_value"]["actor"]["on_behalf_of"] == "ward-7"
    for field_ in ("actor", "command_id"):
        refused = await server.ask(
            "coordinator", "POST", f"/tickets/{ticket.number}/resume", json={field_: {"code": "x", "role": "system"}}
        )
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"body/{field_}")


async def _recorded(server: Server, ticket: Ticket, action: str, reason: str) -> dict[str, Any]:
    """The entry of the timeline, once it is there: the record follows the ticket's answer within a moment."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        timeline = (await server.ask("coordinator", "GET", f"/tickets/{ticket.number}")).json()["timeline"]
        found[:] = [one for one in timeline if one["action"] == action and one["reason"] == reason]
        return bool(found)

    await until(there)
    return found[-1]


async def test_lists_go_on_by_cursors(server: Server) -> None:
    for _ in range(3):
        await server.ask("nurse", "POST", "/tickets", json=REPORT)
    seen: list[str] = []
    path = "/tickets?limit=2"
    while True:
        page = (await server.ask("nurse", "GET", path)).json()
        seen += [one["number"] for one in page["tickets"]]
        if page["next"] is None or len(seen) >= 6:
            break
        path = f"/tickets?limit=2&cursor={page['next']}"
    assert len(seen) == len(set(seen)) >= 3
    cursor = (await server.ask("nurse", "GET", "/tickets?limit=1")).json()["next"]
    for wanted in ({"sort": "due"}, {"status": "open"}, {"search": "pressure"}, {"unassigned": "true"}):
        refused = await server.ask("nurse", "GET", f"/tickets?{urlencode({**wanted, 'cursor': cursor})}")
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_input")
        assert "That is no cursor of this list" in refused.json()["detail"]
    for bad in ("x", "RkMtMg", "!!", "AAAA"):
        refused = await server.ask("nurse", "GET", "/tickets", cursor=bad)
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_input")


async def test_lists_are_filtered_and_sorted(server: Server, ticket: Ticket) -> None:
    """`ticket` has an engineer; another one of the same unit has none."""
    free = (await server.ask("nurse", "POST", "/tickets", json=REPORT)).json()["number"]
    unit = REPORT["unit"]

    async def found(**wanted: object) -> set[str]:
        answer = await server.ask("coordinator", "GET", f"/tickets?{urlencode({'limit': 200, **wanted})}")
        assert answer.status_code == 200, answer.text
        return {one["number"] for one in answer.json()["tickets"]} & {free, ticket.number}

    assert await found(unassigned=True, unit=unit.lower()) == {free}
    assert await found(engineer="eng-004", search=ticket.number) == {ticket.number}
    assert await found(search=f"{free} nothing") == await found(engineer="ENG-001", search=free) == set()
    assert await found(priority=REPORT["priority"], search=free) == {free}
    seen: list[str | None] = []
    cursor = None
    while True:
        going_on = "" if cursor is None else f"&cursor={cursor}"
        page = (await server.ask("coordinator", "GET", f"/tickets?sort=due&limit=2{going_on}")).json()
        seen += [one["due_at"] for one in page["tickets"]]
        if (cursor := page["next"]) is None or len(seen) > 40:
            break
    dated = [one for one in seen if one is not None]
    assert dated == sorted(dated) == seen[: len(dated)] and len(dated) >= 2
    for wanted, words in (
        ({"engineer": "ENG-999"}, "there is no engineer ENG-999"),
        ({"unit": "NO-SUCH"}, "there is no unit NO-SUCH"),
        ({"customer": "CITY-GENERALL"}, "there is no customer CITY-GENERALL"),
        ({"search": "--"}, "there is no word"),
        ({"unassigned": True, "engineer": "ENG-001"}, "no engineer is on"),
    ):
        refused = await server.ask("coordinator", "GET", f"/tickets?{urlencode(wanted)}")
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_input")
        assert words in refused.json()["detail"] and "Did you mean" not in refused.json()["detail"]
    elsewhere = await server.ask("nurse elsewhere", "GET", "/tickets", unit=unit)
    assert elsewhere.json()["detail"].startswith(f"The list can't be made: there is no unit {unit}")


async def test_the_registry_is_looked_up(server: Server) -> None:
    engineers = (await server.ask("coordinator", "GET", "/engineers", limit=2)).json()
    assert len(engineers["engineers"]) == 2
    following = (await server.ask("coordinator", "GET", "/engineers", cursor=engineers["next"])).json()
    assert following["engineers"][0]["code"] > engineers["engineers"][-1]["code"]
    unit = (await server.ask("nurse", "GET", "/units", reference="vent-icu-001")).json()["units"][0]
    assert (unit["serial"], unit["customer"]) == ("VENT-ICU-001", "CITY-GENERAL")
    assert (await server.ask("nurse elsewhere", "GET", "/units", reference="VENT-ICU-001")).json()["units"] == []
    mine = (await server.ask("nurse", "GET", "/units")).json()["units"]
    assert {one["customer"] for one in mine} == {"CITY-GENERAL"}
    assert (await server.ask("nurse", "GET", "/engineers")).status_code == 403


async def test_a_password_makes_a_session_that_ends(server: Server) -> None:
    me = await server.ask("manager", "GET", "/me")
    assert me.json()["grants"][0]["role"] == "manager"
    wrong = await server.ask(None, "POST", "/session", json={"code": me.json()["code"], "password": "no such words"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "not_signed_in")
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("who", "path", "status", "code"),
    [
        (None, "/tickets", 401, "not_signed_in"),
        ("nurse", "/tickets/FC-2026-999999", 404, "unknown_ticket"),
        ("nurse", "/nothing", 404, "no_route"),
        ("nurse", "/tickets?limit=0", 422, "bad_input"),
        ("nurse", "/tickets?customer=%00", 422, "bad_input"),
        ("administrator", "/tickets", 200, None),
        ("nurse", "/metrics", 403, "not_allowed"),
    ],
)
async def test_what_goes_wrong_is_a_problem(
    server: Server, who: str | None, path: str, status: int, code: str | None
) -> None:
    answer = await server.ask(who, "GET", path)
    assert answer.status_code == status, answer.text
    if code is not None:
        assert answer.headers["Content-Type"] == MEDIA
        told = answer.json()
        assert (told["code"], told["type"], told["status"]) == (code, f"{TYPES}{code}", status)
        assert told["request_id"] == answer.headers["X-Request-Id"]


async def test_a_token_does_no_more_than_its_scopes(server: Server, ticket: Ticket) -> None:
    read = (TokenScope.READ,)
    assert (await server.ask("coordinator", "GET", f"/tickets/{ticket.number}", scopes=read)).status_code == 200
    refused = await server.ask("coordinator", "POST", f"/tickets/{ticket.number}/resume", json={}, scopes=read)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


async def test_health_says_whether_it_can_work(server: Server) -> None:
    assert (await server.ask(None, "GET", "/health/live")).status_code == 204
    assert (await server.ask(None, "GET", "/health/ready")).json() == {
        "ready": True,
        "database": True,
        "temporal": True,
    }


async def test_too_large_a_request_is_not_read(server: Server) -> None:
    large = await server.ask("nurse", "POST", "/tickets", json={**REPORT, "description": "x" * 2_000_000})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


async def test_who_asks_too_much_waits(field: Field, service_url: str) -> None:
    async with a_server(
        field,
        service_url,
        field.owner,
        opens_tickets=False,
        api_requests=1,
        api_burst=2,
        api_strangers=2,
        api_commands=1,
    ) as server:
        answers = [await server.ask("nurse", "GET", "/me") for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        strangers = [await server.ask(None, "GET", "/me") for _ in range(3)]
        assert [one.status_code for one in strangers] == [401, 401, 429]


# -- what somebody might try -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["01a22d18-73a5-7cbc-9ef4-b1357d469d00", "01a22d1873a57cbc9ef4b1357d469d00", "Fieldcare-sealing"]
)
async def test_a_key_stands_for_nothing_else(server: Server, key: str) -> None:
    refused = await server.ask("nurse", "POST", "/tickets", json={**REPORT, "key": key})
    assert (refused.status_code, refused.json()["code"]) == (422, "report_refused")


async def test_a_key_that_is_on_its_way_for_somebody_else_tells_nothing_of_theirs(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their report is not on record yet when ours is looked at, and it is when ours is started."""
    key = f"pending-{uuid4().hex[:12]}"
    prepare = Intake._prepare

    async def not_yet(self: Intake, unit: str, _: str | None) -> dict[str, Any]:
        return await prepare(self, unit, None)

    first = await server.ask("nurse", "POST", "/tickets", json={**REPORT, "key": key})
    assert first.status_code == 201
    monkeypatch.setattr(Intake, "_prepare", not_yet)
    other = {**REPORT, "unit": "CT-GE-001", "key": key}
    refused = await server.ask("nurse elsewhere", "POST", "/tickets", json=other)
    assert (refused.status_code, refused.json()["detail"]) == (422, f"The key {key} is taken. Use another.")
    again = await server.ask("nurse", "POST", "/tickets", json={**REPORT, "key": key})
    assert (again.status_code, again.json()["number"]) == (200, first.json()["number"])


async def test_nobody_uses_up_what_a_foreign_ticket_takes(field: Field, service_url: str, ticket: Ticket) -> None:
    async with a_server(field, service_url, field.owner, opens_tickets=False, api_commands=2) as server:
        at = f"/tickets/{ticket.number}/resume"
        foreign = [await server.ask("nurse elsewhere", "POST", at, json={}) for _ in range(4)]
        assert {one.status_code for one in foreign} == {404}
        names = (ticket.number, ticket.id, ticket.number.lower())
        own = [await server.ask("nurse", "POST", f"/tickets/{name}/resume", json={}) for name in names]
        assert [one.status_code for one in own] == [409, 409, 429], "whatever it is called, it is one ticket"


async def test_strangers_shut_nobody_out_who_is_known(field: Field, service_url: str) -> None:
    async with a_server(field, service_url, field.owner, opens_tickets=False, api_strangers=2) as server:
        await server.token("nurse")
        strangers = [await server.ask(None, "GET", "/me", headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(4)]
        assert [one.status_code for one in strangers] == [401, 401, 429, 429], "nobody is believed where they come from"
        assert (await server.ask("nurse", "GET", "/me")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/tickets/{number}/ledger?at=9999-12-31T23:59:59-23:59",
        "/tickets/{number}/clocks/response?at=0001-01-01T00:00:00%2B23:59",
        f"/units?cursor={cursor_of('A' + chr(10) + 'urn:uuid:01a22d18-73a5-7cbc-9ef4-b1357d469d00')}",
        f"/units?cursor={cursor_of('A' + chr(10) + '0-1-a22')}",
    ],
)
async def test_odd_instants_and_cursors_are_no_faults(server: Server, ticket: Ticket, path: str) -> None:
    answer = await server.ask("engineer", "GET", path.format(number=ticket.number))
    assert answer.status_code in {200, 422}, answer.text


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
async def test_a_hold_until_no_day_is_no_fault(server: Server, ticket: Ticket, at: str) -> None:
    said = {"reason": "waiting_for_parts", "resume_at": at}
    answer = await server.ask("engineer", "POST", f"/tickets/{ticket.number}/hold", json=said)
    assert (answer.status_code, "outside the years 1900 to 2199" in answer.text) == (422, True), answer.text


async def test_whose_customers_there_are_is_not_told(server: Server) -> None:
    answers = [await server.ask("nurse", "GET", "/tickets", customer=code) for code in ("APOLLO", "NO-SUCH")]
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"tickets": [], "next": None})] * 2
    told = await server.ask("coordinator", "GET", "/tickets", customer="NO-SUCH")
    assert told.status_code == 422


async def test_a_path_makes_no_line_of_its_own_in_the_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="starter.web.envelope"):
        await server.ask(None, "GET", "/me%0aforged%1b[31m")
    assert not any(sign in one.getMessage() for one in caplog.records for sign in "\n\x1b")


async def test_a_name_is_a_line(server: Server, ticket: Ticket) -> None:
    said = {"priority": "P4", "reason": "Name.", "on_behalf_of": "ward 7\n* approved by somebody"}
    await server.ask("coordinator", "POST", f"/tickets/{ticket.number}/change-priority", json=said)
    newest = await _recorded(server, ticket, "priority_changed", "Name.")
    assert newest["new_value"]["actor"]["on_behalf_of"] == "ward 7 * approved by somebody"
    held = {"reason": "waiting_for_parts", "owner": "the store\n* approved by somebody", "note": "Name of a hold."}
    await server.ask("coordinator", "POST", f"/tickets/{ticket.number}/hold", json=held)
    newest = await _recorded(server, ticket, "ticket_held", "Name of a hold.")
    assert newest["new_value"]["owner"] == "the store * approved by somebody"
