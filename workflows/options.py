"""Named activity options: the only timeouts and retry policies of the workflows."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

TASK_TIMEOUT = timedelta(seconds=5)
"""How long a worker may think about one step of a ticket. One that is killed in the middle of it holds the ticket up so
long. A replay of a long history takes well below a second.
"""

STICKY_FOR = timedelta(seconds=2)
"""How long the next step of a ticket waits for the worker that has the ticket in its memory, before any may take it."""


class ActivityOptions(TypedDict):
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


class BoundedOptions(ActivityOptions):
    schedule_to_close_timeout: timedelta
    schedule_to_start_timeout: timedelta


class AiCallOptions(BoundedOptions):
    heartbeat_timeout: timedelta


class LongOptions(ActivityOptions):
    heartbeat_timeout: timedelta


DB_WRITE = ActivityOptions(
    # The database may be away for minutes, or for a weekend: the ticket waits and goes on. Ten seconds between tries
    # at the most, so that a database that is back is noticed soon. For as long as one try may take, a worker that is
    # killed in the middle of it holds the ticket's record up.
    start_to_close_timeout=timedelta(seconds=5),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=10)
    ),
)

DB_READ = ActivityOptions(
    start_to_close_timeout=timedelta(seconds=3),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=100), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=5)
    ),
)

QUICK_READ = ActivityOptions(
    # For local activities: one try, shorter than a workflow task, so that a database that is away holds nothing up.
    start_to_close_timeout=timedelta(seconds=2),
    retry_policy=RetryPolicy(maximum_attempts=1),
)

RECONCILE = LongOptions(
    # Two tries: the next run of the schedule does what is left.
    start_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=timedelta(minutes=2),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=30), maximum_attempts=2),
)

SEAL = LongOptions(
    # Until the next run is due: that one does what is left.
    start_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=timedelta(minutes=2),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=15), backoff_coefficient=2.0, maximum_attempts=6),
)

RECORD_GLANCE = ActivityOptions(
    # All open visits are read. Nobody waits for it, and the next run of the schedule looks again.
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=5), maximum_attempts=3),
)

MAKE_PLAN = LongOptions(
    # Solvers have minutes at most, and applying is a command a visit. The next run of the schedule does what is left.
    start_to_close_timeout=timedelta(minutes=20),
    heartbeat_timeout=timedelta(minutes=1),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=15), maximum_attempts=3),
)

WEBHOOK_DELIVERY = LongOptions(
    # A round takes a minute and the longest try. The database may be away for long: it is tried again, with no loss.
    start_to_close_timeout=timedelta(minutes=3),
    heartbeat_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)),
)


def webhook_watch(lasts: timedelta) -> LongOptions:
    """Options of watching the record. Whoever is killed in the middle of it is missed for a quarter of a minute.

    Args:
        lasts: how long one activity goes on.
    """
    return LongOptions(
        start_to_close_timeout=lasts + timedelta(minutes=5),
        heartbeat_timeout=timedelta(seconds=15),
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)),
    )


AI_PREPARE = BoundedOptions(
    # AI never holds a ticket up: where nobody serves it, or the database is away for long, it goes on without.
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=timedelta(minutes=2),
    schedule_to_start_timeout=timedelta(minutes=1),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=10)
    ),
)


AI_SILENCE = timedelta(seconds=20)
"""A worker that asks a provider and gives no sign of life for so long counts as dead."""


def ai_call(request_timeout: timedelta) -> AiCallOptions:
    """Options of asking a provider: three tries, and all of it bounded; after that it is the next one's turn.

    A provider's own wait (`retry-after`) takes the place of the pauses here. Longest of all may be the wait for the
    rate limit of the provider's queue, so that is bounded by itself.

    Args:
        request_timeout: what one request may take.
    """
    return AiCallOptions(
        start_to_close_timeout=request_timeout + timedelta(seconds=30),  # the book before and after, patiently
        schedule_to_close_timeout=2 * request_timeout + timedelta(minutes=4),
        schedule_to_start_timeout=timedelta(minutes=2),
        heartbeat_timeout=AI_SILENCE,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1),
            backoff_coefficient=2.0,
            maximum_interval=timedelta(seconds=20),
            maximum_attempts=3,
        ),
    )
