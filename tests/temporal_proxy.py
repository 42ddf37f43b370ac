"""A gRPC proxy on loopback in front of the real Temporal server: it passes calls on, or fails those it is told to.

Every byte that it does not fail itself is the real server's; what it fails goes over a real connection as gRPC does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import grpc
from temporalio.api.common.v1 import GrpcStatus

LARGEST = 16 * 1024 * 1024
_TECHNICAL = ("grpc-", "te", "content-type", "user-agent", ":")


class TemporalProxy:
    """Listens at `address` inside its context; use `fail()` and `mend()` at any time."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._faults: dict[str, tuple[Any, str, Any, float, bool]] = {}
        self.calls: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.address = ""

    async def __aenter__(self) -> Self:
        sizes = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
        self._channel = grpc.aio.insecure_channel(self._target, options=sizes)
        self._server = grpc.aio.server(options=sizes)
        self._server.add_generic_rpc_handlers((_Everything(self._pass_on),))
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        self.address = f"127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.stop(0)
        await self._channel.close()

    def fail(
        self,
        method: str,
        code: grpc.StatusCode,
        message: str = "made up by a test",
        *,
        details: Any = None,
        times: float = float("inf"),
        afterwards: bool = False,
    ) -> None:
        """Fail the next calls of a method.

        Args:
            method: such as `UpdateWorkflowExecution`.
            afterwards: let the server do it first, and lose its answer.
        """
        self._faults[method] = (code, message, details, times, afterwards)

    def mend(self) -> None:
        """Pass everything on again."""
        self._faults.clear()

    async def _pass_on(self, path: str, request: bytes, context: Any) -> bytes:
        method = path.rpartition("/")[2]
        self.calls[method] += 1
        code, message, details, times, afterwards = self._faults.get(method, (None, "", None, 0, False))
        failing = code is not None and times > 0
        if failing:
            self._faults[method] = (code, message, details, times - 1, afterwards)
            self.failed[method] += 1
        if failing and not afterwards:
            await _end(context, code, message, details)
        try:
            answer: bytes = await self._channel.unary_unary(path)(
                request,
                metadata=[
                    (key, value) for key, value in context.invocation_metadata() if not key.startswith(_TECHNICAL)
                ],
                timeout=context.time_remaining(),
            )
        except grpc.aio.AioRpcError as error:
            context.set_trailing_metadata(tuple(error.trailing_metadata() or ()))
            await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata() or ()))
        if failing:
            await _end(context, code, message, details)
        return answer


async def _end(context: Any, code: Any, message: str, details: Any) -> None:
    trailing: tuple[tuple[str, bytes], ...] = ()
    if details is not None:
        status = GrpcStatus(code=code.value[0], message=message)
        status.details.add().Pack(details)
        trailing = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(code, message, trailing)


class _Everything(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Handles every method as bytes in, bytes out."""

    def __init__(self, pass_on: Callable[[str, bytes, Any], Awaitable[bytes]]) -> None:
        self._pass_on = pass_on

    def service(self, details: Any) -> Any:
        async def handle(request: bytes, context: Any) -> bytes:
            return await self._pass_on(details.method, request, context)

        return grpc.unary_unary_rpc_method_handler(handle)
