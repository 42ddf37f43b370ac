"""What `fieldcare engineer …` does, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from models.instants import on_the_clock
from models.recommending.ranking import Candidate, Ranking
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.parsing import instant
from starter.cli.terminal.run import out
from starter.reading import registry
from starter.reading.candidates import Freedom, engineer_on_record, free_engineers, suggestions
from starter.reading.finding import ticket_id
from starter.reading.suggested import as_document, freedom_document
from starter.services import database_only

NOTHING = "No stage of this ticket is open that an engineer does."


async def list_engineers(limit: int, after: str | None, *, as_json: bool) -> None:
    """Print a page of engineers."""
    async with database_only(read_settings()) as database:
        page = await registry.engineers(database, limit, after)
    if as_json:
        print_json({"engineers": [dict(row) for row in page.rows], "after": page.following})
        return
    listed = [
        (row["code"], row["name"], row["support_level"], row["time_zone"], "active" if row["active"] else "inactive")
        for row in page.rows
    ]
    show(out, Listing(("Code", "Name", "Level", "Time zone", "State"), listed, wrap=frozenset({"Name"})))
    if page.following is not None:
        show(out, f"There are more: --after {page.following}.")


async def show_engineer(code: str, at: str | None, *, as_json: bool) -> None:
    """Print what the registry has of an engineer."""
    async with database_only(read_settings()) as database:
        found = await engineer_on_record(database, code, _moment(at))
    if as_json:
        print_json(
            {
                **freedom_document(found.freedom),
                "expertise": [dict(row) for row in found.expertise],
                "certificates": [dict(row) for row in found.certificates],
            }
        )
        return
    engineer = found.freedom.engineer
    show(out, Text(f"{engineer.code} {engineer.name}, {engineer.support_level.value}", style="bold"))
    show(out, f"Free {_when(found.freedom)}; {_load(found.freedom)}")
    rows = [
        (
            row["equipment_type"],
            row["manufacturer"] or "any",
            row["support_level"],
            f"{row['years_of_experience']:g}",
            ", ".join(row["capabilities"]),
            _certificate(row),
        )
        for row in found.expertise
        if row["active"]
    ]
    heads = ("Equipment", "Make", "Level", "Years", "Can", "Certificate")
    show(out, Listing(heads, rows, wrap=frozenset({"Can", "Certificate"}), right=frozenset({"Years"})))
    held = [(row["certification"], row["certificate_number"], _until(row)) for row in found.certificates]
    if held:
        show(out, Listing(("Certificate", "Number", "Valid until"), held, wrap=frozenset({"Certificate"})))


async def show_free(codes: Sequence[str] | None, equipment: str | None, at: str | None, *, as_json: bool) -> None:
    """Print from when on engineers can work."""
    async with database_only(read_settings()) as database:
        found = await free_engineers(database, _moment(at), codes or None, equipment)
    if as_json:
        print_json({"engineers": [freedom_document(one) for one in found]})
        return
    if not found:
        show(out, "No active engineer fits.")
        return
    listed = [
        (one.engineer.code, one.engineer.name, one.engineer.support_level.value, _when(one), _load(one))
        for one in found
    ]
    show(out, Listing(("Code", "Name", "Level", "Free", "Load"), listed, wrap=frozenset({"Name", "Free"})))


async def suggest(reference: str, stage: str | None, limit: int, *, as_json: bool) -> None:
    """Print who should do a stage."""
    async with database_only(read_settings()) as database:
        ranking = await suggestions(database, await ticket_id(database, reference), stage)
    if as_json:
        print_json(as_document(ranking, limit))
        return
    if ranking is None:
        show(out, NOTHING)
        return
    where = "on site" if ranking.stage.on_site else "remote"
    title = f"{ranking.case.number}: {ranking.stage.name} ({ranking.stage.support_level.value}, {where})"
    show(out, Text(title, style="bold"), *_ranked(ranking, limit))


def _ranked(ranking: Ranking, limit: int) -> Iterator[Listing | Text | str]:
    if not ranking.suitable:
        yield "Nobody can be suggested."
    for rank, one in enumerate(ranking.suitable[:limit], 1):
        yield from _candidate(f"{rank}. ", one)
    if len(ranking.suitable) > limit:
        yield f"There are {len(ranking.suitable) - limit} more: --limit."
    if ranking.others:
        yield Text("\nNot suggested", style="bold")
        for one in ranking.others[:limit]:
            because = "" if one.obstacle is None else one.obstacle.words
            yield Text(f"{one.code} {one.facts.name} ({one.scores.overall:g}): {because}")
        if len(ranking.others) > limit:
            yield f"There are {len(ranking.others) - limit} more of these."
    if ranking.too_low:
        yield f"{ranking.too_low} more know the equipment, below level {ranking.stage.support_level.value}."


def _candidate(place: str, one: Candidate) -> Iterator[Text]:
    scores = one.scores
    yield Text(f"\n{place}{one.code} {one.facts.name}: {scores.overall:g} of 100", style="bold")
    location = "–" if scores.location is None else f"{scores.location:g}"
    yield Text(
        f"   expertise {scores.expertise:g} · availability {scores.availability:g} · location {location} · "
        f"performance {scores.performance:g} · workload {scores.workload:g}"
    )
    for said in one.strengths:
        yield Text(f"   + {said.words}", style="green")
    for said in (*one.concerns, *one.doubts):
        yield Text(f"   - {said.words}", style="yellow")


def _moment(at: str | None) -> datetime:
    return datetime.now(UTC) if at is None else instant(at, "nothing for now")


def _when(one: Freedom) -> str:
    zone = one.engineer.time_zone
    if one.free_from is None:
        return f"at no known time ({one.because})"
    if not one.because or one.because.startswith("at capacity"):
        return "now" + (f" ({one.because})" if one.because else "")
    return f"from {on_the_clock(one.free_from, zone)} on ({one.because})"


def _load(one: Freedom) -> str:
    engineer = one.engineer
    return f"{engineer.load} of {engineer.capacity} tickets this month, {engineer.open_visits} open visits"


def _certificate(row: Any) -> str:
    if row["required_certification"] is None:
        return "none needed"
    return f"{row['required_certification']}: {'valid' if row['certification_active'] else 'MISSING'}"


def _until(row: Any) -> str:
    return "without end" if row["expires_on"] is None else f"{row['expires_on']} ({row['status']})"
