"""What passes between the workflows that tell other houses and the activities that do it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from models.contracts.base import Message, Moment


class WatchWebhooks(Message):
    """How the record is watched for what other houses are to be told.

    Attributes:
        lasts: how long one activity of it goes on.
        rounds: how many of those a run has before a further one takes its place.
    """

    lasts: timedelta = timedelta(minutes=5)
    rounds: int = 100


class DeliverDue(Message):
    """What is due at an endpoint is to be delivered.

    Attributes:
        now: by the clock of the workflow: waits between tries are its own.
    """

    endpoint_id: UUID
    now: Moment


class DeliveredDue(Message):
    """How far it has come.

    Attributes:
        next_at: when there is something to do again; None: nothing is on its way.
    """

    delivered: int = 0
    failed: int = 0
    next_at: Moment | None = None


class Delivering(Message):
    """The delivery to one endpoint."""

    endpoint_id: UUID
