"""Public holidays of a country or one of its regions, as the library `holidays` knows them.

Asked where a ticket is opened and its calendar frozen, never in a workflow: another version of the library may know
better, and a ticket must not change its mind.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

_IN_LIEU = re.compile(r"\((?:[^()]*\s)?(\d{2})/(\d{2})/(\d{4})\)$")
"""How the library's English names end for a day off: on which day it is made up for, month before day."""


class UnknownHolidays(ValueError):  # noqa: N818 - says what it is at the place of `except`
    """The library does not know this country or region; the sentence says which."""


def public_holidays(country: str, region: str | None, years: Iterable[int]) -> dict[date, str]:
    """The public holidays of those years by day, with their names.

    Args:
        country: ISO 3166-1, two capital letters.
        region: a subdivision of it by its ISO 3166-2 code without the country; None: what holds everywhere in it.

    Raises:
        UnknownHolidays: the library does not know the country, or the region in it.
    """
    wanted = frozenset(years)
    return {day: name for day, name in sorted(_asked(country, region, wanted).items()) if day.year in wanted}


def made_up_days(country: str, region: str | None, years: Iterable[int]) -> dict[date, date]:
    """Days of the weekend in those years on which a country works, each with the day off that it makes up for.

    Where the library does not say which day that is, it is the nearest day of the working week.

    Raises:
        UnknownHolidays: as for `public_holidays()`.
    """
    wanted = frozenset(years)
    found = _asked(country, region, wanted)
    in_lieu = {}
    for day, name in found.items():
        if (said := _IN_LIEU.search(name)) is not None:
            month, of_month, year = map(int, said.groups())
            in_lieu[date(year, month, of_month)] = day
    return {
        day: in_lieu.get(day, _nearest(day, found.weekend))
        for day in sorted(found.weekend_workdays)
        if day.year in wanted
    }


def _nearest(day: date, weekend: set[int]) -> date:
    """`weekend`: 0 for Monday to 6 for Sunday."""
    return next(
        near
        for distance in range(1, 8)
        for near in (day - timedelta(days=distance), day + timedelta(days=distance))
        if near.weekday() not in weekend
    )


@lru_cache(maxsize=64)
def _asked(country: str, region: str | None, years: frozenset[int]) -> Any:
    import holidays  # a third of a second, which nobody without such a calendar should wait for

    regions = holidays.list_supported_countries(include_aliases=True).get(country)
    if regions is None:
        raise UnknownHolidays(f'the public holidays of the country "{country}" are not known: use an ISO code like IN')
    if region is not None and region not in regions:
        known = f"known are {', '.join(regions)}" if regions else "no region of it is known"
        raise UnknownHolidays(f'the public holidays of the region "{region}" of {country} are not known: {known}')
    # A day at the end of a year may make up for one at the beginning of the next.
    years = years | {year + 1 for year in years}
    with warnings.catch_warnings():  # of years that it does not reach, which have no holidays then
        warnings.simplefilter("ignore")
        return holidays.country_holidays(country, subdiv=region, years=years, language="en_US")
