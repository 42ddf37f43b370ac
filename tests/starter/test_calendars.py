"""The calendar that intake freezes into a ticket."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from models.sla.calendar import Calendar, Opening
from models.sla.public_holidays import UnknownHolidays, public_holidays
from starter import calendars
from starter.calendars import frozen_calendar, tzdata_version

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


def test_a_zone_that_python_does_not_know_matters_only_to_opening_hours() -> None:
    assert frozen_calendar(found(always_open=True, hours=[], zone="Mars/Phobos"), AT).always_open
    with pytest.raises(ValueError, match='"Mars/Phobos" is not an IANA time zone'):
        frozen_calendar(found(zone="Mars/Phobos"), AT)


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
