"""Travel as it is reckoned where no routing server is asked."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.travel import CITY_SPEEDS, Place, TravelModel, great_circle_km, place_of

CHENNAI, BENGALURU, HAMBURG = Place(13.0827, 80.2707), Place(12.9716, 77.5946), Place(53.5511, 9.9937)
MODEL = TravelModel()
EVEN = TravelModel(road_factor=1.0, speed_by_hour=(60.0,) * 24, minutes_at_each_end=0)

places = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))
hours = st.floats(0, 23.99)


@pytest.mark.parametrize(
    ("a", "b", "kilometres"),
    [(CHENNAI, BENGALURU, 290.2), (CHENNAI, HAMBURG, 7537), (Place(0, 0), Place(0, 180), 20015.1)],
)
def test_great_circle_is_that_of_known_places(a: Place, b: Place, kilometres: float) -> None:
    assert great_circle_km(a, b) == pytest.approx(kilometres, rel=0.005)


@given(places, places)
def test_great_circle_is_the_same_both_ways_and_never_more_than_half_around(a: Place, b: Place) -> None:
    assert great_circle_km(a, b) == pytest.approx(great_circle_km(b, a), abs=1e-6)
    assert 0 <= great_circle_km(a, b) <= 20016


def test_way_on_roads_takes_its_speed_and_the_minutes_at_both_ends() -> None:
    model = TravelModel(road_factor=1.5, speed_by_hour=(60.0,) * 24, minutes_at_each_end=7)
    a, b = Place(10, 70), Place(10, 71)
    leg = model.leg(a, b, 9.0)
    assert leg.kilometres == pytest.approx(1.5 * great_circle_km(a, b))
    assert leg.minutes == pytest.approx(leg.kilometres + 14)
    assert not leg.assumed


def test_within_one_place_nobody_travels() -> None:
    assert MODEL.minutes(CHENNAI, Place(13.0827, 80.2707), 9) == 0


def test_missing_coordinates_are_an_assumption_that_is_said() -> None:
    leg = EVEN.leg(CHENNAI, None, 9.0)
    assert (leg.minutes, leg.kilometres, leg.assumed) == (25.0, 25.0, True)
    assert EVEN.leg(None, None, 9.0).assumed, "two unknown places need not be the same one"


def test_each_hour_is_driven_at_its_own_speed() -> None:
    speeds = (60.0,) * 9 + (30.0,) + (60.0,) * 14
    model = EVEN.model_copy(update={"speed_by_hour": speeds, "assumed_km": 60.0})
    # From 8:30: 30 km until nine, 30 km in the slow hour.
    assert model.minutes(None, None, 8.5) == pytest.approx(90)
    assert model.minutes(None, None, datetime(2026, 3, 2, 8, 30)) == pytest.approx(90)  # noqa: DTZ001 - local
    assert model.minutes(None, None, 23.5) == pytest.approx(60), "over midnight"


@given(places, places, hours, st.floats(0, 5))
def test_whoever_leaves_later_never_arrives_earlier(a: Place, b: Place, hour: float, later: float) -> None:
    assert hour * 60 + MODEL.minutes(a, b, hour) <= (hour + later) * 60 + MODEL.minutes(a, b, hour + later) + 1e-6


@given(places, places, hours)
def test_no_hour_is_slower_than_the_slowest(a: Place, b: Place, hour: float) -> None:
    assert MODEL.minutes(a, b, hour) <= MODEL.slowest(a, b).minutes + 1e-6


def test_slowest_looks_at_the_hours_that_it_is_asked_for() -> None:
    assert MODEL.slowest(None, None, range(0, 6)).minutes < MODEL.slowest(None, None, range(7, 20)).minutes


def test_places_are_on_the_earth() -> None:
    assert place_of(None, 3.0) is None
    assert place_of(1.0, 3.0) == Place(1.0, 3.0)
    for latitude, longitude in ((91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))):
        with pytest.raises(ValueError, match="degrees: correct it"):
            Place(latitude, longitude)


def test_model_needs_every_hour_and_speeds_above_nothing() -> None:
    assert len(CITY_SPEEDS) == 24
    for speeds in ((30.0,) * 23, (0.0,) * 24):
        with pytest.raises(ValidationError):
            TravelModel(speed_by_hour=speeds)
