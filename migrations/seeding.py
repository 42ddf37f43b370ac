"""Fills a database from the files in `seeds/`, which a person can edit.

Missing rows are inserted; rows that are not as their file says stay and are reported, unless the files are to
overwrite them (`migrations/upsert.py`). Seeding twice changes nothing. A column that a file leaves out gets its
default. What is not in the files is not touched, except that an overwriting seeding gives a template just the stages,
and a calendar just the hours, that the files define. A code in a file means another record of the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.locking import LOCK
from migrations.placing import Placing
from migrations.seed_files import Record, SeedError, SeedFiles
from migrations.upsert import KeptRow, Placed, SeedCount, Upsert, check_words
from models.contracts.templates import RequiredAction, TemplateSnapshot
from models.database import DatabaseRefused, classified_errors, make_engine, place
from models.identity import WORKFLOW_TYPES
from models.known_words import unknown_words
from models.serials import SerialError, read_serial
from models.sla.calendar_records import CalendarRecordError, checked_record
from models.spelling import normal_form
from models.tables import metadata
from models.vocabulary.ai import AiTask

__all__ = ["SEEDS", "KeptRow", "SeedCount", "SeedError", "SeedReport", "seed"]

SEEDS = Path(__file__).parent / "seeds"

_ACTOR = "SELECT set_config('fieldcare.actor_code', 'seed', true), set_config('fieldcare.actor_role', 'system', true)"
"""Who the audit trail says it was."""


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What a seeding did, by table, and which rows are not as the files say."""

    tables: Mapping[str, SeedCount] = field(default_factory=dict)
    kept: tuple[KeptRow, ...] = ()

    @property
    def changed(self) -> int:
        """How many rows are not as they were; 0 when seeding found everything in place or left it."""
        return sum(count.changed for count in self.tables.values())


async def seed(
    url: str, *, sample: bool = False, overwrite: bool = False, dry_run: bool = False, folder: Path = SEEDS
) -> SeedReport:
    """Seed the database at `url` (`postgresql://…`), all or nothing.

    Args:
        sample: the sample customers, units and engineers as well as the reference data.
        overwrite: rows that differ become as the files say.
        dry_run: only report what would be done.

    Raises:
        SeedError: a file is wrong.
        DatabaseUnavailable: the database can't be reached, or is not migrated.
    """
    engine = make_engine(url, statement_timeout=0)
    where = place(engine.url)
    try:
        async with classified_errors(where), engine.connect() as connection, connection.begin() as transaction:
            if dry_run:
                await connection.execute(text("SET LOCAL lock_timeout = '5s'"))  # who only asks does not stand in line
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            await connection.execute(text(_ACTOR))
            upsert = Upsert(connection, where, overwrite)
            seeder = _Seeder(connection, SeedFiles(folder), Placing(upsert), upsert)
            await seeder.reference()
            if sample:
                await seeder.sample()
            if dry_run:
                await transaction.rollback()
            return SeedReport(upsert.counts, tuple(upsert.kept))
    except DatabaseRefused as error:
        raise SeedError(f"the seed files do not fit the tables: {error}. Correct them.") from error
    finally:
        await engine.dispose()


@dataclass(slots=True)
class _Seeder:
    """One seeding, in one transaction: parents before children."""

    connection: AsyncConnection
    files: SeedFiles
    placing: Placing
    upsert: Upsert

    async def reference(self) -> None:
        [makers] = self.files.read("reference/manufacturers", "manufacturer")
        await self.placing.put("manufacturers", makers, "code")
        [types] = self.files.read("reference/equipment_catalog", "equipment_type")
        await self.placing.put("equipment_catalog", types, "code")
        await self._parts()
        await self._calendars()
        [services] = self.files.read("reference/service_configurations", "service")
        await self.placing.put("manufacturer_service_config", services, "code")
        await self._providers()
        [reasons] = self.files.read("reference/hold_reasons", "reason")
        await self.placing.put("hold_reasons", reasons, "code")
        await self._templates()

    async def sample(self) -> None:
        await self._engineers()
        await self._customers()

    async def _parts(self) -> None:
        [parts] = self.files.read("reference/equipment_parts", "part")
        contexts = [part.children("contexts", "context") for part in parts]
        placed = await self.placing.put("equipment_parts", parts, "part_number")
        needed = self.placing.under("equipment_parts_context", "part_id", placed, contexts)
        await self.placing.put("equipment_parts_context", needed, "part_id", "installed_context")
        [pairs] = self.files.read("reference/equipment_compatibility", "compatibility")
        await self.placing.put("equipment_compatibility", pairs, "part_id", "alternative_part_id")

    async def _calendars(self) -> None:
        """Calendars with their hours and special days; a reference to a code means its first version in the file."""
        [calendars] = self.files.read("reference/business_calendars", "calendar")
        for calendar in calendars:
            try:
                checked_record(calendar.values)
            except CalendarRecordError as error:
                raise SeedError(f"{calendar.where}: {error}.") from error
        openings = [calendar.children("openings", "opening") for calendar in calendars]
        holidays = [calendar.children("holidays", "holiday") for calendar in calendars]
        exceptional = [calendar.children("exceptional_openings", "exceptional opening") for calendar in calendars]
        placed = await self.placing.put("business_calendars", calendars, "code", "version")
        known = self.placing.ids.setdefault("business_calendars", {})
        for calendar, one in zip(calendars, placed, strict=True):
            known.setdefault(str(calendar.values["code"]), one.id)
        weekly = [[hour for opening in one for hour in _hours(opening)] for one in openings]
        rows = self.placing.under("business_calendar_hours", "calendar_id", placed, weekly)
        await self.upsert.put_whole(
            "business_calendar_hours", rows, ("calendar_id", "weekday", "opens"), new_owners=_new(placed)
        )
        # Days come and go by the year, also by SQL: those that the files do not name stay, also when overwriting.
        for table, days, key in (
            ("business_calendar_holidays", holidays, ("day",)),
            ("business_calendar_exceptions", exceptional, ("day", "opens")),
        ):
            if rows := self.placing.under(table, "calendar_id", placed, days):
                await self.placing.put(table, rows, "calendar_id", *key)

    async def _providers(self) -> None:
        [providers] = self.files.read("reference/ai_providers", "provider")
        models = [provider.children("models", "model") for provider in providers]
        placed = await self.placing.put("ai_providers", providers, "code")
        rows = self.placing.under("ai_models", "provider_id", placed, models)
        if self.upsert.overwrite:
            await self._free_defaults(rows)
        await self.placing.put("ai_models", rows, "provider_id", "code")

    async def _free_defaults(self, models: list[Record]) -> None:
        """A provider has one default model: another one than the file's must step back first."""
        for model in models:
            if model.values.get("is_default"):
                result = await self.connection.execute(
                    text("""
                        UPDATE ai_models SET is_default = false
                        WHERE is_default AND provider_id = CAST(:provider_id AS uuid) AND code <> :code
                    """),
                    {"provider_id": model.values["provider_id"], "code": model.values.get("code")},
                )
                self.upsert.counts.setdefault("ai_models", SeedCount()).updated += result.rowcount

    async def _templates(self) -> None:
        """Templates with their stages. A template with several scopes is a row, and a set of stages, for each."""
        [templates] = self.files.read("reference/workflow_templates", "template")
        rows, stages, targets = [], [], []
        for template in templates:
            defined = template.children("stages", "stage")
            special = template.children("priorities", "priority")
            for scope in template.children("scopes", "scope") or [Record({}, "")]:
                rows.append(template.varied(scope.values, " ".join(map(str, scope.values.values()))))
                stages.append([stage.varied({"position": at}, "") for at, stage in enumerate(defined, start=1)])
                targets.append([one.varied({}, "") for one in special])
        tasks = [[(stage, stage.children("ai", "AI task")) for stage in one] for one in stages]
        definitions = [[dict(stage.values) for stage in one] for one in stages]
        placed = await self.placing.put(
            "workflow_templates", rows, "code", "version", "equipment_type_id", "manufacturer_id"
        )
        steps = self.placing.under("stage_configuration_templates", "template_id", placed, stages)
        await self.upsert.put_whole(
            "stage_configuration_templates", steps, ("template_id", "key"), new_owners=_new(placed)
        )
        promised = self.placing.under("workflow_template_targets", "template_id", placed, targets)
        await self.placing.put("workflow_template_targets", promised, "template_id", "priority")
        for template, definition in zip(rows, definitions, strict=True):
            _check_template(template, definition)
        await self._stage_ai(zip(placed, tasks, strict=True))

    async def _stage_ai(self, tasks: Iterable[tuple[Placed, list[tuple[Record, list[Record]]]]]) -> None:
        table = "workflow_ai_configuration"
        found = await self.connection.execute(text("SELECT template_id, key FROM stage_configuration_templates"))
        stages = {(str(row.template_id), row.key) for row in found}
        not_served = await self._ai_tasks_not_served()
        rows = []
        for template, one in tasks:
            for stage, wanted in one:
                for task in wanted:
                    if task.values.get("task") in not_served and task.values.get("enabled", True) is not False:
                        raise SeedError(f"{task.where}: nobody serves it. Leave it out, or write enabled = false.")
                    for provider in task.values.get("providers", []):
                        self.placing.id_of("ai_providers", provider, task)
                    if (template.id, stage.values.get("key")) in stages:
                        task.values |= {"template_id": template.id, "stage_key": stage.values.get("key")}
                        rows.append(task)
                    else:
                        self.upsert.keep(table, task, "left out: its stage is not in the database")
        await self.placing.put(table, rows, "template_id", "stage_key", "task")

    async def _ai_tasks_not_served(self) -> set[str]:
        """As the trigger of the table sees it, for a sentence that names the record."""
        found = await self.connection.execute(
            text("""
                SELECT one.task FROM unnest(CAST(:tasks AS text[])) AS one (task)
                WHERE to_regproc('public.' || quote_ident(one.task || '_case')) IS NULL
            """),
            {"tasks": [task.value for task in AiTask]},
        )
        return {row.task for row in found}

    async def _engineers(self) -> None:
        engineers, defaults = self.files.read("sample/engineers", "engineer", "default_expertise")
        expertise = [engineer.children("expertise", "expertise") for engineer in engineers]
        certificates = [engineer.children("certifications", "certification") for engineer in engineers]
        for engineer, known in zip(engineers, expertise, strict=True):
            own = {one.values.get("equipment_type") for one in known if "manufacturer" not in one.values}
            if engineer.values.get("active", True):
                known += [
                    default.varied({}, f"for {engineer.values.get('code')}")
                    for default in defaults
                    if default.values.get("equipment_type") not in own
                ]
        placed = await self.placing.put("engineers", engineers, "code")
        rows = self.placing.under("engineer_equipment_expertise", "engineer_id", placed, expertise)
        await self.placing.put(
            "engineer_equipment_expertise", rows, "engineer_id", "equipment_type_id", "manufacturer_id"
        )
        rows = self.placing.under("engineer_certifications", "engineer_id", placed, certificates)
        await self.placing.put("engineer_certifications", rows, "issuing_organization", "certificate_number")

    async def _customers(self) -> None:
        """Customers with their sites, then the units there."""
        [customers] = self.files.read("sample/customers", "customer")
        sites = [customer.children("sites", "site") for customer in customers]
        placed = await self.placing.put("customers", customers, "code")
        rows = self.placing.under("customer_sites", "customer_id", placed, sites)
        made = zip(rows, await self.placing.put("customer_sites", rows, "customer_id", "code"), strict=True)
        ids = {(site.values["customer_id"], site.values["code"]): one.id for site, one in made}
        [units] = self.files.read("sample/equipment", "unit")
        await self._check_serials(units)
        ready = []
        for unit in units:
            check_words(metadata.tables["equipment_registry"], unit, unit.values)
            customer, site = unit.values.get("customer", ""), unit.values.pop("site", None)
            customer_id = self.placing.id_of("customers", customer, unit)
            if customer_id is not None and (customer_id, site) not in ids:
                raise SeedError(f"{unit.where}: customers.toml has no site {site} of {customer}. Correct the site.")
            unit.values["site_id"] = ids.get((customer_id or "", site))
            if unit.values["site_id"] is None:
                self.upsert.keep("equipment_registry", unit, "left out: its site is not in the database")
            else:
                ready.append(unit)
        await self.placing.put("equipment_registry", ready, "serial")

    async def _check_serials(self, units: list[Record]) -> None:
        """Refuse a serial number that is none, or that another unit has in another spelling."""
        serials: dict[str, str] = {}
        for unit in units:
            serial = str(unit.values.get("serial", ""))
            try:
                if read_serial(serial) != serial:
                    raise SeedError(f"{unit.where}: the serial number is written {read_serial(serial)!r}. Write it so.")
            except SerialError as error:
                raise SeedError(f"{unit.where}: the serial number {error}.") from error
            if (other := serials.setdefault(normal_form(serial), serial)) != serial:
                raise SeedError(f"{unit.where} is the unit {other} in another spelling. Remove one of them.")
        found = await self.connection.execute(
            text("SELECT e.serial FROM equipment_registry AS e WHERE spelling_key(e.serial) = ANY (:keys)"),
            {"keys": list(serials)},
        )
        registered = {row.serial for row in found}
        for serial in registered - set(serials.values()):
            if (ours := serials[normal_form(serial)]) not in registered:
                raise SeedError(f"equipment.toml, unit {ours} is registered as {serial}. Write it so.")


def _new(placed: Iterable[Placed]) -> set[str]:
    return {one.id for one in placed if one.id is not None and one.is_new}


def _hours(opening: Record) -> list[Record]:
    """The hours of an opening, one for each of its weekdays."""
    hours = opening.children("hours", "hours")
    return [
        hour.varied({"weekday": weekday}, f"weekday {weekday}")
        for weekday in opening.values["weekdays"]
        for hour in hours
    ]


def _check_template(template: Record, stages: list[dict[str, object]]) -> None:
    """Refuse a template that no ticket could run on. Lengths of time are the database's to check."""
    if template.values.get("workflow_type") not in WORKFLOW_TYPES:
        raise SeedError(f"{template.where}: workflow_type must be one of {', '.join(WORKFLOW_TYPES)}.")
    for stage in stages:
        actions = stage.get("required_actions", [])
        for action in actions if isinstance(actions, list) else []:
            said = unknown_words(action, RequiredAction.model_fields) if isinstance(action, dict) else None
            if said is not None:
                raise SeedError(f"{template.where}, stage {stage.get('key')}, required action: {said}.")
    unsaid = {
        "template_id": UUID(int=0),
        "selected_by": "default",
        **{
            name: timedelta(hours=1)
            for name in ("resolution_target", "arrival_target", "reopen_within", "late_within", "answer_within")
        },
    }
    within = {"stage_id": UUID(int=0), "target": timedelta(hours=1)}
    try:
        TemplateSnapshot.model_validate({**template.values, **unsaid, "stages": [{**one, **within} for one in stages]})
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}".strip() for one in error.errors())
        raise SeedError(f"{template.where} can't work: {reasons}. Correct it.") from error
