"""An engineer's visits to units, as a calendar that other programs read (RFC 5545).

Nothing that somebody wrote is in it, and nobody of the hospital: a telephone shows it without being unlocked, and the
provider of a calendar reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from models.access import Action
from models.database_calls import Calls
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole
from starter.accounts.gate import check, scope_in
from starter.failures import NotAllowed

LONGEST_LINE = 75
"""Octets of a line; what is longer goes on in the next one, after a blank."""

Visit = Mapping[str, Any]


async def calendar_of(database: Calls, address: str | None) -> str:
    """The calendar of whoever asks.

    Args:
        address: of the pages, for links to tickets; None: there are none.

    Raises:
        NotAllowed: they are no engineer.
    """
    check(database, Action.CALENDAR)
    grants = database.principal.grants if database.principal is not None else ()
    code = next((one.engineer for one in grants if one.role is AccountRole.ENGINEER), None)
    if code is None:
        raise NotAllowed("A calendar is an engineer's.")
    rows = await database.rows(SqlFunction.LIST_VISITS, code, scope_in(database, Action.CALENDAR))
    return calendar(code, rows, address)


def calendar(code: str, visits: Iterable[Visit], address: str | None = None) -> str:
    """Visits as one VCALENDAR."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Fieldcare//Visits//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:" + _text(f"Fieldcare {code}"),
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
        *(line for one in visits for line in _event(one, address)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(one: Visit, address: str | None) -> Iterator[str]:
    again = f" ({one['visit']})" if one["visit"] > 1 else ""
    role = f", {one['assignment_type']}" if one["assignment_type"] != "primary" else ""
    unit = f"{one['equipment_type']} {one['serial']}"
    waits = ", on hold" if one["ticket_status"] == "on_hold" else ""
    certain = one["on_the_way"] or one["stage_status"] == "completed"
    yield "BEGIN:VEVENT"
    yield f"UID:{one['assignment_id']}@fieldcare"
    yield f"DTSTAMP:{_instant(one['changed_at'])}"
    yield f"LAST-MODIFIED:{_instant(one['changed_at'])}"
    yield f"SEQUENCE:{one['sequence']}"
    yield f"DTSTART:{_instant(one['begins_at'])}"
    yield f"DTEND:{_instant(one['ends_at'])}"
    yield "SUMMARY:" + _text(f"{one['priority']} {one['stage_name']}{again}: {unit}{role}")
    yield "LOCATION:" + _text(f"{one['customer_name']}, {one['site_name']}")
    if one["latitude"] is not None and one["longitude"] is not None:
        yield f"GEO:{one['latitude']:.6f};{one['longitude']:.6f}"
    yield "DESCRIPTION:" + _text(f"{one['number']}{waits}")
    if address is not None:
        yield f"URL:{address.rstrip('/')}/tickets/{one['number']}"
    yield f"STATUS:{'CONFIRMED' if certain else 'TENTATIVE'}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(said: str) -> str:
    """A text as a value: what has a meaning of its own there is escaped, what can't stand there left out."""
    escaped = said.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(one for one in escaped if one.isprintable())


def _folded(line: str) -> str:
    """The line in parts of at most 75 octets, none of which ends within a character."""
    parts, part, room = [], "", LONGEST_LINE
    for one in line:
        if (size := len(one.encode())) > room:
            parts.append(part)
            part, room = "", LONGEST_LINE - 1
        part, room = part + one, room - size
    return "\r\n ".join([*parts, part])
