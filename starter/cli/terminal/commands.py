"""How a command is declared: its own options, and a line that says what it is. The rest is the same for all.

`@command(app)` takes an async function (or a plain one that has no need of a loop) and runs it to its end; what it
returns is the exit code. A parameter that is a dataclass stands for its fields, each of them an option.

`@on_ticket(app, "Hold")` takes a function of the options that only this command has. It says which message the command
is, and `models.access` in which capacities one may send it; who acts, in which capacity, the remark, the command's id,
how long to wait and `--json` come from here, and so do the sending and what is printed of the answer.

Nothing here loads a client, a driver or pydantic: `--help` must be quick.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_type_hints

import typer

from models.access import SENDERS, TOLD_LATER
from models.vocabulary.people import Role
from starter.cli.terminal.options import DEFAULT_WAIT, AsJson, By, CommandIdOption, HappenedAt, Note, Reference, Wait
from starter.failures import Failure, RemedyKind

if TYPE_CHECKING:
    from models.contracts.base import Actor, Command
    from starter.acting import Said

F = TypeVar("F", bound=Callable[..., Any])

Fields = Mapping[str, object]
"""What a command's message has beside what every command has."""

Parameters = list[inspect.Parameter]

MESSAGES: dict[str, str] = {}
"""By the message, the command that sends it, as it was declared."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What every command on a ticket is asked with."""

    reference: str
    by: str | None
    role: Role | None
    """None: nobody said it."""
    usual: Role
    """In which capacity one usually does it."""
    note: str
    command_id: str
    wait: float
    as_json: bool
    happened_at: str | None = None
    """When it happened, as it was typed, of what may be told later."""

    @property
    def said(self) -> Said:
        """What was said of who acts; the rest is what they are known for."""
        from starter.acting import Said

        return Said(role=self.role is not None, code=self.by is not None)

    def actor(self, code: str | None = None) -> Actor:
        """Who acts: somebody of that code, else whom `--by` names, else whoever is logged in."""
        from models.contracts.base import Actor
        from starter.cli.terminal.parsing import myself
        from starter.given import made

        who = code if code is not None else self.by if self.by is not None else myself()
        return made(Actor, code=who, role=self.role or self.usual)

    def command(self, message: str, /, **own: object) -> Command:
        """The message of that name, of what is shared and what is its own.

        Raises:
            BadInput: a value does not fit.
        """
        from models.contracts import commands
        from starter.cli.terminal.parsing import instant
        from starter.given import made

        shared: dict[str, object] = {"command_id": self.command_id, "note": self.note}
        if self.happened_at is not None:
            shared["happened_at"] = instant(self.happened_at)
        kind: type[Command] = getattr(commands, message)
        return made(kind, **{**shared, "actor": own.get("actor") or self.actor(), **own})


def command(app: typer.Typer, name: str | None = None) -> Callable[[F], F]:
    """Declare a command of a function, under the function's name or another."""

    def declare(function: F) -> F:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
        grouped: dict[str, Any] = {one.name: one.annotation for one in parameters if is_dataclass(one.annotation)}
        flat = [each for one in parameters for each in (_fields(one.annotation) if one.name in grouped else [one])]

        def invoked(**given: Any) -> None:
            from starter.cli.terminal.run import run, run_here

            values = {
                one.name: grouped[one.name](**{each.name: given[each.name] for each in fields(grouped[one.name])})
                if one.name in grouped
                else given[one.name]
                for one in parameters
            }
            if inspect.iscoroutinefunction(function):
                run(function(**values))
            run_here(lambda: function(**values))

        app.command(name)(_dressed(invoked, function, flat))
        return function

    return declare


def on_ticket(
    app: typer.Typer,
    message: str,
    name: str | None = None,
    *,
    role_help: str = "In which capacity.",
    by: Any = None,
    note: bool = True,
) -> Callable[[F], F]:
    """Declare a command that acts on a ticket.

    The function returns the message's own fields; the command is sent, and its answer printed. One that does more is
    async, and does all of it. Its first parameter may be the `Asked`; a shared option that it declares itself stands
    where it does.

    Args:
        message: the class of `models.contracts.commands`.
        role_help: what `--role` says of itself.
        by: who acts, where that is not the usual option; it and `--role` then stand before the command's own options.
        note: whether it takes a remark.
    """

    roles = SENDERS[message]

    def declare(function: F) -> F:
        own = list(inspect.signature(function, eval_str=True).parameters.values())
        asks = bool(own) and own[0].annotation is Asked
        own = own[1:] if asks else own
        parameters = _in_order(own, roles, role_help, by, note=note, later=message in TOLD_LATER)

        def invoked(**given: Any) -> None:
            from starter.cli.terminal.run import run

            async def work() -> int | None:
                from starter.cli.ticket.do import send
                from starter.given import fresh_command_id

                asked = Asked(
                    reference=given["reference"],
                    by=given["by"],
                    role=Role(given["role"].value) if given.get("role") is not None else None,
                    usual=roles[0],
                    note=given.get("note", ""),
                    command_id=fresh_command_id(given["command_id"]),
                    wait=given["wait"],
                    as_json=given["as_json"],
                    happened_at=given.get("happened_at"),
                )
                result = function(*([asked] if asks else []), **{one.name: given[one.name] for one in own})
                if inspect.isawaitable(result):
                    code: int | None = await result
                    return code
                await send(asked, asked.command(message, **result))
                return None

            async def told() -> int | None:
                try:
                    return await work()
                except Failure as failure:
                    if given["command_id"] is not None:
                        raise
                    # Whoever names no id is given a new one each time.
                    raise failure.without(RemedyKind.SEND_ANEW) from failure

            run(told())

        MESSAGES[message] = name or function.__name__
        app.command(name)(_dressed(invoked, function, parameters))
        return function

    return declare


def _in_order(
    own: Parameters, roles: Sequence[Role], role_help: str, by: Any, *, note: bool, later: bool
) -> Parameters:
    """The command's own parameters among those that it shares with others."""
    arguments = [one for one in own if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    options = [one for one in own if one.kind is inspect.Parameter.KEYWORD_ONLY]
    role = [_named("role", capacity(roles, role_help), None)] if len(roles) > 1 else []
    first = [] if by is None else [_named("by", by, None if _may_be_none(by) else _NEEDED), *role]
    last = [*role, _named("by", By, None)] if by is None else []
    if note and all(one.name != "note" for one in own):
        last.append(_named("note", Note, ""))
    if later:
        last.append(_named("happened_at", HappenedAt, None))
    last += [
        _named("command_id", CommandIdOption, None),
        _named("wait", Wait, DEFAULT_WAIT),
        _named("as_json", AsJson, False),
    ]
    return [_named("reference", Reference), *arguments, *first, *options, *last]


_NEEDED = inspect.Parameter.empty


def _named(name: str, annotation: Any, default: object = _NEEDED) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def capacity(roles: Sequence[Role], role_help: str, known_for: str = "engineer, service desk, reporter") -> Any:
    """`--role`, which takes these alone, or nothing; the first one is the usual one.

    Args:
        known_for: what somebody may be known for who does not say it.
    """
    capacities = StrEnum("Capacity", {one.name: one.value for one in roles})  # type: ignore[misc]
    known = f"Default: what the code is known for ({known_for}), else {roles[0].value}."
    return Annotated[capacities | None, typer.Option("--role", help=f"{role_help} {known}")]


def _may_be_none(annotation: Any) -> bool:
    return type(None) in get_args(get_args(annotation)[0])


def _fields(options: Any) -> Parameters:
    """The fields of a class of options, as parameters."""
    hints = get_type_hints(options, include_extras=True)
    return [
        _named(one.name, hints[one.name], _NEEDED if one.default is MISSING else one.default) for one in fields(options)
    ]


def _dressed(invoked: Callable[..., None], function: Callable[..., Any], parameters: Parameters) -> Callable[..., None]:
    """The function that typer calls, looking like the one that was declared, but for its parameters."""
    named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    invoked.__name__ = function.__name__
    invoked.__doc__ = function.__doc__
    invoked.__annotations__ = {one.name: one.annotation for one in named}
    invoked.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    return invoked
