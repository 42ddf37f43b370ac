"""How much one caller may ask: buckets of tokens that fill at a steady rate."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from models.settings import Settings
from starter.failures import FailureCode, Refused, Remedy, RemedyKind

MOST_CALLERS = 50_000
"""Callers that are remembered; the one who asked longest ago is forgotten first."""


class TooManyRequests(Refused):
    """Whoever asks has asked too much lately.

    Args:
        wait: seconds until the next request is looked at.
    """

    code = FailureCode.TOO_MANY_REQUESTS

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__("There were too many requests.", Remedy(RemedyKind.LATER, str(max(1, ceil(wait)))))


class TooManyStreams(TooManyRequests):
    """An account has as many streams open as it may."""

    def __init__(self, caller: str, most: int) -> None:
        Refused.__init__(
            self, f"{caller} has {most} streams open at this server. Close one of them.", Remedy(RemedyKind.LATER, "60")
        )
        self.wait = 60.0


class Slots:
    """So many things at a time, each caller for itself."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    def take(self, caller: str) -> Callable[[], None]:
        """Begin one; what is returned ends it.

        Raises:
            TooManyStreams: it is one too many.
        """
        if self._taken[caller] >= self._most:
            raise TooManyStreams(caller, self._most)
        self._taken[caller] += 1

        def end() -> None:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]

        return end


class Limit:
    """So many at once, and so many in a minute; each caller for itself.

    Args:
        a_minute: how many in the long run.
        at_once: how many after a while of quiet.
        clock: seconds.
        minute: seconds in which there are so many, where that is not a minute.
    """

    def __init__(
        self, a_minute: int, at_once: int, clock: Callable[[], float] = time.monotonic, minute: float = 60
    ) -> None:
        self._rate = a_minute / minute
        self._at_once = float(at_once)
        self._clock = clock
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count a request.

        Raises:
            TooManyRequests: it is one too many.
        """
        left = self._left(caller)
        allowed = left >= 1
        self._callers[caller] = (left - 1 if allowed else left, self._clock())
        self._callers.move_to_end(caller)
        while len(self._callers) > MOST_CALLERS:
            self._callers.popitem(last=False)
        if not allowed:
            raise TooManyRequests((1 - left) / self._rate)

    def _left(self, caller: str) -> float:
        now = self._clock()
        left, since = self._callers.get(caller, (self._at_once, now))
        return min(self._at_once, left + (now - since) * self._rate)


@dataclass(frozen=True, slots=True)
class Limits:
    """Those of one server.

    Attributes:
        callers: by the account that asks.
        strangers: by the address, for whoever has not shown who they are.
        tickets: by the ticket, for what is done to it.
        streams: by the account, of those that are open.
    """

    callers: Limit
    strangers: Limit
    tickets: Limit
    streams: Slots

    def take_command(self, number: str) -> None:
        """Count what is done to a ticket, by whatever way it is done: by its number, which it has alone.

        Raises:
            TooManyRequests: it is one too many.
        """
        self.tickets.take(number.casefold())

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """As the settings have them."""
        return cls(
            callers=Limit(settings.api_requests, settings.api_burst),
            strangers=Limit(settings.api_strangers, settings.api_strangers),
            tickets=Limit(settings.api_commands, settings.api_commands),
            streams=Slots(settings.api_streams),
        )
