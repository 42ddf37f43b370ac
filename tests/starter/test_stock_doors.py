"""Stock through the API, the terminal and the database's own door: by those who may, and by nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.vocabulary.accounts import TokenScope
from models.vocabulary.stock import StockDoing
from starter.accounts.keys import TOKEN_PREFIX, digest_of
from starter.failures import BadInput
from starter.stock.labels import Label, read_label
from tests.field import Field, Ticket
from tests.migrations.stockroom import add_part
from tests.serving import GRANTS, Server, a_server
from tests.starter.terminal import answer, clean_environment, fieldcare

SCAN = "(01)09506000134352(17)270630(10)L-77(240)"


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def sql(service_owner_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(service_owner_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module")
async def ticket(field: Field) -> Ticket:
    """A ventilator's ticket that ENG-004 is on."""
    return await field.open(engineer="ENG-004")


@pytest_asyncio.fixture(scope="module")
async def part(sql: Any, server: Server) -> str:
    """A part of which there are five in the main store, in a house with vans."""
    for code, engineer in (("VAN-4", "ENG-004"), ("VAN-2", "ENG-002")):
        said = {"code": code, "kind": "van", "engineer": engineer}
        assert (await server.ask("clerk", "POST", "/stock/place", json=said)).status_code == 200
    return await add_part(sql, "ventilator", stock=5)


async def do(server: Server, who: str, doing: str, **said: Any) -> Any:
    key = {"Idempotency-Key": said.pop("key")} if "key" in said else {}
    body = {name.rstrip("_"): value for name, value in said.items()}
    return await server.ask(who, "POST", f"/stock/{doing}", json=body, headers=key)


async def test_the_door_believes_those_who_may_and_nobody_else(server: Server, ticket: Ticket, part: str) -> None:
    app = await asyncpg.connect(server.engines.settings.url())
    said: dict[str, dict[str, object]] = {
        "reserve": {"ticket": ticket.number, "part": "NO-SUCH", "quantity": 1},
        "release": {"ticket": ticket.number, "part": "NO-SUCH"},
        "use": {"ticket": ticket.number, "part": "NO-SUCH", "quantity": 1},
        "return": {"ticket": ticket.number, "part": "NO-SUCH", "quantity": 1, "to": "VAN-4"},
        "send": {"part": "NO-SUCH", "quantity": 1, "from": "VAN-4", "to": "MAIN"},
        "count": {"part": "NO-SUCH", "location": "VAN-4", "counted": 1, "version": 0, "reason": "x"},
        "waste": {"part": "NO-SUCH", "location": "VAN-4", "quantity": 1, "reason": "x"},
    }
    everything = {one.value for one in StockDoing}
    of_a_ticket = {"reserve", "release", "use", "return"}
    allowed = {
        "clerk": everything,
        "administrator": everything - of_a_ticket,
        "coordinator": {"reserve", "release"},
        "engineer": {*of_a_ticket, "send", "count", "waste"},
    }
    try:
        for who in GRANTS:
            for scopes in ((), (TokenScope.READ,)):
                digest = digest_of((await server.token(who, *scopes)).get_secret_value(), TOKEN_PREFIX)
                for doing in (*StockDoing, "explode"):
                    with pytest.raises(asyncpg.PostgresError) as refused:
                        words = json.dumps(said.get(doing, {"part": "NO-SUCH"}))
                        await app.fetchval("SELECT administer_stock($1, $2, $3, $4)", digest, uuid4(), doing, words)
                    may_it = not scopes and (doing in allowed.get(who, ()) or (doing == "explode" and who == "clerk"))
                    if doing == "explode" and who == "administrator":
                        continue
                    assert (refused.value.sqlstate == "FC012") is not may_it, f"{who} {doing}: {refused.value}"
        for call in (
            "change_stock(uuidv7(), 'receive', '{}', 'me', 'operator')",
            "move_part('receipt', uuidv7(), NULL, uuidv7(), NULL, 1, NULL)",
            "note_ticket_part(uuidv7(), uuidv7(), 1, 'used', 'engineer')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f"SELECT {call}")
    finally:
        await app.close()


async def test_an_engineer_uses_what_is_kept_and_moves_their_own_van_alone(
    server: Server, ticket: Ticket, part: str
) -> None:
    sent = await do(server, "clerk", "send", part=part, quantity=2, from_="MAIN", to="VAN-4")
    assert sent.status_code == 200, sent.text
    transfer = sent.json()["transfer"]
    assert (await do(server, "another engineer", "take-in", transfer=transfer)).status_code == 403
    assert (await do(server, "engineer", "take-in", transfer=transfer)).json()["outstanding"] == 0
    kept = await do(server, "engineer", "reserve", ticket=ticket.number, part=part, quantity=1)
    assert kept.json()["taken"] == [{"location": "VAN-4", "quantity": 1}]
    assert (await do(server, "another engineer", "use", ticket=ticket.number, part=part)).status_code == 404
    used = await do(server, "engineer", "use", ticket=ticket.number, part=part, quantity=2)
    assert used.json()["standing"] == "used", used.text
    assert (await do(server, "engineer", "use", ticket=ticket.number, part=part, location="VAN-2")).status_code == 403
    for place, status in (("VAN-2", 403), ("VAN-4", 409), ("MAIN", 200)):  # nor is it kept from a colleague's first
        kept = await do(server, "engineer", "reserve", ticket=ticket.number, part=part, quantity=1, location=place)
        assert kept.status_code == status, (place, kept.text)
    assert (await do(server, "engineer", "release", ticket=ticket.number, part=part)).status_code == 200
    shown = (await server.ask("engineer", "GET", "/stock/part", number=part)).json()
    assert shown["on_hand"] == 3
    assert {one["ticket"] for one in shown["movements"]} == {None}, "whose tickets they were is not theirs to see"
    assert (await server.ask("nurse", "GET", "/stock/part", number=part)).status_code == 403


async def test_too_few_and_counted_too_late_are_problems_of_their_own(server: Server, ticket: Ticket, sql: Any) -> None:
    part, key = await add_part(sql, "ventilator", stock=2), str(uuid4())
    short = await do(server, "coordinator", "reserve", ticket=ticket.number, part=part, quantity=3, key=key)
    assert (short.status_code, short.json()["code"]) == (409, "too_few_parts")
    assert "2 are free and 3 are needed" in short.json()["detail"]
    first = await do(server, "coordinator", "reserve", ticket=ticket.number, part=part, quantity=2, key=key)
    again = await do(server, "coordinator", "reserve", ticket=ticket.number, part=part, quantity=2, key=key)
    assert (first.status_code, first.json()) == (200, again.json())
    late = await do(server, "clerk", "count", part=part, location="MAIN", counted=2, version=9, reason="Stocktaking")
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert (await do(server, "clerk", "receive", part=part, to="MAIN", key="x")).status_code == 422
    low = (await server.ask("manager", "GET", "/stock", search=part, low="true")).json()["parts"]
    assert [(one["part_number"], one["on_hand"], one["free"]) for one in low] == [(part, 2, 0)]


async def test_the_terminal_does_the_same(service_owner_url: str, sql: Any, ticket: Ticket, part: str) -> None:
    number = await add_part(sql, "ventilator", stock=0)
    env = {**clean_environment(), "FIELDCARE_DATABASE_URL": service_owner_url}
    env["FIELDCARE_ADMIN_DATABASE_URL"] = service_owner_url
    assert answer(env, "part", "receive", SCAN + number, "-q", "3", "--to", "MAIN")["standing"] == "received"
    [balance] = answer(env, "part", "show", number)["balances"]
    assert (balance["lot"], balance["expires_on"], balance["quantity"]) == ("L-77", "2027-06-30", 3)
    kept = fieldcare(env, "part", "reserve", ticket.number, number, "-q", "2")
    assert kept.stdout == "Kept: 2 of MAIN (L-77).\n", kept.stderr
    short = fieldcare(env, "part", "reserve", ticket.number, number, "-q", "2")
    assert short.returncode == 1 and "1 are free and 2 are needed" in " ".join(short.stderr.split())
    assert answer(env, "part", "use", ticket.number, number)["standing"] == "used"
    assert (
        answer(env, "part", "count", number, "2", "--at", "MAIN", "--lot", "L-77", "--because", "x")["difference"] == 0
    )
    sent = answer(env, "part", "move", number, "--from", "MAIN", "--to", "VAN-4", "--lot", "L-77")
    assert answer(env, "part", "arrived", sent["transfer"])["outstanding"] == 0
    assert answer(env, "part", "block", number, "--lot", "L-77", "--because", "Recall")["tickets"] == [ticket.number]
    assert number in fieldcare(env, "part", "stock", "--low").stdout
    assert "VAN-4" in fieldcare(env, "part", "places").stdout
    assert number in fieldcare(env, "part", "reorder").stdout
    for arguments in (
        ("show", number),
        ("release", ticket.number),
        ("level", number, "--at", "MAIN", "--minimum", "1", "--reorder", "2"),
    ):
        done = fieldcare(env, "part", *arguments)
        assert done.returncode == 0, done.stderr
    assert part != number


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("VN-FS-01", Label(part="VN-FS-01")),
        (f"{SCAN}VN-FS-01", Label("VN-FS-01", "L-77", None, date(2027, 6, 30))),
        ("(01)09506000134352(21)S1(17)270600(241)X", Label("X", None, "S1", date(2027, 6, 30))),
        ("]d201095060001343521727063010L-77\x1d240VN-FS-01", Label("VN-FS-01", "L-77", None, date(2027, 6, 30))),
        ("(01)09506000134352(10)L-77", Label(None, "L-77")),
        ("", Label()),
    ],
)
def test_a_label_says_part_lot_serial_and_day(text: str, read: Label) -> None:
    assert read_label(text, date(2026, 11, 30)) == read


def test_a_code_that_can_t_be_read_is_said_so() -> None:
    with pytest.raises(BadInput, match="can't be read"):
        read_label("(01)09506000134353(10)L")
