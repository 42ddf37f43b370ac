"""Administering accounts by the API, and by its door as somebody would who has no business there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from models.database_errors import DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import TokenScope
from starter.accounts import managing
from starter.accounts.keys import TOKEN_PREFIX, digest_of
from tests.field import Field
from tests.serving import ACCOUNTS, Server, a_server
from tests.starter.accounts import CHEAP, PASSWORD

NURSE = {"role": "hospital", "customer": "AIIMS"}


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    settings = {"password_memory": CHEAP.password_memory, "password_passes": CHEAP.password_passes}
    async with a_server(field, service_url, field.owner, opens_tickets=False, **settings) as running:
        yield running


async def made(server: Server, *grants: dict[str, str]) -> str:
    code = f"nina-{uuid4().hex[:8]}"
    answer = await server.ask(
        "administrator", "POST", "/accounts", json={"code": code, "name": "Nina", "grants": list(grants) or [NURSE]}
    )
    assert answer.status_code == 201, answer.text
    return code


async def test_somebody_is_added_changed_and_found(server: Server) -> None:
    code = await made(server)
    answer = await server.ask(
        "administrator",
        "PATCH",
        f"/accounts/{code}",
        json={"name": "Nina Rao", "email": "nina@example.org", "give": [{"role": "coordinator"}], "take": [NURSE]},
    )
    said = answer.json()
    assert (said["name"], said["email"]) == ("Nina Rao", "nina@example.org")
    assert [one["role"] for one in said["grants"]] == ["coordinator"]
    found = (await server.ask("administrator", "GET", "/accounts", search=code.upper())).json()
    assert [one["code"] for one in found["accounts"]] == [code]
    first = (await server.ask("administrator", "GET", "/accounts", limit=1)).json()
    second = (await server.ask("administrator", "GET", "/accounts", limit=1, cursor=first["next"])).json()
    assert first["accounts"][0]["code"].lower() < second["accounts"][0]["code"].lower()
    for method, path in (
        ("GET", "/accounts/nobody"),
        ("POST", "/accounts/nobody/link"),
        ("GET", "/accounts/nobody/history"),
    ):
        answer = await server.ask("administrator", method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_account"), path


async def test_the_history_says_who_gave_which_role_when(server: Server) -> None:
    code = await made(server)
    await server.ask("administrator", "PATCH", f"/accounts/{code}", json={"give": [{"role": "coordinator"}]})
    await server.ask("administrator", "PATCH", f"/accounts/{code}", json={"take": [NURSE]})
    await server.ask("administrator", "POST", f"/accounts/{code}/link")
    events = (await server.ask("administrator", "GET", f"/accounts/{code}/history")).json()["events"]
    by = ACCOUNTS[(repr(server._owner), "administrator")]
    assert [(one["kind"], one["of"]) for one in events] == [
        ("link_made", ""),
        ("role_taken", "hospital AIIMS"),
        ("role_given", "coordinator"),
        ("role_given", "hospital AIIMS"),
        ("made", ""),
    ]
    assert {one["by"] for one in events} == {by}
    page = (await server.ask("administrator", "GET", f"/accounts/{code}/history", limit=2)).json()
    rest = (await server.ask("administrator", "GET", f"/accounts/{code}/history", cursor=page["next"])).json()
    assert [one["number"] for one in (*page["events"], *rest["events"])] == [one["number"] for one in events]


async def test_what_a_token_may_do_follows_at_the_next_request(server: Server, field: Field) -> None:
    code = await made(server, {"role": "coordinator"})
    issued = await managing.issue_token(field.owner, code, "p", [TokenScope.READ], timedelta(hours=1), by="tests")
    headers = {"Authorization": f"Bearer {issued.secret.get_secret_value()}"}
    assert (await server.client.get("/engineers", headers=headers)).status_code == 200
    change = {"give": [NURSE], "take": [{"role": "coordinator"}]}
    await server.ask("administrator", "PATCH", f"/accounts/{code}", json=change)
    assert (await server.client.get("/engineers", headers=headers)).status_code == 403
    assert (await server.client.get("/me", headers=headers)).json()["grants"][0]["role"] == "hospital"
    gone = await server.ask("administrator", "DELETE", f"/accounts/{code}/tokens/p")
    assert gone.json()["changed"] == 1
    assert (await server.client.get("/me", headers=headers)).status_code == 401


async def test_all_logins_end_by_oneself_and_by_the_administrator(server: Server, field: Field) -> None:
    code = await made(server)
    await managing.set_password(field.owner, CHEAP, code, PASSWORD, by="tests")
    said = {"code": code, "password": PASSWORD.get_secret_value()}

    async def logins(number: int) -> list[dict[str, str]]:
        answers = [await server.client.post("/session", json=said) for _ in range(number)]
        return [{"Authorization": f"Bearer {one.json()['token']}"} for one in answers]

    one, other = await logins(2)
    assert (await server.client.delete("/sessions", headers=one)).json() == {"ended": 2}
    third = (await logins(1))[0]
    assert (await server.ask("administrator", "POST", f"/accounts/{code}/end-logins")).json() == {"ended": 1}
    for headers in (one, other, third):
        assert (await server.client.get("/me", headers=headers)).status_code == 401


async def test_a_program_that_has_signed_in_before_does_not_wait_for_strangers(server: Server, field: Field) -> None:
    code = await made(server)
    await managing.set_password(field.owner, CHEAP, code, PASSWORD, by="tests")
    said = {"code": code, "password": PASSWORD.get_secret_value()}
    device = (await server.client.post("/session", json=said)).json()["device"]
    for _ in range(6):
        await server.client.post("/session", json={**said, "password": "not the right words"})
    assert (await server.client.post("/session", json=said)).status_code == 429
    assert (await server.client.post("/session", json={**said, "device": device})).status_code == 201


# -- the door ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "scopes"),
    [("coordinator", tuple(TokenScope)), ("administrator", (TokenScope.READ, TokenScope.ACT)), (None, ())],
)
async def test_the_door_looks_at_the_token_itself(
    server: Server, field: Field, who: str | None, scopes: tuple[TokenScope, ...]
) -> None:
    token = "fc_" + "x" * 43 if who is None else (await server.token(who, *scopes)).get_secret_value()
    said = json.dumps({"code": "eve", "name": "Eve", "grants": [{"role": "administrator"}]})
    for doing in ("add", "change", "disable", "enable", "link", "end_logins", "revoke_token"):
        with pytest.raises(DatabaseRefused) as refused:
            await field.database.call(SqlFunction.ADMINISTER_ACCOUNT, digest_of(token, TOKEN_PREFIX), doing, said)
        assert refused.value.sqlstate == "FC012"


async def test_the_application_can_t_go_past_the_door(field: Field) -> None:
    for function, arguments in (
        (SqlFunction.CHANGE_ACCOUNT, ("disable", '{"code": "x"}', "eve")),
        ("alter_account", ("x", "{}", "eve")),
        ("put_account_roles", (uuid4(), "[]", "[]")),
    ):
        marks = ", ".join(f"${number + 1}" for number in range(len(arguments)))
        names = await field.rows(
            "SELECT has_function_privilege('fieldcare_app', p.oid, 'EXECUTE') AS may FROM pg_proc p "
            "WHERE p.proname = :name AND p.pronamespace = 'public'::regnamespace",
            name=str(function),
        )
        assert [one["may"] for one in names] == [False], (function, marks)
