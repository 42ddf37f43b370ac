"""Webhooks are administered at the terminal and by the API, each for those who may."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from models.vocabulary.accounts import TokenScope
from models.vocabulary.webhooks import WebhookKind
from starter.accounts import managing as accounts
from starter.accounts.keys import TOKEN_PREFIX, digest_of
from starter.embedded.stack import Stack
from tests.databases import as_role
from tests.field import Field
from tests.serving import GRANTS, Server, a_server
from tests.starter.terminal import Environment, clean_environment, fieldcare

URL = "https://erp.example.org/hooks/fieldcare"


@pytest.fixture
def env(stack: Stack, database_url: str) -> Iterator[Environment]:
    """An operator's terminal at a house of its own."""
    urls = {"FIELDCARE_DATABASE_URL": as_role(database_url, stack.addresses.workers_url)}
    yield {**clean_environment(), **urls, "FIELDCARE_ADMIN_DATABASE_URL": database_url}


def well(env: Environment, *arguments: str) -> str:
    done = fieldcare(env, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(env: Environment, *arguments: str) -> str:
    done = fieldcare(env, *arguments)
    assert done.returncode != 0
    return done.stderr


async def test_an_operator_adds_lists_rotates_disables_and_replays(env: Environment) -> None:
    well(env, "user", "add", "clinic", "--name", "Clinic", "--role", "hospital:AIIMS")
    assert "No webhooks yet" in well(env, "webhook", "list")
    shown = json.loads(well(env, "webhook", "add", "erp", URL, "--account", "clinic", "--json"))
    assert shown["secret"].startswith("whsec_")
    assert "already" in refused(env, "webhook", "add", "erp", URL, "--account", "clinic")
    assert "there is no account" in refused(env, "webhook", "add", "x", URL, "--account", "nobody").lower()
    for url in ("http://erp.example.org/", "https://127.0.0.1/", "https://erp.example.org:22/"):
        assert refused(env, "webhook", "add", "x", url, "--account", "clinic")
    [listed] = json.loads(well(env, "webhook", "list", "--json"))["webhooks"]
    assert (listed["name"], listed["url"], listed["account"]) == ("erp", URL, "clinic")
    assert set(listed["events"]) == set(WebhookKind)
    assert "secret" not in listed
    rotated = json.loads(well(env, "webhook", "rotate", "erp", "--overlap", "2h", "--json"))
    assert rotated["secret"] != shown["secret"]
    assert "erp is disabled" in well(env, "webhook", "disable", "erp")
    assert "switched off" in well(env, "webhook", "list")
    assert "was disabled already" in well(env, "webhook", "disable", "erp")
    assert "erp is in use" in well(env, "webhook", "enable", "erp")
    assert "Nothing fits" in well(env, "webhook", "log", "erp")
    assert "0 events" in well(env, "webhook", "replay", "erp", "--since", "24h")
    assert "no delivery" in refused(env, "webhook", "replay", "erp", "--delivery", f"msg_{uuid4().hex}")
    assert "Say which" in refused(env, "webhook", "replay", "erp")
    assert "no webhook" in refused(env, "webhook", "log", "other")


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, opens_tickets=False) as running:
        yield running


async def test_an_administrator_does_the_same_by_the_api(server: Server, field: Field) -> None:
    name, account = f"erp-{uuid4().hex[:6]}", f"clinic-{uuid4().hex[:6]}"
    await accounts.add_account(field.owner, account, "Clinic", [GRANTS["nurse"]], by="tests")

    async def ask(method: str, path: str, json: object = None, **query: Any) -> Any:
        return await server.ask("administrator", method, path, json=json, **query)

    added = await ask("POST", "/webhooks", {"name": name, "url": URL, "account": account, "events": ["ticket.closed"]})
    assert added.status_code == 201, added.text
    again = await ask("POST", "/webhooks", {"name": name, "url": URL, "account": account})
    assert (again.status_code, again.json()["code"]) == (422, "refused")
    inside = await ask("POST", "/webhooks", {"name": "x", "url": "https://169.254.169.254/", "account": account})
    assert (inside.status_code, inside.json()["code"]) == (422, "bad_input")
    listed = {one["name"]: one for one in (await ask("GET", "/webhooks")).json()["webhooks"]}
    assert listed[name]["events"] == ["ticket.closed"]
    rotated = await ask("POST", f"/webhooks/{name}/rotate", {"overlap": 60})
    assert rotated.json()["secret"] != added.json()["secret"]
    assert (await ask("POST", f"/webhooks/{name}/disable")).json() == {"name": name, "changed": 1}
    assert (await ask("POST", f"/webhooks/{name}/enable")).json() == {"name": name, "changed": 1}
    assert (await ask("GET", f"/webhooks/{name}/deliveries")).json() == {"deliveries": [], "next": None}
    replayed = await ask("POST", f"/webhooks/{name}/replay", {"since": "2026-01-01T00:00:00Z"})
    assert replayed.json() == {"name": name, "changed": 0}
    for path in ("disable", "enable", "rotate", "replay"):
        said = {"since": "2026-01-01T00:00:00Z"} if path == "replay" else {}
        unknown = await ask("POST", f"/webhooks/no-such/{path}", said)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_webhook")
    rows = await field.rows(
        "SELECT actor_code FROM audit_events WHERE subject_table = 'webhook_endpoints' "
        "AND subject_id = (SELECT id FROM webhook_endpoints WHERE name = :name)",
        name=name,
    )
    assert len(rows) == 3 and {row["actor_code"].partition("-")[0] for row in rows} == {"administrator"}


async def test_the_door_believes_a_token_of_an_administrator_and_nothing_else(server: Server, field: Field) -> None:
    """What the program checks, the database checks again: whoever has the workers' password has no more than that."""
    said = json.dumps({"name": "x", "url": URL, "account": "x", "events": ["ticket.closed"], "key": "00" * 32})
    tokens = [
        await server.token("coordinator"),
        await server.token("administrator", TokenScope.READ),
        await server.token("administrator", TokenScope.ACT),
    ]
    digests = [digest_of(one.get_secret_value(), TOKEN_PREFIX) for one in tokens]
    issued = await accounts.issue_token(
        field.owner, await someone(field), "t", [TokenScope.ADMINISTER], timedelta(hours=1), by="tests"
    )
    secret = issued.secret.get_secret_value()
    sql = await asyncpg.connect(server.engines.settings.url())
    for digest in (*digests, b"", None, digest_of(secret, TOKEN_PREFIX)):
        with pytest.raises(asyncpg.PostgresError, match="it takes an administrator"):
            await sql.execute("SELECT administer_webhook($1, 'add', $2)", digest, said)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await sql.execute("SELECT change_webhook('add', $1, 'me')", said)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await sql.execute("SELECT key FROM webhook_secrets")
    await sql.close()


async def someone(field: Field) -> str:
    """An account that is a manager's, which administers nothing."""
    return await accounts.add_account(field.owner, f"m-{uuid4().hex[:8]}", "M", [GRANTS["manager"]], by="tests")
