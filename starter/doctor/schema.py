"""The schema: at its revision, as its files say, valid, with room to count."""

from __future__ import annotations

from migrations.drift import read_drift
from migrations.runner import current
from starter.doctor.examination import MIGRATE, Opinion, Patient, Problem

NEARLY_FULL = 0.8
"""Share of a sequence's numbers that may be used up before somebody has to know."""


async def check_revision(patient: Patient) -> Opinion:
    """Whether all revisions have run, and the files of functions and views were applied."""
    state = await current(patient.url)
    if state.revision is None:
        return Opinion("", [Problem("the database is empty: it was never migrated", MIGRATE)])
    if state.revision != state.head:
        return Opinion("", [Problem(f"it stands at revision {state.revision}, not at {state.head}", MIGRATE)])
    if not state.is_current:
        return Opinion("", [Problem("functions or views were applied from other files than these", MIGRATE)])
    return Opinion(f"{state.revision}, the newest")


async def check_objects(patient: Patient) -> Opinion:
    """Whether functions, views and triggers are what our files made of them, and nothing else is there."""
    drift = await read_drift(patient.connection)
    managed = {row["name"] for row in await patient.connection.fetch("SELECT name FROM managed_sql_objects")}
    problems = [
        *(Problem(f"{one} is missing", _remake(one, managed)) for one in drift.missing),
        *(Problem(f"{one} is not as its file says", _remake(one, managed)) for one in drift.changed),
        *(Problem(f"{one} is not ours", "drop it, or move it to a schema of its own") for one in drift.unknown),
    ]
    for row in await patient.connection.fetch("""
        SELECT DISTINCT t.tgrelid::regclass::text AS relation
        FROM pg_trigger AS t
        JOIN pg_class AS c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled IN ('D', 'R')
        ORDER BY 1
    """):
        relation = row["relation"]
        problems.append(Problem(f"{relation} has triggers that are off", f"ALTER TABLE {relation} ENABLE TRIGGER ALL"))
    return Opinion(f"{drift.compared} functions and views as filed", problems)


def _remake(one: str, managed: set[str]) -> str:
    """How a function or view becomes again what its file says."""
    name = one.rsplit(maxsplit=1)[-1]
    if name in managed:
        return f"{MIGRATE} --again {name}"
    return "ask who replaced it, then create it by hand as the newest revision in migrations/versions does"


async def check_constraints(patient: Patient) -> Opinion:
    """Whether every index can be used and every constraint holds for the rows that were there before it."""
    rows = await patient.connection.fetch("""
        SELECT 'index ' || i.indexrelid::regclass::text AS what, 'is invalid' AS state,
            'REINDEX INDEX CONCURRENTLY ' || i.indexrelid::regclass::text AS remedy
        FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
        UNION ALL
        SELECT format('constraint %I of %s', k.conname, k.conrelid::regclass),
            CASE WHEN k.conenforced THEN 'was never validated' ELSE 'is not enforced' END,
            CASE WHEN k.conenforced
                THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I', k.conrelid::regclass, k.conname)
                ELSE format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED', k.conrelid::regclass, k.conname)
            END
        FROM pg_constraint AS k
        WHERE k.connamespace = 'public'::regnamespace AND NOT (k.convalidated AND k.conenforced)
        ORDER BY 1
    """)
    return Opinion(
        "every index valid, every constraint validated",
        [Problem(f"{row['what']} {row['state']}", row["remedy"]) for row in rows],
    )


async def check_sequences(patient: Patient) -> Opinion:
    """Whether the numbers last."""
    rows = await patient.connection.fetch(
        """
        SELECT sequencename AS name, last_value::numeric / max_value AS used
        FROM pg_sequences
        WHERE schemaname = 'public' AND last_value::numeric / max_value > $1
        ORDER BY 1
        """,
        NEARLY_FULL,
    )
    problems = [
        Problem(f"{row['name']} has used up {row['used']:.0%}", "raise its MAXVALUE, or make its type wider")
        for row in rows
    ]
    return Opinion(f"all below {NEARLY_FULL:.0%}", problems)
