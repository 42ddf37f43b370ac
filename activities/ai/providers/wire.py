"""What went over the wire in one call, beside what an SDK makes of it.

The SDKs parse an answer into the output model and raise where it does not fit; what the answer cost is then lost with
it. So the HTTP client keeps the response of the call at hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any, Protocol


class Response(Protocol):
    """What is needed of an HTTP response."""

    @property
    def status_code(self) -> int:
        """Such as 200."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in any case."""

    async def aread(self) -> bytes:
        """The whole body."""


@dataclass(slots=True)
class Exchange:
    """One request and its response, as far as it came: no `status`, no response."""

    began: float = field(default_factory=perf_counter)
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)
    """The response's JSON object; empty where it is none."""

    @property
    def latency(self) -> timedelta:
        """Since the request began."""
        return timedelta(seconds=perf_counter() - self.began)

    @property
    def request_id(self) -> str | None:
        """The provider's own name of the request."""
        named = self.headers.get("x-request-id") or self.headers.get("request-id")
        return (named or str(self.document.get("id") or ""))[:200] or None


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


@contextmanager
def exchange() -> Iterator[Exchange]:
    """Watches the request that is sent in the block."""
    made = Exchange()
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)


async def keep(response: Response) -> None:
    """Hook of an HTTP client: reads the whole response, within the request's limits, and keeps it."""
    made = _current.get()
    if made is None:
        return
    made.status, made.headers = response.status_code, response.headers
    try:
        document = json.loads(await response.aread())
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        made.document = document
