"""Time zones: by their names in the IANA database, spelled as there.

Operating systems take a name in whatever case, or names of their own (`localtime`, `right/…`), and PostgreSQL others
again: what one of them takes and the other does not moves clocks by hours. So there is one spelling, everywhere.
"""

from __future__ import annotations

import re
import zoneinfo
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NO_ZONES = re.compile(r"(posix|right)/|(localtime|posixrules|factory)$", re.IGNORECASE)
"""Files beside the zones: other countings of leap seconds, what this machine is set to, "nobody has said"."""


def zone_info(name: str) -> ZoneInfo:
    """The zone of a name that is on record.

    Raises:
        ValueError: this machine knows none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(_unknown(name)) from None


@lru_cache(maxsize=1024)
def known_zone(name: str) -> str:
    """The name itself, if it is one of the IANA database, spelled as there.

    Raises:
        ValueError: it is not; the clause says which one may be meant.
    """
    if _NO_ZONES.match(name) or not _is_spelled_so(zone_info(name).key):
        raise ValueError(_unknown(name))
    return name


def _is_spelled_so(name: str) -> bool:
    """Whether a zone's file is called so to the letter: some file systems find it in whatever case."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / name).is_file():
            above = folder
            for part in name.split("/"):
                if part not in (one.name for one in above.iterdir()):
                    return False
                above /= part
            return True
    return name in zoneinfo.available_timezones()


def _unknown(name: str) -> str:
    said = f'"{name}" is not an IANA time zone'
    known = {one.casefold(): one for one in zoneinfo.available_timezones() if not _NO_ZONES.match(one)}
    plain = re.sub(r"^(posix|right)/", "", name.strip(), flags=re.IGNORECASE).replace(" ", "_").casefold()
    if plain in known:
        return f"{said}: write {known[plain]}"
    # What is like an abbreviation is another one, hours away: only places are misspelled.
    near = get_close_matches(plain, [one for one in known if "/" in one], n=1, cutoff=0.8)
    return f"{said}: use {f'{known[near[0]]}, if that is meant' if near else 'a name such as Asia/Kolkata'}"
