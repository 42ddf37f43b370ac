"""`fieldcare sla whatif`, and the calendars of `sla measure`, on tickets that the database has on record."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from models.contracts.intake import FaultReport
from models.database import Database
from models.sql_functions import SqlFunction
from models.vocabulary import HoldReason, Priority, ReopenPolicy, StageOutcome
from starter.freezing import freeze
from starter.whatif.rules_file import RulesError, read_rules
from tests.databases import drop_database, execute, make_database
from tests.factories import HOUR, NURSE, T0, assign, complete, hold, resume
from tests.migrations.story import engineer, store
from tests.starter.terminal import Environment, answer, clean_environment, fieldcare
from tests.workflows.stories import WHO, live, richer
from workflows.engine.ticket import TicketEngine

SEEDS = Path(__file__).parents[2] / "migrations/seeds/reference"
STORY = [("take", 0), ("customer", 60), ("resume", 200), ("P1", 5), ("contract", 60), ("finish", 500), ("reopen", 900)]


async def opened(database: Database, unit: str, policy: ReopenPolicy | None = None) -> TicketEngine:
    report = FaultReport(unit=unit, description="Alarm", priority=Priority.P2, reporter=NURSE)
    ticket = freeze(report, json.loads(await database.call(SqlFunction.PREPARE_INTAKE, unit, None)))
    if policy is not None:
        ticket = ticket.model_copy(update={"template": richer(ticket.template, policy)})
    return TicketEngine.open(ticket, T0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def env(postgres_url: str) -> AsyncIterator[Environment]:
    """A database with four closed tickets of the standard template, one of them reopened, and one that is open."""
    server = make_url(postgres_url).set(database="postgres").render_as_string(hide_password=False)
    url = await make_database(server, "whatif", str(make_url(postgres_url).database))
    database = Database(url)
    someone = await engineer(database, WHO)
    for hours in (3, 5, 7):  # of work on the diagnosis, with an hour's wait for parts
        engine = await opened(database, "VENT-ICU-001")
        engine.apply(assign(WHO), T0, someone)
        engine.apply(hold(HoldReason.WAITING_FOR_PARTS), T0 + HOUR)
        engine.apply(resume(), T0 + 2 * HOUR)
        engine.apply(complete("remote_diagnosis", by=WHO, outcome=StageOutcome.FIXED_REMOTELY), T0 + hours * HOUR)
        engine.apply(complete("completion_sign_off", by=WHO), T0 + (hours + 1) * HOUR)
        await store(database, engine.ticket, engine.state.unstored)
    engine = await opened(database, "VENT-ICU-001", ReopenPolicy.EXCLUDE_SOLVED)
    live(engine, [*STORY, ("take", 0), ("finish", 100)], someone, T0)
    assert engine.is_over and engine.state.reopened == 1
    await store(database, engine.ticket, engine.state.unstored)
    engine = await opened(database, "VENT-ICU-001")
    await store(database, engine.ticket, engine.state.unstored)
    await database.aclose()
    yield {**clean_environment(), "FIELDCARE_DATABASE_URL": url}
    await drop_database(server, "whatif")


pytestmark = pytest.mark.asyncio(loop_scope="session")


def rules(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def whatif(env: Environment, path: Path, *options: str) -> Any:
    return answer(env, "sla", "whatif", "--template", str(path), "--since", "2026-03-01", *options)


def kinds(document: Any) -> dict[str, tuple[int, int, int, int]]:
    """Met and breached of each kind of clock, before and after."""
    return {
        row["kind"]: tuple(row[name][state] for name in ("was", "would_be") for state in ("met", "breached"))
        for row in document["compliance"]
    }


async def test_the_seed_file_itself_changes_nothing(env: Environment) -> None:
    found = whatif(env, SEEDS / "workflow_templates.toml")
    assert (found["replayed"], found["other_templates"], found["not_replayed"]) == (4, 0, [])
    assert {one["clock"] for one in found["changes"]} <= {"resolution", "arrival"}  # of the one with other targets
    assert "What people did, and when, is kept" in found["assumption"]


async def test_a_shorter_target_and_a_rule_that_pauses(env: Environment, tmp_path: Path) -> None:
    text = """
    [[template]]
    code = "standard_service"
    [[template.stages]]
    key = "remote_diagnosis"
    target_duration = "2 hours 30 minutes"
    """
    found = whatif(env, rules(tmp_path, text))
    stage = [one for one in found["changes"] if one["clock"] == "remote_diagnosis"]
    assert [(one["was"]["state"], one["would_be"]["state"], one["was"]["elapsed"]) for one in stage][:1] == [
        ("met", "breached", 3 * 3600)
    ]
    paused = whatif(
        env, rules(tmp_path, text + '[[reason]]\ncode = "waiting_for_parts"\npauses = ["stage", "response"]')
    )
    [response] = paused["changes"]  # five hours of four were breached, and without the wait it is four
    assert (response["clock"], response["was"]["state"], response["would_be"]["state"]) == (
        "response",
        "breached",
        "met",
    )
    assert (response["was"]["elapsed"], response["would_be"]["elapsed"]) == (5 * 3600, 4 * 3600)


async def test_a_calendar_of_the_file_and_one_of_the_database(env: Environment, tmp_path: Path) -> None:
    text = '[[template]]\ncode = "standard_service"\ncalendar = "{}"\n'
    nobody = """
    [[calendar]]
    code = "sundays"
    openings = [{ weekdays = [7], hours = [{ opens = 09:00:00, closes = 10:00:00 }] }]
    """
    found = whatif(env, rules(tmp_path, text.format("sundays") + nobody))
    assert kinds(found)["stage"][3] == 0  # nothing is ever late
    stored = whatif(env, rules(tmp_path, text.format("weekdays_9_17")))
    assert stored["replayed"] == 4
    missing = fieldcare(
        env, "sla", "whatif", "--template", str(rules(tmp_path, text.format("x"))), "--since", "2026-03-01"
    )
    assert (missing.returncode, "There is no calendar 'x' in force in the database" in missing.stderr) == (2, True)


async def test_people_read_what_would_change_and_what_is_not_claimed(env: Environment, tmp_path: Path) -> None:
    text = '[[template]]\ncode = "standard_service"\nresolution_target = "5 hours"\n'
    path = str(rules(tmp_path, text))
    done = fieldcare(env, "sla", "whatif", "--template", path, "--since", "2026-03-01", "--limit", "1")
    assert done.returncode == 0
    assert "Replayed tickets, closed from 2026-03-01 00:00" in done.stdout and " UTC: 4." in done.stdout
    assert "What people did, and when, is kept as it was" in done.stdout
    assert "(the first 1; --limit shows more)" in done.stdout
    assert done.stderr == ""
    other = fieldcare(
        env,
        *("sla", "whatif", "--since", "2026-03-01", "--template"),
        str(rules(tmp_path, '[[template]]\ncode = "manufacturer_service"\n')),
    )
    assert " UTC: 0; 4 of other templates are left out." in other.stdout


async def test_a_record_that_was_tampered_with_is_named_and_not_replayed(env: Environment, tmp_path: Path) -> None:
    url = env["FIELDCARE_DATABASE_URL"]
    number = whatif(env, SEEDS / "workflow_templates.toml", "--limit", "999")
    await execute(
        url,
        "ALTER TABLE audit_events DISABLE TRIGGER USER; "
        "UPDATE audit_events SET new_value = jsonb_set(new_value, '{elapsed}', '\"PT1S\"') "
        "WHERE action = 'clock_moved' AND new_value ->> 'event' = 'stopped' AND new_value ->> 'name' = 'response' "
        "AND ticket_id = (SELECT id FROM service_tickets WHERE status = 'closed' ORDER BY closed_at LIMIT 1); "
        "ALTER TABLE audit_events ENABLE TRIGGER USER",
    )
    plain = str(rules(tmp_path, '[[template]]\ncode = "standard_service"\n'))
    done = fieldcare(env, "sla", "whatif", "--template", plain, "--since", "2026-03-01", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["replayed"], found["verdicts_changed"], len(found["not_replayed"])) == (3, 0, 1)
    assert "the recorded verdict of clock response" in found["not_replayed"][0]["reason"]
    assert number["replayed"] == 4
    await execute(url, "UPDATE service_tickets SET last_sequence = last_sequence + 1 WHERE status = 'closed'")
    gone = fieldcare(env, "sla", "whatif", "--template", plain, "--since", "2026-03-01")
    await execute(url, "UPDATE service_tickets SET last_sequence = last_sequence - 1 WHERE status = 'closed'")
    assert gone.returncode == 1
    assert gone.stderr.count(" is not replayed: its record is not whole: ") == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[[template]]\ncode = "standard"',
            "no template 'standard'. There are: manufacturer_service, standard",
        ),
        (
            '[[template]]\ncode = "standard_service"\nstages = [{ key = "lunch" }]',
            "template standard_service: there is no stage 'lunch'. There are: completion_sign_off, onsite_repair, ",
        ),
        (
            '[[template]]\ncode = "standard_service"\n[[reason]]\ncode = "lunch"',
            "there is no reason 'lunch'. There are: access_denied, ",
        ),
        (
            '[[template]]\ncode = "standard_service"\n[[calendar]]\ncode = "lunch"\nalways_open = true',
            'has a calendar that no template uses. Write calendar = "lunch" in the template.',
        ),
    ],
)
async def test_a_name_that_there_is_not_is_refused(env: Environment, tmp_path: Path, text: str, said: str) -> None:
    done = fieldcare(env, "sla", "whatif", "--template", str(rules(tmp_path, text)), "--since", "2026-03-01")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no [[template]] with the code"),
        ("[[template", "is not valid TOML"),
        ('[[templates]]\ncode = "a"', 'rules.toml: "templates" (did you mean "template"?) is not known here'),
        ("[[template]]\nname = 'x'", "template without a code: code: Field required"),
        (
            '[[template]]\ncode = "a"\nresolution_targets = "4 h"',
            'template a: "resolution_targets" (did you mean "resolution_target"?) is not known here',
        ),
        ('[[template]]\ncode = "a"\nresolution_target = "0 hours"', "a target must be longer than nothing"),
        ('[[template]]\ncode = "a"\nresolution_target = "soon"', "is not a length of time: write it like 4 hours"),
        ('[[template]]\ncode = "a"\n[[template]]\ncode = "a"', "has the template a twice"),
        ('[[template]]\ncode = "a"\n[[reason]]\ncode = "b"\npauses = ["lunch"]', "reason b: pauses"),
        ('[[template]]\ncode = "a"\nstages = [{ target_duration = "1 h" }]', "a: stages 1 key: Field required"),
        ("template = 5", "template must be a list of records"),
    ],
)
async def test_a_file_that_is_not_understood_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RulesError) as refused:
        read_rules(rules(tmp_path, text))
    assert said in str(refused.value)


async def test_measure_takes_the_calendars_of_the_database(env: Environment, tmp_path: Path) -> None:
    work = tmp_path / "work.csv"
    work.write_text("start,end\n2026-01-26T08:00,2026-01-27T10:00\n", encoding="utf-8")
    await execute(
        env["FIELDCARE_DATABASE_URL"],
        "INSERT INTO business_calendars (code, version, name, holiday_country, valid_from) "
        "VALUES ('india', 1, 'Office in India', 'IN', '2026-01-01'); "
        "INSERT INTO business_calendar_hours (calendar_id, weekday, opens, closes) "
        "SELECT id, day, '9:00', '17:00' FROM business_calendars, generate_series(1, 7) AS day WHERE code = 'india'",
    )
    options = ("--calendar", "india", "--zone", "Asia/Kolkata")
    done = fieldcare(env, "sla", "measure", str(work), *options)
    assert done.stdout.splitlines()[1].startswith("2,3600,")  # the 26th is Republic Day
    unknown = fieldcare(env, "sla", "measure", str(work), "--calendar", "moon")
    assert "There is no calendar 'moon' in force in the database. There are: 24x7," in unknown.stderr
    zone = fieldcare(env, "sla", "measure", str(work), "--calendar", "india", "--zone", "Asia/Kolkatta")
    assert (zone.returncode, "Kolkatta" in zone.stderr) == (2, True)
    file = fieldcare(
        env, "sla", "measure", str(work), "--calendar", "india", "--calendars", str(SEEDS / "business_calendars.toml")
    )
    assert "There is no calendar 'india' in business_calendars.toml" in file.stderr
    away = {**env, "FIELDCARE_DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}
    fallen = fieldcare(away, "sla", "measure", str(work), "--calendar", "weekdays_9_17")
    assert "no database answers; the calendar is that of business_calendars.toml" in fallen.stderr
    assert fallen.returncode == 0
