"""How commands are declared: what they share comes from one place, and nothing is declared twice or left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
import typer

from models.contracts.base import Command
from models.contracts.commands import COMMANDS, Hold, Resume
from models.vocabulary.people import Role
from starter.acting import Said
from starter.answers import CommandRefused, anew
from starter.cli import build, invoke
from starter.cli.terminal import commands as declaring
from starter.cli.terminal.commands import Asked, Fields, command, on_ticket
from starter.cli.ticket import do
from starter.failures import BadInput, Unavailable


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What a command on a ticket would have been sent as."""
    kept: list[tuple[Any, ...]] = []

    async def keep(*arguments: Any) -> None:
        kept.append(arguments)

    monkeypatch.setattr(do, "send", keep)
    monkeypatch.setattr(declaring, "MESSAGES", {})
    return kept


def run(app: typer.Typer, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(args=list(arguments), prog_name="try")
    return int(ended.value.code or 0)


def alone(app: typer.Typer) -> typer.Typer:
    """The same with a callback: without, typer leaves out the name of a command that is alone."""
    app.callback()(lambda: None)
    return app


def test_every_command_that_a_ticket_takes_has_its_command_at_the_terminal() -> None:
    build()
    assert set(declaring.MESSAGES) == {one.__name__ for one in COMMANDS}


def test_a_command_on_a_ticket_is_its_own_options_and_a_line(sent: list[tuple[Any, ...]]) -> None:
    app = alone(typer.Typer())

    @on_ticket(app, "Hold")
    def wait_for(*, reason: Annotated[str, typer.Option("--reason")]) -> Fields:
        """Wait."""
        return {"reason": reason}

    given = ("wait-for", "FC-1", "--reason", "dispute", "--by", "nurse", "--role", "hospital", "--note", "Ward 3")
    assert run(app, *given, "--command-id", "once", "--wait", "7", "--json") == 0
    [(asked, message)] = sent
    assert (asked.reference, asked.wait, asked.as_json, asked.said) == ("FC-1", 7.0, True, Said(role=True, code=True))
    assert isinstance(message, Hold)
    assert (message.actor.code, message.actor.role, message.reason) == ("nurse", Role.HOSPITAL, "dispute")
    assert (message.note, message.command_id) == ("Ward 3", "once")


def test_who_acts_and_the_commands_id_are_made_where_nobody_says_them(
    sent: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "somebody")
    app = alone(typer.Typer())

    @on_ticket(app, "Resume")
    def go_on() -> Fields:
        return {}

    assert [run(app, "go-on", "FC-1"), run(app, "go-on", "FC-1")] == [0, 0]
    first, second = (message for _, message in sent)
    assert {asked.said for asked, _ in sent} == {Said(role=False, code=False)}
    assert isinstance(first, Resume)
    assert (first.actor.code, first.actor.role) == ("somebody", Role.COORDINATOR)
    assert first.command_id != second.command_id


def test_a_role_that_may_not_is_no_choice_and_one_role_needs_none(
    sent: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    app = alone(typer.Typer())

    @on_ticket(app, "Reopen", "several")
    def several() -> Fields:
        return {}

    @on_ticket(app, "ChangeContract", "one")
    def one() -> Fields:
        return {}

    assert run(app, "several", "FC-1", "--role", "manufacturer") == 2
    assert "'coordinator', 'hospital', 'engineer'" in " ".join(capsys.readouterr().err.replace("│", "").split())
    assert run(app, "one", "FC-1", "--role", "coordinator") == 2
    assert sent == []


def test_what_a_command_refuses_of_its_own_options_is_said_before_anything_is_sent(
    sent: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    app = alone(typer.Typer())

    @on_ticket(app, "Resume")
    def odd(asked: Asked) -> Fields:
        raise BadInput(f"{asked.reference} will not do.")

    assert run(app, "odd", "FC-1") == 2
    assert (sent, capsys.readouterr().err) == ([], "fieldcare: FC-1 will not do.\n")


@pytest.mark.parametrize(("named", "told"), [(("--command-id", "mine"), True), ((), False)])
def test_whoever_names_a_command_s_id_is_told_that_it_has_had_its_answer(
    named: tuple[str, ...],
    told: bool,
    sent: list[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def refuse(_: Asked, message: Command) -> None:
        raise CommandRefused("The ticket is on hold.", anew(message.command_id))

    monkeypatch.setattr(do, "send", refuse)
    app = alone(typer.Typer())

    @on_ticket(app, "Resume")
    def go_on() -> Fields:
        return {}

    assert run(app, "go-on", "FC-1", *named) == 1
    remedy = " Once that is put right, send it with another --command-id: mine has had its answer." if told else ""
    assert capsys.readouterr().err == f"fieldcare: The ticket is on hold.{remedy}\n"


def test_a_command_ends_with_what_it_returns_or_with_the_code_of_its_failure() -> None:
    app = alone(typer.Typer())

    @command(app)
    async def fails() -> int:
        raise Unavailable("Nothing answers.")

    @command(app)
    def plain() -> int:
        return 1

    assert (run(app, "fails"), run(app, "plain")) == (3, 1)


def test_a_command_runs_in_this_process_and_returns_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["db", "roles", "--sql"]) == 0
    assert "CREATE ROLE fieldcare_app LOGIN;" in capsys.readouterr().out
    assert invoke(["ticket", "hold", "FC-1", "--reason", "dispute", "--for", "long"]) == 2
    assert invoke(["ticket", "hold"]) == 2
    assert invoke(["--version"]) == 0


def test_what_may_be_told_later_takes_the_time_at_which_it_happened(sent: list[tuple[Any, ...]]) -> None:
    app = typer.Typer()

    @on_ticket(app, "Resume")
    def resume() -> Fields:
        """Go on."""
        return {}

    @on_ticket(app, "Cancel", note=False)
    def cancel() -> Fields:
        """End."""
        return {"reason": "x"}

    when = ("--happened-at", "2026-03-02T09:40+01:00")
    assert run(app, "resume", "FC-1", "--by", "nurse", "--role", "hospital", *when) == 0
    assert sent[0][1].happened_at == datetime(2026, 3, 2, 8, 40, tzinfo=UTC)
    assert run(app, "resume", "FC-1", "--happened-at", "yesterday") == 2
    assert run(app, "cancel", "FC-1", *when) == 2
    assert len(sent) == 1
