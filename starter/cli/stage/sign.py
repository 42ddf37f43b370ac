"""What `fieldcare stage sign` does, once its options are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import SecretStr

from models.contracts.commands import CompleteStage
from models.drawn import LONGEST
from models.settings import Settings
from models.vocabulary.stages import ActionKind
from starter.accounts.kept import configured_token, kept_device
from starter.addresses import read_settings
from starter.cli.terminal.commands import Asked
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.parsing import answers, text_or_stdin
from starter.cli.terminal.run import out, say
from starter.cli.ticket.do import print_answer
from starter.cli.user.secrets import asked_for
from starter.failures import BadInput
from starter.services import Connection, connected
from starter.signing.ready import ToSign, to_sign
from starter.signing.sign import ByAccount, ByHand, ByLink, Signer, Signing, sign, to_sign_by_link


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed about a signature."""

    stage: str
    name: str
    capacity: str
    account: str | None
    link: str | None
    drawing: str | None
    done: Sequence[str]
    assignments: Sequence[str]


async def sign_stage(asked: Asked, typed: Typed, *, dry_run: bool) -> None:
    """Sign a stage off and print what the ticket answered; or only what would be signed."""

    def command(kinds: Mapping[str, ActionKind] | None) -> CompleteStage:
        given = answers(typed.done, typed.assignments, kinds)
        return cast(CompleteStage, asked.command("CompleteStage", stage=typed.stage, actions=given))

    command(None)  # what can be said without a ticket is said before anything is asked
    settings = read_settings()
    link = None
    if typed.link is not None:
        link = asked_for("link") if typed.link == "-" else SecretStr(typed.link)
    async with connected(settings, wait=asked.wait) as connection:
        if link is not None:
            _, ready = await to_sign_by_link(connection.database, link, command)
        else:
            ready = await to_sign(connection.database, asked.reference, typed.stage, command)
        if dry_run:
            _show_document(ready, as_json=asked.as_json)
            return
        if not asked.as_json:
            say(f"signing {ready.record.ticket.number}: {ready.signed.meaning} (SHA-256 {ready.digest[:16]}…)")
        signer: Signer = ByLink(link) if link is not None else _signer(settings, connection, typed)
        signing = Signing(asked.reference, typed.stage, command, typed.name, typed.capacity, ready.digest)
        print_answer(await sign(connection, settings, signing, signer, say, said=asked.said), asked.as_json)


def _signer(settings: Settings, connection: Connection, typed: Typed) -> Signer:
    if typed.drawing is not None:
        return ByHand(_drawing(typed.drawing))
    principal = connection.database.principal
    account = typed.account or (principal.code if principal is not None else None)
    if account is None or (typed.account is None and configured_token(settings) is None):
        raise BadInput("Say whose account signs: --as ACCOUNT; or sign by --link or --drawing.")
    return ByAccount(account, asked_for("password"), kept_device(settings))


def _drawing(given: str) -> str:
    if given == "-":
        return text_or_stdin("-", "drawing").strip()
    try:
        with Path(given).open(encoding="utf-8") as file:
            return file.read(LONGEST + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The drawing in {given} can't be read ({getattr(error, 'strerror', 'no text')}).") from error


def _show_document(ready: ToSign, *, as_json: bool) -> None:
    if as_json:
        print_json({"digest": ready.digest, "meaning": ready.signed.meaning, "document": ready.document})
        return
    show(out, f"{ready.record.ticket.number}: {ready.signed.meaning}")
    print_json(ready.document)
    show(out, f"SHA-256 {ready.digest}")
