"""A ticket is signed off by a person who has shown who they are, and what they signed can be proven ever after."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from models.contracts.base import Actor
from models.contracts.commands import Reopen
from models.contracts.signatures import Signature
from models.database import Database
from models.principals import Authentication, Grant, Principal
from models.vocabulary.accounts import AccountRole
from models.vocabulary.people import Role
from models.vocabulary.signing import SignatureMethod
from models.vocabulary.stages import StageOutcome
from starter import acting
from starter.answers import CommandRefused, UnknownTicket
from starter.auditing.signatures import verify_signatures
from starter.failures import BadInput, Failure, NotAllowed, NotSignedIn, Overtaken, TooManyTries
from starter.reading.signing import digest_of, signatures_of
from starter.reading.tickets import read_ticket
from starter.signing.links import list_links, opened_link, proven_by_link, revoke_link, send_link, sent_to
from starter.signing.ready import to_sign
from starter.signing.sign import ByHand, ByLink
from tests.factories import COORDINATOR, command_id, complete, hold, resume
from tests.field import Field, Ticket
from tests.starter.signing import (
    ANSWERS,
    CITY,
    SIGN_OFF,
    WAVE,
    account,
    at_sign_off,
    completion,
    link_for,
    operator,
    signed,
    with_link,
    with_password,
)

WRONG = SecretStr("a wrong pass phrase")


async def signature_of(ticket: Ticket) -> Signature:
    """The one that is on record."""
    record = await ticket.stored()
    (found,) = [one["execution"]["signature"] for one in record["stages"] if one["stage_key"] == SIGN_OFF]
    return Signature.model_validate(found)


async def fits(field: Field, ticket: Ticket) -> str:
    """What is wrong with the signature of a ticket; empty: it fits."""
    await ticket.stored()
    checked = await verify_signatures(field.database, ticket.number)
    assert checked.count == 1
    return checked.first[0].trouble if checked.first else ""


async def tamper(field: Field, ticket: Ticket, table: str, change: str, stage: str) -> None:
    """What an owner of the database can do to a visit of a ticket, or to the ticket."""
    visits = (
        "(SELECT v.id FROM workflow_stage_transitions v JOIN ticket_workflow_instances i ON i.id = v.instance_id "
        "JOIN service_tickets t ON t.id = i.ticket_id WHERE t.number = :number AND v.stage_key = :stage)"
    )
    where = {
        "service_tickets": "number = :number",
        "workflow_stage_transitions": f"id IN {visits}",
        "stage_execution_data": f"transition_id IN {visits}",
    }
    statement = f"UPDATE {table} SET {change} WHERE {where[table]}"  # noqa: S608 - the words of this module
    async with field.owner.session() as session:
        connection = await session.connection()
        named = {"number": ticket.number} | ({"stage": stage} if stage else {})
        done = await connection.execute(text(statement.replace('": ', '"\\: ')), named)
        assert done.rowcount == 1
        await session.commit()


async def use_part(field: Field, ticket: Ticket) -> None:
    """A part that was used in the repair, and that nobody had seen who signed."""
    ready = {"ticket": (await ticket.stored())["ticket"]["id"]}
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.execute(
            text(
                "INSERT INTO ticket_parts_required (ticket_id, transition_id, part_id, status, quantity_identified, "
                "quantity_ordered, quantity_received, quantity_used, identified_at, requested_at, ordered_at, "
                "received_at, used_at) SELECT :ticket, v.id, p.id, 'used', 1, 1, 1, 1, now(), now(), now(), now(), "
                "now() FROM workflow_stage_transitions v JOIN ticket_workflow_instances i ON i.id = v.instance_id, "
                "(SELECT p.id FROM equipment_parts p JOIN equipment_catalog c ON c.id = p.equipment_type_id "
                "WHERE c.name = 'Ventilator' AND p.models = '{}' AND p.manufacturer_id IS NULL AND p.is_oem "
                "ORDER BY p.part_number LIMIT 1) p "
                "WHERE i.ticket_id = :ticket AND v.stage_key = 'onsite_repair'"
            ),
            ready,
        )
        await session.commit()


async def test_a_nurse_signs_with_her_password_and_the_ticket_is_closed(field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    result = await signed(field, ticket, with_password(nurse))
    assert result.message.endswith("is closed.")
    found = await signature_of(ticket)
    assert (found.name, found.capacity, found.method) == ("Anna Berg", "Ward sister", SignatureMethod.PASSWORD)
    assert found.meaning == "The unit was returned to service and works."
    record = await ticket.stored()
    stage = record["stages"][-1]
    assert (stage["finished_by_code"], stage["finished_by_role"]) == (nurse, "hospital")
    assert stage["execution"]["customer_signature"] == "Anna Berg"
    assert stage["execution"]["actions"] == {**ANSWERS, "customer_signature": "Anna Berg"}
    told = [one for one in record["timeline"] if one["command_id"] == result.command_id]
    fact = next(one for one in told if one["action"] == "stages_moved")
    assert fact["new_value"]["finished"][0]["signature"] == stage["execution"]["signature"]
    assert await fits(field, ticket) == ""
    read = await read_ticket(field.database, ticket.number)
    (shown,) = await signatures_of(field.database, read)
    assert (shown.by, shown.trouble) == (nurse, "")


REPAIR = "onsite_repair"
CHANGES = [
    ("service_tickets", "description = 'Nothing'", "", "not what was signed"),
    ("stage_execution_data", """actions = actions || '{"work_performed": "Nothing"}'""", REPAIR, "not what was signed"),
    ("stage_execution_data", """actions = actions || '{"functional_test_passed": 0}'""", REPAIR, "not what was signed"),
    ("workflow_stage_transitions", "finished_at = finished_at - interval '1 us'", REPAIR, "not what was signed"),
    ("workflow_stage_transitions", "finished_by_code = 'ENG-001'", REPAIR, "not what was signed"),
    ("stage_execution_data", """actions = actions || '{"customer_rating": 10}'""", SIGN_OFF, "not what was signed"),
    ("stage_execution_data", """signature = signature || '{"name": "Bert Rao"}'""", SIGN_OFF, "somebody else"),
    ("stage_execution_data", """signature = signature || '{"method": "spoken"}'""", SIGN_OFF, "can't be read"),
    ("workflow_stage_transitions", "finished_by_code = 'nurse-9'", SIGN_OFF, "somebody else"),
]


@pytest.mark.parametrize(("table", "change", "stage", "said"), CHANGES)
async def test_what_was_changed_behind_the_programs_back_is_named(
    field: Field, table: str, change: str, stage: str, said: str
) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    await signed(field, ticket, with_password(nurse))
    assert await fits(field, ticket) == ""
    await tamper(field, ticket, table, change, stage)
    assert said in await fits(field, ticket)


async def test_a_part_that_comes_to_light_after_it_was_signed_is_named(field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    await signed(field, ticket, with_password(nurse))
    await use_part(field, ticket)
    assert "not what was signed" in await fits(field, ticket)
    other = await at_sign_off(field)
    await use_part(field, other)
    await signed(field, other, with_password(nurse))
    assert await fits(field, other) == ""


async def test_what_happens_after_it_was_signed_changes_nothing_of_what_was(field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    await signed(field, ticket, with_password(nurse))
    await ticket.do(Reopen(command_id=command_id(), actor=COORDINATOR, reason="Again", return_to="onsite_repair"))
    await ticket.do(
        complete(
            "onsite_repair",
            by="ENG-004",
            actions={
                "work_performed": "Cable replaced",
                "functional_test_passed": True,
                "electrical_safety_test_passed": True,
            },
        )
    )
    await ticket.stored()
    assert await fits(field, ticket) == ""
    await signed(field, ticket, with_password(nurse), name="Bert Rao")
    await ticket.stored()
    checked = await verify_signatures(field.database, ticket.number)
    assert (checked.count, checked.broken) == (2, 0)


async def test_a_wrong_password_signs_nothing_and_after_five_one_waits(field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    for _ in range(4):
        with pytest.raises(NotSignedIn, match="do not fit"):
            await signed(field, ticket, with_password(nurse, WRONG))
    with pytest.raises(TooManyTries):
        await signed(field, ticket, with_password(nurse, WRONG))
    with pytest.raises(TooManyTries):
        await signed(field, ticket, with_password(nurse))
    assert "completion_sign_off" in (await ticket.status()).active_stages
    of_ticket = (
        "SELECT p.id FROM signature_proofs p JOIN service_tickets t ON t.id = p.ticket_id WHERE t.number = :number"
    )
    assert await field.rows(of_ticket, number=ticket.number) == []


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        (Grant(AccountRole.HOSPITAL, customer="AIIMS"), "There is no ticket"),
        (Grant(AccountRole.ADMINISTRATOR), "There is no ticket"),
        (Grant(AccountRole.COORDINATOR), "does not act as hospital"),
        (Grant(AccountRole.MANAGER), "may not complete stage"),
    ],
)
async def test_an_account_of_somebody_else_signs_nothing(field: Field, grant: Grant, said: str) -> None:
    ticket, other = await at_sign_off(field), await account(field, grant)
    with pytest.raises(Failure, match=said):
        await signed(field, ticket, with_password(other))
    assert "completion_sign_off" in (await ticket.status()).active_stages


async def test_whoever_is_signed_in_and_does_not_see_the_ticket_signs_none_of_it(
    field: Field, service_url: str
) -> None:
    ticket = await at_sign_off(field)
    stranger = await account(field, Grant(AccountRole.HOSPITAL, customer="AIIMS"))
    database = Database(service_url, pool_size=1)
    grants = (Grant(AccountRole.HOSPITAL, customer="AIIMS"),)
    database.principal = Principal(stranger, stranger, grants, Authentication.LOGIN)
    try:
        with pytest.raises(UnknownTicket) as refused:
            await signed(field, ticket, with_password(stranger), connection=operator(field, database))
        assert str(refused.value).startswith(f"There is no ticket {ticket.number}.")
        for one in (to_sign(database, ticket.number, SIGN_OFF, completion()), list_links(database, ticket.number)):
            with pytest.raises(UnknownTicket):
                await one
    finally:
        await database.aclose()


async def test_a_link_signs_once_by_whom_it_was_sent_to(field: Field) -> None:
    ticket = await at_sign_off(field)
    link = await link_for(field, ticket, "Dr. R. Iyer")
    assert link.secret.get_secret_value().startswith("fcs_")
    with pytest.raises(NotAllowed, match="sent to Dr\\. R\\. Iyer"):
        await signed(field, ticket, with_link(link), name="Anna Berg")
    await signed(field, ticket, with_link(link), name="")
    found = await signature_of(ticket)
    assert (found.name, found.capacity, found.method) == ("Dr. R. Iyer", "Ward sister", SignatureMethod.LINK)
    stage = (await ticket.stored())["stages"][-1]
    assert (stage["finished_by_code"], stage["finished_by_role"]) == (link.code, "hospital")
    assert await fits(field, ticket) == ""
    with pytest.raises(NotSignedIn, match="not good any more"):
        await signed(field, ticket, with_link(link), name="")
    assert not await revoke_link(field.database, ticket.number, link.code, COORDINATOR)
    assert [(one["code"], one["standing"]) for one in await list_links(field.database, ticket.number)] == [
        (link.code, "used")
    ]
    trail = await field.rows(
        "SELECT a.action, a.actor_code, a.new_value::text FROM audit_events a JOIN signing_links l "
        "ON l.id = a.subject_id WHERE l.code = :code ORDER BY a.sequence",
        code=link.code,
    )
    assert [(one["action"], one["actor_code"]) for one in trail] == [
        ("row_inserted", "coordinator-1"),
        ("row_updated", link.code),
    ]
    everything = json.dumps(await field.rows("SELECT to_jsonb(a)::text AS a FROM audit_events a"))
    assert link.secret.get_secret_value() not in everything


async def test_of_two_who_use_one_link_at_once_one_signs(field: Field) -> None:
    ticket = await at_sign_off(field)
    link = await link_for(field, ticket)
    tries = [
        signed(field, ticket, with_link(link), name="", command=completion({**ANSWERS, "customer_rating": rating}))
        for rating in (1, 2, 3, 4)
    ]
    said = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in said if not isinstance(one, BaseException)]) == 1
    assert {type(one) for one in said if isinstance(one, BaseException)} <= {NotSignedIn, CommandRefused}
    assert await fits(field, ticket) == ""
    (count,) = await field.rows(
        "SELECT count(*) FROM signature_proofs p JOIN signing_links l ON l.id = p.signing_link_id WHERE l.code = :code",
        code=link.code,
    )
    assert count["count"] == 1


async def test_a_link_that_was_taken_back_has_expired_or_is_of_another_ticket_signs_nothing(field: Field) -> None:
    ticket, other = await at_sign_off(field), await at_sign_off(field)
    back, late, theirs = [await link_for(field, one) for one in (ticket, ticket, other)]
    assert await revoke_link(field.database, ticket.number, back.code.lower(), COORDINATOR)
    assert not await revoke_link(field.database, ticket.number, back.code, COORDINATOR)
    assert not await revoke_link(field.database, ticket.number, theirs.code, COORDINATOR)
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            f"UPDATE signing_links SET expires_at = now() - interval '1 second' WHERE code = '{late.code}'"  # noqa: S608
        )
        await session.commit()
    account_link = SecretStr("fcl_" + theirs.secret.get_secret_value()[4:])
    for signer in (with_link(back), with_link(late), with_link(theirs), ByLink(account_link), ByLink(SecretStr("x"))):
        with pytest.raises(NotSignedIn, match="not good any more"):
            await signed(field, ticket, signer, name="")
    assert (await opened_link(field.database, theirs.secret)).ticket == other.number


async def test_a_link_is_not_spent_on_a_ticket_that_waits_or_on_an_answer_that_lacks(field: Field) -> None:
    ticket = await at_sign_off(field)
    link = await link_for(field, ticket)
    await ticket.do(hold())
    await ticket.stored()
    with pytest.raises(CommandRefused, match="on hold"):
        await signed(field, ticket, with_link(link), name="")
    await ticket.do(resume())
    await ticket.stored()
    lacking = completion({"customer_rating": 9})
    with pytest.raises(CommandRefused, match=r"Missing: returned_to_service"):
        await signed(field, ticket, with_link(link), name="", command=lacking)
    assert await opened_link(field.database, link.secret)
    await signed(field, ticket, with_link(link), name="")
    assert await fits(field, ticket) == ""


async def test_who_completes_a_stage_brings_a_drawn_signature(field: Field) -> None:
    ticket = await at_sign_off(field)
    engineer = Actor(code="ENG-004", role=Role.ENGINEER)
    await signed(field, ticket, ByHand(WAVE), command=completion(by=engineer))
    found = await signature_of(ticket)
    assert (found.method, found.drawing, found.proof) == (SignatureMethod.DRAWN, WAVE, None)
    stage = (await ticket.stored())["stages"][-1]
    assert (stage["finished_by_code"], stage["finished_by_role"]) == ("ENG-004", "engineer")
    assert await fits(field, ticket) == ""


async def test_a_signature_is_not_sent_along(field: Field) -> None:
    """Whoever could say of themselves that they have been proven would not have to be."""
    ticket = await at_sign_off(field)
    ready = await to_sign(field.database, ticket.number, SIGN_OFF, completion())
    forged = Signature(
        name="Anna Berg",
        capacity="Ward sister",
        meaning=ready.signed.meaning,
        signed_at=ready.record.last_told_at(),
        method=SignatureMethod.PASSWORD,
        digest=ready.digest,
        covers_until=ready.signed.covers_until,
        proof=uuid4(),
    )
    command = completion()(None).model_copy(update={"signature": forged})
    for one in (
        acting.act(operator(field), ticket.number, command, print),
        acting.complete_stage(operator(field), ticket.number, SIGN_OFF, lambda _: command, print),
        acting.signal_completion(operator(field), ticket.number, SIGN_OFF, lambda _: command, print),
    ):
        with pytest.raises(BadInput, match="not sent along"):
            await one
    await ticket.do(command)  # past every front: the trail shows that nobody has shown who they are
    assert await fits(field, ticket) == "nobody has shown who they are for it"


async def test_what_changed_since_it_was_shown_is_not_signed(field: Field) -> None:
    ticket, nurse = await at_sign_off(field), await account(field)
    ready = await to_sign(field.database, ticket.number, SIGN_OFF, completion())
    assert ready.digest == digest_of(ready.document)
    with pytest.raises(Overtaken):
        other = completion({**ANSWERS, "customer_rating": 1})
        await signed(field, ticket, with_password(nurse), command=other, digest=ready.digest)
    failed = complete(SIGN_OFF, "ENG-004", StageOutcome.TEST_FAILED, {}, return_to="onsite_repair")
    await ticket.do(failed)
    await ticket.do(complete("onsite_repair", by="ENG-004"))
    await ticket.stored()
    with pytest.raises(Overtaken):
        await signed(field, ticket, with_password(nurse), digest=ready.digest)
    await signed(field, ticket, with_password(nurse))


async def test_a_link_is_sent_by_who_has_to_do_with_the_ticket(field: Field, service_url: str) -> None:
    ticket = await at_sign_off(field)
    for grant, refused in (
        (Grant(AccountRole.ENGINEER, engineer="ENG-004"), None),
        (Grant(AccountRole.COORDINATOR), None),
        (Grant(AccountRole.ENGINEER, engineer="ENG-002"), UnknownTicket),
        (CITY, NotAllowed),
        (Grant(AccountRole.MANUFACTURER, manufacturer="HAMILTON"), NotAllowed),
    ):
        database = Database(service_url, pool_size=1)
        database.principal = Principal("somebody", "Some Body", (grant,), Authentication.LOGIN)
        try:
            sent = send_link(database, ticket.number, sent_to("Anna Berg", "Ward sister"), COORDINATOR)
            if refused is None:
                assert (await sent).stage == SIGN_OFF
            else:
                with pytest.raises(refused):
                    await sent
        finally:
            await database.aclose()
    with pytest.raises(Failure, match="30 days at the most"):
        to = sent_to("Anna Berg", "Ward sister")
        await send_link(field.database, ticket.number, to, COORDINATOR, lasts=timedelta(days=31))
    with pytest.raises(Failure, match="no sign-off"):
        await send_link(field.database, ticket.number, to, COORDINATOR, stage="onsite_repair")
    with pytest.raises(BadInput, match="can't be seen"):
        sent_to("Anna\u202eBerg", "Ward sister")


async def test_a_link_that_the_ticket_refused_is_good_for_the_same_and_can_be_taken_back(field: Field) -> None:
    """The database has seen it; the ticket has moved on in between, and nothing came onto record."""
    ticket = await at_sign_off(field)
    link = await link_for(field, ticket)
    opened = await opened_link(field.database, link.secret)
    first = await proven_by_link(field.database, opened, 64 * "a")
    assert await proven_by_link(field.database, opened, 64 * "a") == first
    with pytest.raises(NotSignedIn):
        await proven_by_link(field.database, opened, 64 * "b")
    assert await revoke_link(field.database, ticket.number, link.code, COORDINATOR)
    with pytest.raises(NotSignedIn):
        await proven_by_link(field.database, opened, 64 * "a")


async def test_a_template_may_want_a_signature_and_takes_no_text_for_it(field: Field) -> None:
    """In a database of its own it would be a seed; here it is a change of the template, taken back at the end."""
    change = text(
        "UPDATE stage_configuration_templates SET required_actions = replace(required_actions\\:\\:text, :old, :new)"
        "\\:\\:jsonb WHERE key = :stage"
    )
    kinds = {one: f'"{two}", "label": "Customer\'s signature"' for one, two in (("old", "text"), ("new", "signature"))}

    async def replaced(old: str, new: str) -> None:
        async with field.owner.session() as session:
            connection = await session.connection()
            done = await connection.execute(change, {"old": old, "new": new, "stage": SIGN_OFF})
            assert done.rowcount == 1
            await session.commit()

    await replaced(**kinds)
    try:
        ticket, nurse = await at_sign_off(field), await account(field)
    finally:
        await replaced(old=kinds["new"], new=kinds["old"])
    with pytest.raises(CommandRefused, match="signed, and not answered by a text"):
        await ticket.do(complete(SIGN_OFF, by="ENG-004"))
    await signed(field, ticket, with_password(nurse))
    assert await fits(field, ticket) == ""
    assert (await ticket.stored())["stages"][-1]["execution"]["customer_signature"] == "Anna Berg"
