"""The reference data: what no ticket can be opened without, and the rest of the seed files."""

from __future__ import annotations

from migrations.seeding import SeedError, seed
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
