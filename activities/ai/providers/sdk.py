"""What the SDKs of OpenAI and Anthropic have in common: both are made by one generator, on httpx2.

A provider's module sends a request with its SDK and lets the SDK parse the answer; here everything that can come of it
becomes an `AiAnswer` or an `AiError`, with what it cost. Nothing of an SDK's error gets out: it may hold headers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Protocol

import httpx2
from pydantic import ValidationError

from activities.ai.providers.errors import (
    NOTHING,
    AiBadAnswer,
    AiDenied,
    AiError,
    AiTimedOut,
    AiUnavailable,
    status_error,
)
from activities.ai.providers.protocol import AiAnswer, AiRequest, Output
from activities.ai.providers.secrets import Redactor
from activities.ai.providers.usage import Usage
from activities.ai.providers.wire import Exchange, exchange, keep

CONNECT_TIMEOUT = 10.0
"""Seconds until a connection attempt is given up."""

LONGEST = timedelta(minutes=10)
"""What a client allows where a request does not say; every request does."""

LONGEST_ANSWER = 200_000
"""Characters of an answer; ten times what any limit of tokens here lets a model say."""

LONGEST_NAME = 100
"""Characters of a provider's own names: of a request, of a reason."""

MOST_TOKENS = 1_000_000_000

NO_KEY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN})

NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
"""Faults before a byte of the request was on its way: nobody can have charged for it."""


class Dialect(Protocol):
    """How to read a provider's document: what an SDK's own parsing loses when it raises."""

    name: str

    def usage(self, document: Mapping[str, Any]) -> Usage | None:
        """The tokens that it reports; None where it reports none.

        Raises:
            ValueError: it reports what can't be.
        """

    def content(self, document: Mapping[str, Any]) -> str:
        """What the model said."""

    def finish_reason(self, document: Mapping[str, Any]) -> str | None:
        """Why it stopped, in the provider's words."""

    def fault(self, document: Mapping[str, Any]) -> str | None:
        """`refusal` or `truncated`, if the answer is one that can't be whole; else None."""


def timeouts(whole: timedelta) -> httpx2.Timeout:
    """The limits of one request: `whole` for anything, less for connecting."""
    seconds = whole.total_seconds()
    return httpx2.Timeout(seconds, connect=min(CONNECT_TIMEOUT, seconds))


def http_client() -> httpx2.AsyncClient:
    """The connections of one SDK client. It follows no redirect: a key is for the address that was configured."""
    return httpx2.AsyncClient(timeout=timeouts(LONGEST), event_hooks={"response": [keep]})


async def ask(
    code: str,
    dialect: Dialect,
    request: AiRequest[Output],
    redactor: Redactor,
    send: Callable[[], Awaitable[Output | None]],
) -> AiAnswer[Output]:
    """Send a request, once, and make of what comes an answer.

    Args:
        send: sends it with the SDK and returns what the SDK has parsed.

    Raises:
        AiError: there is no answer that fits.
    """
    whole = request.limits.timeout.total_seconds()
    with exchange() as made:
        try:
            async with asyncio.timeout(whole):
                parsed = await send()
        except TimeoutError:
            what = f"{dialect.name} gave no answer within {whole:g} s"
            raise AiTimedOut(what, reason="timeout", retryable=False) from None
        except Exception as error:
            raise _failure(dialect, error, made, redactor) from None
        document = made.document
        fault = dialect.fault(document) or ("no answer" if parsed is None else None)
        if fault or parsed is None:
            raise _bad_answer(dialect, fault or "no answer", fault or "no answer", made, redactor)
        content = dialect.content(document)
        if len(content) > LONGEST_ANSWER:
            raise _bad_answer(dialect, "too long", f"{len(content):,} characters", made, redactor)
        try:
            parsed = type(parsed).model_validate(_cleaned(parsed.model_dump(mode="json"), redactor))
        except ValidationError as error:
            raise _bad_answer(dialect, "does not fit", f"it does not fit: {shape(error)}", made, redactor) from None
        usage = _usage(dialect, document)
        return AiAnswer(
            parsed=parsed,
            content=redactor.clean(content),
            usage=usage,
            cost_usd=None if usage is None else request.prices.cost(usage),
            latency=made.latency,
            provider=code,
            model=request.model,
            request_id=_request_id(made, redactor),
            finish_reason=_finish_reason(dialect, document, redactor),
        )


async def check(dialect: Dialect, within: timedelta, redactor: Redactor, send: Callable[[], Awaitable[object]]) -> None:
    """Return if a provider answers a harmless request that `send` makes. That it knows the request is not asked of it.

    Raises:
        AiError: no answer, 5xx, or the key is not accepted.
    """
    with exchange() as made:
        try:
            async with asyncio.timeout(within.total_seconds()):
                await send()
        except TimeoutError:
            what = f"{dialect.name} gave no answer within {within.total_seconds():g} s"
            raise AiTimedOut(what, reason="timeout", usage=NOTHING) from None
        except Exception as error:
            if made.status is None or made.status in NO_KEY or made.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise _failure(dialect, error, made, redactor) from None
            if HTTPStatus.MULTIPLE_CHOICES <= made.status < HTTPStatus.BAD_REQUEST:
                what = f"{dialect.name} sends to another address (HTTP {made.status}): set the address that is meant"
                raise AiUnavailable(what, reason=str(made.status), usage=NOTHING) from None


def _failure(dialect: Dialect, error: Exception, made: Exchange, redactor: Redactor) -> AiError:
    said = redactor.clean_error(str(getattr(error, "message", None) or error or type(error).__name__))
    if made.status is not None and made.status >= 300:
        return _of_status(made.status, said, made, _request_id(made, redactor))
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, httpx2.TransportError):
        cause = cause.__cause__
    if cause is not None:
        usage = NOTHING if isinstance(cause, NEVER_SENT) else None
        if isinstance(cause, httpx2.TimeoutException):
            what = f"{dialect.name} gave no answer in time: {said}"
            return AiTimedOut(what, reason="timeout", usage=usage, retryable=usage is NOTHING)
        return AiUnavailable(f"{dialect.name} can't be reached: {said}", reason="connection", usage=usage)
    if made.status is None:
        return AiUnavailable(f"{dialect.name} could not be asked: {said}", reason="connection", usage=NOTHING)
    fault = dialect.fault(made.document)
    if fault is None:
        return _bad_answer(dialect, "does not fit", f"an answer that does not fit: {shape(error)}", made, redactor)
    return _bad_answer(dialect, fault, fault, made, redactor)


def _of_status(status: int, said: str, made: Exchange, request_id: str | None) -> AiError:
    error = {words(found(made.document, "error", name)) for name in ("code", "type")}
    if status == HTTPStatus.TOO_MANY_REQUESTS and "insufficient_quota" in error:
        # No wait helps: somebody has to pay. Its number is that of 429, its meaning that of 402.
        return AiDenied(f"HTTP 429: {said}", reason="429 quota", usage=NOTHING, request_id=request_id)
    return status_error(status, said, made.headers, request_id)


def _bad_answer(dialect: Dialect, reason: str, what: str, made: Exchange, redactor: Redactor) -> AiBadAnswer:
    document = made.document
    return AiBadAnswer(
        f"{dialect.name} gave no answer that can be used: {what}",
        reason=reason,
        usage=_usage(dialect, document),
        request_id=_request_id(made, redactor),
        content=redactor.clean(dialect.content(document)[:LONGEST_ANSWER]),
        finish_reason=_finish_reason(dialect, document, redactor),
    )


def _cleaned(value: Any, redactor: Redactor) -> Any:
    """What a model said, as JSON, every text in it without keys and without what the database can't store."""
    if isinstance(value, str):
        return redactor.clean(value)
    if isinstance(value, list):
        return [_cleaned(one, redactor) for one in value]
    if isinstance(value, dict):
        return {name: _cleaned(one, redactor) for name, one in value.items()}
    return value


def _usage(dialect: Dialect, document: Mapping[str, Any]) -> Usage | None:
    """The tokens that it reports; None where it reports none, or such as can't be."""
    try:
        return dialect.usage(document)
    except ValueError:
        return None


def _request_id(made: Exchange, redactor: Redactor) -> str | None:
    return redactor.clean_error(made.request_id)[:LONGEST_NAME] if made.request_id else None


def _finish_reason(dialect: Dialect, document: Mapping[str, Any], redactor: Redactor) -> str | None:
    reason = dialect.finish_reason(document)
    return redactor.clean_error(reason)[:LONGEST_NAME] if reason else None


def shape(error: Exception) -> str:
    """What is wrong with an answer, without its words: they may be a reporter's."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(one) for one in first["loc"]) or "the whole"
        return f"{first['type']} at {place}; faults: {error.error_count()}"
    return type(error).__name__


def count(document: Mapping[str, Any], *path: str) -> int:
    """A count of a provider's document; 0 where it says none.

    Raises:
        ValueError: it says something else than a count.
    """
    value = found(document, *path)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise ValueError("not a whole number")
    if not 0 <= value <= MOST_TOKENS:
        raise ValueError("no number of tokens")
    return int(value)


def found(document: Mapping[str, Any], *path: str | int) -> Any:
    """What stands at a path of a document; None where nothing does. No shape is taken for granted."""
    value: Any = document
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def words(value: Any) -> str:
    """The value, if it is a text; else the empty one."""
    return value if isinstance(value, str) else ""
