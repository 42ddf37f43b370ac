"""Tokens and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

MICRO_DOLLAR = Decimal("0.000001")
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the provider reports them; `cached_input` are those of `input` that it had cached."""

    input: int = 0
    output: int = 0
    cached_input: int = 0

    def __post_init__(self) -> None:
        if min(self.input, self.output, self.cached_input) < 0 or self.cached_input > self.input:
            raise ValueError("tokens are counted from 0, and no more are cached than there are")


@dataclass(frozen=True, slots=True)
class Prices:
    """US$ per 1M tokens, as in `ai_models`; `cached_input` None: as `input`."""

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    cached_input: Decimal | None = None

    def cost(self, usage: Usage) -> Decimal:
        """What a call costs in US$, to the micro-dollar, half of one rounded up."""
        cached = self.input if self.cached_input is None else self.cached_input
        total = (
            (usage.input - usage.cached_input) * self.input + usage.cached_input * cached + usage.output * self.output
        )
        return (total / MILLION).quantize(MICRO_DOLLAR, ROUND_HALF_UP)
