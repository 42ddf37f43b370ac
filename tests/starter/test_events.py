"""Streams of events: all of it, once, to those who may see it, whatever becomes of the connection meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr

from activities.horizon import settled_entry
from models.database import Database
from models.principals import Grant
from models.vocabulary.accounts import AccountRole, TokenScope
from starter.accounts import managing
from starter.api import events
from starter.web.streams import Pace
from tests.factories import hold, resume
from tests.field import Field, Ticket
from tests.proxy import Proxy
from tests.serving import GRANTS, patient
from tests.streaming import Streaming, a_streaming_server
from tests.waiting import until

QUICK = Pace(heartbeat=0.2, check=0.3)


@pytest_asyncio.fixture(scope="module")
async def streaming(service_url: str) -> AsyncIterator[Streaming]:
    async with a_streaming_server(patient(service_url), QUICK) as running:
        yield running


async def token(field: Field, *grants: Grant) -> tuple[str, SecretStr]:
    """An account, and a token of it."""
    code = f"listener-{uuid4().hex[:8]}"
    await managing.add_account(field.owner, code, "Listener", grants, by="tests")
    issued = await managing.issue_token(field.owner, code, "test", [TokenScope.READ], timedelta(hours=1), by="tests")
    return code, issued.secret


async def timeline(field: Field, ticket: Ticket) -> list[int]:
    """The sequence numbers of a ticket's facts, as they are on record."""
    rows = await field.rows(
        "SELECT a.sequence FROM audit_events AS a JOIN service_tickets AS t ON t.id = a.subject_id "
        "WHERE t.number = :number ORDER BY 1",
        number=ticket.number,
    )
    return [row["sequence"] for row in rows]


async def stored(field: Field, ticket: Ticket, action: str, count: int = 1) -> None:
    """Wait until a ticket has so many facts of a kind on record."""

    async def there() -> bool:
        rows = await field.rows(
            "SELECT a.id FROM audit_events AS a JOIN service_tickets AS t ON t.id = a.subject_id "
            "WHERE t.number = :number AND a.action = :action",
            number=ticket.number,
            action=action,
        )
        return len(rows) >= count

    await until(there)


async def test_the_timeline_comes_as_it_is_written_and_goes_on_where_one_was_cut_off(
    field: Field, streaming: Streaming
) -> None:
    ticket = await field.open()
    _, secret = await token(field, GRANTS["nurse"])
    path = f"/tickets/{ticket.number}/events"
    async with streaming.hear(f"{path}?after=0", secret) as first:
        await ticket.do(hold())
        before = await first.until("entry", 3)
        assert before[0]["data"]["action"] and before[0]["data"]["sequence"] == before[0]["id"]
    last = before[1]["id"]  # cut off in the middle: what came after that, nobody has seen
    await ticket.do(resume())
    await stored(field, ticket, "ticket_resumed")
    async with streaming.hear(path, secret, **{"Last-Event-ID": str(last)}) as second:
        await ticket.do(hold())
        await stored(field, ticket, "ticket_held", 2)
        expected = [one for one in await timeline(field, ticket) if one > last]
        after = await second.until("entry", len(expected))
    assert [one["id"] for one in after] == expected


async def test_lists_hear_of_the_tickets_that_they_may_show_and_of_no_other(field: Field, streaming: Streaming) -> None:
    (_, nurse), (_, elsewhere) = await token(field, GRANTS["nurse"]), await token(field, GRANTS["nurse elsewhere"])
    async with streaming.hear("/events", nurse) as heard, streaming.hear("/events", elsewhere) as foreign:
        ticket = await field.open()
        await ticket.do(hold())

        async def held() -> bool:
            return any(
                one["data"]["action"] == "ticket_held" and one["data"]["number"] == ticket.number
                for one in heard.of("moved")
            )

        await until(held)
        moved = [one for one in heard.of("moved") if one["data"]["number"] == ticket.number]
        assert [one["data"]["sequence"] for one in moved] == [
            one for one in await timeline(field, ticket) if one <= moved[-1]["data"]["sequence"]
        ]
        assert set(moved[-1]["data"]) == {"number", "sequence", "action", "status"}
        again = await streaming.all(f"/events?after={moved[0]['id']}&lasts=0", nurse)
        assert [one["id"] for one in again.of("moved")][: len(moved) - 1] == [one["id"] for one in moved[1:]]
        assert not [one for one in foreign.of("moved") if one["data"]["number"] == ticket.number]


async def test_what_is_committed_late_is_not_skipped(database_url: str) -> None:
    """Numbers of the trail are taken before they are committed: a reader that went by the newest would miss one."""
    slow, quick = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    database = Database(database_url)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("UPDATE customers SET name = name || '!' WHERE code = 'AIIMS'")
    await quick.execute("UPDATE customers SET name = name || '!' WHERE code = 'CITY-GENERAL'")
    reading = asyncio.create_task(settled_entry(database))

    async def waits() -> bool:
        return bool(await quick.fetchval("SELECT cardinality(writers) FROM audit_horizon()"))

    await until(waits)
    assert not reading.done()
    await transaction.commit()
    newest = await quick.fetchval("SELECT max(entry_number) FROM audit_events")
    assert await reading == newest
    assert await settled_entry(database) == newest
    await database.aclose()
    await slow.close()
    await quick.close()


async def test_what_came_while_the_database_was_away_is_made_up_for(field: Field, service_url: str) -> None:
    proxy = Proxy.to(service_url)
    await proxy.mend()
    ticket = await field.open()
    _, secret = await token(field, GRANTS["coordinator"])
    async with a_streaming_server(patient(proxy.through(service_url)), QUICK) as server:
        path = f"/tickets/{ticket.number}/events"
        async with server.hear(path, secret) as one, server.hear("/events", secret) as all_:
            began = one.of("ready")[0]["id"]
            await proxy.cut()
            await ticket.do(hold())
            await stored(field, ticket, "ticket_held")
            await proxy.mend()
            expected = [sequence for sequence in await timeline(field, ticket) if sequence > began]
            assert [got["id"] for got in await one.until("entry", len(expected))] == expected

            async def told() -> bool:
                mine = [got["data"] for got in all_.of("moved") if got["data"]["number"] == ticket.number]
                return "ticket_held" in {got["action"] for got in mine}

            await until(told)
    await proxy.cut()


async def test_a_stream_ends_with_the_right_to_it(field: Field, streaming: Streaming) -> None:
    ticket = await field.open()
    code, secret = await token(field, GRANTS["coordinator"])
    async with (
        streaming.hear(f"/tickets/{ticket.number}/events", secret) as one,
        streaming.hear("/events", secret) as all_,
    ):
        await managing.revoke_token(field.owner, code, "test", by="tests")
        for heard in (one, all_):
            assert (await heard.until("end"))[0]["data"] == {"code": "not_signed_in"}
            await heard.until_over()

    code, secret = await token(field, GRANTS["coordinator"], Grant(AccountRole.ADMINISTRATOR))
    async with (
        streaming.hear(f"/tickets/{ticket.number}/events", secret) as one,
        streaming.hear("/events", secret) as all_,
    ):
        async with field.owner.session() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "DELETE FROM account_roles AS r USING accounts AS a "
                "WHERE a.id = r.account_id AND a.code = $1 AND r.role = 'coordinator'",
                (code,),
            )
        assert (await one.until("end"))[0]["data"] == {"code": "unknown_ticket"}
        assert (await all_.until("end"))[0]["data"] == {"code": "not_allowed"}


async def test_quiet_streams_are_kept_alive(field: Field, streaming: Streaming) -> None:
    _, secret = await token(field, GRANTS["coordinator"])
    ticket = await field.open()
    async with streaming.hear(f"/tickets/{ticket.number}/events", secret) as heard:

        async def kept() -> bool:
            return heard.comments >= 2

        await until(kept)


async def test_whoever_is_too_far_behind_reads_anew(
    field: Field, streaming: Streaming, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = await token(field, GRANTS["coordinator"])
    await field.open()
    monkeypatch.setattr(events, "TOO_FAR_BEHIND", 1)
    heard = await streaming.all("/events?after=0&lasts=0", secret)
    assert [one["event"] for one in heard.events] == ["ready", "resync"]
    ahead = await streaming.all(f"/events?after={2**60}&lasts=0", secret)
    assert [one["event"] for one in ahead.events] == ["ready", "resync"]
    assert ahead.events[1]["id"] < 2**60


async def test_what_can_not_be_streamed_is_a_problem(field: Field, service_url: str) -> None:
    ticket = await field.open()
    (_, nurse), (_, elsewhere) = await token(field, GRANTS["nurse"]), await token(field, GRANTS["nurse elsewhere"])
    _, administrator = await token(field, GRANTS["administrator"])
    path = f"/tickets/{ticket.number}/events"
    async with (
        a_streaming_server(patient(service_url, api_streams=1), QUICK) as server,
        httpx2.AsyncClient(base_url=server.base) as client,
    ):

        async def status(where: str, secret: SecretStr | None, **headers: str) -> tuple[int, str]:
            if secret is not None:
                headers["Authorization"] = f"Bearer {secret.get_secret_value()}"
            answer = await client.get(where, headers=headers)
            return answer.status_code, answer.json()["code"]

        assert await status(path, elsewhere) == (404, "unknown_ticket")
        assert await status(path, None) == (401, "not_signed_in")
        assert await status("/events", administrator) == (403, "not_allowed")
        assert await status(f"{path}?after=100000", nurse) == (422, "bad_input")
        for bad in ("x", "-1", "1e3", "9" * 30):
            assert await status(path, nurse, **{"Last-Event-ID": bad}) == (422, "bad_input")
        async with server.hear(path, nurse):
            assert await status("/events", nurse) == (429, "too_many_requests")

        async def free_again() -> bool:
            return (
                await client.get(f"{path}?lasts=0", headers={"Authorization": f"Bearer {nurse.get_secret_value()}"})
            ).status_code == 200

        await until(free_again)
