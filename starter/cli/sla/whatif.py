"""What `fieldcare sla whatif` does: closed tickets replayed under other rules."""

from __future__ import annotations

from datetime import UTC, datetime

from starter.addresses import read_settings
from starter.cli.sla.declare import WhatIfOptions
from starter.cli.sla.show_whatif import show_found
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import print_json
from starter.cli.terminal.parsing import day_or_instant
from starter.cli.terminal.run import NOT_WELL, err
from starter.services import database_only
from starter.whatif.found import Found, as_document
from starter.whatif.run import Question, what_if

SHOWN_UNREPLAYABLE = 20


async def replay(options: WhatIfOptions) -> int:
    """Replay, print, and return the exit code."""
    since = day_or_instant(options.since, "--since")
    until = day_or_instant(options.until, "--until") if options.until else datetime.now(UTC)
    asked = Question(options.template, since, until, options.limit)
    rules = asked.read()
    async with database_only(read_settings()) as database:
        with Bar("Replaying") as watch:
            found = await what_if(database, asked, rules, watch)
    _name_unreplayable(found)
    if options.as_json:
        print_json(as_document(found, since, until))
    else:
        show_found(found, since, until, options.limit)
    return NOT_WELL if found.unreplayable else 0


def _name_unreplayable(found: Found) -> None:
    for number, reason in found.unreplayable[:SHOWN_UNREPLAYABLE]:
        err.print(f"{number} is not replayed: {reason}.", markup=False)
    if (more := len(found.unreplayable) - SHOWN_UNREPLAYABLE) > 0:
        err.print(f"… and {more} more; --json lists them all.", markup=False)
