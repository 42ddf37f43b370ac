"""What is done about endpoints: by an operator with the owner's rights, or by whoever shows that they administer."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from activities.webhooks.addresses import AllowedHosts, ForbiddenAddress, check_url
from activities.webhooks.delivering import message_id
from models.access import Action
from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.webhooks import DeliveryState, WebhookKind
from starter.accounts.gate import check
from starter.accounts.keys import TOKEN_PREFIX, digest_of
from starter.failures import BadInput, FailureCode, NotAllowed, Refused
from starter.given import storable

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
SECRET_PREFIX = "whsec_"  # noqa: S105 - what Standard Webhooks has them begin with
KEY_BYTES = 32
OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)
NO_ADMINISTRATOR = "FC012"

Row = Mapping[str, Any]


class UnknownWebhook(Refused):
    """There is no webhook of that name, or no such delivery of it."""

    code = FailureCode.UNKNOWN_WEBHOOK


@dataclass(frozen=True, slots=True)
class Hand:
    """Whoever changes something, and by what right.

    Attributes:
        by: an operator, with the database of its owner.
        token: of an administrator, with the application's database, which looks at it itself.
    """

    database: Calls
    by: str = ""
    token: SecretStr | None = None

    async def change(self, doing: str, **said: object) -> int:
        """Have something done; returns how many rows it has changed.

        Raises:
            NotAllowed: they may not.
            Refused: it can't be done.
        """
        check(self.database, Action.WEBHOOKS)
        document = json.dumps(said)
        try:
            if self.token is None:
                answer = await self.database.call(SqlFunction.CHANGE_WEBHOOK, doing, document, self.by)
            else:
                digest = digest_of(self.token.get_secret_value(), TOKEN_PREFIX)
                answer = await self.database.call(SqlFunction.ADMINISTER_WEBHOOK, digest, doing, document)
        except DatabaseRefused as error:
            raise _refused(error) from error
        return int(json.loads(answer)["changed"])


async def add(
    hand: Hand,
    settings: Settings,
    name: str,
    url: str,
    *,
    account: str,
    kinds: Collection[WebhookKind] = (),
    retry_after: Sequence[int] = (),
) -> SecretStr:
    """An endpoint that is told of the tickets which an account may see; returns the secret that it verifies with.

    Args:
        kinds: of which events; none: of all.
        retry_after: seconds after each try that failed until the next one; none: the usual ones.

    Raises:
        BadInput: nothing can be sent there.
    """
    if not NAME.fullmatch(name):
        raise BadInput("The name of a webhook has small letters, digits and . _ -, and at most 63 of them.")
    try:
        check_url(storable(url, "address"), AllowedHosts.of(settings))
    except ForbiddenAddress as error:
        raise BadInput(str(error)) from error
    key = token_bytes(KEY_BYTES)
    events = sorted({one.value for one in kinds} or set(WebhookKind))
    times = {"retry_after": [*retry_after]} if retry_after else {}
    account = storable(account, "account")
    await hand.change("add", name=name, url=url, account=account, events=events, key=key.hex(), **times)
    return _secret(key)


async def rotate(hand: Hand, name: str, overlap: timedelta = OVERLAP) -> SecretStr:
    """Another secret; until `overlap` is over, deliveries are signed with the one before as well."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise BadInput(f"Both secrets may sign for {LONGEST_OVERLAP.days} days at most.")
    key = token_bytes(KEY_BYTES)
    await hand.change("rotate", name=_name(name), key=key.hex(), overlap=overlap.total_seconds())
    return _secret(key)


async def put_in_use(hand: Hand, name: str, in_use: bool) -> bool:
    """Enable an endpoint or disable it; returns whether it was otherwise."""
    return bool(await hand.change("enable" if in_use else "disable", name=_name(name)))


async def replay(
    hand: Hand,
    name: str,
    delivery: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Send again what was sent, or could not be; returns how many events that are.

    Args:
        delivery: one, by its id as the log or `webhook-id` has it. Otherwise those that were made in a time.

    Raises:
        BadInput: it is not said which.
        UnknownWebhook: there is no such delivery that has ended.
    """
    if (delivery is None) == (since is None):
        raise BadInput("Say which: one delivery by its id, or since when.")
    if delivery is not None:
        found = await hand.change("replay", name=_name(name), delivery=str(_delivery(delivery)))
        if not found:
            raise UnknownWebhook(f"{name} has no delivery {delivery} that has ended.")
        return found
    span = {"since": since and since.isoformat(), "until": until and until.isoformat()}
    return await hand.change("replay", name=_name(name), **span)


async def list_webhooks(database: Calls) -> Sequence[Row]:
    """The endpoints and what is on its way to each.

    Raises:
        NotAllowed: whoever asks does not administer them.
    """
    check(database, Action.WEBHOOKS)
    return await database.rows(SqlFunction.LIST_WEBHOOKS)


async def read_log(
    database: Calls, name: str, state: DeliveryState | None = None, limit: int = 50, before: str | None = None
) -> list[Row]:
    """Deliveries of an endpoint with every try, newest first.

    Args:
        before: the id of the last one of the page before.

    Raises:
        UnknownWebhook: there is no such endpoint.
    """
    if name not in {row["name"] for row in await list_webhooks(database)}:
        raise UnknownWebhook(f"There is no webhook {name}.")
    last = None if before is None else _delivery(before)
    rows = await database.rows(SqlFunction.READ_WEBHOOK_LOG, name, state and state.value, limit, last)
    return [
        {
            **{key: value for key, value in row.items() if key != "delivery_id"},
            "id": message_id(row["delivery_id"]),
            "attempts": json.loads(row["attempts"]),
        }
        for row in rows
    ]


def _name(name: str) -> str:
    return storable(name, "name")


def _delivery(text: str) -> UUID:
    try:
        return UUID(text.removeprefix("msg_"))
    except ValueError:
        raise BadInput(f"{text!r} is no id of a delivery: they begin with msg_.") from None


def _secret(key: bytes) -> SecretStr:
    return SecretStr(SECRET_PREFIX + b64encode(key).decode())


def _refused(error: DatabaseRefused) -> Refused:
    said = str(error)
    sentence = f"{said[:1].upper()}{said[1:]}."
    if error.sqlstate == NO_ADMINISTRATOR:
        return NotAllowed(sentence)
    return UnknownWebhook(sentence) if said.startswith("there is no webhook") else Refused(sentence)
