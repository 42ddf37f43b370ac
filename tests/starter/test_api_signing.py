"""Signing and approving by the API: guaranteed as at the terminal, and no secret in anything but its answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio

from models.vocabulary.accounts import TokenScope
from starter.accounts.managing import set_password
from starter.auditing.signatures import verify_signatures
from tests.factories import hold, resume
from tests.field import Field, Ticket
from tests.serving import ACCOUNTS, Server, a_server
from tests.starter.accounts import CHEAP, PASSWORD
from tests.starter.signing import ANSWERS, SIGN_OFF, WAVE, at_sign_off

PASS = PASSWORD.get_secret_value()
DISPUTE = "contract_dispute"


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    cheap = {"password_memory": CHEAP.password_memory, "password_passes": CHEAP.password_passes}
    settings = {**cheap, "public_url": "https://fieldcare.test/"}
    async with a_server(field, service_url, field.owner, opens_tickets=False, **settings) as running:
        for who in ("nurse", "coordinator", "engineer"):
            await running.token(who)
            await set_password(field.owner, CHEAP, ACCOUNTS[repr(field.owner), who], PASSWORD, by="tests")
        yield running


def body(**more: Any) -> dict[str, Any]:
    return {"stage": SIGN_OFF, "actions": dict(ANSWERS), **more}


async def shown(server: Server, ticket: Ticket, who: str = "nurse") -> dict[str, Any]:
    answer = await server.ask(who, "POST", f"/tickets/{ticket.number}/to-sign", json=body())
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def send(server: Server, who: str | None, path: str, key: str | None = None, **said: Any) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await server.ask(who, "POST", path, json=said, headers=headers)


async def link_to(server: Server, ticket: Ticket, name: str = "Dr. R. Iyer") -> dict[str, Any]:
    made = await send(server, "engineer", f"/tickets/{ticket.number}/signing-links", name=name, capacity="Consultant")
    assert made.status_code == 201, made.text
    link: dict[str, Any] = made.json()
    return link


async def signatures(server: Server, field: Field, ticket: Ticket) -> list[dict[str, Any]]:
    await ticket.stored()
    assert (await verify_signatures(field.database, ticket.number)).broken == 0
    found: list[dict[str, Any]] = (await server.ask("nurse", "GET", f"/tickets/{ticket.number}/signatures")).json()[
        "signatures"
    ]
    return found


async def test_a_nurse_signs_what_she_was_shown_and_sent_again_it_is_answered_again(
    server: Server, field: Field
) -> None:
    ticket, key = await at_sign_off(field), f"sign-{uuid4().hex}"
    seen = await shown(server, ticket)
    assert seen["meaning"] == "The unit was returned to service and works."
    assert seen["document"]["signed"]["answers"] == dict(ANSWERS)
    path = f"/tickets/{ticket.number}/sign"
    said = body(name="Anna Berg", capacity="Ward sister", digest=seen["digest"], password=PASS)
    first = await send(server, "nurse", path, key, **said)
    assert first.status_code == 200, first.text
    assert (first.json()["ticket_status"], first.headers["Idempotency-Key"]) == ("closed", key)
    at_once = await send(server, "nurse", path, key, **said)
    (signed,) = await signatures(server, field, ticket)
    later = await send(server, "nurse", path, key, **said)
    assert first.json() == at_once.json() == later.json()
    assert (signed["method"], signed["digest"], signed["fits"]) == ("password", seen["digest"], True)
    assert (signed["name"], signed["by"]) == ("Anna Berg", ACCOUNTS[repr(field.owner), "nurse"])
    assert signed["proof"]
    wrong = await send(server, "nurse", path, key, **{**said, "password": "a wrong pass phrase"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "not_signed_in")
    other = await send(server, "nurse", path, **said)
    assert (other.status_code, other.json()["code"]) == (409, "command_refused")


async def test_what_has_moved_on_is_not_signed(server: Server, field: Field) -> None:
    ticket = await at_sign_off(field)
    seen = await shown(server, ticket)
    said = body(name="Anna Berg", digest=seen["digest"], password=PASS)
    said["actions"]["customer_rating"] = 1
    refused = await send(server, "nurse", f"/tickets/{ticket.number}/sign", **said)
    assert (refused.status_code, refused.json()["code"]) == (409, "overtaken")
    await ticket.do(hold())
    await ticket.stored()
    waits = await send(server, "nurse", f"/tickets/{ticket.number}/to-sign", **body())
    assert waits.status_code == 409
    assert "on hold" in waits.json()["detail"]
    await ticket.do(resume())


async def test_a_token_that_only_reads_signs_nothing_whatever_password_comes_with_it(
    server: Server, field: Field
) -> None:
    ticket = await at_sign_off(field)
    said = body(name="Anna Berg", password=PASS)
    refused = await server.ask("nurse", "POST", f"/tickets/{ticket.number}/sign", json=said, scopes=(TokenScope.READ,))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    for who in ("coordinator", "engineer"):
        refused = await send(server, who, f"/tickets/{ticket.number}/sign", **said)
        assert refused.status_code == 403, refused.text
    foreign = await send(server, "nurse elsewhere", f"/tickets/{ticket.number}/sign", **said)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_ticket")


async def test_who_was_sent_a_link_signs_by_it_without_a_login_and_once(server: Server, field: Field) -> None:
    ticket = await at_sign_off(field)
    link = await link_to(server, ticket)
    assert link["address"] == f"https://fieldcare.test/sign#{link['secret']}"
    said = {"link": link["secret"], "actions": dict(ANSWERS)}
    seen = await send(server, None, "/signing-link/to-sign", **said)
    assert seen.status_code == 200, seen.text
    assert (seen.json()["printed_name"], seen.json()["number"]) == ("Dr. R. Iyer", ticket.number)
    stale = await send(server, None, "/signing-link/sign", **said, digest="0" * 64)
    assert (stale.status_code, stale.json()["code"]) == (409, "overtaken")
    signed = await send(server, None, "/signing-link/sign", **said, digest=seen.json()["digest"])
    assert (signed.status_code, signed.json()["ticket_status"]) == (200, "closed"), signed.text
    (found,) = await signatures(server, field, ticket)
    assert (found["method"], found["by"], found["fits"]) == ("link", link["code"], True)
    listed = (await server.ask("coordinator", "GET", f"/tickets/{ticket.number}/signing-links")).json()["links"]
    assert [(one["code"], one["standing"]) for one in listed] == [(link["code"], "used")]
    for at in ("/signing-link/to-sign", "/signing-link/sign"):
        again = await send(server, None, at, **said)
        assert (again.status_code, again.json()["code"]) == (401, "not_signed_in")


async def test_a_link_that_was_taken_back_signs_nothing(server: Server, field: Field) -> None:
    ticket = await at_sign_off(field)
    link = await link_to(server, ticket)
    at = f"/tickets/{ticket.number}/signing-links/{link['code']}/revoke"
    assert [(await send(server, "engineer", at)).json()["revoked"] for _ in range(2)] == [True, False]
    refused = await send(server, None, "/signing-link/sign", link=link["secret"], actions=dict(ANSWERS))
    assert refused.status_code == 401


async def test_whoever_makes_links_up_is_counted_and_who_has_one_is_not_shut_out(
    field: Field, service_url: str
) -> None:
    ticket = await at_sign_off(field)
    async with a_server(field, service_url, field.owner, opens_tickets=False, api_strangers=3) as server:
        link = await link_to(server, ticket)
        tries = [
            (await send(server, None, "/signing-link/to-sign", link=f"fcs_{uuid4().hex}")).status_code for _ in range(5)
        ]
        assert tries == [401, 401, 401, 429, 429]
        good = await send(server, None, "/signing-link/to-sign", link=link["secret"], actions=dict(ANSWERS))
        assert good.status_code == 200, good.text


async def test_an_engineer_brings_a_drawn_signature(server: Server, field: Field) -> None:
    ticket, key = await at_sign_off(field), f"sign-{uuid4().hex}"
    seen = await shown(server, ticket, "engineer")
    said = body(name="Anna Berg", capacity="Ward sister", digest=seen["digest"], drawing=WAVE)
    proposed = (await ticket.stored())["diagnoses"]
    said["verified"] = {"cause": "Flow sensor", "proposal_right": False if proposed else None}
    path = f"/tickets/{ticket.number}/sign-drawn"
    bad = await send(server, "engineer", path, **{**said, "drawing": "<script>"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_input")
    assert (await send(server, "nurse", path, **said)).status_code == 409, "a hospital signs itself"
    first = await send(server, "engineer", path, key, **said)
    assert first.status_code == 200, first.text
    (found,) = await signatures(server, field, ticket)
    assert (found["method"], found["drawing"], found["proof"]) == ("drawn", WAVE, None)
    again = await send(server, "engineer", path, key, **said)
    assert again.json() == first.json()
    assert (await ticket.stored())["ticket"]["verified_cause"] == "Flow sensor"


async def test_a_hold_takes_the_approval_of_somebody_else_and_all_of_it_is_seen(server: Server, field: Field) -> None:
    ticket = await field.open(engineer="ENG-004")
    await ticket.stored()
    path = f"/tickets/{ticket.number}/approvals"
    given = await send(server, "manager", path, hold_reason=DISPUTE, remark="Agreed by telephone")
    assert given.status_code == 201, given.text
    chief = given.json()["approved_by"]
    (open_,) = (await server.ask("engineer", "GET", path)).json()["approvals"]
    assert (open_["approved_by"], open_["standing"], open_["remark"]) == (chief, "open", "Agreed by telephone")
    for who, status in (("nurse", 403), ("nurse elsewhere", 404), ("desk", 403)):
        assert (await server.ask(who, "GET", path)).status_code == status
    held = {"reason": DISPUTE, "approved_by": chief}
    done = await send(server, "coordinator", f"/tickets/{ticket.number}/hold", **held)
    assert done.status_code == 200, done.text
    (used,) = (await server.ask("coordinator", "GET", path)).json()["approvals"]
    assert (used["standing"], used["used_by"]) == ("used", ACCOUNTS[repr(field.owner), "coordinator"])


async def test_no_secret_is_in_a_log_or_in_what_is_refused(
    server: Server, field: Field, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = await at_sign_off(field)
    link = await link_to(server, ticket)
    secret, password = link["secret"], "a wrong pass phrase of somebody"
    with caplog.at_level(logging.DEBUG):
        answers = [
            await send(server, "nurse", f"/tickets/{ticket.number}/sign", **body(name="A B", password=password)),
            await send(server, "nurse", f"/tickets/{ticket.number}/sign", **body(name="\n", password=password)),
            await send(server, None, "/signing-link/sign", link=secret, actions={}),
            await send(server, None, "/signing-link/sign", link=secret, actions={}, digest="x"),
            await send(server, None, "/signing-link/sign", link=secret + "x" * 200),
            await server.ask("engineer", "GET", f"/tickets/{ticket.number}/signing-links"),
        ]
    assert [one.status_code for one in answers] == [401, 422, 409, 422, 422, 200]
    everything = caplog.text + "".join(one.text for one in answers)
    assert secret not in everything
    assert password not in everything
