"""The audit trail: whether its chains and seals are what was recorded."""

from __future__ import annotations

from models.database import Database
from models.sql_functions import SqlFunction
from starter.auditing import Verification, verify_ends, verify_trail
from starter.doctor.examination import WITHIN, Opinion, Patient, Problem

WALKED = 250_000
"""Entries up to which every link is computed anew: some ten seconds. Beyond it a doctor looks at the ends alone."""

REMEDY = "repair nothing; keep a copy of the database, then `fieldcare audit verify` names every break"


async def check_audit_trail(patient: Patient) -> Opinion:
    """Whether the audit trail is intact: all of it, or in a long one where each chain ends."""
    database = Database(patient.url, pool_size=1, statement_timeout=WITHIN)
    try:
        entries = await database.call(SqlFunction.COUNT_AUDIT_ENTRIES)
        whole = entries <= WALKED
        done = await (verify_trail if whole else verify_ends)(database)
        if not done.intact:
            return Opinion("", [await _problem(database, done)])
        if not whole:
            return Opinion(f"each chain ends where it must; the {entries:,} entries: `fieldcare audit verify`")
    finally:
        await database.aclose()
    sealed = f"{done.seals[-1].to_entry:,} is the last one sealed" if done.seals else "nothing is sealed yet"
    return Opinion(f"{done.entries:,} entries intact, {sealed}")


async def _problem(database: Database, done: Verification) -> Problem:
    first = done.findings.first[0]
    name = None
    if first.subject_table is not None:
        name = await database.call(SqlFunction.NAME_AUDIT_SUBJECT, first.subject_table, first.subject_id)
    others = f" ({done.findings.total:,} breaks in all)" if done.findings.total > 1 else ""
    return Problem(f"broken at {first.place(name)}: {first.sentence}{others}", REMEDY)
