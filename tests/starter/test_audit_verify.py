"""Whoever owns the database can tamper with the audit trail; `fieldcare audit verify` names the first broken link."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.database import Database
from models.vocabulary import AuditBreak
from starter.auditing import Anchor, Break, Findings, Verification, seal_trail, verify_chain, verify_trail
from starter.auditing.findings import KEPT
from starter.cli.audit import do as auditing
from starter.failures import Failure
from tests.databases import drop_database, make_database
from tests.migrations.story import Story, open_story
from tests.starter.terminal import clean_environment, fieldcare


@dataclass
class Trail:
    """A database of a module's own: two tickets, a customer that changed twice, two seals."""

    url: str
    database: Database
    sql: Any
    ticket: Story
    customer: UUID

    async def tamper(self, statement: str, *values: Any) -> None:
        """What an owner of the database can do, and a trigger can't stop."""
        async with self.sql.transaction():
            await self.sql.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
            await self.sql.execute("ALTER TABLE audit_seals DISABLE TRIGGER USER")
            assert await self.sql.execute(statement, *values) not in {"UPDATE 0", "DELETE 0", "INSERT 0 0"}
            await self.sql.execute("ALTER TABLE audit_seals ENABLE TRIGGER USER")
            await self.sql.execute("ALTER TABLE audit_events ENABLE TRIGGER USER")

    async def change(self, change: str, subject: UUID, sequence: int) -> None:
        where = "WHERE subject_id = $1 AND sequence = $2"
        await self.tamper(f"UPDATE audit_events SET {change} {where}", subject, sequence)  # noqa: S608 - ours

    async def rehash(self, subject: UUID, sequence: int) -> None:
        """Give an entry the hash that its content has now."""
        await self.change(
            "hash = encode(sha256(convert_to(audit_payload(audit_events), 'UTF8')), 'hex')", subject, sequence
        )

    async def delete(self, subject: UUID, *sequences: int) -> None:
        await self.tamper("DELETE FROM audit_events WHERE subject_id = $1 AND sequence = ANY ($2)", subject, sequences)

    async def forge(self, subject: UUID, after: int) -> None:
        """Compute the hashes of a chain anew from one entry on, as a forger who knows how would."""
        last = await self.sql.fetchval("SELECT max(sequence) FROM audit_events WHERE subject_id = $1", subject)
        for sequence in range(after, last + 1):
            if sequence:
                await self.tamper(
                    "UPDATE audit_events AS a SET previous_hash = b.hash FROM audit_events AS b "
                    "WHERE a.subject_id = $1 AND b.subject_id = $1 AND a.sequence = $2 AND b.sequence = $2 - 1",
                    subject,
                    sequence,
                )
            await self.rehash(subject, sequence)

    async def verify(self, *anchors: Anchor) -> Verification:
        return await verify_trail(self.database, anchors)

    async def first_break(self, *anchors: Anchor) -> Break:
        return (await self.verify(*anchors)).findings.first[0]


@pytest_asyncio.fixture(scope="module")
async def intact(postgres_url: str, stack: Any) -> AsyncIterator[Trail]:
    server, name = stack.addresses.database_url, f"tampered_{uuid4().hex}"
    url = await make_database(server, name, postgres_url.rsplit("/", 1)[1])
    database, sql = Database(url), await asyncpg.connect(url)
    await open_story(database)
    ticket = await open_story(database)
    sealed = [seal async for seal in seal_trail(database, timedelta(0))]
    assert [seal.seal_number for seal in sealed] == [1]
    for word in ("Once", "Twice"):
        await sql.execute("UPDATE customers SET name = $1 WHERE code = 'APOLLO'", word)
    async for seal in seal_trail(database, timedelta(0)):
        assert (seal.seal_number, seal.entries) == (2, 2)
    await sql.execute("CREATE TABLE kept_events AS SELECT * FROM audit_events")
    await sql.execute("CREATE TABLE kept_seals AS SELECT * FROM audit_seals")
    customer = await sql.fetchval("SELECT id FROM customers WHERE code = 'APOLLO'")
    yield Trail(url, database, sql, ticket, customer)
    await database.aclose()
    await sql.close()
    await drop_database(server, name)


@pytest_asyncio.fixture
async def trail(intact: Trail) -> AsyncIterator[Trail]:
    """The trail for a test that tampers; it is as it was afterwards."""
    yield intact
    rows = await intact.sql.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'kept_events'::regclass AND attnum > 0"
    )
    columns = ", ".join(row[0] for row in rows)
    await intact.tamper("DELETE FROM audit_events")
    await intact.tamper(
        f"INSERT INTO audit_events ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM kept_events"  # noqa: S608
    )
    await intact.tamper("DELETE FROM audit_seals")
    await intact.tamper("INSERT INTO audit_seals SELECT * FROM kept_seals")


async def test_a_trail_that_nobody_touched_is_intact(intact: Trail) -> None:
    walked: list[int] = []
    verification = await verify_trail(intact.database, advanced=walked.append)
    count = await intact.sql.fetchval("SELECT count(*) FROM audit_events")
    chains = await intact.sql.fetchval("SELECT count(DISTINCT subject_id) FROM audit_events")
    assert verification.intact, verification.findings
    assert (verification.entries, verification.chains, len(verification.seals)) == (count, chains, 2)
    assert sum(walked) == 2 * count


@pytest.mark.parametrize(
    "change",
    [
        'new_value = new_value || \'{"name": "Forged"}\'',
        "old_value = NULL",
        "actor_code = 'somebody'",
        "occurred_at = occurred_at + interval '1 microsecond'",
        "recorded_at = recorded_at - interval '1 day'",
        "reason = 'for a good reason'",
        "command_id = 'c'",
        "action = 'row_deleted'",
        "entry_number = DEFAULT",
        "id = uuidv7()",
        "subject_table = 'engineers'",
        "hash = repeat('0', 64)",
        "previous_hash = repeat('0', 64)",
    ],
)
async def test_a_changed_entry_is_named(trail: Trail, change: str) -> None:
    await trail.change(change, trail.customer, 1)
    found = await trail.first_break()
    assert (found.kind, found.subject_id, found.sequence) == (AuditBreak.CONTENT_CHANGED, trail.customer, 1)


async def test_a_recomputed_hash_breaks_the_link_to_the_next(trail: Trail) -> None:
    await trail.change("actor_code = 'somebody'", trail.customer, 1)
    await trail.rehash(trail.customer, 1)
    found = await trail.first_break()
    assert (found.kind, found.subject_id, found.sequence) == (AuditBreak.LINK_BROKEN, trail.customer, 2)


async def test_a_deleted_middle_is_named_by_the_entry_after_it(trail: Trail) -> None:
    await trail.delete(trail.ticket.ticket_id, 1)
    found = await trail.first_break()
    assert (found.kind, found.subject_id, found.sequence) == (AuditBreak.ENTRY_MISSING, trail.ticket.ticket_id, 2)
    assert found.sentence == "the entry before it is missing (entry 1)"


async def test_a_deleted_beginning_is_named_by_the_first_that_is_left(trail: Trail) -> None:
    await trail.delete(trail.ticket.ticket_id, 0, 1)
    found = await trail.first_break()
    assert (found.kind, found.sequence) == (AuditBreak.ENTRY_MISSING, 2)
    assert found.sentence == "the entry before it is missing (entries 0 to 1)"


async def test_a_ticket_s_deleted_end_is_named_by_the_last_that_is_left(trail: Trail) -> None:
    await trail.delete(trail.ticket.ticket_id, 2)
    found = await trail.first_break()
    assert (found.kind, found.subject_id, found.sequence) == (AuditBreak.END_REMOVED, trail.ticket.ticket_id, 1)
    assert found.sentence.endswith("(the ticket stands at fact 2)")


async def test_a_row_s_deleted_end_is_under_its_seal(trail: Trail) -> None:
    await trail.delete(trail.customer, 2)
    found = await trail.first_break()
    assert (found.kind, found.seal) == (AuditBreak.SEAL_BROKEN, 2)
    assert "2 entries from" in found.sentence
    assert "1 are there" in found.sentence


@pytest.mark.parametrize("whose", ["ticket", "customer"])
async def test_a_deleted_chain_is_named(trail: Trail, whose: str) -> None:
    subject = trail.ticket.ticket_id if whose == "ticket" else trail.customer
    await trail.tamper("DELETE FROM audit_events WHERE subject_id = $1", subject)
    verification = await trail.verify()
    found = verification.findings.first[0]
    assert (found.kind, found.subject_id, found.sequence) == (AuditBreak.CHAIN_MISSING, subject, None)
    assert AuditBreak.SEAL_BROKEN in {one.kind for one in verification.findings.first}


async def test_entries_that_changed_places_are_named(trail: Trail) -> None:
    for before, after in ((1, 90), (2, 1), (90, 2)):
        await trail.change(f"sequence = {after}", trail.customer, before)
    verification = await trail.verify()
    assert {(one.sequence, one.kind) for one in verification.findings.first if one.subject_id == trail.customer} == {
        (1, AuditBreak.CONTENT_CHANGED),
        (2, AuditBreak.CONTENT_CHANGED),
    }


INSERT = """
    INSERT INTO audit_events (
        subject_table, subject_id, ticket_id, sequence, occurred_at, actor_code, actor_role, action, previous_hash, hash
    )
    SELECT subject_table, subject_id, ticket_id, sequence + 1, now(), 'forger', 'operator', 'command_refused', hash,
        repeat('a', 64)
    FROM audit_events WHERE subject_id = $1 AND sequence = 2
"""


async def test_a_forged_entry_is_named(trail: Trail) -> None:
    await trail.tamper(INSERT, trail.ticket.ticket_id)
    found = await trail.first_break()
    assert (found.kind, found.sequence) == (AuditBreak.CONTENT_CHANGED, 3)


async def test_a_forged_entry_with_a_true_hash_is_more_than_the_ticket_has(trail: Trail) -> None:
    await trail.tamper(INSERT, trail.ticket.ticket_id)
    await trail.forge(trail.ticket.ticket_id, 3)
    found = await trail.first_break()
    assert (found.kind, found.sequence) == (AuditBreak.ENTRY_ADDED, 3)


async def test_a_chain_that_was_forged_to_its_end_breaks_its_seal(trail: Trail) -> None:
    await trail.change("actor_code = 'somebody'", trail.customer, 0)
    await trail.forge(trail.customer, 0)
    verification = await trail.verify()
    assert [(one.kind, one.seal) for one in verification.findings.first] == [
        (AuditBreak.SEAL_BROKEN, 1),
        (AuditBreak.SEAL_BROKEN, 2),
    ]


async def test_a_row_that_went_behind_the_triggers_back_is_named(trail: Trail) -> None:
    gone = await trail.sql.fetchval("INSERT INTO manufacturers (code, name) VALUES ('GONE', 'Gone') RETURNING id")
    async with trail.sql.transaction():
        await trail.sql.execute("ALTER TABLE manufacturers DISABLE TRIGGER audit_change")
        await trail.sql.execute("DELETE FROM manufacturers WHERE id = $1", gone)
        await trail.sql.execute("ALTER TABLE manufacturers ENABLE TRIGGER audit_change")
    found = await trail.first_break()
    assert (found.kind, found.subject_id, found.sequence) == (AuditBreak.ROW_GONE, gone, 0)


async def test_a_row_that_came_behind_the_triggers_back_is_named(trail: Trail) -> None:
    come = await trail.sql.fetchval("INSERT INTO manufacturers (code, name) VALUES ('COME', 'Come') RETURNING id")
    await trail.sql.execute("DELETE FROM manufacturers WHERE id = $1", come)
    await trail.sql.execute("ALTER TABLE manufacturers DISABLE TRIGGER audit_change")
    await trail.sql.execute("INSERT INTO manufacturers (id, code, name) VALUES ($1, 'COME', 'Come')", come)
    found = await trail.first_break()
    await trail.sql.execute("DELETE FROM manufacturers WHERE id = $1", come)
    await trail.sql.execute("ALTER TABLE manufacturers ENABLE TRIGGER audit_change")
    assert (found.kind, found.subject_id, found.sequence) == (AuditBreak.ROW_BACK, come, 1)


# -- seals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    ["entries = entries + 1", "sealed_at = now()", "hash = repeat('0', 64)", "previous_hash = repeat('0', 64)"],
)
async def test_a_seal_that_was_changed_is_named(trail: Trail, change: str) -> None:
    await trail.tamper(f"UPDATE audit_seals SET {change} WHERE seal_number = 2")  # noqa: S608 - ours
    found = await trail.first_break()
    assert (found.kind, found.seal) == (AuditBreak.SEAL_BROKEN, 2)


async def test_a_seal_that_was_removed_is_named_by_the_next(trail: Trail) -> None:
    await trail.tamper("DELETE FROM audit_seals WHERE seal_number = 1")
    found = await trail.first_break()
    assert (found.kind, found.seal) == (AuditBreak.SEAL_MISSING, 2)


async def test_an_anchor_shows_that_newer_seals_were_removed_or_replaced(trail: Trail) -> None:
    first, second = (await trail.verify()).seals
    anchor = Anchor.parse(f" 2:{second.hash.upper()}\n")
    assert (await trail.verify(anchor)).intact
    assert (await trail.first_break(Anchor(2, first.hash))).kind is AuditBreak.ANCHOR_BROKEN
    await trail.tamper("DELETE FROM audit_seals WHERE seal_number = 2")
    assert (await trail.verify()).intact
    found = await trail.first_break(anchor)
    assert (found.kind, found.seal, found.detail) == (AuditBreak.ANCHOR_BROKEN, 2, "gone")


@pytest.mark.parametrize("text", ["", "1", "1:", "0:" + "a" * 64, "1:" + "a" * 63, "x:" + "a" * 64])
def test_an_anchor_is_a_seal_and_its_hash(text: str) -> None:
    with pytest.raises(ValueError, match="is not an anchor"):
        Anchor.parse(text)


# -- one chain, many breaks ------------------------------------------------------------------------------------------


async def test_one_ticket_is_verified_alone(trail: Trail) -> None:
    await trail.change("actor_code = 'somebody'", trail.customer, 1)
    alone = await verify_chain(trail.database, trail.ticket.ticket_id)
    assert alone.intact
    assert (alone.entries, alone.chains) == (3, 1)
    await trail.delete(trail.ticket.ticket_id, 2)
    broken = await verify_chain(trail.database, trail.ticket.ticket_id)
    assert [one.kind for one in broken.findings.first] == [AuditBreak.END_REMOVED]


def test_the_first_breaks_are_kept_and_all_are_counted() -> None:
    findings = Findings()
    for number in reversed(range(1, KEPT + 11)):
        findings.add(Break(AuditBreak.CONTENT_CHANGED, "customers", uuid4(), 0, number))
    findings.add(Break(AuditBreak.SEAL_BROKEN, entry_number=1, seal=1))
    assert findings.total == KEPT + 11
    assert [one.entry_number for one in findings.first] == list(range(1, KEPT + 1))


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def said(trail: Trail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What the commands said; they are called without a process of their own, on the trail's database."""
    monkeypatch.setenv("FIELDCARE_DATABASE_URL", trail.url)
    return lambda: capsys.readouterr().out


async def test_an_intact_trail_is_told_with_its_newest_seal(trail: Trail, said: Callable[[], str]) -> None:
    hash_ = (await trail.verify()).seals[1].hash
    assert await auditing.verify(None, [f"2:{hash_}"], as_json=False) == 0
    intact = said()
    assert intact.startswith("Intact: ")
    assert intact.endswith(f"2 seals, newest seal #2 hash {hash_}.\n")
    await auditing.seal("1s", as_json=False)
    assert said() == f"Nothing new to seal. Newest: 2:{hash_}\n"


async def test_a_new_seal_is_told_so_that_it_can_be_written_down(trail: Trail, said: Callable[[], str]) -> None:
    await trail.sql.execute("UPDATE customers SET name = 'Sealed' WHERE code = 'APOLLO'")
    await auditing.seal("1s", as_json=False)
    number, hash_ = await trail.sql.fetchrow("SELECT seal_number, hash FROM audit_seals ORDER BY 1 DESC LIMIT 1")
    assert said().endswith(f"Keep this elsewhere: {number}:{hash_}\n")


async def test_a_broken_trail_is_told_by_its_first_broken_link(trail: Trail, said: Callable[[], str]) -> None:
    number = trail.ticket.row.number
    await trail.change("actor_code = 'somebody'", trail.ticket.ticket_id, 1)
    assert await auditing.verify(number, [], as_json=True) == 1
    told = json.loads(said())
    assert (told["intact"], told["broken"], told["first"]["kind"]) == (False, 1, "content_changed")
    assert await auditing.verify(None, [], as_json=False) == 1
    place = f"ticket {number}, entry 1 (number {told['first']['entry_number']})"
    assert f"First broken link: {place}: its content is not what was recorded.\n" in said()


async def test_the_log_tells_old_and_new_values(trail: Trail, said: Callable[[], str]) -> None:
    await auditing.log(None, "customers", "1h", 1, as_json=False)
    assert "customers APOLLO" in (told := said())
    assert "name: Once → Twice" in told
    await auditing.log(trail.ticket.row.number, None, None, 50, as_json=True)
    assert [entry["sequence"] for entry in json.loads(said())["entries"]] == [2, 1, 0]
    await auditing.log(None, "no_table", None, 50, as_json=False)
    assert said() == "No entry fits.\n"


async def test_what_makes_no_sense_is_refused_with_the_remedy(said: Callable[[], str]) -> None:
    with pytest.raises(Failure, match="`fieldcare audit seal` prints it"):
        await auditing.verify(None, ["1:2"], as_json=False)
    with pytest.raises(Failure, match="leave out --ticket or --anchor"):
        await auditing.verify("FC-2026-000001", [f"1:{'a' * 64}"], as_json=False)
    with pytest.raises(Failure, match="There is no ticket FC-1999-000001"):
        await auditing.verify("FC-1999-000001", [], as_json=False)
    with pytest.raises(Failure, match="or use --since 24h"):
        await auditing.log(None, None, "2026-99-01", 50, as_json=False)
    with pytest.raises(Failure, match="is not a duration"):
        await auditing.log(None, None, "soon", 50, as_json=False)


async def test_the_command_ends_with_1_when_the_trail_is_broken(trail: Trail) -> None:
    await trail.delete(trail.ticket.ticket_id, 1)
    done = fieldcare({**clean_environment(), "FIELDCARE_DATABASE_URL": trail.url}, "audit", "verify")
    assert done.returncode == 1
    assert "the entry before it is missing (entry 1)" in done.stdout


def test_a_database_that_is_away_is_no_broken_trail() -> None:
    env = {**clean_environment(), "FIELDCARE_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    assert fieldcare(env, "audit", "verify").returncode == 3
