"""Public holidays of a country or one of its regions, as the library `holidays` knows them.

Asked where a ticket is opened and its calendar frozen, never in a workflow: another version of the library may know
better, and a ticket must not change its mind.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date


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
    import holidays  # a third of a second, which nobody without such a calendar should wait for

    regions = holidays.list_supported_countries(include_aliases=True).get(country)
    if regions is None:
        raise UnknownHolidays(f'the public holidays of the country "{country}" are not known: use an ISO code like IN')
    if region is not None and region not in regions:
        known = f"known are {', '.join(regions)}" if regions else "no region of it is known"
        raise UnknownHolidays(f'the public holidays of the region "{region}" of {country} are not known: {known}')
    found = holidays.country_holidays(country, subdiv=region, years=years, language="en_US")
    return dict(sorted(found.items()))
