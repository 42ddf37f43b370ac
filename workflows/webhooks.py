"""Other houses are told of events: one run watches the record, and each endpoint that is told has a run of its own.

A run of its own keeps the order, and an endpoint that does not answer holds nobody else up. It sleeps until the next
try is due, and ends when nothing is on its way.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow

from activities.webhooks.delivering import WebhookActivities
from models.contracts.webhooks import DeliverDue, Delivering, WatchWebhooks
from models.identity import DUE_SIGNAL, WEBHOOK_DELIVERY_WORKFLOW, WEBHOOK_WATCH_WORKFLOW
from workflows.options import WEBHOOK_DELIVERY, webhook_watch


@workflow.defn(name=WEBHOOK_WATCH_WORKFLOW)
class WebhookWatchWorkflow:
    """Watches the record for what other houses are to be told. It goes on for good."""

    @workflow.run
    async def run(self, watch: WatchWebhooks) -> None:
        for _ in range(watch.rounds):
            await workflow.execute_activity_method(
                WebhookActivities.watch_webhooks, watch, **webhook_watch(watch.lasts)
            )
        workflow.continue_as_new(watch)


@workflow.defn(name=WEBHOOK_DELIVERY_WORKFLOW)
class WebhookDeliveryWorkflow:
    """Delivers to one endpoint until nothing is on its way there."""

    @workflow.init
    def __init__(self, delivering: Delivering) -> None:
        self._endpoint = delivering.endpoint_id
        self._due = False

    @workflow.signal(name=DUE_SIGNAL)
    def due(self) -> None:
        """There is something for the endpoint. One that comes when all seemed done has the last step taken anew."""
        self._due = True

    @workflow.run
    async def run(self, delivering: Delivering) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            self._due = False
            done = await workflow.execute_activity_method(
                WebhookActivities.deliver_webhooks,
                DeliverDue(endpoint_id=self._endpoint, now=workflow.now()),
                **WEBHOOK_DELIVERY,
            )
            if done.next_at is not None:
                pause = max(done.next_at - workflow.now(), timedelta(0))
                with suppress(TimeoutError):
                    await workflow.wait_condition(
                        lambda: self._due, timeout=pause, timeout_summary=f"Next try: {done.next_at:%Y-%m-%d %H:%M:%S}"
                    )
            elif not self._due:
                return
        workflow.continue_as_new(delivering)


WEBHOOKS: tuple[type, ...] = (WebhookWatchWorkflow, WebhookDeliveryWorkflow)
"""What a worker serves beside the tickets."""
