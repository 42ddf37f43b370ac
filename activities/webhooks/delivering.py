"""From the audit trail to deliveries, and from those to other houses: effects that may be repeated at any time.

What an endpoint is to be told stands in the audit trail, which is written with the record itself. `queue_webhooks`
makes deliveries of it and notes how far it has come, in one transaction; nothing else is told, and each delivery stays
until it was made or every try has failed. So whoever dies at whatever point, nothing is lost; what was sent and not
noted is sent again under the same id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import TypeAdapter
from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from activities.horizon import settled_entry
from activities.webhooks.addresses import AllowedHosts
from activities.webhooks.posting import Post
from models.access import Action, scope_of
from models.contracts.webhooks import DeliverDue, DeliveredDue, Delivering, WatchWebhooks
from models.identity import (
    DUE_SIGNAL,
    RECORD_CHANNEL,
    WEBHOOK_CHANNEL,
    WEBHOOK_DELIVERY_WORKFLOW,
    webhook_delivery_id,
)
from models.principals import Authentication, Grant, Principal
from models.settings import Settings
from models.sql_functions import SqlFunction

if TYPE_CHECKING:  # workflows import this module for its signatures and must not reach SQLAlchemy
    from models.database import Database

GATHERS = timedelta(milliseconds=250)
"""For which news are gathered."""

LOOKS = timedelta(seconds=5)
"""After which the trail is looked at even if nobody has told anything."""

AT_ONCE = 8
"""Events that one endpoint is told at a time, each of another ticket."""

ROUND = timedelta(seconds=60)
"""After which a delivery gives its place to another one, where more is due."""

FORGOTTEN_AT_ONCE = 1000
"""Deliveries that are removed by one statement."""

DEAF, REST = 5, timedelta(minutes=10)
"""Tries in a row that fail in one round, after which an endpoint is left alone for a while: it is down."""

log = logging.getLogger(__name__)

_GRANTS = TypeAdapter(tuple[Grant, ...])


class WebhookActivities:
    """
    Args:
        task_queue: where deliveries run.
    """

    def __init__(self, client: Client, database: Database, settings: Settings, task_queue: str) -> None:
        self._client, self._database, self._queue = client, database, task_queue
        self._allowed = AllowedHosts.of(settings)
        self._kept = settings.webhooks_kept

    @property
    def served(self) -> Sequence[Callable[..., Any]]:
        """What a worker of the tickets' queue takes of this."""
        return self.watch_webhooks, self.deliver_webhooks

    @activity.defn
    async def watch_webhooks(self, watch: WatchWebhooks) -> None:
        """Make deliveries of what comes to the record, and start who delivers, for as long as `watch` says."""
        from models.database_errors import DatabaseError  # it loads the driver, which no workflow may reach

        news, changed, anybody = asyncio.Event(), set[UUID](), True
        news.set()

        def heard(said: str) -> None:
            if " " not in said:  # of the channel of endpoints, or nothing: it listens again
                with suppress(ValueError):
                    changed.add(UUID(said))
                news.set()
            elif anybody:
                news.set()

        ended = asyncio.create_task(activity.wait_for_worker_shutdown())
        listening = asyncio.create_task(self._listen(heard))
        until = time.monotonic() + watch.lasts.total_seconds()
        try:
            with suppress(DatabaseError):
                await self._forget()
            while not ended.done() and time.monotonic() < until:
                waiting = asyncio.create_task(news.wait())
                await asyncio.wait({waiting, ended}, timeout=LOOKS.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                await asyncio.sleep(GATHERS.total_seconds())
                news.clear()
                named = set(changed)
                changed.clear()
                activity.heartbeat()
                with suppress(DatabaseError):  # it comes back, and all that was missed with it
                    anybody = await self._make_deliveries(named)
        finally:
            listening.cancel()
            ended.cancel()
            await asyncio.gather(listening, ended, return_exceptions=True)

    @activity.defn
    async def deliver_webhooks(self, due: DeliverDue) -> DeliveredDue:
        """Deliver what is due at an endpoint: of each ticket one event after another, of several tickets at once."""
        began = time.monotonic()

        def now() -> datetime:
            return due.now + timedelta(seconds=time.monotonic() - began)

        scope = await self._scope(due.endpoint_id)
        if scope is None:
            return DeliveredDue()
        delivered = failed = in_a_row = 0
        async with Post.open(self._allowed) as post:
            while True:
                rows = await self._database.rows(SqlFunction.DUE_WEBHOOKS, due.endpoint_id, now(), AT_ONCE)
                heads = [row["delivery_id"] for row in rows if row["is_due"]]
                if not heads:
                    return DeliveredDue(delivered=delivered, failed=failed, next_at=rows[0]["due_at"] if rows else None)
                if in_a_row >= DEAF:
                    return DeliveredDue(delivered=delivered, failed=failed, next_at=now() + REST)
                if time.monotonic() - began >= ROUND.total_seconds() or activity.is_worker_shutdown():
                    return DeliveredDue(delivered=delivered, failed=failed, next_at=now())
                states = await asyncio.gather(*(self._deliver(post, one, scope, now()) for one in heads))
                delivered += states.count("delivered")
                lost = sum(1 for one in states if one in {"pending", "failed"})
                failed += lost
                in_a_row = 0 if "delivered" in states else in_a_row + lost
                activity.heartbeat()

    async def _listen(self, heard: Callable[[str], None]) -> None:
        from models.database_errors import DatabaseError  # likewise

        while True:
            with suppress(DatabaseError):
                await self._database.listen([RECORD_CHANNEL, WEBHOOK_CHANNEL], heard, lambda: heard(""))
            await asyncio.sleep(LOOKS.total_seconds())

    async def _make_deliveries(self, named: set[UUID]) -> bool:
        """What is new, for every endpoint; returns whether there is one at all.

        Args:
            named: endpoints of which somebody has said that there is something.
        """
        endpoints = await self._database.rows(SqlFunction.WEBHOOKS_TO_TELL, None)
        if not endpoints:
            return False
        newest = await settled_entry(self._database)
        for row in endpoints:
            endpoint, made, reached = row["endpoint_id"], 0, row["position"]
            scope = _scope(row["principal"])
            while scope is not None and reached < newest:
                found = await self._database.rows(SqlFunction.QUEUE_WEBHOOKS, endpoint, newest, scope)
                if not found:
                    break
                reached, made = found[0]["reached"], made + found[0]["made"]
                activity.heartbeat()
            if made or row["waits"] or endpoint in named:
                await self._client.start_workflow(
                    WEBHOOK_DELIVERY_WORKFLOW,
                    Delivering(endpoint_id=endpoint),
                    id=webhook_delivery_id(endpoint),
                    task_queue=self._queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    start_signal=DUE_SIGNAL,
                    static_summary="Delivers webhooks",
                )
        return True

    async def _forget(self) -> None:
        """Remove what is kept no longer: each watch anew, and so every few minutes."""
        before = datetime.now(UTC) - self._kept
        while await self._database.call(SqlFunction.FORGET_WEBHOOKS, before, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE:
            activity.heartbeat()

    async def _scope(self, endpoint: UUID) -> str | None:
        """Whose tickets an endpoint may be told of, as of now; None: it is told nothing."""
        rows = await self._database.rows(SqlFunction.WEBHOOKS_TO_TELL, endpoint)
        return _scope(rows[0]["principal"]) if rows else None

    async def _deliver(self, post: Post, delivery: UUID, scope: str, at: datetime) -> str:
        """One try; returns the state of the delivery after it."""
        document = await self._database.call(SqlFunction.BEGIN_WEBHOOK, delivery, scope)
        if document is None:
            return "dropped"
        said = json.loads(document)
        keys = [bytes.fromhex(key) for key in said["keys"]]
        tried = await post.send(said["url"], message_id(delivery), said["body"], keys)
        attempt = {
            "at": at.astimezone(UTC).isoformat(),
            "took": tried.took,
            "status": tried.status,
            "error": tried.error,
            "answer": tried.answer,
        }
        state: str = await self._database.call(SqlFunction.RECORD_WEBHOOK_ATTEMPT, delivery, json.dumps(attempt))
        return state


def message_id(delivery: UUID) -> str:
    """`webhook-id` of a delivery: the same for every try and for whoever sends it again."""
    return f"msg_{delivery.hex}"


def _scope(principal: str | None) -> str | None:
    """Whose tickets an account may read, as `ticket_in_scope` takes it."""
    if principal is None:
        return None
    said = json.loads(principal)
    who = Principal(said["code"], said["name"], _GRANTS.validate_python(said["grants"]), Authentication.TOKEN)
    return json.dumps(scope_of(who, Action.READ))
