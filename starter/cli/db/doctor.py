"""`fieldcare db doctor`, as the terminal shows it."""

from __future__ import annotations

from rich.text import Text

from starter.addresses import admin_database_url, database_url, read_settings
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.run import NOT_WELL, out
from starter.client import TemporalUnavailable
from starter.doctor import CHECKS, Finding, Verdict, examine
from starter.failures import Failure
from starter.services import connected_client

SIGNS = {Verdict.OK: ("✓", "green"), Verdict.NOTE: ("!", "yellow"), Verdict.OFF: ("✗", "bold red")}


async def examine_database(as_json: bool) -> int:
    """Print what every check found; the exit code says whether something is off."""
    settings = read_settings()
    url = admin_database_url(settings)
    try:
        workers_url: str | None = database_url(settings)
    except Failure:  # only the owner's address is set
        workers_url = None
    try:
        temporal = await connected_client(settings)
    except TemporalUnavailable:  # what can be said without it is said
        temporal = None
    findings = await examine(url, CHECKS, workers_url=workers_url, temporal=temporal)
    well = all(finding.verdict is not Verdict.OFF for finding in findings)
    if as_json:
        print_json({"well": well, "checks": findings})
        return 0 if well else NOT_WELL
    for finding in findings:
        for line in _lines(finding):
            show(out, line)
    return 0 if well else NOT_WELL


def _lines(finding: Finding) -> list[Text]:
    """One line where all is well, one for each problem where not."""
    name = f"{finding.check:<15}"
    if not finding.problems:
        return [_line(Verdict.OK, name, finding.seen)]
    return [_line(one.verdict, name, f"{one.what}. Remedy: {one.remedy}.") for one in finding.problems]


def _line(verdict: Verdict, name: str, sentence: str) -> Text:
    sign, style = SIGNS[verdict]
    return Text.assemble((sign, style), f" {name} {sentence}")
