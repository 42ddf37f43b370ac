"""The circuit breaker of an AI provider in plain Python: what `record_ai_outcome()` and `begin_ai_call()` are held to.

Closed lets every request through. Open lets none through until `retry_at`; the first request after that makes it
half-open and is the probe. An outcome of a provider that is alive closes it; a failure opens it again. A probe that is
never heard of again (its worker died) makes room for another one at the new `retry_at`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from activities.ai.calls.book import CircuitPolicy
from models.vocabulary.ai import CallOutcome, CircuitState, ProviderHealth

ALIVE = frozenset({CallOutcome.ANSWERED, CallOutcome.BAD_ANSWER, CallOutcome.ABSTAINED, CallOutcome.REJECTED})
"""Outcomes of a provider that works: what was wrong, if anything, was the request or the answer to it."""

PROBE_MARGIN = timedelta(seconds=30)
"""How long after a probe's time is over another one may go."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """How a provider is, as its row in `ai_providers` says."""

    state: CircuitState = CircuitState.CLOSED
    health: ProviderHealth = ProviderHealth.UNKNOWN
    failures: int = 0
    opened_at: datetime | None = None
    retry_at: datetime | None = None

    def allows(self, at: datetime) -> bool:
        """Whether a request may be sent."""
        return self.state is CircuitState.CLOSED or self.retry_at is None or at >= self.retry_at

    def asked(self, at: datetime, request_timeout: timedelta) -> Circuit:
        """The circuit once an allowed request is on its way."""
        if self.state is CircuitState.CLOSED:
            return self
        return replace(self, state=CircuitState.HALF_OPEN, retry_at=at + request_timeout + PROBE_MARGIN)

    def after(
        self, outcome: CallOutcome, at: datetime, policy: CircuitPolicy, retry_after: timedelta | None = None
    ) -> Circuit:
        """The circuit once it is known what came of a request.

        Args:
            retry_after: the wait that the provider asked for.
        """
        if outcome in ALIVE:
            return Circuit(health=ProviderHealth.HEALTHY)
        failures, wait = self.failures + 1, retry_after or timedelta(0)
        opens = (
            outcome is CallOutcome.DENIED
            or self.state is not CircuitState.CLOSED
            or failures >= policy.failures_to_open
            or (retry_after is not None and retry_after >= policy.cool_down)
        )
        if not opens:
            return Circuit(health=ProviderHealth.DEGRADED, failures=failures)
        retry_at = at + max(policy.cool_down, wait)
        if self.state is CircuitState.OPEN and self.retry_at is not None:
            retry_at = max(retry_at, self.retry_at)
        return Circuit(CircuitState.OPEN, ProviderHealth.DOWN, failures, self.opened_at or at, retry_at)
