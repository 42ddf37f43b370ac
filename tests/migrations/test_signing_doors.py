"""What the application says of signatures is believed as far as it must be: past the program nobody gets further."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.database import Database
from models.principals import Grant
from models.vocabulary.accounts import AccountRole
from starter.accounts import managing
from starter.accounts.entering import signed_by_password
from starter.embedded import Stack
from tests.databases import as_role
from tests.migrations.story import Story, open_story
from tests.starter.accounts import CHEAP, PASSWORD

SIGN_OFF = "completion_sign_off"
SENDER = json.dumps({"code": "coordinator-1", "role": "coordinator"})
LINK: dict[str, Any] = {"stage": SIGN_OFF, "name": "Anna Berg", "capacity": "Ward sister", "lasts": 3600}


@pytest_asyncio.fixture
async def app(stack: Stack, database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(as_role(database_url, stack.addresses.application_url))
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def owner(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=1)
    yield database
    await database.aclose()


@pytest_asyncio.fixture
async def story(owner: Database) -> Story:
    return await open_story(owner)


async def issued(app: Any, story: Story, secret: bytes = b"secret", sender: str = SENDER, **said: Any) -> Any:
    link = json.dumps({**LINK, "digest": sha256(secret).hexdigest(), **said})
    return await app.fetchval("SELECT issue_signing_link($1, $2, $3)", story.row.number, link, sender)


@pytest.mark.parametrize(
    ("said", "sender", "why"),
    [
        ({"stage": "onsite_repair"}, SENDER, "no sign-off"),
        ({"stage": None}, SENDER, "no sign-off"),
        ({"lasts": 0}, SENDER, "30 days"),
        ({"lasts": 31 * 86_400}, SENDER, "30 days"),
        ({"lasts": None}, SENDER, "30 days"),
        ({"name": " "}, SENDER, "printed_name"),
        ({"name": 201 * "n"}, SENDER, "printed_name"),
        ({"digest": "00"}, SENDER, "digest"),
        ({}, json.dumps({"code": "nurse-7", "role": "hospital"}), "coordinator or an engineer"),
    ],
)
async def test_no_link_is_made_that_is_none(
    app: Any, story: Story, said: dict[str, Any], sender: str, why: str
) -> None:
    with pytest.raises(asyncpg.PostgresError, match=why):
        await issued(app, story, sender=sender, **said)
    assert await app.fetchval("SELECT count(*) FROM signing_links") == 0


async def test_a_link_of_no_ticket_and_a_secret_of_no_link_are_nothing(app: Any, story: Story) -> None:
    assert await app.fetchval("SELECT issue_signing_link('FC-1999-000001', $1, $2)", json.dumps(LINK), SENDER) is None
    await issued(app, story)
    for digest in (b"", b"secret", sha256(b"another").digest()):
        assert await app.fetchval("SELECT open_signing_link($1)", digest) is None
        assert await app.fetchval("SELECT sign_by_link($1, $2)", digest, 64 * "a") is None
    with pytest.raises(asyncpg.CheckViolationError):
        await app.fetchval("SELECT sign_by_link($1, 'no digest')", sha256(b"secret").digest())
    assert await app.fetchval("SELECT open_signing_link($1)", sha256(b"secret").digest()), "it is not used up by that"


async def test_no_proof_is_left_of_whoever_has_shown_nothing_or_is_of_another_hospital(
    app: Any, owner: Database, story: Story
) -> None:
    stranger = await managing.add_account(
        owner, "stranger", "Stranger", [Grant(AccountRole.COORDINATOR)], by="operator"
    )
    await managing.set_password(owner, CHEAP, stranger, PASSWORD, by="operator")
    signing = json.dumps({"ticket": story.row.number, "stage": SIGN_OFF, "name": "Anna Berg", "digest": 64 * "a"})
    for code in ("nobody", stranger):
        told = sha256(sha256(32 * b"k").digest()).digest()
        assert await app.fetchval("SELECT announce_password($1, $2)", code, told) is None
        said = json.loads(await app.fetchval("SELECT sign_by_password($1, $2, $3)", code, 32 * b"k", signing))
        assert (said["proof"], said["principal"]) == (None, None)
    proven = await signed_by_password(owner, CHEAP, stranger, PASSWORD, json.loads(signing))
    assert (proven.principal.code, proven.id) == (stranger, None)
    assert await app.fetchval("SELECT count(*) FROM signature_proofs") == 0


@pytest.mark.parametrize("table", ["signing_links", "signature_proofs", "approvals"])
async def test_nothing_of_it_is_written_otherwise(app: Any, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET created_at = now()", f"TRUNCATE {table}"):  # noqa: S608
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)


async def test_an_approval_of_nobody_is_none(app: Any, story: Story) -> None:
    given = json.dumps({"hold_reason": "contract_dispute", "lasts": 3600})
    with pytest.raises(asyncpg.PostgresError):
        await app.fetchval("SELECT give_approval($1, $2, 'nobody')", story.row.number, given)
    asked = json.dumps({"hold_reason": "contract_dispute", "approved_by": "nobody", "command_id": str(uuid4())})
    said = await app.fetchval("SELECT use_approval($1, $2, 'nobody-else')", story.row.number, asked)
    assert json.loads(said) == {"standing": "may_not"}


async def test_a_signature_is_asked_for_where_a_ticket_is_signed_off_and_nowhere_else(database_url: str) -> None:
    wanted = json.dumps([{"key": "s", "label": "S", "kind": "signature"}])
    change = (
        "UPDATE stage_configuration_templates SET required_actions = $1::jsonb WHERE (stage_type = 'completion') = $2"
    )
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.execute(change, wanted, True) != "UPDATE 0"
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await connection.execute(change, wanted, False)
    finally:
        await connection.close()
    assert "signature in a stage of the type completion" in str(refused.value.hint)
