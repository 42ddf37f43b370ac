"""Why a provider gave no answer: classified once, where it arises. No message ever holds a key."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from activities.ai.providers.usage import Usage
from models.vocabulary.ai import CallOutcome

LONGEST_MESSAGE = 500
"""Characters of what a provider says of an error that are kept."""

DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})


ABSTAINED = "abstained"
"""Why there is no answer, in the story that operators read, and as the end of what is recorded as said."""

NOTHING = Usage()
"""The usage of a request that was certainly not charged."""


class AiError(Exception):
    """A provider gave no answer.

    Attributes:
        outcome: what kind of failure it is.
        reason: in a word or two, for the story that operators read.
        retryable: whether the same request may be answered later.
        retry_after: the wait that the provider asked for.
        usage: the tokens that it was charged for; `NOTHING` where it was certainly not charged. None: not known, so it
            may have been.
        content: what the provider answered, as far as it is text.
    """

    outcome: CallOutcome
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        usage: Usage | None = None,
        retry_after: timedelta | None = None,
        request_id: str | None = None,
        content: str = "",
        finish_reason: str | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message[:LONGEST_MESSAGE])
        if retryable is not None:
            self.retryable = retryable
        self.reason = reason
        self.usage = usage
        self.retry_after = retry_after
        self.request_id = request_id
        self.content = content
        self.finish_reason = finish_reason


class AiRejected(AiError):  # noqa: N818 - says what it is at the place of `except`
    """The request itself is at fault (400, 413, 422): nobody need send it again."""

    outcome = CallOutcome.REJECTED


class AiDenied(AiError):  # noqa: N818 - likewise
    """Key, right, funds or model are not accepted (401, 402, 403, 404)."""

    outcome = CallOutcome.DENIED


class AiBadAnswer(AiError):  # noqa: N818 - likewise
    """There is an answer, and it can't be used: refused, cut off, no JSON, or not what was asked for."""

    outcome = CallOutcome.BAD_ANSWER


class AiAbstained(AiError):  # noqa: N818 - likewise
    """The provider is well and says that what it was told allows no answer; the sentence says why."""

    outcome = CallOutcome.ABSTAINED


class AiUnavailable(AiError):  # noqa: N818 - likewise
    """The provider can't answer at the moment (409, 5xx, a broken connection)."""

    outcome = CallOutcome.UNAVAILABLE
    retryable = True


class AiRateLimited(AiUnavailable):
    """The provider wants fewer requests (429)."""

    outcome = CallOutcome.RATE_LIMITED


class AiTimedOut(AiUnavailable):
    """No answer in time, or the provider says so itself (408).

    Only the latter is worth another try: a request that was given up may be answered all the same, and charged.
    """

    outcome = CallOutcome.TIMED_OUT


def status_error(status: int, message: str, headers: Mapping[str, str], request_id: str | None = None) -> AiError:
    """The error for an HTTP status of 300 or more. Providers charge nothing for those.

    Args:
        message: what the provider said, without any key in it.
    """
    kind: type[AiError]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        kind = AiRateLimited
    elif status == HTTPStatus.REQUEST_TIMEOUT:
        kind = AiTimedOut
    elif status in AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = AiUnavailable
    elif status in DENIED:
        kind = AiDenied
    else:
        kind = AiRejected
    return kind(
        f"HTTP {status}: {message}",
        reason=str(status),
        usage=NOTHING,
        retry_after=retry_after(headers) if kind.retryable else None,
        request_id=request_id,
    )


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """The wait that a response asks for: `retry-after-ms`, else `retry-after` in seconds or as a date.

    None where it says nothing sensible; never negative, and a day at the most.
    """
    for name, unit in (("retry-after-ms", timedelta(milliseconds=1)), ("retry-after", timedelta(seconds=1))):
        try:
            given = float(headers.get(name, ""))
        except ValueError:
            continue
        if math.isnan(given):
            continue
        return min(max(given, 0.0), timedelta(days=1) / unit) * unit
    try:
        at = parsedate_to_datetime(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(at - (now or datetime.now(UTC)), timedelta(0)), timedelta(days=1))
