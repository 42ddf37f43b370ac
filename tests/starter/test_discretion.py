"""Why an engineer has declined is the office's and their own to read, by whichever way a ticket is read; how they are
rated is for whoever may look engineers up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
import pytest_asyncio

from models.contracts.assigning import AssignmentWarning
from models.contracts.offering import DeclineOffer, OfferStage
from models.vocabulary.assigning import AssignmentConcern
from models.vocabulary.stages import DeclineReason
from tests.factories import COORDINATOR, acting, assign, command_id
from tests.field import Field, Ticket
from tests.serving import Server, a_server

WHY = "A broken wrist"
READS = {"coordinator": True, "manager": True, "nurse": False, "desk": False, "clerk": False}


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner) as made:
        yield made


@pytest_asyncio.fixture(scope="module")
async def ticket(field: Field) -> Ticket:
    """One whose first stage ENG-003 has declined."""
    made = await field.open(engineer=None)
    await made.do(
        OfferStage(
            command_id=command_id(), actor=COORDINATOR, stage="remote_diagnosis", engineers=("ENG-003", "ENG-002")
        )
    )
    await made.do(DeclineOffer(command_id=command_id(), actor=acting("ENG-003"), reason=DeclineReason.ILL, note=WHY))
    await made.stored()
    return made


@pytest.mark.parametrize("who", READS)
async def test_the_reason_is_for_the_office(server: Server, ticket: Ticket, who: str) -> None:
    for path in ("", "/story", "/events?after=0&lasts=0"):
        answer = await server.ask(who, "GET", f"/tickets/{ticket.number}{path}")
        assert answer.status_code == HTTPStatus.OK, answer.text
        assert "ENG-003" in answer.text, path
        assert (WHY in answer.text) == READS[who], path
        assert ('"ill"' in answer.text or ": ill" in answer.text) == READS[who], path
    [first, _] = (await server.ask(who, "GET", f"/tickets/{ticket.number}")).json()["stages"][0]["offers"]
    assert (first["answer"], first["decline_reason"]) == ("declined", "ill" if READS[who] else None)


@pytest.mark.parametrize(("who", "reads"), {**READS, "clerk": True}.items())
async def test_what_speaks_against_an_engineer_is_for_who_may_look_engineers_up(
    server: Server, field: Field, who: str, reads: bool
) -> None:
    """Absences, certificates, load: a hospital and a make read who comes, and not how they are rated."""
    made = await field.open(engineer=None)
    warning = AssignmentWarning(
        kind=AssignmentConcern.AWAY, text="{who} is away until {back}", values={"who": "ENG-004", "back": "May"}
    )
    await made.do(assign("ENG-004").model_copy(update={"warnings": (warning,), "anyway": True, "note": "Near"}))
    await made.stored()
    for path in ("", "/story", "/events?after=0&lasts=0"):
        answer = await server.ask(who, "GET", f"/tickets/{made.number}{path}")
        assert (answer.status_code, "ENG-004" in answer.text) == (HTTPStatus.OK, True), answer.text
        assert ("is away until" in answer.text) == reads, (path, answer.text)
