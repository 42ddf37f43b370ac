"""`fieldcare stage sign`, `ticket sign-link` and `ticket approve` as people use them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from models.contracts.commands import Reopen
from models.principals import Grant
from models.vocabulary.accounts import AccountRole
from starter.embedded.stack import Stack
from tests.factories import COORDINATOR, command_id
from tests.field import Field, Ticket
from tests.starter.accounts import PASSWORD
from tests.starter.signing import SIGN_OFF, WAVE, account, at_sign_off
from tests.starter.terminal import Environment, clean_environment, fieldcare

RATED = ("--set", "customer_rating=9", "--done", "returned_to_service")
SECRET = f"{PASSWORD.get_secret_value()}\n"


@pytest_asyncio.fixture
async def env(
    stack: Stack, field: Field, service_url: str, service_owner_url: str, tmp_path: Path
) -> AsyncIterator[Environment]:
    """A terminal of a house with a worker, with nobody signed in and hashing made cheap."""
    yield {
        **clean_environment(),
        "FIELDCARE_HOME": str(tmp_path / "home"),
        "FIELDCARE_DATABASE_URL": service_url,
        "FIELDCARE_ADMIN_DATABASE_URL": service_owner_url,
        "FIELDCARE_PASSWORD_MEMORY": "7168",
        "FIELDCARE_PASSWORD_PASSES": "1",
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
        "COLUMNS": "200",
    }


async def ended(env: Environment, *arguments: str, stdin: str, code: int) -> tuple[str, str]:
    """What a command said, beside the loop in which the worker answers it."""
    said = await asyncio.to_thread(fieldcare, env, *arguments, stdin=stdin)
    assert said.returncode == code, said.stdout + said.stderr
    return said.stdout, said.stderr


async def well(env: Environment, *arguments: str, stdin: str = "") -> str:
    return (await ended(env, *arguments, stdin=stdin, code=0))[0]


async def refused(env: Environment, *arguments: str, stdin: str = "", code: int = 1) -> str:
    return (await ended(env, *arguments, stdin=stdin, code=code))[1]


async def refused_out(env: Environment, *arguments: str) -> str:
    return (await ended(env, *arguments, stdin="", code=1))[0]


def sign(ticket: Ticket, *more: str) -> tuple[str, ...]:
    return ("stage", "sign", ticket.number, SIGN_OFF, *RATED, *more)


async def test_from_the_password_to_a_verified_signature(env: Environment, field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    named = ("--name", "Anna Berg", "--capacity", "Ward sister", "--as", nurse)
    shown = json.loads(await well(env, *sign(ticket, *named, "--dry-run", "--json")))
    assert shown["document"]["ticket"]["number"] == ticket.number
    assert shown["document"]["signed"]["answers"] == {"customer_rating": 9, "returned_to_service": True}
    assert "do not fit together" in await refused(env, *sign(ticket, *named), stdin="another pass phrase\n")
    assert "no password on standard input" in await refused(env, *sign(ticket, *named), code=2)
    assert "is closed" in await well(env, *sign(ticket, *named), stdin=SECRET)
    await ticket.stored()
    seen = await well(env, "ticket", "show", ticket.number)
    assert "signed by Anna Berg (Ward sister)" in seen
    assert f"with the password of {nurse}" in seen
    assert "The unit was returned to service and works." in seen
    assert f"SHA-256 {shown['digest'][:16]}… fits the record" in seen
    (told,) = json.loads(await well(env, "ticket", "show", ticket.number, "--json"))["signatures"]
    assert (told["by"], told["fits"], told["signature"]["digest"]) == (nurse, True, shown["digest"])
    verified = json.loads(await well(env, "audit", "verify", "--ticket", ticket.number, "--json"))
    assert verified["signatures"] == {"count": 1, "broken": 0, "first": []}
    assert "1 signature" in await well(env, "audit", "verify", "--ticket", ticket.number)
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            f"UPDATE service_tickets SET description = 'Nothing' WHERE number = '{ticket.number}'"  # noqa: S608
        )
        await session.commit()
    told_of = await refused_out(env, "audit", "verify", "--ticket", ticket.number)
    assert f"- {ticket.number}: {SIGN_OFF} visit 1, signed by Anna Berg: the record is not what was signed" in told_of
    assert "does not fit: the record is not what was signed" in await well(env, "ticket", "show", ticket.number)


async def test_a_breach_is_taken_back_by_a_hold_told_later_with_a_name_beside_it(
    env: Environment, field: Field
) -> None:
    ticket = await field.open()
    at = (await ticket.breached()).isoformat()
    late = ("ticket", "hold", ticket.number, "--reason", "access_denied", "--for", "2d", "--happened-at", at)
    told = await refused(env, *late, "--by", "coordinator-1")
    assert "Tell it as of now, or have it approved." in told
    assert "Name them with --approved-by." in told
    own = await refused(env, *late, "--by", "coordinator-1", "--approved-by", "coordinator-1")
    assert "by somebody else than coordinator-1" in own
    assert "It counts from " in await well(env, *late, "--by", "coordinator-1", "--approved-by", "manager-1")


async def test_whoever_is_signed_in_signs_as_themselves(env: Environment, field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    assert "Say whose account signs" in await refused(env, *sign(ticket, "--name", "Anna Berg"), code=2)
    await well(env, "login", nurse, stdin=SECRET)
    assert "Say who signs" in await refused(env, *sign(ticket), code=2)
    assert "is closed" in await well(env, *sign(ticket, "--name", "Anna Berg"), stdin=SECRET)
    other = await at_sign_off(field)
    stranger = await account(field, Grant(AccountRole.HOSPITAL, customer="AIIMS"))
    await well(env, "login", stranger, stdin=SECRET)
    said = await refused(env, *sign(other, "--name", "Anna Berg"), stdin=SECRET)
    assert f"There is no ticket {other.number}." in said
    nowhere = ("stage", "sign", "FC-2026-999999", SIGN_OFF, *RATED, "--name", "Anna Berg")
    none = await refused(env, *nowhere, stdin=SECRET)
    assert said.replace(other.number, "…") == none.replace("FC-2026-999999", "…")


async def test_from_a_link_to_a_signature(env: Environment, field: Field) -> None:
    ticket = await at_sign_off(field)
    assert "No signing link" in await well(env, "ticket", "sign-link", ticket.number)
    made = ("ticket", "sign-link", ticket.number, "--for", "Dr. R. Iyer", "--capacity", "Head of the ICU")
    first = json.loads(await well(env, *made, "--json"))
    assert first["secret"] not in await well(env, "ticket", "sign-link", ticket.number)
    await well(env, "ticket", "sign-link", ticket.number, "--revoke", first["code"])
    assert "not good any more" in await refused(env, *sign(ticket, "--link", first["secret"]))
    secret = json.loads(await well(env, *made, "--json"))["secret"]
    assert first["address"] is None
    reached = {**env, "FIELDCARE_PUBLIC_URL": "https://care.example/"}
    assert "\nhttps://care.example/sign#fcs_" in await well(reached, *made)
    assert "is closed" in await well(env, *sign(ticket, "--link", "-"), stdin=f"{secret}\n")
    assert "Whoever sent it makes a new one" in await refused(env, *sign(ticket, "--link", secret))
    await ticket.stored()
    assert "signed by Dr. R. Iyer (Head of the ICU)" in await well(env, "ticket", "show", ticket.number)
    assert "over, so there is nothing to sign" in await refused(env, *made)


async def test_a_drawing_is_read_from_a_file(env: Environment, field: Field, tmp_path: Path) -> None:
    ticket, drawing = await at_sign_off(field), tmp_path / "signature.txt"
    named = ("--name", "Anna Berg", "--by", "ENG-004", "--role", "engineer")
    drawing.write_text("<svg/>", encoding="utf-8")
    assert "data of an SVG path" in await refused(env, *sign(ticket, *named, "--drawing", str(drawing)), code=2)
    drawing.write_text(30_000 * "M0 0 ", encoding="utf-8")
    assert "at most 20000 characters" in await refused(env, *sign(ticket, *named, "--drawing", str(drawing)), code=2)
    assert "can't be read" in await refused(env, *sign(ticket, *named, "--drawing", str(tmp_path / "none")), code=2)
    drawing.write_text(WAVE, encoding="utf-8")
    assert "is closed" in await well(env, *sign(ticket, *named, "--drawing", str(drawing)))
    await ticket.stored()
    assert ", drawn" in await well(env, "ticket", "show", ticket.number)


async def test_somebody_else_approves_signed_in(env: Environment, field: Field, tmp_path: Path) -> None:
    ticket = await field.open()
    chief = await account(field, Grant(AccountRole.MANAGER), code=f"chief-{command_id()}")
    asker = await account(field, Grant(AccountRole.COORDINATOR), code=f"asker-{command_id()}")
    held = ("ticket", "hold", ticket.number, "--reason", "contract_dispute", "--approved-by", chief)
    assert "sign in" in await refused(env, "ticket", "approve", ticket.number, "--hold", "contract_dispute", code=2)
    theirs = {**env, "FIELDCARE_HOME": str(tmp_path / "theirs")}
    await well(theirs, "login", chief, stdin=SECRET)
    await well(env, "login", asker, stdin=SECRET)
    said = await refused(env, *held)
    assert f"{chief} approves it, signed in, with `fieldcare ticket approve`." in said
    assert f"{chief} approves a hold" in await well(
        theirs, "ticket", "approve", ticket.number, "--hold", "contract_dispute"
    )
    listing = ("ticket", "approve", ticket.number)
    (given,) = json.loads(await well(env, *listing, "--json"))["approvals"]
    assert (given["approved_by"], given["standing"]) == (chief, "open")
    assert "On hold" in await well(env, *held)
    (given,) = json.loads(await well(theirs, *listing, "--json"))["approvals"]
    assert (given["standing"], given["used_by"]) == ("used", asker)
    assert "contract_dispute" in await well(env, *listing)
    await ticket.stored()
    assert f"approved by {chief}" in await well(env, "ticket", "show", ticket.number)


@pytest.mark.parametrize(
    "options", [("--link", "x", "--drawing", "y"), ("--name", "A", "--as", "b", "--link", "x"), ()]
)
async def test_options_that_do_not_go_together_are_refused_before_anything_is_asked(
    env: Environment, options: tuple[str, ...]
) -> None:
    await refused(env, "stage", "sign", "FC-2026-000001", SIGN_OFF, *options, code=2)


async def test_a_reopened_ticket_is_signed_again_and_both_signatures_fit(env: Environment, field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    named = ("--name", "Anna Berg", "--as", nurse)
    await well(env, *sign(ticket, *named), stdin=SECRET)
    await ticket.stored()
    await ticket.do(Reopen(command_id=command_id(), actor=COORDINATOR, reason="Again", return_to=SIGN_OFF))
    await ticket.stored()
    await well(env, *sign(ticket, *named), stdin=SECRET)
    await ticket.stored()
    assert (await well(env, "ticket", "show", ticket.number)).count("fits the record") == 2
