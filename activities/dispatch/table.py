"""Travel between the places of a problem: one time a way for solvers, and to the second, by the hour, for plans."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from models.travel import Place, TravelModel

WORKING_DAY = range(8, 18)
"""Hours of the local day over which a way's usual time is the mean."""

DAY = 86_400


class TravelTable:
    """Seconds on the way between places by their numbers; a place that is not known has a number of its own.

    Attributes:
        usual: rows of seconds, at the mean over a working day; nothing from a place to itself.
        kilometres: rows of kilometres on roads.
    """

    def __init__(self, model: TravelModel, places: Sequence[Place | None]) -> None:
        self._model = model
        self._places = places
        self._even = len(set(model.speed_by_hour)) == 1
        per_km = sum(1 / model.speed_by_hour[hour] for hour in WORKING_DAY) / len(WORKING_DAY) * 3600
        ends = 2 * model.minutes_at_each_end * 60
        size = len(places)
        self.kilometres: list[list[float]] = [[0.0] * size for _ in range(size)]
        self.usual: list[list[int]] = [[0] * size for _ in range(size)]
        for i, one in enumerate(places):
            for j in range(i):
                other = places[j]
                if one is not None and one == other:
                    continue
                km = model.leg(one, other, 0.0).kilometres
                self.kilometres[i][j] = self.kilometres[j][i] = km
                self.usual[i][j] = self.usual[j][i] = ceil(ends + km * per_km)

    def __len__(self) -> int:
        return len(self._places)

    def at(self, a: int, b: int, of_day: float) -> int:
        """Seconds from `a` to `b` for who leaves `of_day` seconds after local midnight."""
        if self._even or a == b:
            return self.usual[a][b]
        return ceil(self._model.minutes(self._places[a], self._places[b], of_day % DAY / 3600) * 60 - 1e-6)

    def is_assumed(self, a: int, b: int) -> bool:
        """Whether the way is assumed, because the coordinates of an end are not on record."""
        return a != b and (self._places[a] is None or self._places[b] is None)
