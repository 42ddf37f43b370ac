"""A ticket is signed off by a person who has shown who they are, and what they signed can be proven ever after."""

from __future__ import annotations

from pydantic import SecretStr

from models.contracts.signatures import Signature
from models.vocabulary.signing import SignatureMethod
from starter.auditing.signatures import verify_signatures
from starter.reading.signing import signatures_of
from starter.reading.tickets import read_ticket
from tests.field import Field, Ticket
from tests.starter.signing import (
    ANSWERS,
    SIGN_OFF,
    account,
    at_sign_off,
    signed,
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


async def tamper(field: Field, ticket: Ticket, statement: str) -> None:
    """What an owner of the database can do to a ticket; `:ticket` is its id."""
    async with field.owner.session() as session:
        connection = await session.connection()
        ticket_id = (await ticket.stored())["ticket"]["id"]
        done = await connection.exec_driver_sql(statement.replace(":ticket", f"'{ticket_id}'"))
        assert done.rowcount > 0
        await session.commit()


VISIT = (
    "transition_id IN (SELECT v.id FROM workflow_stage_transitions v JOIN ticket_workflow_instances i "
    "ON i.id = v.instance_id WHERE i.ticket_id = :ticket AND v.stage_key = '{}')"
)


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
