"""Connections of a server: whoever says nothing, or takes nothing, is not waited for without an end.

uvicorn ends a connection that is quiet after an answer. One on which no request has come whole, and one whose answer
nobody reads, it would keep for ever: a single machine could hold all that a server can have.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

LONGEST_HEAD = 20.0
"""Seconds in which the head of a request has to be there: from the beginning of the connection, or from its first byte
after an answer."""

LONGEST_UNREAD = 60.0
"""Seconds in which whoever asks has to take what has piled up for them."""


MOST_SILENT = 256
"""Connections of this process on which a head is waited for; of more, the one that has waited longest ends. Whoever has
something to say has said it long before, however many say nothing."""


class Connection(H11Protocol):
    """uvicorn's own, with an end to every wait for the other side."""

    longest_head, longest_unread, most_silent = LONGEST_HEAD, LONGEST_UNREAD, MOST_SILENT
    silent: ClassVar[dict[Connection, None]] = {}
    """In the order in which they began to wait."""
    _head: TimerHandle | None = None
    _unread: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait_for_head()
        self._end_wait_for_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_for_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.longest_unread, self.transport.abort)

    def resume_writing(self) -> None:
        self._end_wait_for_reader()
        super().resume_writing()

    def _wait_for_head(self) -> None:
        """A head is waited for where no request is under way and uvicorn's own timer, for quiet after an answer, does
        not run: also while the rest of a body comes in whose request was answered."""
        under_way = self.cycle is not None and not self.cycle.response_complete
        if under_way or self.timeout_keep_alive_task is not None or self.transport.is_closing():
            self._end_wait_for_head()
        elif self._head is None:
            self._head = self.loop.call_later(self.longest_head, self.transport.abort)
            self.silent[self] = None
            if len(self.silent) > self.most_silent:
                longest = next(iter(self.silent))
                longest._end_wait_for_head()
                longest.transport.abort()

    def _end_wait_for_head(self) -> None:
        self.silent.pop(self, None)
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _end_wait_for_reader(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
