"""The application writes through checked functions and in no other way: tried as it, table by table, function by
function; and the whole life of a ticket goes through those that it may call.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from migrations import grants
from migrations.roles import scram_verifier
from migrations.runner import migrate
from models.contracts.facts import FACTS, StageEntry, StageFinish, StagesMoved, TicketEnded
from models.contracts.proposals import DecidedDiagnosis, RecordedOutcome
from models.database import Database, DatabaseRefused
from models.sql_functions import SqlFunction
from models.vocabulary.ai import DiagnosisStatus
from models.vocabulary.people import SupportLevel
from models.vocabulary.sla import ClockEventKind, ClockState
from models.vocabulary.stages import StageOutcome, StageStatus
from models.vocabulary.tickets import TicketStatus
from starter.doctor.examination import Verdict, examine
from starter.doctor.roles import check_rights
from starter.embedded import Stack
from tests.databases import as_role
from tests.diagnosing import answer
from tests.factories import COORDINATOR, GOOD_ANSWERS, HOUR
from tests.migrations.story import Story, open_story, record_opening, ticket_row

DENIED = asyncpg.InsufficientPrivilegeError
FIRST, LAST = "remote_diagnosis", "completion_sign_off"


@pytest.fixture(scope="module")
def app_url(stack: Stack, shared_url: str) -> str:
    return as_role(shared_url, stack.addresses.application_url)


@pytest_asyncio.fixture(scope="module")
async def app(app_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(app_url)
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module")
async def as_app(app_url: str) -> AsyncIterator[Database]:
    """The shared database as workers use it."""
    database = Database(app_url, pool_size=2)
    yield database
    await database.aclose()


@pytest_asyncio.fixture
async def story(as_app: Database) -> Story:
    """A ticket that the application opened."""
    return await open_story(as_app)


# -- nothing but the doors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", sorted(grants.TABLES))
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {table} DEFAULT VALUES",
        "UPDATE {table} SET {column} = DEFAULT WHERE false",
        "DELETE FROM {table} WHERE false",
        "TRUNCATE {table} CASCADE",
        "SELECT FROM {table} FOR UPDATE",
        "LOCK TABLE {table} IN ROW EXCLUSIVE MODE",
    ],
)
async def test_the_application_writes_no_table_by_itself(app: Any, sql: Any, table: str, statement: str) -> None:
    columns = [
        row["attname"]
        for row in await sql.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
            f"public.{table}",
        )
    ]
    assert columns
    for column in columns if "{column}" in statement else columns[:1]:
        with pytest.raises(DENIED):
            async with app.transaction():
                await app.execute(statement.format(table=table, column=column))


async def test_the_application_calls_no_function_that_writes_but_the_doors(app: Any, sql: Any) -> None:
    inner = await sql.fetch(
        """
        SELECT p.proname AS name, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t) AS types
        FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND p.provolatile = 'v' AND p.prokind = 'f'
            AND p.prorettype <> 'trigger'::regtype AND p.proname <> ALL ($1::text[])
            AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
        """,
        list(grants.DOORS),
    )
    assert {"raise_issue", "record_clock_moved", "start_workflow", "transition_to_next_stage", "put_local_model"} <= {
        row["name"] for row in inner
    }
    for row in inner:
        arguments = ", ".join(f"NULL::{one}" for one in row["types"])
        with pytest.raises(DENIED, match=f"permission denied for function {row['name']}"):
            await app.execute(f"SELECT {row['name']}({arguments})")


async def test_every_door_works_as_its_owner_and_looks_nowhere_else_for_what_it_names(sql: Any) -> None:
    """A function with other rights whose names the caller could bend would be a way around all rights."""
    found = await sql.fetch(
        "SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert {row["proname"] for row in found} == grants.RUN_AS_OWNER
    for row in found:
        assert "search_path=public, pg_temp" in row["proconfig"], row["proname"]
    readers = "SELECT proname FROM pg_proc WHERE proname = ANY ($1::text[]) AND provolatile <> 'v'"
    assert await sql.fetch(readers, list(grants.DOORS)) == []


# -- the whole life of a ticket ----------------------------------------------------------------------------------------


async def diagnosed(app: Any, story: Story) -> UUID:
    """AI diagnoses the first stage, as workers record it; returns the session."""
    session = uuid4()
    call = {
        "session_id": str(session),
        "attempt": 1,
        "provider": "local",
        "task": "diagnosis",
        "ticket_id": str(story.ticket_id),
        "input_tokens": 9,
        "output_tokens": 9,
    }
    granted = json.loads(await app.fetchval("SELECT begin_ai_call($1)", json.dumps(call)))
    assert granted["verdict"] == "granted"
    end = call | {
        "stage": {"key": FIRST, "visit": 1},
        "outcome": "answered",
        "cost_usd": "0",
        "failures_to_open": 5,
        "cool_down": 60,
        "messages": [{"role": "user", "content": "what?"}],
        "answer": {"content": "that", "latency": 0.1, "prompt_hash": "0" * 64},
        "result": json.loads(answer()),
    }
    assert await app.fetchval("SELECT record_ai_call($1)", json.dumps(end))
    return session


async def test_a_ticket_lives_from_report_to_sign_off_through_the_doors(app: Any, sql: Any, story: Story) -> None:
    session = await diagnosed(app, story)
    story.now += HOUR
    decided = StageFinish(
        key=FIRST,
        visit=1,
        status=StageStatus.COMPLETED,
        outcome=StageOutcome.FIXED_REMOTELY,
        actions=GOOD_ANSWERS[FIRST],
        proposed=session,
        diagnosis=DecidedDiagnosis(status=DiagnosisStatus.ACCEPTED, session_id=session),
    )
    entered = StageEntry(key=LAST, visit=1, support_level=SupportLevel.L1)
    await story.apply(story.tell(StagesMoved, finished=(decided,), entered=(entered,), actor=COORDINATOR))
    story.now += HOUR
    proved = StageFinish(
        key=LAST,
        visit=1,
        status=StageStatus.COMPLETED,
        outcome=StageOutcome.DONE,
        actions=GOOD_ANSWERS[LAST],
        verified=RecordedOutcome(cause="Flow sensor", session_id=session, proposal_right=True),
    )
    await story.apply(
        story.tell(StagesMoved, finished=(proved,), actor=COORDINATOR),
        story.clock(ClockEventKind.STOPPED, ClockState.MET, elapsed=2 * HOUR),
        story.tell(TicketEnded, status=TicketStatus.CLOSED),
    )
    row = await sql.fetchrow(
        """
        SELECT t.status, t.verified_cause, d.status AS decision, d.was_correct, e.customer_signature
        FROM service_tickets AS t
        JOIN ai_diagnosis_results AS d ON d.ticket_id = t.id
        JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id AND v.stage_key = $2
        JOIN stage_execution_data AS e ON e.transition_id = v.id
        WHERE t.id = $1
        """,
        story.ticket_id,
        LAST,
    )
    assert tuple(row) == ("closed", "Flow sensor", "accepted", True, GOOD_ANSWERS[LAST]["customer_signature"])


async def test_the_trail_names_who_acted_and_nobody_whom_the_caller_names(app: Any, sql: Any, story: Story) -> None:
    session = await diagnosed(app, story)
    decided = StageFinish(
        key=FIRST,
        visit=1,
        status=StageStatus.COMPLETED,
        outcome=StageOutcome.DONE,
        proposed=session,
        diagnosis=DecidedDiagnosis(status=DiagnosisStatus.REFUSED, session_id=session),
    )
    fact = story.tell(StagesMoved, finished=(decided,), actor=COORDINATOR, reason="It is the tube")
    async with app.transaction():
        await app.execute("SET LOCAL fieldcare.actor_code = 'somebody-else'; SET LOCAL fieldcare.actor_role = 'system'")
        await app.execute("SELECT apply_ticket_facts($1, $2)", story.ticket_id, FACTS.dump_json((fact,)).decode())
    of_feedback = "FROM audit_events WHERE ticket_id = $1 AND subject_table = 'ai_feedback'"
    entries = await sql.fetch(f"SELECT actor_code, actor_role, reason {of_feedback}", story.ticket_id)
    assert [tuple(row) for row in entries] == [(COORDINATOR.code, "coordinator", "It is the tube")]


# -- what a door refuses -----------------------------------------------------------------------------------------------


async def refused(story: Story, sqlstate: str, *facts: Any) -> str:
    before = await story.shown()
    with pytest.raises(DatabaseRefused) as caught:
        await story.apply(*facts)
    assert caught.value.sqlstate == sqlstate
    assert await story.shown() == before
    return str(caught.value)


async def test_a_fact_from_before_the_one_that_it_follows_is_refused(story: Story) -> None:
    story.now -= timedelta(minutes=6)
    said = await refused(story, "FC009", story.complete(FIRST))
    assert "fact 3 of ticket" in said and "before the one that it follows" in said


async def test_a_clock_of_a_temporal_host_that_was_set_back_a_little_stops_no_ticket(story: Story) -> None:
    story.now += HOUR
    await story.apply(story.complete(FIRST))
    story.now -= timedelta(minutes=4)
    assert await story.apply(story.clock(ClockEventKind.THRESHOLD, percent=50)) == 4


async def test_what_was_done_in_a_visit_that_is_over_can_not_be_said_anew(story: Story) -> None:
    story.now += HOUR
    await story.apply(story.complete(FIRST, actions={"customer_signature": "J. Rivera"}))
    story.now += HOUR
    said = await refused(story, "FC007", story.complete(FIRST, actions={"customer_signature": "Somebody else"}))
    assert 'visit 1 of stage "remote_diagnosis" is over' in said


async def test_a_fact_moves_no_clock_of_another_ticket(as_app: Database, story: Story, sql: Any) -> None:
    other = await open_story(as_app)
    foreign = other.clock(ClockEventKind.STOPPED, ClockState.MET, elapsed=HOUR)
    told = foreign.model_copy(update={"sequence": story.sequence + 1})
    await refused(story, "23505", told)
    assert await sql.fetchval("SELECT state FROM sla_clocks WHERE id = $1", foreign.clock_id) == "running"


async def test_an_id_that_another_ticket_has_is_refused_and_its_facts_with_it(as_app: Database, story: Story) -> None:
    before = await story.shown()
    row = (await ticket_row(as_app)).model_copy(update={"ticket_id": story.ticket_id})
    with pytest.raises(DatabaseRefused, match="is another ticket's") as caught:
        await record_opening(as_app, row, (story.complete(FIRST),))
    assert caught.value.sqlstate == "FC006"
    assert await story.shown() == before


async def test_a_call_that_was_begun_for_one_ticket_is_not_recorded_for_another(
    app: Any, as_app: Database, story: Story
) -> None:
    other, session = await open_story(as_app), uuid4()
    call = {"session_id": str(session), "attempt": 1, "provider": "local", "task": "diagnosis"}
    call |= {"input_tokens": "9", "output_tokens": "9", "ticket_id": str(story.ticket_id)}
    assert json.loads(await app.fetchval("SELECT begin_ai_call($1)", json.dumps(call)))["verdict"] == "granted"
    end = call | {"ticket_id": str(other.ticket_id), "outcome": "answered", "messages": [], "answer": {}}
    with pytest.raises(asyncpg.PostgresError, match="this call was begun for ticket") as caught:
        await app.fetchval("SELECT record_ai_call($1)", json.dumps(end))
    assert caught.value.sqlstate == "FC008"


async def test_a_door_reads_a_fact_and_runs_nothing_of_it(story: Story, sql: Any) -> None:
    """What is in a message is a value, wherever it goes: the door has its owner's rights."""
    evil = "x'); DELETE FROM notifications; --"
    fact = json.loads(FACTS.dump_json((story.complete(FIRST, actions={"diagnosis_summary": evil}, reason=evil),)))
    await story.database.call(SqlFunction.APPLY_TICKET_FACTS, story.ticket_id, json.dumps(fact))
    stored = "SELECT diagnosis_summary FROM stage_execution_data WHERE diagnosis_summary = $1"
    assert await sql.fetchval(stored, evil) == evil
    kind = json.dumps([fact[0] | {"kind": evil, "sequence": story.sequence + 1}])
    with pytest.raises(DatabaseRefused):
        await story.database.call(SqlFunction.APPLY_TICKET_FACTS, story.ticket_id, kind)


# -- what is refused after the end -------------------------------------------------------------------------------------


def late(id_: str, **other: Any) -> str:
    said = {"command": "Hold", "command_id": id_, "delivery_id": f"{id_}:0", "reason": "It has ended."}
    return json.dumps(said | {"actor": {"code": "COORD-1", "role": "coordinator"}} | other)


async def test_a_late_refusal_is_kept_once_of_a_ticket_that_has_ended_and_of_no_other(app: Any, story: Story) -> None:
    kept = "SELECT record_late_refusal($1, $2)"
    assert not await app.fetchval(kept, story.row.workflow_id, late("A"))
    assert not await app.fetchval(kept, "no-such-ticket", late("A"))
    await story.apply(story.tell(TicketEnded, status=TicketStatus.CANCELLED, reason="Reported twice"))
    before = await story.shown()
    assert [await app.fetchval(kept, story.row.workflow_id, late(one)) for one in ("A", "A", "B")] == [
        True,
        False,
        True,
    ]
    entries = (
        "SELECT command_id, sequence, ticket_id = subject_id FROM audit_events WHERE ticket_id = $1 AND reason = $2"
    )
    found = await app.fetch(f"{entries} AND reason = $2 ORDER BY entry_number", story.ticket_id, "It has ended.")
    assert [tuple(row) for row in found] == [("A", 0, False), ("B", 0, False)]
    assert before["ticket"] == (await story.shown())["ticket"]


async def test_late_refusals_of_a_ticket_are_a_limited_number(app: Any, story: Story) -> None:
    await story.apply(story.tell(TicketEnded, status=TicketStatus.CANCELLED, reason="Reported twice"))
    counted = """
        SELECT count(*) FILTER (WHERE record_late_refusal($1, jsonb_set(jsonb_set(
            $2, '{delivery_id}', to_jsonb(n::text)), '{command_id}', to_jsonb(n::text))))
        FROM generate_series(1, 510) AS n
    """
    assert await app.fetchval(counted, story.row.workflow_id, late("A")) == 500


@pytest.mark.parametrize(
    "other",
    [
        {"actor": {"code": "fieldcare", "role": "system"}},
        {"actor": {"code": "COORD-1", "role": "nobody"}},
        {"actor": {"role": "coordinator"}},
        {"command_id": ""},
        {"command": "DROP TABLE"},
        {"command": None},
        {"reason": "x" * 2001},
        {"delivery_id": "x" * 301},
        {"delivery_id": None},
    ],
    ids=str,
)
async def test_what_is_no_refusal_is_not_kept(app: Any, story: Story, other: dict[str, Any]) -> None:
    await story.apply(story.tell(TicketEnded, status=TicketStatus.CANCELLED, reason="Reported twice"))
    with pytest.raises(asyncpg.PostgresError):
        await app.fetchval("SELECT record_late_refusal($1, $2)", story.row.workflow_id, late("A", **other))


# -- what only a superuser can shut ------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def plain_owner_url(postgres_url: str) -> AsyncIterator[str]:
    """An empty database whose owner is no superuser, as in a hosted PostgreSQL."""
    name, server = f"plain_{uuid4().hex}", make_url(postgres_url).set(database="postgres")
    owner = await asyncpg.connect(server.render_as_string(hide_password=False))
    await owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{scram_verifier('plain')}'")
    await owner.execute(f"CREATE DATABASE {name} OWNER {name}")
    url = make_url(postgres_url).set(database=name, username=name, password="plain")
    yield url.render_as_string(hide_password=False)
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await owner.execute(f"DROP ROLE {name}")
    await owner.close()


async def test_an_owner_who_is_no_superuser_is_told_whom_to_ask(plain_owner_url: str, postgres_url: str) -> None:
    await migrate(plain_owner_url)
    [found] = await examine(plain_owner_url, (("rights", check_rights),))
    [problem] = found.problems
    assert found.verdict is Verdict.NOTE
    assert problem.what == "everybody who may connect can make large objects and write into the write-ahead log"
    assert problem.remedy.startswith("have a superuser run: REVOKE EXECUTE ON FUNCTION pg_catalog.lo_close(integer), ")
    name = make_url(plain_owner_url).database
    superuser = await asyncpg.connect(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    await superuser.execute(problem.remedy.removeprefix("have a superuser run: "))
    await superuser.close()
    [found] = await examine(plain_owner_url, (("rights", check_rights),))
    assert found.problems == ()
