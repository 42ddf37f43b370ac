"""The `fieldcare` command as people use it: each in a process, on engines that it started itself."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from models.settings import Settings
from starter.cli import installed_version
from starter.client import connect
from starter.embedded import read_addresses
from tests.children import child
from tests.databases import execute
from tests.starter.terminal import ROOT, Environment, answer, clean_environment, command, fieldcare, side_by_side
from tests.waiting import pauses


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder that PostgreSQL's user can pass through."""
    path = Path(tempfile.mkdtemp(prefix="fieldcare-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def cli_env(home: Path) -> Iterator[Environment]:
    """The environment of a terminal whose home has a running stack, started and stopped by the command itself."""
    env = {**clean_environment(), "FIELDCARE_HOME": str(home)}
    started = subprocess.run(command("up"), env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    assert re.search(r"Temporal UI +http://127", started.stdout)
    yield env
    assert "Stopped" in fieldcare(env, "down").stdout
    assert "Nothing was running" in fieldcare(env, "down").stdout


@pytest.fixture(scope="module")
def ticket(cli_env: Environment) -> Any:
    """A ticket for those who only look or are refused."""
    return answer(cli_env, *REPORT, "--key", "looked-at", "--reporter", "nurse.a")


REPORT = ("ticket", "open", "--unit", "VENT-ICU-001", "--description", "Low pressure alarm", "--priority", "P1")
SIGN_OFF = ("stage", "complete", "--engineer", "ENG-001")


# -- without engines -------------------------------------------------------------------------------------------------


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, starter.cli; starter.cli.build()\n"
        "print(sorted({'temporalio', 'sqlalchemy', 'asyncpg', 'pydantic', 'alembic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_look_at_the_record_loads_neither_temporal_s_sdk_nor_the_database_s_engine() -> None:
    code = (
        "import sys, starter.cli.ticket.look, starter.cli.sla.explain, starter.cli.ai.conversation\n"
        "print(sorted({'temporalio', 'sqlalchemy', 'workflows', 'starter.embedded.stack'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version_is_the_package_s() -> None:
    assert fieldcare(clean_environment(), "--version").stdout == f"fieldcare {installed_version()}\n"


def test_without_a_stack_every_command_says_how_to_start_one(tmp_path: Path) -> None:
    env = {**clean_environment(), "FIELDCARE_HOME": str(tmp_path / "none")}
    commands = (("ticket", "list"), ("ticket", "show", "X"), ("db", "url"), ("worker",), REPORT, ("status",))
    for done in side_by_side(env, *commands):
        assert done.returncode in {1, 3}
        assert "fieldcare up" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_engines_that_do_not_answer_are_named_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes connections and never says a word
        port = mute.getsockname()[1]
        for where in (1, port):
            env = {
                **clean_environment(),
                "FIELDCARE_DATABASE_URL": f"postgresql://someone:secret@127.0.0.1:{where}/fieldcare",
                "TEMPORAL_ADDRESS": f"127.0.0.1:{where}",
            }
            completion = ("stage", "complete", "X", "y", "--engineer", "E", "--wait", "3")
            for done in side_by_side(env, ("ticket", "list"), (*REPORT, "--wait", "3"), completion):
                assert done.returncode == 3
                assert f"127.0.0.1:{where}" in done.stderr
                assert "secret" not in done.stderr
                assert len(done.stderr.splitlines()) == 1


def test_settings_that_can_not_be_used_are_named() -> None:
    env = clean_environment()
    wrong_url = fieldcare({**env, "FIELDCARE_DATABASE_URL": "mysql://x"}, "ticket", "list")
    wrong_number = fieldcare({**env, "FIELDCARE_WORKER_PROCESSES": "many"}, "up")
    assert (wrong_url.returncode, wrong_number.returncode) == (2, 2)
    assert "FIELDCARE_DATABASE_URL" in wrong_url.stderr
    assert "FIELDCARE_WORKER_PROCESSES" in wrong_number.stderr


# -- the stack -------------------------------------------------------------------------------------------------------


def test_up_finds_what_runs_and_status_says_so(cli_env: Environment, home: Path) -> None:
    again, status, url, migrated = side_by_side(
        cli_env, ("up", "--json"), ("status", "--json"), ("db", "url"), ("db", "migrate", "--json")
    )
    assert json.loads(again.stdout)["started"] is False
    found = json.loads(status.stdout)
    assert (status.returncode, found["ready"]) == (0, True)
    assert {"postgres", "temporal", "worker-1", "server"} <= {service["name"] for service in found["services"]}
    addresses = read_addresses(home)
    assert addresses is not None
    assert asyncio.run(retention_of(addresses.temporal_address)) == timedelta(days=90)
    assert url.stdout.strip() == addresses.database_url
    assert json.loads(migrated.stdout)["revisions"] == []
    seeded = answer(cli_env, "db", "seed", "--sample")
    assert (seeded["changed"], seeded["kept"]) == (0, [])
    assert seeded["tables"]["equipment_registry"]["unchanged"] == 20


def test_up_starts_the_server_which_answers_whom_it_knows(cli_env: Environment, home: Path) -> None:
    addresses = read_addresses(home)
    assert addresses is not None
    answer(cli_env, "user", "add", "api-user", "--name", "Bea", "--role", "coordinator")
    token = answer(cli_env, "user", "token", "api-user", "--name", "test", "--scope", "read")["secret"]
    for pause in pauses():
        try:
            found = httpx2.get(f"{addresses.server}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
            break
        except httpx2.TransportError:  # it is started last, and nobody waits for it
            time.sleep(pause)
    assert (found.status_code, found.json()["code"]) == (200, "api-user")
    assert httpx2.get(f"{addresses.server}/api/v1/me").status_code == 401


async def retention_of(address: str) -> timedelta:
    client = await connect(address)
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    kept: timedelta = found.config.workflow_execution_retention_ttl.ToTimedelta()
    return kept


def test_db_seed_names_what_was_edited_and_keeps_it_until_told_to_overwrite(cli_env: Environment, home: Path) -> None:
    addresses = read_addresses(home)
    assert addresses is not None
    asyncio.run(execute(addresses.database_url, "UPDATE manufacturers SET name = 'Zoll' WHERE code = 'ZOLL'"))
    kept = fieldcare(cli_env, "db", "seed").stdout
    assert "manufacturers.toml, manufacturer ZOLL: differs in name" in kept
    assert "fieldcare db seed --overwrite" in kept
    assert "customers" not in kept
    overwritten = answer(cli_env, "db", "seed", "--overwrite")
    assert (overwritten["changed"], overwritten["kept"]) == (1, [])


def test_each_role_has_its_address(cli_env: Environment, home: Path) -> None:
    addresses = read_addresses(home)
    assert addresses is not None
    owner, application, reporting = side_by_side(
        cli_env, ("db", "url"), ("db", "url", "--role", "application"), ("db", "url", "--role", "reporting")
    )
    assert owner.stdout.strip() == addresses.database_url
    assert application.stdout.strip() == addresses.application_url
    assert reporting.stdout.strip() == addresses.reporting_url
    assert "//fieldcare_app:" in application.stdout
    assert "//fieldcare_reporting:" in reporting.stdout


def test_the_doctor_finds_a_stack_well_and_tells_what_is_not(cli_env: Environment, home: Path) -> None:
    addresses = read_addresses(home)
    assert addresses is not None
    well, told, roles = side_by_side(
        cli_env,
        ("db", "doctor"),
        ("db", "doctor", "--json"),
        ("db", "roles", "--json"),
    )
    assert well.returncode == 0, well.stdout
    assert "✓ workers         connect as fieldcare_app" in well.stdout
    assert "✓ audit trail     " in well.stdout
    assert "✗" not in well.stdout
    assert json.loads(told.stdout)["well"] is True
    assert json.loads(roles.stdout) == {"created": [], "changed": [], "rights": []}
    nowhere = {**clean_environment(), "FIELDCARE_DATABASE_URL": "postgresql://x:secret@127.0.0.1:1/x"}
    as_app = {**clean_environment(), "FIELDCARE_DATABASE_URL": addresses.application_url}
    ill = fieldcare(nowhere, "db", "doctor", "--json")
    assert (ill.returncode, json.loads(ill.stdout)["well"]) == (1, False)
    assert "secret" not in ill.stdout
    refused = fieldcare({**as_app, "FIELDCARE_REPORTING_PASSWORD": "new"}, "db", "roles")
    assert refused.returncode == 1
    assert "may not make roles" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    locked_out = fieldcare({**cli_env, "FIELDCARE_APP_PASSWORD": "another"}, "db", "roles")
    assert locked_out.returncode == 2
    assert "The embedded stack makes its own passwords: unset FIELDCARE_APP_PASSWORD." in locked_out.stderr
    assert "another" not in locked_out.stderr


def test_the_sql_for_an_administrator_needs_no_database() -> None:
    done = fieldcare(clean_environment(), "db", "roles", "--sql")
    assert done.returncode == 0
    assert "CREATE ROLE fieldcare_app LOGIN;" in done.stdout


def test_a_worker_of_the_terminal_serves_until_it_is_told_to_stop(cli_env: Environment) -> None:
    worker = subprocess.Popen(command("worker"), env=cli_env, cwd=ROOT, stderr=subprocess.PIPE)
    addresses = read_addresses(Settings(home=Path(cli_env["FIELDCARE_HOME"])).home)
    assert addresses is not None
    elsewhere = {
        **clean_environment(),
        "FIELDCARE_DATABASE_URL": addresses.database_url,
        "TEMPORAL_ADDRESS": addresses.temporal_address,
    }
    try:
        deadline = time.monotonic() + 60
        for pause in pauses():
            found = json.loads(fieldcare(elsewhere, "status", "--json").stdout)
            pollers = next(one["detail"] for one in found["services"] if one["name"] == "workers")
            if f"{worker.pid}@" in pollers:
                break
            assert time.monotonic() < deadline, found
            time.sleep(pause)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    finally:
        worker.kill()


# -- one ticket ------------------------------------------------------------------------------------------------------


def test_the_same_key_is_the_same_ticket(cli_env: Environment) -> None:
    first = answer(cli_env, *REPORT, "--key", "twice")
    again = fieldcare(cli_env, *REPORT[:-1], "P2", "--key", "twice", "--json")
    assert first["created"] is True
    assert re.fullmatch(r"FC-\d{4}-\d{6}", first["number"])
    assert first["workflow_id"] == "twice"
    assert again.returncode == 0
    assert {**first, "created": False, "differs": ["priority"]} == json.loads(again.stdout)
    assert "another priority" in again.stderr


def test_a_description_may_come_from_standard_input(cli_env: Environment) -> None:
    opened = answer(cli_env, *REPORT[:5], "-", *REPORT[6:], stdin="It beeps — [red]loudly[/red]\nand often\n")
    shown = fieldcare(cli_env, "ticket", "show", opened["number"]).stdout
    assert "It beeps — [red]loudly[/red]\nand often" in shown


def test_a_ticket_lives_from_report_to_sign_off(cli_env: Environment) -> None:
    opened = answer(cli_env, *REPORT, "--key", "whole-life", "--reporter", "nurse.a")
    number = opened["number"]
    assert "assigned" in fieldcare(cli_env, "ticket", "assign", number, "ENG-009", "--by", "COORD-1").stdout
    held = answer(cli_env, "ticket", "hold", "whole-life", "--reason", "access_denied", "--for", "2h")
    assert held["ticket_status"] == "on_hold"
    assert answer(cli_env, "ticket", "resume", number)["ticket_status"] == "open"

    _until(cli_env, number, lambda found: bool(found["diagnoses"]))
    diagnosed = ("stage", "complete", number, "remote_diagnosis", "--engineer", "ENG-009", "--done", "safety_assessed")
    lacking = fieldcare(cli_env, *diagnosed)
    assert lacking.returncode == 1
    assert "diagnosis_summary" in lacking.stderr

    complete = (*diagnosed, "--set", "diagnosis_summary=12345", "--outcome", "no_parts_needed", "--command-id", "once")
    assert answer(cli_env, *complete)["active_stages"] == ["onsite_repair"]
    assert answer(cli_env, *complete)["active_stages"] == ["onsite_repair"]  # the same command: the same answer
    by_engineer = ("--by", "ENG-009", "--role", "engineer")
    tests = ("--done", "functional_test_passed", "--done", "electrical_safety_test_passed")
    repaired = ("stage", "complete", number, "onsite_repair", *by_engineer, "--set", "work_performed=New valve", *tests)
    assert fieldcare(cli_env, *repaired, "--signal").returncode == 0
    sign_off = ("--set", "customer_signature=true", "--set", "customer_rating=9", "--done", "returned_to_service")
    proved = ("--proved", "wrong", "--cause", "Worn valve", "--problem-code", "2946")  # as the FDA counts it
    signed = answer(cli_env, "stage", "complete", number, "completion_sign_off", *by_engineer, *sign_off, *proved)
    assert signed["ticket_status"] == "closed"

    found = _settled(cli_env, number)
    stages = {stage["stage_key"]: stage for stage in found["stages"]}
    assert stages["remote_diagnosis"]["execution"]["diagnosis_summary"] == "12345"  # digits, and still a text
    assert stages["completion_sign_off"]["execution"]["customer_signature"] == "true"
    assert stages["completion_sign_off"]["execution"]["customer_rating"] == 9
    assert {clock["state"] for clock in found["clocks"]} == {"met"}
    assert found["source"] == "database"
    shown = fieldcare(cli_env, "ticket", "show", number, "--live").stdout
    for words in (
        "America/New_York",
        "Refused: Remote Diagnosis can't",
        "Ticket closed",
        "Live, from the workflow",
        "Proved wrong at sign-off",
        "It was: Worn valve, problem code A050402 (verified by ENG-009)",
    ):
        assert words in shown
    late = fieldcare(cli_env, "ticket", "cancel", number, "--reason", "too late")
    assert late.returncode == 1
    assert "closed" in late.stderr or "ended" in late.stderr


def _settled(env: Environment, number: str, last: str = "ticket_ended") -> Any:
    """The ticket once its last fact is on record."""
    return _until(env, number, lambda found: last in {fact["action"] for fact in found["timeline"]})


def _until(env: Environment, number: str, holds: Callable[[Any], bool]) -> Any:
    """The ticket as `ticket show` has it, once that holds."""
    deadline = time.monotonic() + 20
    for pause in pauses():
        found = answer(env, "ticket", "show", number)
        if holds(found):
            return found
        assert time.monotonic() < deadline, found["ticket"]
        time.sleep(pause)
    raise AssertionError


def test_who_acts_is_recorded_as_what_they_are_and_who_may_not_is_told_who_may(cli_env: Environment) -> None:
    answer(cli_env, *REPORT, "--key", "by-whom", "--reporter", "nurse.a")
    answer(cli_env, "ticket", "hold", "by-whom", "--reason", "waiting_for_customer", "--by", "nurse.a")
    answer(cli_env, "ticket", "resume", "by-whom", "--by", "eng-004")
    answer(cli_env, "ticket", "hold", "by-whom", "--reason", "access_denied", "--by", "nurse.b", "--role", "hospital")
    answer(cli_env, "ticket", "resume", "by-whom", "--by", "somebody")
    usage, refused = side_by_side(
        cli_env,
        ("stage", "skip", "by-whom", "parts_procurement", "--reason", "x", "--by", "nurse.a", "--role", "hospital"),
        ("ticket", "cancel", "by-whom", "--reason", "x", "--by", "ENG-004", "--command-id", "mine"),
    )
    assert (usage.returncode, refused.returncode) == (2, 1)
    assert "ENG-004 acts as engineer, and cancel is for coordinator or hospital only." in refused.stderr
    assert "says so with --role: coordinator, hospital." in " ".join(refused.stderr.split())
    assert "send it with another --command-id: mine has had its answer" in " ".join(refused.stderr.split())
    timeline = answer(cli_env, "ticket", "show", "by-whom")["timeline"]
    told = [(one["action"], one["actor_code"], one["actor_role"]) for one in timeline]
    assert [one for one in told if one[0] in {"ticket_held", "ticket_resumed", "command_refused"}] == [
        ("ticket_held", "nurse.a", "hospital"),
        ("ticket_resumed", "ENG-004", "engineer"),
        ("ticket_held", "nurse.b", "hospital"),
        ("ticket_resumed", "somebody", "coordinator"),
        ("command_refused", "ENG-004", "engineer"),
    ]


def test_stages_are_skipped_and_tickets_cancelled_with_a_reason(cli_env: Environment) -> None:
    number = answer(cli_env, *REPORT)["number"]
    skipped = answer(cli_env, "stage", "skip", number, "remote_diagnosis", "--reason", "Seen on site", "--by", "C-1")
    assert skipped["active_stages"] == ["parts_identification"]
    assert answer(cli_env, "ticket", "cancel", number, "--reason", "Unit replaced")["ticket_status"] == "cancelled"


def test_a_number_is_found_in_any_case_and_a_near_miss_is_suggested(cli_env: Environment, ticket: Any) -> None:
    number = ticket["number"]
    year, digits = number[3:7], number[8:]
    lower, short, stage = side_by_side(
        cli_env,
        ("ticket", "show", number.lower()),
        ("ticket", "show", f"FC-{year}-{int(digits)}"),
        ("ticket", "cancel", f"{year}-{digits}", "--reason", "Test"),
    )
    assert (lower.returncode, number in lower.stdout) == (0, True), lower.stderr
    for done in (short, stage):
        assert done.returncode == 1
        assert f"Did you mean {number}" in done.stderr


def test_tickets_are_listed_by_pages_and_filters(cli_env: Environment, ticket: Any) -> None:
    for _ in range(2):
        answer(cli_env, *REPORT)
    first = answer(cli_env, "ticket", "list", "--limit", "1", "--status", "open")
    second = answer(cli_env, "ticket", "list", "--limit", "1", "--after", first["next"])
    assert len(first["tickets"]) == len(second["tickets"]) == 1
    assert first["tickets"][0]["number"] > second["tickets"][0]["number"]
    assert datetime.fromisoformat(first["tickets"][0]["opened_at"]).utcoffset() == timedelta(0)
    nobody, misspelt, nowhere, someone, something, due, fitting, lower, wrong = side_by_side(
        cli_env,
        ("ticket", "list", "--customer", "NOBODY"),
        ("ticket", "list", "--customer", "APOLO"),
        ("ticket", "list", "--stage", "onsite_repare"),
        ("ticket", "list", "--engineer", "ENG-0001"),
        ("ticket", "list", "--unit", "VENT-ICU-01"),
        ("ticket", "list", "--sort", "due", "--limit", "1"),
        ("ticket", "list", "--search", f"pressure {ticket['number']}", "--unit", "vent-icu-001", "--priority", "p1"),
        ("ticket", "list", "--customer", "apollo", "--stage", "Completion_Sign_Off", "--status", "cancelled"),
        ("ticket", "list", "--after", "FC-0"),
    )
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "there is no customer NOBODY." in nobody.stderr
    assert "there is no customer APOLO. Did you mean APOLLO?" in misspelt.stderr
    assert nowhere.returncode == 2
    assert "there is no stage onsite_repare. Did you mean onsite_repair?" in nowhere.stderr
    assert (someone.returncode, something.returncode) == (2, 2)
    assert "there is no engineer ENG-0001. Did you mean ENG-001" in someone.stderr
    assert "there is no unit VENT-ICU-01. Did you mean VENT-ICU-001" in something.stderr
    assert due.returncode == 0
    going_on = due.stderr.split("--after ")[1].strip()
    assert answer(cli_env, "ticket", "list", "--sort", "due", "--limit", "1", "--after", going_on)["tickets"]
    assert ticket["number"] in fitting.stdout and len(fitting.stdout.splitlines()) == 2
    assert (lower.returncode, lower.stdout) == (0, "No ticket fits.\n")
    assert wrong.returncode == 2
    assert ticket["number"] in fieldcare(cli_env, "ticket", "list", "--limit", "1000").stdout


def test_what_can_not_be_done_is_said_in_one_line_with_the_remedy(cli_env: Environment, ticket: Any) -> None:
    number = ticket["number"]
    cases = {
        (*REPORT[:3], "NO-SUCH-UNIT", *REPORT[4:]): (1, "NO-SUCH-UNIT"),
        (*REPORT, "--key", "two words"): (1, "key"),
        (*REPORT[:5], " ", *REPORT[6:]): (2, "description"),
        ("ticket", "show", "FC-2026-999999"): (1, "no ticket FC-2026-999999"),
        ("ticket", "assign", "no-such-key", "ENG-001"): (1, "no ticket no-such-key"),
        ("ticket", "assign", number, "ENG-999"): (1, "ENG-999"),
        ("ticket", "assign", number): (2, "engineer"),
        ("ticket", "hold", number, "--reason", "other", "--until", "2026-03-01T09:00"): (2, "time zone"),
        ("ticket", "hold", number, "--reason", "other", "--until", "2020-03-01T09:00Z"): (1, "future"),
        ("ticket", "hold", number, "--reason", "other", "--for", "soon"): (2, "30m"),
        ("ticket", "resume", number): (1, "not on hold"),
        ("stage", "complete", number, "remote_diagnosis"): (2, "--engineer"),
        ("stage", "complete", number, "no_stage", "--engineer", "ENG-001"): (1, "no_stage"),
        (*SIGN_OFF, number, "completion_sign_off", "--cause", "Fan", "--problem-code", "A0502"): (
            2,
            "A0501 Detachment",
        ),
        (*SIGN_OFF, number, "x", "--diagnosis", "accepted", "--proved", "right"): (2, "give one of them"),
    }
    for done, (code, words) in zip(side_by_side(cli_env, *cases), cases.values(), strict=True):
        assert (done.returncode, done.stdout) == (code, ""), done
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_a_bad_priority_is_a_usage_error_that_names_the_good_ones(cli_env: Environment) -> None:
    done = fieldcare(cli_env, *REPORT[:-1], "P9")
    assert done.returncode == 2
    assert "p1" in done.stderr.casefold()


def test_a_clock_is_explained_from_the_record(cli_env: Environment, ticket: Any) -> None:
    number = ticket["number"]
    told = answer(cli_env, "sla", "explain", number, "--clock", "response", "--at", "2030-01-01T00:00Z")
    [one] = told["intervals"]
    assert (told["number"], told["state"], one["cause"]) == (number, "breached", "open")
    assert one["length"] == told["elapsed"] == told["target"] - told["remaining"]
    people, unknown, early = side_by_side(
        cli_env,
        ("sla", "explain", number),
        ("sla", "explain", number, "--clock", "repair"),
        ("sla", "explain", number, "--at", "2001-01-01T00:00Z"),
    )
    assert f"{number}, clock resolution: running" in people.stdout
    assert "If nothing happens before" in people.stdout
    assert "has no clock 'repair'. It has" in unknown.stderr
    assert "had not started at 2001-01-01" in early.stderr


def test_terms_change_the_ticket_is_travelled_to_and_taken_up_again(cli_env: Environment) -> None:
    number = answer(cli_env, *REPORT[:-1], "P2", "--key", "terms")["number"]
    urgent = fieldcare(cli_env, "ticket", "priority", number, "P1", "--reason", "Patient moved")
    assert "The priority is P1 now (it was P2); targets: response 1 h, resolution 24 h." in urgent.stdout
    same, contract, unknown, owned, lunch, early = side_by_side(
        cli_env,
        ("ticket", "priority", number, "P1", "--reason", "x"),
        ("ticket", "contract", number, "--reason", "Renewed"),
        ("ticket", "contract", "FC-1999-000001", "--reason", "Renewed"),
        ("ticket", "hold", number, "--reason", "contract_dispute"),
        ("ticket", "hold", number, "--reason", "lunch"),
        ("ticket", "reopen", number, "--reason", "x"),
    )
    assert "The priority is P1 already" in same.stderr
    assert "runs by these terms already" in contract.stderr
    assert "There is no ticket FC-1999-000001" in unknown.stderr
    assert "needs an approval. Say who approved it. Name them with --approved-by." in " ".join(owned.stderr.split())
    assert "There are: access_denied, contract_dispute" in lunch.stderr
    assert "Only a closed ticket can be reopened" in early.stderr
    assert {one.returncode for one in (same, contract, unknown, owned, lunch, early)} == {1}

    given = ("--approved-by", "manager-2", "--owner", "accounts-1", "--for", "2h")
    assert "On hold" in fieldcare(cli_env, "ticket", "hold", number, "--reason", "contract_dispute", *given).stdout
    fieldcare(cli_env, "ticket", "resume", number)
    fieldcare(cli_env, "ticket", "assign", number, "ENG-004")
    found = {"--set": "diagnosis_summary=Tube torn", "--done": "safety_assessed"}
    words = [word for pair in found.items() for word in pair]
    done = ("--engineer", "ENG-004", "--outcome", "no_parts_needed", *words)
    assert fieldcare(cli_env, "stage", "complete", number, "remote_diagnosis", *done).returncode == 0
    assert "On the way for Onsite Repair" in fieldcare(cli_env, "stage", "travel", number, "--by", "ENG-004").stdout
    assert "Arrived on site" in fieldcare(cli_env, "stage", "arrive", number, "--by", "ENG-004").stdout
    fieldcare(cli_env, "stage", "skip", number, "onsite_repair", "--reason", "Ward did it")
    signed = ("--set", "customer_signature=A. Miller", "--set", "customer_rating=9", "--done", "returned_to_service")
    closed = fieldcare(cli_env, "stage", "complete", number, "completion_sign_off", "--engineer", "ENG-004", *signed)
    assert "is closed" in closed.stdout, closed.stderr
    again = ("ticket", "reopen", number, "--reason", "Alarm is back", "--return-to", "onsite_repair")
    assert f"Ticket {number} is open again; next: Onsite Repair." in fieldcare(cli_env, *again).stdout
    told = fieldcare(cli_env, "ticket", "show", number, "--live").stdout
    for words_ in (
        "Priority P1 now (Patient moved)",
        "SLA Resolution: target 1 d from the report on",
        "On hold: contract dispute, clocks paused: resolution, stage, approved by manager-2",
        "On the way for Onsite Repair",
        "Arrived on site for Onsite Repair",
        "Ticket reopened (Alarm is back)",
        "Onsite Repair (visit 2)",
    ):
        assert words_ in told
    owners = {one["owner"] for one in answer(cli_env, "sla", "ledger", number)["entries"]}
    assert {"triage", "hospital", "engineer", "transport", "in_use"} <= owners


def test_every_second_of_a_ticket_has_an_owner(cli_env: Environment) -> None:
    number = answer(cli_env, *REPORT)["number"]
    answer(cli_env, "ticket", "assign", number, "ENG-009", "--by", "COORD-1")
    answer(cli_env, "ticket", "hold", number, "--reason", "waiting_for_parts", "--for", "2h")
    answer(cli_env, "ticket", "resume", number)
    _settled(cli_env, number, "ticket_resumed")
    ahead = answer(cli_env, "sla", "ledger", number, "--at", "2099-01-01T00:00Z")
    assert [(one["owner"], one["cause"]) for one in ahead["entries"]] == [
        ("triage", "remote_diagnosis"),
        ("engineer", "remote_diagnosis"),
        ("parts", "waiting_for_parts"),
        ("engineer", "remote_diagnosis"),
    ]
    assert (ahead["ended"], ahead["end"]) == (False, "2099-01-01T00:00:00+00:00")
    assert sum(ahead["totals"].values()) == pytest.approx(ahead["wall_clock"], abs=1e-5)
    answer(cli_env, "ticket", "cancel", number, "--reason", "Unit replaced")
    _settled(cli_env, number)
    people, told, shown, early = side_by_side(
        cli_env,
        ("sla", "ledger", number),
        ("sla", "ledger", number, "--json"),
        ("ticket", "show", number, "--json"),
        ("sla", "ledger", number, "--at", "2001-01-01T00:00Z"),
    )
    ledger = json.loads(told.stdout)
    assert ledger["ended"] is True
    assert ledger["entries"][:3] == ahead["entries"][:3]
    brief = json.loads(shown.stdout)["ledger"]
    assert brief == {key: ledger[key] for key in ("start", "end", "ended", "wall_clock", "totals")}
    assert "on hold: waiting for parts" in people.stdout
    assert "Remote Diagnosis, nobody assigned" in people.stdout
    [total, wall_clock] = re.findall(r"= (\S+); wall clock, .*: (\S+)\.\n", people.stdout)[0]
    assert total == wall_clock
    assert "Whose time, " in fieldcare(cli_env, "ticket", "show", number).stdout
    assert (early.returncode, len(early.stderr.splitlines())) == (1, 1)
    assert "Name another time with --at" in early.stderr


def test_while_the_database_is_away_tickets_are_shown_and_steered_live(
    cli_env: Environment, home: Path, ticket: Any
) -> None:
    addresses = read_addresses(home)
    assert addresses is not None
    env = {
        **clean_environment(),
        "FIELDCARE_DATABASE_URL": "postgresql://x@127.0.0.1:1/x",
        "TEMPORAL_ADDRESS": addresses.temporal_address,
    }
    by_key, by_number, steered = side_by_side(
        env,
        ("ticket", "show", ticket["workflow_id"], "--json"),
        ("ticket", "show", ticket["number"], "--json"),
        ("ticket", "hold", ticket["number"], "--reason", "other", "--note", "Lift is out of order"),
    )
    for done in (by_key, by_number):
        assert json.loads(done.stdout)["source"] == "workflow"
        assert json.loads(done.stdout)["live"]["number"] == ticket["number"]
        assert "live state" in done.stderr
    assert steered.returncode == 0
    assert "On hold" in steered.stdout


def test_a_reader_that_has_seen_enough_is_no_error(cli_env: Environment, ticket: Any) -> None:
    shown = subprocess.Popen(
        command("ticket", "show", ticket["number"]),
        env=cli_env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert shown.stdout is not None
    shown.stdout.close()
    assert shown.stderr is not None
    assert shown.stderr.read() == b""
    assert shown.wait(20) == 141


# -- many tickets ----------------------------------------------------------------------------------------------------

MAPPED = (
    "--column",
    "description=reason",
    "--column",
    "type=kind",
    "--set",
    "priority=P3",
    "--translate",
    "type:CT=ct_scanner",
)


def test_a_foreign_file_is_imported_once_and_its_bad_lines_are_told(cli_env: Environment, tmp_path: Path) -> None:
    content = (
        "id,reason,kind\n"
        'A,"Two\nlines",CT\n'
        "B,,CT\n"
        "C,Beeps,dental\n"
        "D,Leaks,Ventilator\n"
        "A,Other,CT\n"
        "E,too,many,columns\n"
        "F,Smokes,infusion_pump\n"
    )
    file, rejects = tmp_path / "notices", tmp_path / "rejects.jsonl"
    file.write_bytes(gzip.compress(content.encode()))
    options = (*MAPPED, "--column", "key=id", "--key-prefix", "notice-", "--rejects", str(rejects))
    newest = ("ticket", "list", "--limit", "1", "--json")
    before = fieldcare(cli_env, *newest).stdout
    tried = fieldcare(cli_env, "ticket", "import", str(file), *options, "--dry-run", "--json")
    assert fieldcare(cli_env, *newest).stdout == before
    first = fieldcare(cli_env, "ticket", "import", str(file), *options, "--force", "--json")
    again = fieldcare(cli_env, "ticket", "import", str(file), *options, "--force")
    assert tried.returncode == first.returncode == again.returncode == 1
    counts = json.loads(first.stdout)
    same = {"dry_run": True, "seconds": 0}
    assert {**json.loads(tried.stdout), **same} == {**counts, **same}
    assert tried.stderr == first.stderr
    assert (counts["records"], counts["opened"], counts["already_there"], counts["rejected"]) == (7, 3, 0, 4)
    assert again.stdout.startswith("opened 0, already there 3, rejected 4")
    known = fieldcare(cli_env, "ticket", "import", str(file), *options, "--force", "--dry-run")
    assert known.stdout.startswith("would open 0, already there 3, rejected 4")
    told = dict(line.split(": ", 1) for line in first.stderr.splitlines() if line.startswith("line "))
    assert told.keys() == {"line 4", "line 5", "line 7", "line 8"}
    assert "same key as line 2" in told["line 7"]
    written = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert {one["line"] for one in written} == {4, 5, 7, 8}
    assert answer(cli_env, "ticket", "show", "notice-A")["ticket"]["description"] == "Two\nlines"


def test_json_lines_come_through_standard_input_and_unchanged_lines_repeat(cli_env: Environment) -> None:
    line = json.dumps({"unit": "VENT-ICU-001", "description": "Räuspert sich", "priority": "p4"})
    done = fieldcare(cli_env, "ticket", "import", "-", "--json", stdin=f"{line}\n{line}\n")
    assert done.returncode == 0
    counts = json.loads(done.stdout)
    assert (counts["opened"], counts["repeated"]) == (1, 1)
    assert "line 2: taken as a repetition of line 1" in done.stderr


IMPORTED = 24
"""Tickets of an import that is stopped: more than it gets done until then."""


def test_a_stopped_import_says_how_far_it_came_and_goes_on_when_run_again(cli_env: Environment, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    report = {"unit": "VENT-ICU-001", "description": "Beeps", "priority": "P4"}
    file.write_text("".join(json.dumps({**report, "key": f"many-{number}"}) + "\n" for number in range(IMPORTED)))
    options = ("ticket", "import", str(file), "--concurrency", "1")
    importing = child(
        command(*options), env=cli_env, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    while not answer(cli_env, "ticket", "list", "--limit", "1")["tickets"][0]["workflow_id"].startswith("many-"):
        assert importing.poll() is None
    importing.send_signal(signal.SIGINT)
    _, said = importing.communicate(timeout=20)
    assert importing.returncode == 130
    assert "Run it again to go on" in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 2
    done = answer(cli_env, *options[:3])
    assert done["opened"] + done["already_there"] == IMPORTED
    assert done["already_there"] > 0


def test_files_that_are_none_are_refused_with_the_remedy(cli_env: Environment, tmp_path: Path) -> None:
    names = ("empty.csv", "book.xlsx", "other.csv")
    empty, book, other = (tmp_path / name for name in names)
    empty.touch()
    book.write_bytes(b"PK\x03\x04")
    other.write_text("a,b\n1,2\n")
    cases = {
        ("ticket", "import", str(tmp_path / "absent.csv")): "no file",
        ("ticket", "import", str(tmp_path)): "folder",
        ("ticket", "import", str(empty)): "empty",
        ("ticket", "import", str(book)): "Excel",
        ("ticket", "import", str(other)): "--column description=COLUMN",
        ("ticket", "import", str(other), "--column", "serial=a"): "no field 'serial'",
        ("ticket", "import", str(other), "--rejects", str(other)): "column",
        ("ticket", "import", str(other), "--patience", "long"): "30m",
    }
    for done, words in zip(side_by_side(cli_env, *cases), cases.values(), strict=True):
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
