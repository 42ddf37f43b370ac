"""What `fieldcare webhook …` does, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from pydantic import SecretStr

from models.access import Action
from models.vocabulary.webhooks import DeliveryState, WebhookKind
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.operator import as_operator
from starter.cli.terminal.parsing import duration, instant
from starter.cli.terminal.run import out
from starter.failures import BadInput
from starter.webhooks import managing
from starter.webhooks.managing import Hand, Row

operator = partial(as_operator, action=Action.WEBHOOKS)


async def add(
    name: str, url: str, account: str, kinds: Sequence[WebhookKind], *, by: str | None, as_json: bool
) -> None:
    """Make an endpoint."""
    async with operator(by) as (database, who):
        secret = await managing.add(Hand(database, who), read_settings(), name, url, account=account, kinds=kinds)
    _show_secret(name, secret, as_json)


async def list_webhooks(as_json: bool) -> None:
    """Print the endpoints."""
    async with operator(None) as (database, _):
        rows = await managing.list_webhooks(database)
    if as_json:
        print_json({"webhooks": rows})
        return
    if not rows:
        show(out, "No webhooks yet. `fieldcare webhook add` makes one.")
        return
    listed = [
        (
            one["name"],
            one["url"],
            one["account"],
            (one["disabled_because"] or "in use").replace("_", " "),
            one["pending"] or "",
            _time(one["oldest_pending"]),
            one["failed"] or "",
            _time(one["last_delivered_at"]),
        )
        for one in rows
    ]
    heads = ("Name", "Address", "Account", "State", "Pending", "Since", "Failed", "Last delivered")
    show(out, Listing(heads, listed, wrap=frozenset({"Address"})))


async def put_in_use(name: str, in_use: bool, by: str | None) -> None:
    """Enable or disable an endpoint."""
    async with operator(by) as (database, who):
        changed = await managing.put_in_use(Hand(database, who), name, in_use)
    state = "in use" if in_use else "disabled"
    show(out, f"{name} is {state}." if changed else f"{name} was {state} already.")


async def rotate(name: str, overlap: str, *, by: str | None, as_json: bool) -> None:
    """Make another secret."""
    both = duration(overlap)
    async with operator(by) as (database, who):
        secret = await managing.rotate(Hand(database, who), name, both)
    _show_secret(name, secret, as_json)


async def log(name: str, state: DeliveryState | None, limit: int, as_json: bool) -> None:
    """Print what was sent."""
    async with operator(None) as (database, _):
        rows = await managing.read_log(database, name, state, limit)
    if as_json:
        print_json({"deliveries": rows})
        return
    if not rows:
        show(out, "Nothing fits.")
        return
    listed = [
        (
            one["id"],
            f"{one['number']}/{one['sequence']}",
            one["kind"],
            one["state"],
            len(one["attempts"]),
            _last(one),
            _time(one["ended_at"] or one["due_at"]),
        )
        for one in rows
    ]
    heads = ("Id", "Entry", "Event", "State", "Tries", "Last answer", "Ended, or next try")
    show(out, Listing(heads, listed, wrap=frozenset({"Last answer"})))


async def replay(name: str, delivery: str | None, since: str | None, until: str | None, by: str | None) -> None:
    """Send again."""
    begin = None if since is None else _instant(since, "--since")
    end = None if until is None else _instant(until, "--until")
    async with operator(by) as (database, who):
        found = await managing.replay(Hand(database, who), name, delivery, begin, end)
    show(out, f"{found} event{'' if found == 1 else 's'} of {name} will be sent again.")


def _instant(text: str, option: str) -> datetime:
    """An instant, which has a date, or how long ago."""
    if "-" in text:
        return instant(text, f"{option} 24h")
    try:
        return datetime.now(UTC) - duration(text)
    except OverflowError:
        raise BadInput(f"{text} ago is before all records.") from None


def _last(row: Row) -> str:
    """How the last try went."""
    if not row["attempts"]:
        return ""
    tried = row["attempts"][-1]
    return " ".join(filter(None, (str(tried["status"] or ""), tried["error"])))


def _show_secret(name: str, secret: SecretStr, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "secret": secret.get_secret_value()})
        return
    show(out, f"Secret of {name}, shown this once:")
    out.print(secret.get_secret_value(), markup=False)


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}" if at is not None else ""
