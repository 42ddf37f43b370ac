"""The server: its version, its clock, its room."""

from __future__ import annotations

from datetime import timedelta

from starter.doctor.examination import Opinion, Patient, Problem, Verdict

OLDEST_VERSION = 18
CLOCK_TOLERANCE = timedelta(seconds=5)
BUSY = 0.8
"""Share of the connections in use from which on there may be none left soon."""


async def check_server(patient: Patient) -> Opinion:
    """Version, encoding and time zone."""
    row = await patient.connection.fetchrow("""
        SELECT current_setting('server_version_num')::integer / 10000 AS major,
            current_setting('server_version') AS version,
            pg_encoding_to_char(d.encoding) AS encoding,
            current_setting('TimeZone') AS zone
        FROM pg_database AS d WHERE d.datname = current_database()
    """)
    problems = []
    if row["major"] < OLDEST_VERSION:
        problems.append(
            Problem(f"PostgreSQL {row['version']} is older than {OLDEST_VERSION}", "move to a newer server")
        )
    if row["encoding"] != "UTF8":
        problems.append(
            Problem(
                f"the encoding is {row['encoding']}, not UTF8",
                "make the database anew: CREATE DATABASE … ENCODING 'UTF8'",
            )
        )
    if row["zone"] not in {"UTC", "Etc/UTC"}:
        problems.append(
            Problem(
                f"the server's time zone is {row['zone']}: psql and reports show other times than fieldcare",
                "ALTER DATABASE … SET timezone = 'UTC'",
                Verdict.NOTE,
            )
        )
    return Opinion(f"PostgreSQL {row['version']}, {row['encoding']}, {row['zone']}", problems)


async def check_clock(patient: Patient) -> Opinion:
    """Clocks of tickets run on the workers' time and records on the server's: they have to agree."""
    before = patient.clock()
    there = await patient.connection.fetchval("SELECT clock_timestamp()")
    here = before + (patient.clock() - before) / 2
    apart = abs(there - here)
    if apart <= CLOCK_TOLERANCE:
        return Opinion(f"within {CLOCK_TOLERANCE.seconds} s of ours")
    sentence = f"the server's clock is {apart.total_seconds():.0f} s {'ahead of' if there > here else 'behind'} ours"
    return Opinion("", [Problem(sentence, "synchronise both machines with NTP")])


async def check_connections(patient: Patient) -> Opinion:
    """How many connections are left. `pg_stat_activity` would show an owner who is no superuser their own alone."""
    row = await patient.connection.fetchrow("""
        SELECT (SELECT sum(numbackends) FROM pg_stat_database) AS used,
            current_setting('max_connections')::integer
            - current_setting('superuser_reserved_connections')::integer
            - current_setting('reserved_connections')::integer AS available
    """)
    seen = f"{row['used']} of {row['available']} in use"
    if row["used"] <= row["available"] * BUSY:
        return Opinion(seen)
    remedy = "lower FIELDCARE_DATABASE_POOL_SIZE or the number of workers, or raise max_connections"
    return Opinion(seen, [Problem(f"{seen}: more than {BUSY:.0%}", remedy)])


async def check_checksums(patient: Patient) -> Opinion:
    """Whether a damaged page is noticed when it is read."""
    if await patient.connection.fetchval("SELECT current_setting('data_checksums')") == "on":
        return Opinion("on")
    sentence = "data checksums are off: a damaged page would not be noticed"
    return Opinion("", [Problem(sentence, "stop the server, then pg_checksums --enable")])
