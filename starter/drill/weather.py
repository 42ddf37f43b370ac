"""What faults there were, and how long people had to wait because of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from starter.drill.account import Account, Wait
from starter.drill.strikes import Striker, Struck


@dataclass(frozen=True, slots=True)
class Weather:
    """Faults by their kinds, and the longest waits; times in seconds.

    Attributes:
        seed: what brings the same faults again, and the same people.
        missed: faults that found nothing to strike.
        restarts: of what had ended by itself.
        longest_recovery: from the end of a fault until the last one who was waiting then had an answer; what struck in
            between is in it.
        longest_recovery_after: the kind of that fault.
        longest_wait: for an answer to one command, from its first sending on.
        in_vain: commands that nobody waited for any longer.
        left_out: kinds of faults that could not be had here, and why.
    """

    seed: int
    faults: int
    by_kind: dict[str, int]
    missed: int
    restarts: int
    longest_recovery: float
    longest_recovery_after: str
    longest_wait: float
    in_vain: int
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, seed: int, striker: Striker, account: Account, left_out: Iterable[str]) -> Self:
        recovery, after = longest_recovery(striker.struck, account.waits)
        return cls(
            seed=seed,
            faults=len(striker.struck),
            by_kind=dict(sorted(Counter(one.fault.kind.value for one in striker.struck).items())),
            missed=striker.missed,
            restarts=striker.restarts,
            longest_recovery=recovery,
            longest_recovery_after=after,
            longest_wait=max((one.until - one.since for one in account.waits if one.until is not None), default=0.0),
            in_vain=sum(one.until is None for one in account.waits),
            left_out=tuple(left_out),
        )

    def rows(self) -> list[tuple[str, Any, str]]:
        """For a table: a name, a figure, a remark."""
        return [
            ("seed", self.seed, "brings the same faults again, and the same people"),
            ("faults", self.faults, f"{self.missed} more found nothing to strike"),
            *((f"  {kind}", times, "") for kind, times in self.by_kind.items()),
            ("started again", self.restarts, "what had ended by itself"),
            ("longest recovery", f"{self.longest_recovery:.1f} s", f"after {self.longest_recovery_after or 'none'}"),
            ("longest wait", f"{self.longest_wait:.1f} s", f"for an answer; {self.in_vain} in vain"),
            *(("left out", "", kind) for kind in self.left_out),
        ]


def longest_recovery(struck: Sequence[Struck], waits: Sequence[Wait]) -> tuple[float, str]:
    """The longest time from the end of a fault until all who were waiting then were answered, and which kind it was."""
    longest, after = 0.0, ""
    for one in struck:
        if one.mended_at is None:
            continue
        answered = [wait.until for wait in waits if wait.until is not None and wait.since < one.mended_at < wait.until]
        if answered and max(answered) - one.mended_at > longest:
            longest, after = max(answered) - one.mended_at, one.fault.kind.value
    return longest, after
