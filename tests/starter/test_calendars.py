"""The calendar that intake freezes into a ticket."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from models import freezing as calendars
from models.freezing import frozen_calendar, tzdata_version
from models.sla.calendar import Calendar, Opening
from models.sla.public_holidays import UnknownHolidays, made_up_days, public_holidays

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def found(**fields: Any) -> dict[str, Any]:
    """What `agreed_calendar()` answers."""
    given: dict[str, Any] = {
        "code": "office",
        "version": 2,
        "always_open": False,
        "zone": "Europe/Berlin",
        "hours": [{"weekday": 1, "opens": "09:00:00", "closes": "17:30:00"}],
        "holidays": [],
        "holiday_country": None,
        "holiday_region": None,
    }
    return {**given, **fields}


def test_hours_zone_and_version_are_frozen() -> None:
    assert frozen_calendar(found(), AT) == Calendar(
        code="office",
        version=2,
        always_open=False,
        zone="Europe/Berlin",
        hours=(Opening(weekday=1, opens=time(9), closes=time(17, 30)),),
        tzdata=tzdata_version(),
    )


def test_public_holidays_of_four_years_are_merged_with_the_days_on_record() -> None:
    own = [{"day": "2026-12-25", "name": "Works outing"}, {"day": "2027-02-01", "name": "Stocktaking"}]
    frozen = frozen_calendar(found(holiday_country="DE", holiday_region="BE", holidays=own), AT)
    names = dict(zip(frozen.holidays, frozen.holiday_names, strict=True))
    assert list(frozen.holidays) == sorted(frozen.holidays)
    assert {day.year for day in frozen.holidays} == {2026, 2027, 2028, 2029}
    assert names[date(2026, 4, 3)] == "Good Friday"
    assert names[date(2026, 12, 25)] == "Works outing"
    assert names[date(2027, 2, 1)] == "Stocktaking"


def test_a_region_has_holidays_of_its_own() -> None:
    womens_day = date(2026, 3, 8)
    assert womens_day in public_holidays("DE", "BE", [2026])
    assert womens_day not in public_holidays("DE", None, [2026])


def test_on_the_first_days_of_a_year_the_last_one_counts_too() -> None:
    frozen = frozen_calendar(found(holiday_country="DE"), datetime(2027, 1, 1, 3, tzinfo=UTC))
    assert {day.year for day in frozen.holidays} == {2026, 2027, 2028, 2029, 2030}


def test_days_on_record_that_are_long_past_stay_out_of_the_ticket() -> None:
    own = [{"day": "2019-05-01", "name": "Labour Day"}, {"day": "2026-01-02", "name": "Bridge day"}]
    assert frozen_calendar(found(holidays=own), AT).holidays == (date(2026, 1, 2),)


@pytest.mark.parametrize(("country", "region"), [("XX", None), ("DE", "ZZ")])
def test_holidays_that_nobody_knows_cost_no_ticket_and_are_logged(
    country: str, region: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    own = [{"day": "2026-05-01", "name": "Labour Day"}]
    frozen = frozen_calendar(found(holiday_country=country, holiday_region=region, holidays=own), AT)
    assert frozen.holidays == (date(2026, 5, 1),)
    assert "Calendar office version 2: the public holidays of the" in caplog.text
    with pytest.raises(UnknownHolidays, match=country):
        public_holidays(country, region, [2026])


def test_without_a_calendar_clocks_run_around_the_clock() -> None:
    assert frozen_calendar(None, AT) == Calendar(tzdata=tzdata_version())


@pytest.mark.parametrize("always_open", [True, False])
@pytest.mark.parametrize("zone", ["Mars/Phobos", "Asia/almaty", "localtime", "right/Europe/Berlin"])
def test_no_ticket_runs_by_another_zone_than_that_of_its_site(zone: str, *, always_open: bool) -> None:
    hours = [] if always_open else found()["hours"]
    with pytest.raises(ValueError, match=f'"{zone}" is not an IANA time zone'):
        frozen_calendar(found(always_open=always_open, hours=hours, zone=zone), AT)


# -- days with hours of their own -------------------------------------------------------------------------------------

WEEK = [{"weekday": day, "opens": f"0{day}:00:00", "closes": "17:00:00"} for day in (1, 2, 3, 4, 5)]
"""Each weekday opens at another hour."""


def special(frozen: Calendar) -> list[tuple[date, int, int, str]]:
    return [(one.day, one.opens.hour, one.closes.hour, one.name) for one in frozen.exceptional_openings]


@pytest.mark.parametrize(
    ("country", "zone", "day", "off"),
    [
        ("UA", "Europe/Kyiv", date(2021, 8, 28), date(2021, 8, 23)),
        ("CN", "Asia/Shanghai", date(2025, 1, 26), date(2025, 2, 3)),
        ("CN", "Asia/Shanghai", date(2025, 2, 8), date(2025, 2, 4)),
    ],
)
def test_a_day_of_the_weekend_that_is_made_up_has_the_hours_of_the_day_off(
    country: str, zone: str, day: date, off: date
) -> None:
    at = datetime(day.year, 1, 4, tzinfo=UTC)
    frozen = frozen_calendar(found(holiday_country=country, hours=WEEK, zone=zone), at)
    assert off in frozen.holidays
    assert (day, off.isoweekday(), 17, f"Working day instead of {off}") in special(frozen)


def test_a_day_that_is_made_up_at_the_end_of_a_year_for_one_in_the_next_is_known() -> None:
    """China worked on 30 December 2006, a Saturday, for one of the first days of 2007."""
    assert made_up_days("CN", None, [2006])[date(2006, 12, 30)].year == 2007
    assert made_up_days("DE", None, [2026]) == {}


def test_nobody_makes_up_for_a_weekday_without_hours() -> None:
    frozen = frozen_calendar(found(holiday_country="UA", hours=WEEK[1:3]), datetime(2021, 1, 4, tzinfo=UTC))
    assert date(2021, 8, 28) not in {one.day for one in frozen.exceptional_openings}  # for a Monday
    assert date(2021, 1, 16) not in {one.day for one in frozen.exceptional_openings}  # for a Friday


def test_what_stands_on_record_counts_more_than_what_a_country_does() -> None:
    saturday, outing = date(2021, 8, 28), date(2021, 10, 23)
    frozen = frozen_calendar(
        found(
            holiday_country="UA",
            hours=WEEK,
            holidays=[{"day": outing.isoformat(), "name": "Works outing"}],
            exceptional_openings=[
                {"day": saturday.isoformat(), "opens": "10:00:00", "closes": "14:00:00", "name": "Short"}
            ],
        ),
        datetime(2021, 8, 1, tzinfo=UTC),
    )
    assert [one for one in special(frozen) if one[0] in {saturday, outing}] == [(saturday, 10, 14, "Short")]
    assert outing in frozen.holidays


def test_a_holiday_with_hours_is_a_holiday_with_an_opening() -> None:
    eve = {"day": "2026-12-24", "name": "Christmas Eve", "opens": "09:00:00", "closes": "12:00:00"}
    frozen = frozen_calendar(found(hours=WEEK, holidays=[eve]), AT)
    assert frozen.holidays == (date(2026, 12, 24),)
    assert special(frozen) == [(date(2026, 12, 24), 9, 12, "Christmas Eve")]


def test_exceptional_openings_take_the_place_of_the_hours_of_a_holiday() -> None:
    eve = {"day": "2026-12-24", "name": "Christmas Eve", "opens": "09:00:00", "closes": "12:00:00"}
    open_ = [
        {"day": "2026-12-24", "opens": "13:00:00", "closes": "14:00:00", "name": "Handover"},
        {"day": "2026-12-24", "opens": "22:00:00", "closes": "06:00:00", "name": "Move"},
    ]
    frozen = frozen_calendar(found(hours=WEEK, holidays=[eve], exceptional_openings=open_), AT)
    assert special(frozen) == [(date(2026, 12, 24), 13, 14, "Handover"), (date(2026, 12, 24), 22, 6, "Move")]


def test_openings_on_record_far_ahead_are_frozen_and_those_long_past_are_not() -> None:
    open_ = [
        {"day": day, "opens": "09:00:00", "closes": "12:00:00", "name": ""} for day in ("2019-05-04", "2041-05-04")
    ]
    frozen = frozen_calendar(found(hours=WEEK, exceptional_openings=open_), AT)
    assert [one.day for one in frozen.exceptional_openings] == [date(2041, 5, 4)]


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"UTC": "", "tzdata.zi": "# version 2025b\n# more"}, "2025b"),
        ({"UTC": "", "+VERSION": "2024a\n"}, "2024a"),
        ({"UTC": ""}, ""),
    ],
)
def test_the_version_of_the_zones_is_that_of_the_folder_in_use(
    files: dict[str, str], version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path / "none"), str(tmp_path)))
    assert calendars.tzdata_version.__wrapped__() == version
