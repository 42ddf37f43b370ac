"""`fieldcare user`, `login` and `logout` as people use them, and what commands on tickets make of it."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from models.database import Database
from models.settings import Settings
from starter.accounts import managing
from starter.accounts.kept import configured_token, forget_login, keep_login
from starter.cli.user import do
from starter.embedded.stack import Stack
from starter.failures import BadSetting
from tests.databases import as_role
from tests.starter.terminal import Environment, clean_environment, fieldcare

PASSWORD = "correct horse battery staple\n"


@pytest.fixture
def env(stack: Stack, database_url: str, tmp_path: Path) -> Iterator[Environment]:
    """A terminal of a house of its own, with nobody signed in and hashing made cheap."""
    yield {
        **clean_environment(),
        "FIELDCARE_HOME": str(tmp_path / "home"),
        "FIELDCARE_DATABASE_URL": as_role(database_url, stack.addresses.application_url),
        "FIELDCARE_ADMIN_DATABASE_URL": database_url,
        "FIELDCARE_PASSWORD_MEMORY": "7168",
        "FIELDCARE_PASSWORD_PASSES": "1",
        "TEMPORAL_ADDRESS": stack.addresses.temporal_address,
        "COLUMNS": "200",
    }


def well(env: Environment, *arguments: str, stdin: str = "") -> str:
    ended = fieldcare(env, *arguments, stdin=stdin)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refused(env: Environment, *arguments: str, stdin: str = "", code: int = 1) -> str:
    ended = fieldcare(env, *arguments, stdin=stdin)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stderr


def nina(env: Environment, *roles: str) -> None:
    given = [word for role in roles or ("hospital:CITY-GENERAL",) for word in ("--role", role)]
    well(env, "user", "add", "nina", "--name", "Nina", *given)
    well(env, "user", "password", "nina", stdin=PASSWORD)


def test_from_the_first_link_to_an_administrator_who_keeps_accounts(env: Environment) -> None:
    assert "No accounts yet" in well(env, "user", "list")
    link = json.loads(well(env, "user", "link", "--json"))["secret"]
    assert "There are accounts already" in refused(env, "user", "link")
    well(env, "user", "password", "--link", "-", stdin=f"{link}\n{PASSWORD}")
    assert "not good any more" in refused(env, "user", "password", "--link", link, stdin=PASSWORD)
    assert "Signed in as administrator" in well(env, "login", "administrator", stdin=PASSWORD)
    nina(env, "coordinator")
    shown = json.loads(well(env, "user", "list", "--json"))["accounts"]
    assert [(one["code"], one["grants"]) for one in shown] == [
        ("administrator", ["administrator"]),
        ("nina", ["coordinator"]),
    ]
    log = well(env, "audit", "log", "--table", "accounts", "--json")
    assert {one["actor_code"] for one in json.loads(log)["entries"] if one["new_value"].get("code") == "nina"} == {
        "administrator"
    }


def test_roles_change_and_their_history_is_shown(env: Environment) -> None:
    nina(env, "coordinator")
    assert "nina: manager, hospital CITY-GENERAL" in well(
        env, "user", "change", "nina", "--give", "manager", "--give", "hospital:city-general", "--take", "coordinator"
    ).replace("nina: hospital CITY-GENERAL, manager", "nina: manager, hospital CITY-GENERAL")
    assert "like that already" in well(env, "user", "change", "nina", "--give", "manager")
    assert "Say what" in refused(env, "user", "change", "nina", code=2)
    well(env, "login", "nina", stdin=PASSWORD)
    well(env, "logout", "--everywhere")
    assert "0 logins ended" in well(env, "user", "end-logins", "nina", "--by", "anna")
    events = json.loads(well(env, "user", "history", "nina", "--json"))["events"]
    assert [(one["kind"], one["of"]) for one in events if one["kind"].startswith("role")] == [
        ("role_given", "hospital CITY-GENERAL"),
        ("role_given", "manager"),
        ("role_taken", "coordinator"),
        ("role_given", "coordinator"),
    ]
    assert "role taken: coordinator" in well(env, "user", "history", "nina")
    assert "nina" in well(env, "user", "list", "--search", "NIN", "--role", "manager", "--state", "in_use")
    assert "No account fits" in well(env, "user", "list", "--role", "coordinator")


def test_whoever_does_not_administer_keeps_no_accounts_until_they_sign_out(env: Environment) -> None:
    nina(env)
    well(env, "login", "nina", stdin=PASSWORD)
    assert "It takes administrator" in refused(env, "user", "disable", "nina")
    assert "It takes administrator" in refused(env, "user", "list")
    assert "Signed out" in well(env, "logout")
    assert "Nobody was signed in" in well(env, "logout")
    assert "nina" in well(env, "user", "list")


def test_a_login_is_kept_where_nobody_else_reads_it_and_ends_with_the_password(
    env: Environment, tmp_path: Path
) -> None:
    nina(env)
    assert "do not fit together" in refused(env, "login", "nina", stdin="wrong password here\n")
    kept = tmp_path / "home" / "login.json"
    assert not kept.exists()
    well(env, "login", "nina", stdin=PASSWORD)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    well(env, "ticket", "list")
    well(env, "user", "password", stdin=f"{PASSWORD}another long pass phrase\n")
    assert "not in force" in refused(env, "ticket", "list"), "it is never taken for nobody"
    well(env, "logout")
    well(env, "ticket", "list")


def test_a_token_is_shown_once_does_what_it_is_for_and_is_never_repeated(env: Environment) -> None:
    nina(env, "coordinator")
    secret = json.loads(well(env, "user", "token", "nina", "--name", "report", "--json"))["secret"]
    with_token = {**env, "FIELDCARE_TOKEN": secret}
    well(with_token, "ticket", "list")
    said = refused(with_token, "ticket", "open", "--unit", "VENT-ICU-001", "--priority", "P3", "--description", "x")
    assert "It takes the scope act, and has read" in said or "scope act" in said
    assert "Unset it" in refused(with_token, "login", "nina", stdin=PASSWORD, code=2)
    assert "already" in refused(env, "user", "token", "nina", "--name", "report")
    assert "report" in well(env, "user", "token", "nina")
    well(env, "user", "token", "nina", "--name", "report", "--revoke")
    ended = fieldcare(with_token, "ticket", "list")
    assert ended.returncode == 1
    assert secret not in ended.stdout + ended.stderr + said + well(env, "user", "token", "nina", "--json")
    assert "not in force" in refused({**env, "FIELDCARE_TOKEN": "fc_nonsense"}, "ticket", "list")


def test_too_many_tries_are_told_to_wait(env: Environment) -> None:
    nina(env)
    said = [refused(env, "login", "nina", stdin="wrong password here\n") for _ in range(5)]
    assert "Too many passwords did not fit. Try again in 1 s." in said[-1]
    assert not [one for one in said if "wrong password here" in one]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--role", "nurse"), "is no role"),
        (("--role", "coordinator:AIIMS"), "is for everybody"),
        (("--role", "hospital"), "goes with the code of a customer"),
        (("--role", "engineer:ENG-999"), "There is no engineer ENG-999"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(env: Environment, arguments: tuple[str, ...], why: str) -> None:
    ended = fieldcare(env, "user", "add", "nina", "--name", "Nina", *arguments)
    assert ended.returncode in {1, 2}
    assert why in ended.stderr


async def test_the_first_link_is_shown_at_a_terminal_and_never_into_a_log(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url, pool_size=1)
    told, log = io.StringIO(), io.StringIO()
    monkeypatch.setattr(do, "out", Console(file=told, force_terminal=False))
    monkeypatch.setattr(do, "err", Console(file=log, force_terminal=False, width=200))
    await do.tell_of_first_administrator(database_url, as_json=False)
    assert "fieldcare user link" in log.getvalue()
    assert told.getvalue() == ""
    assert (await managing.list_accounts(database)).rows == []
    monkeypatch.setattr(do, "out", Console(file=told, force_terminal=True, width=200))
    await do.tell_of_first_administrator(database_url, as_json=False)
    assert "fcl_" in told.getvalue() and "user password --link -" in told.getvalue()
    assert "fcl_" not in log.getvalue()
    told.truncate(0)
    await do.tell_of_first_administrator(database_url, as_json=False)
    assert "fcl_" not in told.getvalue()
    await database.aclose()


def test_a_login_that_others_could_have_written_is_not_believed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert configured_token(settings) is None
    keep_login(settings, "nina", SecretStr("fc_secret"))
    assert configured_token(settings) == SecretStr("fc_secret")
    path = settings.home / "login.json"
    path.chmod(0o640)
    with pytest.raises(BadSetting, match="others"):
        configured_token(settings)
    path.chmod(0o600)
    path.write_text("[]")
    with pytest.raises(BadSetting, match="is no login"):
        configured_token(settings)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadSetting, match="can't be read"):
        configured_token(settings)
    assert forget_login(settings) is None
    assert not path.is_symlink()
    assert configured_token(Settings(home=settings.home, token=SecretStr("fc_set"))) == SecretStr("fc_set")
