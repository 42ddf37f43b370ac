"""One try: the event is signed by Standard Webhooks 1.0 and posted to an address that was looked at."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpcore2
from standardwebhooks import Webhook

from activities.webhooks.addresses import PORTS, AllowedHosts, ForbiddenAddress, addresses_of, check_url

TIMEOUT = 15.0
"""Seconds that a try may take from the look-up of the name to the end of what is read."""

KEPT = 1024
"""Bytes of an answer that are read and kept."""

AGENT = "fieldcare-webhooks/1"


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try went.

    Attributes:
        status: of HTTP; None: there was no answer.
        took: seconds.
    """

    status: int | None
    error: str
    answer: str
    took: float

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class LookedAt(httpcore2.AsyncNetworkBackend):
    """Connects to the addresses that were looked at, whatever the name says a moment later.

    TLS goes on with the name, so that the certificate has to be the host's.
    """

    def __init__(self, allowed: AllowedHosts) -> None:
        self._allowed = allowed
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failed: Exception = OSError(f"{host} has no address")
        for address in await addresses_of(host, port, self._allowed):
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed


class Post:
    """Posts events. `open()` makes one; several tries share its connections."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool, allowed: AllowedHosts) -> None:
        self._pool, self._allowed = pool, allowed

    @classmethod
    @asynccontextmanager
    async def open(cls, allowed: AllowedHosts) -> AsyncIterator[Post]:
        """It takes no proxy of the environment: what is connected to is what was looked at."""
        pool = httpcore2.AsyncConnectionPool(ssl_context=_tls(), network_backend=LookedAt(allowed), max_connections=20)
        async with pool:
            yield cls(pool, allowed)

    async def send(self, url: str, message_id: str, body: str, keys: Sequence[bytes]) -> Tried:
        """Sign and post. Redirects are not followed: nobody has looked at where they lead."""
        began, status, error, answer = time.monotonic(), None, "", b""
        try:
            parts = check_url(url, self._allowed)
            async with asyncio.timeout(TIMEOUT):
                target = httpcore2.URL(
                    scheme=parts.scheme,
                    host=parts.hostname or "",
                    port=parts.port or PORTS[parts.scheme],
                    target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                )
                headers = signed(message_id, body, keys)
                async with self._pool.stream("POST", target, headers=headers, content=body.encode()) as answered:
                    status = int(answered.status)
                    async for chunk in answered.aiter_stream():
                        answer += chunk
                        if len(answer) >= KEPT:
                            break
        except ForbiddenAddress as forbidden:
            error = str(forbidden)
        except TimeoutError:
            error = f"No answer within {TIMEOUT:g} s."
        except (
            OSError,
            UnicodeError,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.TimeoutException,
        ) as e:
            error = f"{type(e).__name__}: {e}"[:300]
        if status is not None and error:
            error = f"{error} What came before that counts."
        text = answer[:KEPT].decode(errors="replace").replace("\x00", "\ufffd")
        return Tried(status, error.replace("\x00", "\ufffd"), text, time.monotonic() - began)


def signed(
    message_id: str, body: str, keys: Sequence[bytes], now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[tuple[str, str]]:
    """The headers of a delivery; while keys are rotated there are two signatures."""
    at = now()
    return [
        ("Content-Type", "application/json"),
        ("User-Agent", AGENT),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(int(at.timestamp()))),
        ("webhook-signature", " ".join(Webhook(key).sign(message_id, at, body) for key in keys)),
    ]


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
