"""What `fieldcare audit` does, and how it tells about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from models.database import Database
from models.sql_functions import SqlFunction
from starter.addresses import read_settings
from starter.auditing import Anchor, Break, Seal, Verification, seal_trail, verify_chain, verify_trail
from starter.auditing.signatures import SignaturesChecked, verify_signatures
from starter.auditing.verification import PATIENCE
from starter.cli.terminal.bars import Bar
from starter.cli.terminal.display import Listing, Times, print_json, show
from starter.cli.terminal.parsing import duration, instant
from starter.cli.terminal.run import err, out
from starter.failures import BadInput
from starter.given import storable
from starter.reading import finding
from starter.reading.timeline import told_of
from starter.reading.words import one_line, words
from starter.reconciling import Compared, compare_all, compare_ticket
from starter.reconciling.records import KEPT
from starter.services import database_only

_LONGEST_VALUE = 40


async def verify(ticket: str | None, anchors: Sequence[str], as_json: bool) -> int:
    """Verify the trail, or a ticket's chain, and that the record is what the trail says; returns the exit code."""
    try:
        wanted = [Anchor.parse(text) for text in anchors]
    except ValueError as error:
        raise BadInput(f"{error}. `fieldcare audit seal` prints it.") from error
    if ticket is not None and wanted:
        raise BadInput("Seals go over the whole trail: leave out --ticket or --anchor.")
    async with database_only(read_settings(), statement_timeout=PATIENCE) as database:
        if ticket is not None:
            ticket_id = await finding.ticket_id(database, ticket)
            done, record = await verify_chain(database, ticket_id), await compare_ticket(database, ticket_id)
            signed = await verify_signatures(database, str(ticket_id))
        else:
            # Entries count twice: in their chain and under their seal.
            with Bar("Links", 2 * await database.call(SqlFunction.COUNT_AUDIT_ENTRIES)) as bar:
                done = await verify_trail(database, wanted, advanced=bar.advance)
                record = await compare_all(database, advanced=lambda _: None)
                signed = await verify_signatures(database)
        names = [await _name(database, one) for one in done.findings.first]
    if as_json:
        print_json(_as_json(done, names, record, signed))
    else:
        _tell(done, names, record, signed, whole=ticket is None)
    return 0 if done.intact and record.same and signed.fit else 1


def _tell(
    done: Verification, names: Sequence[str | None], record: Compared, signed: SignaturesChecked, *, whole: bool
) -> None:
    extent = f"{_count(done.entries, 'entry', 'entries')} in {_count(done.chains, 'chain')}"
    if whole:
        extent += f", {_count(len(done.seals), 'seal')}"
    if done.seals:
        extent += f", newest seal #{done.seals[-1].seal_number} hash {done.seals[-1].hash}"
    if signed.count:
        extent = f"{_count(signed.count, 'signature')}, {extent}"
    if done.intact and record.same and signed.fit:
        show(out, f"Intact: {_count(record.tickets, 'record')} as the facts say, {extent}.")
        if whole and not done.seals:
            show(err, "Nothing is sealed: a row's newest entries could be missing unseen. Run `fieldcare audit seal`.")
        return
    if not record.same:
        _tell_of_record(record)
    if not signed.fit:
        _tell_of_signatures(signed)
    if done.intact:
        show(out, f"The trail itself is intact: {extent}.")
        return
    first, *others = zip(done.findings.first, names, strict=True)
    show(out, f"Broken: {extent}.")
    show(out, f"First broken link: {first[0].place(first[1])}: {first[0].sentence}.")
    for one, name in others:
        show(out, f"- {one.place(name)}: {one.sentence}")
    unnamed = done.findings.total - len(done.findings.first)
    show(out, f"{done.findings.total:,} in all" + (f", {unnamed:,} of them not listed." if unnamed else "."))


def _tell_of_signatures(signed: SignaturesChecked) -> None:
    fit = f"{_count(signed.broken, 'signature')} of {signed.count:,} {'does' if signed.broken == 1 else 'do'}"
    show(out, f"Signatures: {fit} not fit.")
    for one in signed.first:
        who = "" if one.signature is None else f", signed by {one.signature.name}"
        show(out, f"- {one.number}: {one.stage} visit {one.visit}{who}: {one.trouble}")
    if (unnamed := signed.broken - len(signed.first)) > 0:
        show(out, f"{unnamed:,} of them not listed.")


def _tell_of_record(record: Compared) -> None:
    if record.total:
        changed = f"{_count(record.changed, 'record')} of {record.tickets:,} {'is' if record.changed == 1 else 'are'}"
        show(out, f"Changed: {changed} not what the facts in the trail make of it.")
    for one in record.first:
        show(out, f"- {one.ticket}: {one.place}: {one.sentence}")
    for number, why in record.blind[:KEPT]:
        show(out, f"- {number}: its record can't be compared: {why}")
    if (unnamed := record.total - len(record.first)) > 0:
        show(out, f"{record.total:,} differences in all, {unnamed:,} of them not listed.")


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def _as_json(
    done: Verification, names: Sequence[str | None], record: Compared, signed: SignaturesChecked
) -> dict[str, Any]:
    breaks = [one.as_json(name) for one, name in zip(done.findings.first, names, strict=True)]
    return {
        "intact": done.intact and record.same and signed.fit,
        "trail_intact": done.intact,
        "record": {
            "tickets": record.tickets,
            "changed": record.changed,
            "differences": record.total,
            "not_compared": [number for number, _ in record.blind],
            "first": record.first,
        },
        "signatures": {
            "count": signed.count,
            "broken": signed.broken,
            "first": [
                {"ticket": one.number, "stage": one.stage, "visit": one.visit, "says": one.trouble}
                for one in signed.first
            ],
        },
        "entries": done.entries,
        "chains": done.chains,
        "seals": len(done.seals),
        "newest_seal": done.seals[-1] if done.seals else None,
        "broken": done.findings.total,
        "first": breaks[0] if breaks else None,
        "breaks": breaks,
    }


async def _name(database: Database, one: Break) -> str | None:
    if one.subject_table is None:
        return None
    name: str | None = await database.call(SqlFunction.NAME_AUDIT_SUBJECT, one.subject_table, one.subject_id)
    return name


async def seal(patience: str, as_json: bool) -> None:
    """Seal what is new and print the seals."""
    within = duration(patience)
    async with database_only(read_settings(), statement_timeout=PATIENCE, as_owner=True) as database:
        made = [one async for one in seal_trail(database, within)]
        kept = made or [Seal.of(row) for row in (await database.rows(SqlFunction.READ_AUDIT_SEALS))[-1:]]
    if as_json:
        print_json({"sealed": made, "newest_seal": kept[-1] if kept else None})
        return
    if not made:
        show(out, "Nothing new to seal." + (f" Newest: {_anchor(kept[-1])}" if kept else ""))
        return
    for one in made:
        show(out, f"Seal #{one.seal_number} over {one.entries:,} entries ({one.from_entry} to {one.to_entry}).")
    show(out, f"Keep this elsewhere: {_anchor(made[-1])}")


def _anchor(one: Seal) -> str:
    return f"{one.seal_number}:{one.hash}"


async def log(ticket: str | None, table: str | None, since: str | None, limit: int, as_json: bool) -> None:
    """Print the newest entries."""
    storable(table or "", "filter")
    begin = _since(since) if since else None
    async with database_only(read_settings()) as database:
        ticket_id = await finding.ticket_id(database, ticket) if ticket is not None else None
        rows = await database.rows(SqlFunction.READ_AUDIT_LOG, ticket_id, table, begin, limit)
    if as_json:
        print_json({"entries": rows})
        return
    if not rows:
        show(out, "No entry fits.")
        return
    times = Times()
    listed = [
        (
            row["entry_number"],
            times.second(row["occurred_at"]),
            f"{row['actor_code']} ({row['actor_role']})",
            f"{words(row['subject_table'])} {row['subject']}",
            _what(row),
        )
        for row in rows
    ]
    headers = ("No.", f"When ({times})", "Who", "Whose", "What")
    show(out, Listing(headers, listed, right=frozenset({"No."}), wrap=frozenset({"What"}), spare=("No.",)))


def _since(text: str) -> datetime:
    """An instant, which has a date, or how long ago."""
    if "-" in text:
        return instant(text, "--since 24h")
    try:
        return datetime.now(UTC) - duration(text)
    except OverflowError:
        raise BadInput(f"{text} ago is before all records. Leave --since out.") from None


def _what(row: Mapping[str, Any]) -> str:
    """The change in words: a fact of a ticket as in its timeline, a row's with its old and new values."""
    old, new = row["old_value"], row["new_value"]
    because = f" ({row['reason']})" if row["reason"] else ""
    if row["action"] == "row_updated":
        return ", ".join(f"{name}: {_value(old[name])} → {_value(new[name])}" for name in sorted(new)) + because
    if row["subject_table"] == "service_tickets":
        return told_of(row["action"], row["reason"], new, {}) or words(row["action"]).capitalize()
    return words(row["action"]).capitalize() + because


def _value(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), _LONGEST_VALUE)
