"""Who is asked for sees no more than is theirs, whatever was forgotten above: the second lock is in the statement."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.access import Action, scope_of
from models.database import Database
from models.principals import Authentication, Grant, Principal
from models.scoped_calls import SCOPED, About, AboutTicket, Named, OfRegistry, OutOfReach, OwnAccount, Scoped, Wants
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import AccountRole
from tests.migrations.story import Story

OPERATORS = {
    SqlFunction.AI_PROVIDER_SETTINGS,
    SqlFunction.APPLY_TICKET_FACTS,
    SqlFunction.AUDIT_HORIZON,
    SqlFunction.BEGIN_AI_CALL,
    SqlFunction.BEGIN_WEBHOOK,
    SqlFunction.CHECK_PART_COMPATIBILITY,
    SqlFunction.DUE_WEBHOOKS,
    SqlFunction.FIND_SIMILAR_TICKETS,
    SqlFunction.FORGET_WEBHOOKS,
    SqlFunction.GET_COMPATIBLE_PARTS,
    SqlFunction.GET_CONTEXT_SPECIFIC_PARTS,
    SqlFunction.GET_PARTS_BY_EQUIPMENT,
    SqlFunction.GET_SERVICE_CONFIGURATION,
    SqlFunction.IMPORT_EQUIPMENT,
    SqlFunction.IMPORT_REGISTRY_PARTIES,
    SqlFunction.LOCAL_MODEL_IN_FORCE,
    SqlFunction.PREPARE_AI_QUESTION,
    SqlFunction.PUT_BACK_LOCAL_MODEL,
    SqlFunction.CHANGE_STOCK,
    SqlFunction.PUT_LOCAL_MODEL,
    SqlFunction.QUEUE_WEBHOOKS,
    SqlFunction.RECORD_AI_CALL,
    SqlFunction.RECORD_AI_CHECK,
    SqlFunction.RECORD_RECONCILIATION,
    SqlFunction.RECORD_TICKET_OPENING,
    SqlFunction.RECORD_WEBHOOK_ATTEMPT,
    SqlFunction.SEAL_AUDIT_TRAIL,
    SqlFunction.SELECT_WORKFLOW_TEMPLATE,
    SqlFunction.START_WORKFLOW,
    SqlFunction.TELL_MOVES,
    SqlFunction.TICKETS_TO_RECONCILE,
    SqlFunction.TRANSITION_TO_NEXT_STAGE,
    SqlFunction.VERIFIED_SPLIT,
    SqlFunction.VERIFIED_TICKETS,
    SqlFunction.WEBHOOKS_TO_TELL,
}
"""What workers and the operator call, and nobody else."""

ABOUT_TICKETS = [(name, rule) for name, rule in SCOPED.items() if isinstance(rule, AboutTicket)]
NAMES = {
    Named.REFERENCE: {"p_reference"},
    Named.WORKFLOW: {"p_workflow_id"},
    Named.ID: {"p_ticket_id"},
}


def somebody(*grants: Grant) -> Principal:
    return Principal("somebody", "Somebody", grants, Authentication.TOKEN)


OWN = somebody(Grant(AccountRole.HOSPITAL, customer="CITY-GENERAL"))
FOREIGN = somebody(
    Grant(AccountRole.HOSPITAL, customer="AIIMS"), Grant(AccountRole.MANUFACTURER, manufacturer="SOMEBODY")
)
EVERYBODY = somebody(Grant(AccountRole.COORDINATOR))
OFFICE = somebody(Grant(AccountRole.ADMINISTRATOR))


async def arguments_of(sql: Any, function: SqlFunction) -> list[tuple[str, str]]:
    """Name and type of each argument that a function takes."""
    rows = await sql.fetch(
        "SELECT p.proargnames[a.place] AS name, format_type(a.type, NULL) AS type "
        "FROM pg_proc AS p CROSS JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, place) "
        "WHERE p.oid = (SELECT oid FROM pg_proc WHERE proname = $1 AND pronamespace = 'public'::regnamespace) "
        "ORDER BY a.place",
        function.value,
    )
    return [(row["name"], row["type"]) for row in rows]


def test_of_every_function_it_is_said_what_it_is_about() -> None:
    assert SCOPED.keys() | OPERATORS == set(SqlFunction)
    assert not SCOPED.keys() & OPERATORS


async def test_the_argument_that_names_the_ticket_or_the_scope_is_that_argument(sql: Any) -> None:
    for function, rule in SCOPED.items():
        arguments = await arguments_of(sql, function)
        match rule:
            case AboutTicket(argument, named):
                assert arguments[argument][0] in NAMES[named], function
            case Scoped(argument):
                assert arguments[argument] == ("p_scope", "jsonb"), function
            case OwnAccount(argument):
                assert arguments[argument][0] in {"p_code", "p_owner_code"}, function
            case OfRegistry(kind, doing):
                assert arguments[kind][0] == "p_kind", function
                assert doing is None or arguments[doing][0] == "p_doing", function
            case Wants() | About():
                names = {name for name, _ in arguments}
                assert "p_scope" not in names, f"{function} takes a scope, so it has to be theirs"


async def test_of_a_ticket_that_is_somebody_elses_nothing_is_called(story: Story, database: Database, sql: Any) -> None:
    """Most would fail of what is unset if they were called; those that change something would have changed it."""
    row = story.row
    named = {Named.REFERENCE: row.number, Named.WORKFLOW: row.workflow_id, Named.ID: row.ticket_id}
    before = await sql.fetchval("SELECT count(*) FROM audit_events")
    for function, rule in ABOUT_TICKETS:
        arguments: list[Any] = [None for _ in await arguments_of(sql, function)]
        arguments[rule.argument] = named[rule.named]
        for nobody in (FOREIGN, OFFICE):
            asked = database.asked_for(nobody)
            assert list(await asked.rows(function, *arguments)) == [], function
            assert await asked.call(function, *arguments) is None, function
    assert await sql.fetchval("SELECT count(*) FROM audit_events") == before


async def test_of_ones_own_nothing_is_called_either_that_others_do_with_it(
    story: Story, database: Database, sql: Any
) -> None:
    """A hospital reads its ticket, and neither what the office remarks on approvals nor approves or sends links."""
    asked = database.asked_for(OWN)
    functions = [function for function, rule in ABOUT_TICKETS if rule.action is not None]
    assert set(functions) == {
        SqlFunction.GIVE_APPROVAL,
        SqlFunction.ISSUE_SIGNING_LINK,
        SqlFunction.LIST_APPROVALS,
        SqlFunction.REVOKE_SIGNING_LINK,
    }
    for function in functions:
        unset = [None for _ in await arguments_of(sql, function)]
        assert await asked.call(function, story.row.number, *unset[1:]) is None, function


async def test_of_ones_own_everything_is_as_it_is(story: Story, database: Database) -> None:
    row = story.row
    for principal in (OWN, EVERYBODY):
        asked = database.asked_for(principal)
        for function, argument in (
            (SqlFunction.GET_TICKET, row.number),
            (SqlFunction.FIND_TICKET, row.number),
            (SqlFunction.READ_TICKET_FACTS, row.number),
            (SqlFunction.TEMPLATE_OF_TICKET, row.workflow_id),
        ):
            said = await database.call(function, argument)
            assert said is not None
            assert await asked.call(function, argument) == said
        for function in (SqlFunction.GET_WORKFLOW_STATUS, SqlFunction.GET_ACTIVE_STAGE):
            rows = await database.rows(function, row.ticket_id)
            assert rows
            assert await asked.rows(function, row.ticket_id) == rows


async def test_a_list_takes_the_scope_of_who_asks_and_no_other(story: Story, database: Database) -> None:
    asked = database.asked_for(OWN)
    theirs, wider = json.dumps(scope_of(OWN, Action.LIST)), json.dumps([{}])
    workflows = [story.row.workflow_id]
    assert await asked.rows(SqlFunction.PERFORMERS_OF_TICKETS, workflows, theirs)
    for scope in (None, wider, json.dumps([{"customer": "AIIMS"}]), json.dumps([])):
        with pytest.raises(OutOfReach):
            await asked.rows(SqlFunction.PERFORMERS_OF_TICKETS, workflows, scope)
    with pytest.raises(OutOfReach):
        await asked.rows(SqlFunction.LIST_TICKETS)
    foreign = json.dumps(scope_of(FOREIGN, Action.LIST))
    assert not await database.asked_for(FOREIGN).rows(SqlFunction.PERFORMERS_OF_TICKETS, workflows, foreign)
    assert await database.asked_for(EVERYBODY).rows(SqlFunction.PERFORMERS_OF_TICKETS, workflows, None)


async def test_tokens_are_looked_at_by_whose_account_it_is_and_by_administrators(database: Database) -> None:
    assert await database.asked_for(OWN).rows(SqlFunction.LIST_ACCOUNT_TOKENS, "Somebody") == []
    assert await database.asked_for(OFFICE).rows(SqlFunction.LIST_ACCOUNT_TOKENS, "somebody.else") == []
    for code in ("somebody.else", None):
        with pytest.raises(OutOfReach, match="administrator"):
            await database.asked_for(OWN).rows(SqlFunction.LIST_ACCOUNT_TOKENS, code)


async def test_the_registry_is_for_those_whose_kind_it_is(database: Database) -> None:
    clerk = database.asked_for(somebody(Grant(AccountRole.PARTS_CLERK)))
    assert await clerk.rows(SqlFunction.LIST_REGISTRY, "parts", "", 1, None, False)
    with pytest.raises(OutOfReach, match="read the registry of engineers"):
        await clerk.rows(SqlFunction.LIST_REGISTRY, "engineers", "", 1, None, False)
    for asked, kind, doing in ((OWN, "parts", "add"), (EVERYBODY, "units", "add"), (EVERYBODY, "customers", "change")):
        with pytest.raises(OutOfReach, match=r"may not (administer|correct)"):
            await database.asked_for(asked).call(
                SqlFunction.ADMINISTER_REGISTRY, b"", kind, doing, None, None, "{}", "x"
            )


async def test_what_is_the_operators_nobody_else_calls(database: Database) -> None:
    for function in OPERATORS:
        with pytest.raises(OutOfReach, match="operator"):
            await database.asked_for(EVERYBODY).call(function)
    for function, rule in SCOPED.items():
        if rule is About.EVERY_TICKET or isinstance(rule, Wants):
            with pytest.raises(OutOfReach):
                await database.asked_for(somebody()).call(function)


async def test_who_does_not_see_every_ticket_writes_no_query_of_their_own(database: Database) -> None:
    with pytest.raises(OutOfReach, match="every ticket"):
        async with database.asked_for(OWN).session():
            pass
    with pytest.raises(OutOfReach, match="every ticket"):
        await database.asked_for(OWN).rows(SqlFunction.LIST_SIGNATURES, None, "", 10)
    async with database.asked_for(OWN).transaction() as transaction:
        with pytest.raises(OutOfReach):
            await transaction.call(SqlFunction.IMPORT_EQUIPMENT)
    async with database.asked_for(EVERYBODY).session():
        pass
