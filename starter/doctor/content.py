"""The data without which no ticket can be opened, or not as it was agreed, and the rest of the seed files."""

from __future__ import annotations

from migrations.seeding import SeedError, seed
from models.sla.public_holidays import UnknownHolidays, public_holidays
from models.zones import known_zone
from starter.doctor.examination import Opinion, Patient, Problem, Verdict

SEED = "fieldcare db seed"


async def check_reference_data(patient: Patient) -> Opinion:
    """Types of equipment, a template and a service configuration for whatever has none of its own, AI providers."""
    row = await patient.connection.fetchrow("""
        SELECT (SELECT count(*) FROM equipment_catalog) AS types,
            (SELECT count(*) FROM workflow_templates AS t
             WHERE t.active AND t.equipment_type_id IS NULL AND t.manufacturer_id IS NULL
                AND t.valid_from <= now() AND (t.valid_to IS NULL OR t.valid_to > now())
                AND EXISTS (SELECT FROM stage_configuration_templates AS s WHERE s.template_id = t.id)) AS templates,
            (SELECT count(*) FROM manufacturer_service_config AS c
             WHERE c.active AND c.equipment_type_id IS NULL AND c.manufacturer_id IS NULL
                AND c.valid_from <= now() AND (c.valid_to IS NULL OR c.valid_to > now())) AS services,
            (SELECT count(*) FROM ai_providers WHERE active) AS providers
    """)
    problems = []
    if not row["types"]:
        problems.append(Problem("there is no type of equipment", SEED))
    if not row["templates"]:
        problems.append(Problem("no default workflow template with stages is in force", SEED))
    if not row["services"]:
        problems.append(Problem("no default service configuration is in force", SEED))
    if not row["providers"]:
        problems.append(Problem("no AI provider is active: tickets go on without proposals", SEED, Verdict.NOTE))
    seen = f"{row['types']} types of equipment, a default template, a default service configuration"
    if any(one.verdict is Verdict.OFF for one in problems):
        return Opinion(seen, problems)
    return Opinion(f"{seen}, every seed", [*problems, *await _missing_seeds(patient.url)])


async def _missing_seeds(url: str) -> list[Problem]:
    """Rows of the seed files that the database lacks. Rows that somebody has changed are theirs to change."""
    try:
        report = await seed(url, dry_run=True)
    except SeedError as error:
        return [Problem(f"the seed files can't be compared: {error}", "install fieldcare anew")]
    missing = {name: count.inserted for name, count in report.tables.items() if count.inserted}
    if not missing:
        return []
    where = ", ".join(f"{count} in {name}" for name, count in missing.items())
    return [Problem(f"rows of the seed files are missing: {where}", SEED)]


async def check_time_zones(patient: Patient) -> Opinion:
    """Time zones of sites and engineers, known here and to the server, and spelled as in the IANA database."""
    rows = await patient.connection.fetch("""
        SELECT placed.what, placed.relation, placed.time_zone, known.name IS NOT NULL AS known
        FROM (
            SELECT 'the site ' || s.code || ' of ' || c.code AS what, 'customer_sites' AS relation, s.time_zone
            FROM customer_sites AS s
            JOIN customers AS c ON c.id = s.customer_id
            UNION ALL
            SELECT 'the engineer ' || code, 'engineers', time_zone FROM engineers
        ) AS placed
        LEFT JOIN pg_timezone_names AS known ON known.name = placed.time_zone
        ORDER BY placed.what
    """)
    problems = []
    for row in rows:
        try:
            known_zone(row["time_zone"])
        except ValueError as error:
            problems.append(Problem(f"{row['what']}: {error}", f"correct {row['relation']}.time_zone"))
        else:
            if not row["known"]:
                sentence = f'{row["what"]}: "{row["time_zone"]}" is not among the time zones of the server'
                problems.append(Problem(sentence, "bring the server's time zones up to date, or use another name"))
    return Opinion(f"{len(rows)} sites and engineers", problems)


async def check_calendars(patient: Patient) -> Opinion:
    """Calendars that open some time and whose holidays are known, and agreements on ones that are in force."""
    rows = await patient.connection.fetch("""
        SELECT c.code, c.version, c.holiday_country, c.holiday_region,
            NOT c.always_open AND NOT EXISTS (
                SELECT FROM business_calendar_hours AS h WHERE h.calendar_id = c.id
            ) AS never_open
        FROM business_calendars AS c
        WHERE c.active AND (c.valid_to IS NULL OR c.valid_to > now())
        ORDER BY c.code, c.version
    """)
    problems = []
    for row in rows:
        name = f"calendar {row['code']} version {row['version']}"
        if row["never_open"]:
            problems.append(Problem(f"{name} is never open: clocks do without it", "give it opening hours"))
        if row["holiday_country"] is not None:
            try:
                public_holidays(row["holiday_country"], row["holiday_region"], ())
            except UnknownHolidays as error:
                problems.append(Problem(f"{name}: {error}", "correct holiday_country and holiday_region"))
    agreements = await patient.connection.fetch("""
        SELECT a.what, b.code AS calendar
        FROM (
            SELECT 'customer ' || code AS what, calendar_id FROM customers
            UNION ALL
            SELECT 'service configuration ' || code, calendar_id FROM manufacturer_service_config
            WHERE active AND (valid_to IS NULL OR valid_to > now())
            UNION ALL
            SELECT DISTINCT 'workflow template ' || code, calendar_id FROM workflow_templates
            WHERE active AND (valid_to IS NULL OR valid_to > now())
        ) AS a
        JOIN business_calendars AS b ON b.id = a.calendar_id
        WHERE calendar_in_force(a.calendar_id, now()) IS NULL
        ORDER BY a.what
    """)
    problems += [
        Problem(
            f"{row['what']} agrees on the calendar {row['calendar']}, which is not in force: the next agreement counts",
            "activate a version of it, or agree on another",
        )
        for row in agreements
    ]
    return Opinion(f"{len(rows)} calendars", problems)
