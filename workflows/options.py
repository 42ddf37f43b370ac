"""Named activity options: the only timeouts and retry policies of the workflows."""

from __future__ import annotations

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy


class ActivityOptions(TypedDict):
    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


DB_WRITE = ActivityOptions(
    # The database may be away for minutes, or for a weekend: the ticket waits and goes on. Ten seconds between tries
    # at the most, so that a database that is back is noticed soon.
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=10)
    ),
)

DB_READ = ActivityOptions(
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=100), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=5)
    ),
)

QUICK_READ = ActivityOptions(
    # For local activities: one try, shorter than a workflow task, so that a database that is away holds nothing up.
    start_to_close_timeout=timedelta(seconds=2),
    retry_policy=RetryPolicy(maximum_attempts=1),
)
