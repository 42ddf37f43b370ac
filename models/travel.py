"""How long it takes from one place to another, where no routing server is asked.

The way is the great circle times a road factor; the speed is that of each hour of the local day, driven through hour
by hour (Ichoua, Gendreau and Potvin 2003), so that whoever leaves later never arrives earlier; a few minutes at each
end are for parking and the way in. Where coordinates are missing the model assumes a way, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the Earth (IUGG)."""

MINUTES_OF_HOUR: Final = 60.0

Speed = Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)]

CITY_SPEEDS: Final = (50.0,) * 7 + (30.0,) * 3 + (38.0,) * 6 + (28.0,) * 4 + (45.0,) * 4
"""km/h on roads by the hour of the local day, as assumed for mixed city and country: free at night, slowest in the two
rush hours. It is an assumption, not a measurement: whoever knows better says so in `TravelModel.speed_by_hour`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the Earth, in decimal degrees (WGS 84).

    Raises:
        ValueError: there is no such point.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (isfinite(self.latitude) and -90 <= self.latitude <= 90):
            raise ValueError(f"latitude {self.latitude} is not between -90 and 90 degrees: correct it")
        if not (isfinite(self.longitude) and -180 <= self.longitude <= 180):
            raise ValueError(f"longitude {self.longitude} is not between -180 and 180 degrees: correct it")


def place_of(latitude: float | None, longitude: float | None) -> Place | None:
    """The place of coordinates that are on record; None if either is missing."""
    return None if latitude is None or longitude is None else Place(latitude, longitude)


def great_circle_km(a: Place, b: Place) -> float:
    """The shortest way over the surface, in kilometres (haversine on the mean sphere; within 0.6 % of WGS 84)."""
    north, east = radians(b.latitude - a.latitude) / 2, radians(b.longitude - a.longitude) / 2
    part = sin(north) ** 2 + cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(east) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, part)))


@dataclass(frozen=True, slots=True)
class Leg:
    """A way from one place to another.

    Attributes:
        kilometres: on roads.
        assumed: coordinates were missing, so this is what the model assumes of a way that it doesn't know.
    """

    minutes: float
    kilometres: float
    assumed: bool = False


class TravelModel(BaseModel):
    """Travel as it is reckoned here.

    Attributes:
        road_factor: the way on roads, as a multiple of the great circle; 1.3 is usual for road networks of cities.
        speed_by_hour: km/h of each hour of the local day, from midnight on.
        minutes_at_each_end: from the desk to the wheel, and from the wheel to the unit. None within one place.
        assumed_km: how long a way on roads is taken to be if the coordinates of an end are missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    road_factor: Annotated[float, Field(ge=1, le=5, allow_inf_nan=False)] = 1.3
    speed_by_hour: Annotated[tuple[Speed, ...], Field(min_length=24, max_length=24)] = CITY_SPEEDS
    minutes_at_each_end: Annotated[float, Field(ge=0, le=240, allow_inf_nan=False)] = 5.0
    assumed_km: Annotated[float, Field(ge=0, le=2000, allow_inf_nan=False)] = 25.0

    def leg(self, a: Place | None, b: Place | None, departure: datetime | float) -> Leg:
        """The way from `a` to `b`.

        Args:
            departure: in local time of the way, or as hours of the local day: 8.5 is half past eight.
        """
        if a is not None and a == b:
            return Leg(0.0, 0.0)
        assumed = a is None or b is None
        kilometres = self.assumed_km if a is None or b is None else great_circle_km(a, b) * self.road_factor
        return Leg(2 * self.minutes_at_each_end + self._driven(kilometres, departure), kilometres, assumed)

    def minutes(self, a: Place | None, b: Place | None, departure: datetime | float) -> float:
        """The minutes of `leg()`."""
        return self.leg(a, b, departure).minutes

    def slowest(self, a: Place | None, b: Place | None, hours: range = range(24)) -> Leg:
        """The way at the slowest speed of these hours: at no time of them does it take longer.

        Hours from 24 on are those of the next day.
        """
        slowest = min(self.speed_by_hour[hour % 24] for hour in hours)
        return self.model_copy(update={"speed_by_hour": (slowest,) * 24}).leg(a, b, 0.0)

    def _driven(self, kilometres: float, departure: datetime | float) -> float:
        """Minutes at the wheel, each hour at its own speed."""
        hour = _hour_of(departure)
        minutes = 0.0
        if len(set(self.speed_by_hour)) == 1:
            return kilometres / self.speed_by_hour[0] * MINUTES_OF_HOUR
        while True:
            speed = self.speed_by_hour[int(hour) % 24]
            left_of_hour = 1.0 - hour % 1.0
            if kilometres <= speed * left_of_hour:
                return minutes + kilometres / speed * MINUTES_OF_HOUR
            kilometres -= speed * left_of_hour
            minutes += left_of_hour * MINUTES_OF_HOUR
            hour = float(int(hour) + 1)


def _hour_of(departure: datetime | float) -> float:
    if not isinstance(departure, datetime):
        return departure % 24.0
    return departure.hour + departure.minute / 60 + (departure.second + departure.microsecond / 1e6) / 3600
