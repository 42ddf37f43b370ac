"""What `fieldcare ai check` does."""

from __future__ import annotations

from datetime import timedelta

from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.run import NOT_WELL, out
from starter.providers import check_providers
from starter.reading.words import span
from starter.services import database_only


async def check(within: float, as_json: bool) -> int:
    """Check every provider, note it in the database and print it. Returns the exit code."""
    settings = read_settings()
    async with database_only(settings) as database:
        found = await check_providers(database, settings, timedelta(seconds=within))
    if as_json:
        print_json({"providers": found})
    else:
        lines = [(one.provider, _word(one.answers), span(one.latency), one.detail) for one in found]
        show(out, Listing(("Provider", "Answers", "In", ""), lines, wrap=frozenset({""})))
    return NOT_WELL if any(one.answers is False for one in found) else 0


def _word(answers: bool | None) -> str:
    return "not asked" if answers is None else "yes" if answers else "no"
