"""The connection to Temporal, the same for the worker and for everybody who starts or commands tickets."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import (
    Client,
    GrpcCompression,
    Interceptor,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    TLSConfig,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError, RPCStatusCode

from models.attributes import SEARCH_ATTRIBUTES
from models.contracts.base import Message
from models.contracts.dispatch import Replan
from models.contracts.reconciliation import ReconcileBatch
from models.contracts.sealing import SealTrail
from models.contracts.webhooks import WatchWebhooks
from models.identity import (
    DISPATCH_SCHEDULE,
    DISPATCH_WORKFLOW,
    RECONCILE_SCHEDULE,
    RECONCILE_WORKFLOW,
    SEAL_SCHEDULE,
    SEAL_WORKFLOW,
    TICKETS_QUEUE,
    WEBHOOK_WATCH,
    WEBHOOK_WATCH_WORKFLOW,
)
from models.settings import Settings
from models.vocabulary.dispatch import DispatchMode
from starter.calling import TemporalUnavailable, raise_in_words
from starter.failures import Remedy, RemedyKind
from starter.payloads import data_converter

__all__ = [
    "LOCAL_ADDRESS",
    "TemporalUnavailable",
    "connect",
    "register_schedules",
    "register_search_attributes",
    "watch_webhooks",
]

logger = logging.getLogger(__name__)

LOCAL_ADDRESS = "127.0.0.1:7233"

EVERY = timedelta(hours=1)
LOOK_EVERY = timedelta(minutes=5)
"""How often it is looked whether the plan of visits is overtaken."""

SCHEDULES: tuple[tuple[str, str, Message], ...] = (
    (RECONCILE_SCHEDULE, RECONCILE_WORKFLOW, ReconcileBatch()),
    (SEAL_SCHEDULE, SEAL_WORKFLOW, SealTrail()),
)
"""What runs by itself: the schedule, its workflow, what that is told."""

PLANS: tuple[str, str, Message] = (DISPATCH_SCHEDULE, DISPATCH_WORKFLOW, Replan())
"""Likewise, where plans of visits are wanted by themselves."""


async def connect(address: str | None = None, interceptors: Sequence[Interceptor] = ()) -> Client:
    """Connect to Temporal. What is said to it is sealed where the environment has keys for that.

    Args:
        address: `host:port` of the embedded server; None takes Temporal's own environment configuration (profile,
            TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TLS, API key).
        interceptors: for tests and the demo (skipping time).

    Raises:
        TemporalUnavailable: nothing answers there; the message names the address and the remedy.
        BadSetting: the keys can't be used.
    """
    config = ClientConfigProfile.load().to_client_connect_config()
    target = address or config.get("target_host") or LOCAL_ADDRESS
    tls = config.get("tls", False)
    try:
        return await Client.connect(
            target,
            namespace=config.get("namespace", "default"),
            api_key=config.get("api_key"),
            tls=tls if isinstance(tls, bool | TLSConfig) else False,
            rpc_metadata=config.get("rpc_metadata", {}),
            data_converter=data_converter(Settings()),
            interceptors=list(interceptors),
            grpc_compression=GrpcCompression.NONE if _is_loopback(target) else GrpcCompression.GZIP,
        )
    except (RuntimeError, RPCError) as error:
        raise TemporalUnavailable(
            f"Temporal does not answer at {target} ({_reason(error)}).", Remedy(RemedyKind.FIND_TEMPORAL)
        ) from error


def _is_loopback(target: str) -> bool:
    """Whether the server is on this machine, where compressing what is sent only costs both sides time."""
    return target.rsplit(":", maxsplit=1)[0].strip("[]") in {"127.0.0.1", "::1", "localhost"}


def _reason(error: Exception) -> str:
    """The last part of the SDK's message, which is the cause; it holds no key."""
    return str(error).rsplit(": ", maxsplit=1)[-1].strip().rstrip(".")[:200] or type(error).__name__


async def register_search_attributes(client: Client) -> tuple[str, ...]:
    """Register what is missing of the search attributes that tickets carry, and return their names. Idempotent.

    Safe when several workers start at once: the one that comes second finds them or is told that they exist. Where the
    operator service is not for clients (Temporal Cloud), an administrator registers them; this then leaves it at that.

    Raises:
        TemporalUnavailable: Temporal does not answer, or not to us.
    """
    try:
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        if error.status in {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}:
            logger.warning("Search attributes can't be registered from here (%s)", error.status.name)
            return ()
        raise_in_words(error)
    missing = {
        key.name: IndexedValueType.ValueType(key.indexed_value_type.value)
        for key in SEARCH_ATTRIBUTES
        if key.name not in listed.custom_attributes
    }
    if missing:
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                raise_in_words(error)
    return tuple(missing)


async def register_schedules(client: Client, task_queue: str = TICKETS_QUEUE) -> bool:
    """Let the housekeeping run by itself; True if any is new. Idempotent: what is there stays as operators made it.

    A run that is not done when the next one is due makes that one wait for the time after: they never overlap. Where
    schedules are not for clients, an administrator makes them (docs/operations.md); this then leaves it at that.
    """
    new = False
    planned = () if Settings().dispatch is DispatchMode.OFF else (PLANS,)
    for name, workflow_type, argument in (*SCHEDULES, *planned):
        every = LOOK_EVERY if name == DISPATCH_SCHEDULE else EVERY
        schedule = Schedule(
            action=ScheduleActionStartWorkflow(workflow_type, argument, id=name, task_queue=task_queue),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)], jitter=every / 10),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=every),
        )
        try:
            await client.create_schedule(name, schedule)
            new = True
        except ScheduleAlreadyRunningError:
            continue
        except RPCError as error:
            if error.status in {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}:
                logger.warning("%s can't be scheduled from here (%s)", workflow_type, error.status.name)
                return False
            raise_in_words(error)
    return new


async def watch_webhooks(client: Client, task_queue: str = TICKETS_QUEUE) -> None:
    """Let the record be watched for what other houses are to be told, by one run that goes on for good. Idempotent.

    Raises:
        TemporalUnavailable: Temporal does not answer, or not to us.
    """
    try:
        await client.start_workflow(
            WEBHOOK_WATCH_WORKFLOW,
            WatchWebhooks(),
            id=WEBHOOK_WATCH,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="Watches the record for webhooks",
        )
    except RPCError as error:
        raise_in_words(error)


async def furnish(client: Client) -> None:
    """What workers need of a namespace: search attributes, schedules, the watch over webhooks. Idempotent.

    Raises:
        TemporalUnavailable: Temporal does not answer, or not to us.
    """
    await register_search_attributes(client)
    await register_schedules(client)
    await watch_webhooks(client)
