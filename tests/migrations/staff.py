"""Engineers and what belongs to them, for tests: rows in a database that the module has for itself."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import make_url

from models.database import Database
from tests.databases import drop_database, make_database

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """A copy of the template: `database` as the program uses it, `sql` to put rows in."""

    database: Database
    sql: Any


@asynccontextmanager
async def own_place(postgres_url: str) -> AsyncIterator[Place]:
    """A database for one test module."""
    template = make_url(postgres_url)
    server = template.set(database="postgres").render_as_string(hide_password=False)
    name = f"place_{uuid4().hex}"
    url = await make_database(server, name, str(template.database))
    database, sql = Database(url, pool_size=2), await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    yield Place(database, sql)
    await sql.close()
    await database.aclose()
    await drop_database(server, name)


async def add_type(sql: Any) -> str:
    """A type of equipment that nobody else knows; its code."""
    code = f"test_type_{next(_numbers)}"
    await sql.execute("INSERT INTO equipment_catalog (code, name, category) VALUES ($1, $1, 'imaging')", code)
    return code


async def add_engineer(
    sql: Any, zone: str = "UTC", *, capacity: int = 30, calendar: UUID | None = None, active: bool = True
) -> str:
    """An engineer who works at any time unless there is a calendar; the code."""
    code = f"TEST-{next(_numbers):04}"
    await sql.execute(
        "INSERT INTO engineers (code, name, support_level, time_zone, monthly_capacity, shift_calendar_id, active) "
        "VALUES ($1, $1, 'L1', $2, $3, $4, $5)",
        code,
        zone,
        capacity,
        calendar,
        active,
    )
    return code


async def add_expertise(
    sql: Any,
    engineer: str,
    equipment_type: str,
    level: str = "L1",
    capabilities: Sequence[str] = ("diagnose",),
    *,
    make: str | None = None,
    years: int = 1,
    certification: str | None = None,
    active: bool = True,
) -> None:
    await sql.execute(
        "INSERT INTO engineer_equipment_expertise (engineer_id, equipment_type_id, manufacturer_id, support_level, "
        "capabilities, years_of_experience, required_certification, active) "
        "SELECT e.id, t.id, (SELECT id FROM manufacturers WHERE code = $3), $4, $5, $6, $7, $8 "
        "FROM engineers e, equipment_catalog t WHERE e.code = $1 AND t.code = $2",
        engineer,
        equipment_type,
        make,
        level,
        list(capabilities),
        years,
        certification,
        active,
    )


async def add_certificate(
    sql: Any,
    engineer: str,
    issued: date,
    expires: date | None = None,
    *,
    certification: str = "Service",
    equipment_type: str | None = None,
    make: str | None = None,
    revoked: date | None = None,
    requested: date | None = None,
    renews: str | None = None,
) -> str:
    """A certificate; its number, by which another one can renew it."""
    number = f"C-{next(_numbers)}"
    await sql.execute(
        "INSERT INTO engineer_certifications (engineer_id, certification, equipment_type_id, manufacturer_id, "
        "issuing_organization, certificate_number, issued_on, expires_on, revoked_on, renewal_requested_on, renews_id) "
        "SELECT id, $2, (SELECT id FROM equipment_catalog WHERE code = $3), (SELECT id FROM manufacturers "
        "WHERE code = $4), 'Board', $5, $6, $7, $8, $9, (SELECT id FROM engineer_certifications "
        "WHERE certificate_number = $10) FROM engineers WHERE code = $1",
        engineer,
        certification,
        equipment_type,
        make,
        number,
        issued,
        expires,
        revoked,
        requested,
        renews,
    )
    return number


async def add_absence(sql: Any, engineer: str, starts: datetime, ends: datetime, reason: str = "leave") -> None:
    await sql.execute(
        "INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason) "
        "SELECT id, $2, $3, $4 FROM engineers WHERE code = $1",
        engineer,
        starts,
        ends,
        reason,
    )


async def add_calendar(
    sql: Any,
    hours: Sequence[tuple[int, time, time]] = (),
    holidays: Sequence[date] = (),
    *,
    half_days: Sequence[tuple[date, time, time]] = (),
    exceptional: Sequence[tuple[date, time, time]] = (),
    code: str | None = None,
    version: int = 1,
    valid_from: datetime = ALWAYS,
    valid_to: datetime | None = None,
    active: bool = True,
    always_open: bool = False,
) -> UUID:
    """A version of a calendar, of a code of its own where none is given. `hours`: ISO weekday, opens, closes."""
    async with sql.transaction():  # a calendar without hours is refused at commit
        calendar_id: UUID = await sql.fetchval(
            "INSERT INTO business_calendars (code, version, name, valid_from, valid_to, active, always_open) "
            "VALUES ($1, $2, 'Test', $3, $4, $5, $6) RETURNING id",
            code or f"test_{next(_numbers)}",
            version,
            valid_from,
            valid_to,
            active,
            always_open,
        )
        await sql.executemany(
            "INSERT INTO business_calendar_hours (calendar_id, weekday, opens, closes) VALUES ($1, $2, $3, $4)",
            [(calendar_id, *one) for one in hours],
        )
        await sql.executemany(
            "INSERT INTO business_calendar_holidays (calendar_id, day, name) VALUES ($1, $2, 'Holiday')",
            [(calendar_id, day) for day in holidays],
        )
        await sql.executemany(
            "INSERT INTO business_calendar_holidays (calendar_id, day, name, opens, closes) "
            "VALUES ($1, $2, 'Half day', $3, $4)",
            [(calendar_id, *one) for one in half_days],
        )
        await sql.executemany(
            "INSERT INTO business_calendar_exceptions (calendar_id, day, opens, closes) VALUES ($1, $2, $3, $4)",
            [(calendar_id, *one) for one in exceptional],
        )
    return calendar_id


async def assign(
    sql: Any,
    engineer: str,
    ticket_id: UUID,
    at: datetime,
    *,
    stage: str = "remote_diagnosis",
    status: str = "active",
    kind: str = "primary",
) -> None:
    """An assignment to the first visit of a stage, given out at `at`."""
    await sql.execute(
        "INSERT INTO stage_assignments (transition_id, engineer_id, assignment_type, status, assigned_at, ended_at, "
        "assigned_by_code, assigned_by_role) "
        "SELECT v.id, e.id, $6, $5, $4, CASE WHEN $5 <> 'active' THEN $4::timestamptz END, 'c', 'coordinator' "
        "FROM engineers e, workflow_stage_transitions v JOIN ticket_workflow_instances i ON i.id = v.instance_id "
        "WHERE e.code = $1 AND i.ticket_id = $2 AND v.stage_key = $3 AND v.visit = 1",
        engineer,
        ticket_id,
        stage,
        at,
        status,
        kind,
    )
