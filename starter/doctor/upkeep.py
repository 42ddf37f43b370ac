"""What PostgreSQL does by itself to stay fast and alive, and whether it does."""

from __future__ import annotations

from starter.doctor.examination import Opinion, Patient, Problem

MANY_ROWS = 10_000
DEAD_SHARE = 0.4
"""Dead rows for each living one; autovacuum by default comes at 0.2."""

OLD_TRANSACTION_IDS = 1_000_000_000
"""Age from which on somebody has to act: the server stops taking writes before 2,147 million."""


async def check_vacuum(patient: Patient) -> Opinion:
    """Whether autovacuum runs, everywhere, and keeps up."""
    off = await patient.connection.fetch("""
        SELECT name FROM pg_settings WHERE name IN ('autovacuum', 'track_counts') AND setting <> 'on' ORDER BY 1
    """)
    problems = [Problem(f"{row['name']} is off", f"ALTER SYSTEM SET {row['name']} = on, then reload") for row in off]
    excluded = await patient.connection.fetch("""
        SELECT c.oid::regclass::text AS name, CASE WHEN s.oid <> c.oid THEN 'toast.' ELSE '' END AS part
        FROM pg_class AS c
        JOIN pg_class AS s ON s.oid IN (c.oid, c.reltoastrelid), pg_options_to_table(s.reloptions) AS o
        WHERE c.relnamespace = 'public'::regnamespace AND o.option_name = 'autovacuum_enabled'
            AND NOT o.option_value::boolean
        ORDER BY 1, 2
    """)
    problems += [
        Problem(
            f"autovacuum is off for {row['name']}", f"ALTER TABLE {row['name']} RESET ({row['part']}autovacuum_enabled)"
        )
        for row in excluded
    ]
    rows = await patient.connection.fetch(
        """
        SELECT relid::regclass::text AS name, n_live_tup AS live, n_dead_tup AS dead,
            n_dead_tup > $1 AND n_dead_tup > n_live_tup * $2::float AS bloated,
            n_live_tup > $1 AND COALESCE(last_analyze, last_autoanalyze) IS NULL AS unknown
        FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1
        """,
        MANY_ROWS,
        DEAD_SHARE,
    )
    for row in rows:
        if row["bloated"]:
            sentence = f"{row['name']} has {row['dead']:,} dead rows beside {row['live']:,} living ones"
            problems.append(Problem(sentence, f"VACUUM {row['name']}; look for old open transactions"))
        if row["unknown"]:
            problems.append(Problem(f"{row['name']} was never analysed: plans are guesses", f"ANALYZE {row['name']}"))
    return Opinion("autovacuum runs and keeps up", problems)


async def check_transaction_ids(patient: Patient) -> Opinion:
    """How far the transaction ids are from their end."""
    row = await patient.connection.fetchrow("""
        SELECT age(datfrozenxid) AS xid, mxid_age(datminmxid) AS multixact
        FROM pg_database WHERE datname = current_database()
    """)
    seen = f"oldest is {max(row['xid'], row['multixact']):,} transactions old"
    if max(row["xid"], row["multixact"]) < OLD_TRANSACTION_IDS:
        return Opinion(seen)
    remedy = "end old transactions, drop unused replication slots, then VACUUM FREEZE"
    return Opinion(seen, [Problem(f"{seen}: writes will stop", remedy)])
