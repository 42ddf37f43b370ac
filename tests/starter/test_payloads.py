"""What Temporal keeps, sealed: nothing of a ticket can be read in it, and a ticket lives as it does otherwise."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter

from activities.reconciling.standing import standing
from models.contracts.base import Actor
from models.contracts.commands import CommandResult
from models.database import Database
from models.settings import Settings
from models.vocabulary.people import Role
from starter.answers import CommandRefused
from starter.commands import TicketCommands
from starter.failures import BadSetting
from starter.payloads import KEY_BYTES, KEY_ID, SEALED, Keys, PayloadUnreadable, Sealing, data_converter
from tests.factories import assign, complete, hold, resume
from tests.field import STANDARD_STAGES, Field, Ticket
from tests.serving import a_server
from worker import build_worker
from workflows.runner import replayer

WORDS = "The ward's secret is an amber light"
KEYS = {name: b64encode(os.urandom(KEY_BYTES)).decode() for name in ("old", "new")}


def converter(*names: str) -> DataConverter:
    return data_converter(Settings(payload_keys=SecretStr(",".join(_written(one) for one in names))))


def _written(name: str) -> str:
    return name if name == "plain" else f"{name}:{KEYS[name]}"


def codec(*names: str) -> Sealing:
    keys = Keys.of(SecretStr(",".join(_written(one) for one in names)))
    assert keys is not None
    return Sealing(keys)


PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=WORDS.encode())


async def test_what_was_sealed_is_opened_again_and_looks_like_nothing_meanwhile() -> None:
    first, second = await codec("old").encode([PAYLOAD, PAYLOAD])
    assert (first.metadata["encoding"], first.metadata[KEY_ID]) == (SEALED, b"old")
    assert WORDS.encode() not in first.SerializeToString() and b"json" not in first.SerializeToString()
    assert first.data != second.data, "the same twice is not the same sealed"
    assert await codec("old").decode([first, PAYLOAD]) == [PAYLOAD, PAYLOAD]
    assert await codec("old").encode([first]) == [first], "what is sealed is not sealed again"


async def test_keys_change_while_what_was_sealed_before_is_read() -> None:
    (before,) = await codec("old").encode([PAYLOAD])
    (after,) = await codec("new", "old").encode([PAYLOAD])
    assert after.metadata[KEY_ID] == b"new"
    assert await codec("new", "old").decode([before, after]) == [PAYLOAD, PAYLOAD]
    assert await codec("plain", "old").encode([PAYLOAD]) == [PAYLOAD]
    assert await codec("plain", "old").decode([before]) == [PAYLOAD]
    with pytest.raises(PayloadUnreadable, match="the key 'old', which is not here"):
        await codec("new").decode([before])


@pytest.mark.parametrize("place", [0, 12, -1])
async def test_what_was_changed_is_not_opened(place: int) -> None:
    (sealed,) = await codec("old").encode([PAYLOAD])
    changed = bytearray(sealed.data)
    changed[place] ^= 1
    sealed.data = bytes(changed)
    with pytest.raises(PayloadUnreadable, match="was changed since"):
        await codec("old").decode([sealed])


async def test_a_payload_is_bound_to_the_key_that_it_names() -> None:
    same = KEYS["old"]
    keys = Keys.of(SecretStr(f"a:{same},b:{same}"))
    assert keys is not None
    (sealed,) = await Sealing(keys).encode([PAYLOAD])
    sealed.metadata[KEY_ID] = b"b"
    with pytest.raises(PayloadUnreadable, match="was changed since"):
        Sealing(keys).opened(sealed)


@pytest.mark.parametrize(
    "setting",
    ["", "old", "old:short", f"old:{KEYS['old']},old:{KEYS['new']}", f"old:{KEYS['old']},plain", "ö:x"],
    ids=["nothing", "a name", "too short", "the same name twice", "a name without a key", "no ASCII"],
)
def test_keys_that_are_none_are_refused_and_not_repeated(setting: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Keys.of(SecretStr(setting))
    assert "FIELDCARE_PAYLOAD_KEYS is ID:KEY" in str(refused.value)
    assert not any(key in str(refused.value) for key in KEYS.values())


# -- tickets ---------------------------------------------------------------------------------------------------------

Served = Callable[[DataConverter], Awaitable[Field]]


@asynccontextmanager
async def sealed_field(field: Field, url: str, sealing: DataConverter, queue: str) -> AsyncIterator[Field]:
    """The service, with a worker whose Temporal gets what it gets sealed."""
    settings = {**field.client.config(), "data_converter": sealing}
    client = Client(**settings)  # type: ignore[arg-type]
    database = Database(url)
    try:
        async with build_worker(client, database, Settings(), queue):
            served = Field(field.skipper, database, queue, field.owner)
            served.client, served.commands = client, TicketCommands(client)
            served.intake._client = client
            yield served
    finally:
        await database.aclose()


async def drive(ticket: Ticket, *stages: str) -> CommandResult:
    for stage in stages:
        done = await ticket.do(complete(stage, by="ENG-004"))
    return done


async def readable(history: WorkflowHistory) -> list[str]:
    """What of a history says something about the ticket."""
    text = history.to_json()
    told = [
        one for one in (WORDS, "ENG-004", "ward-sister", "Hamilton", "flow sensor", "is not assigned") if one in text
    ]
    plain = [b64encode(one.encode()).decode().rstrip("=")[2:-4] for one in ("diagnosis_summary", WORDS)]
    return told + [one for one in plain if one in text]


async def test_nothing_of_a_ticket_can_be_read_in_what_temporal_keeps(field: Field, service_url: str) -> None:
    sealing = converter("old")
    async with sealed_field(field, service_url, sealing, f"sealed-{uuid4().hex[:6]}") as sealed:
        reporter = Actor(code="ward-sister", role=Role.HOSPITAL)
        opened = await sealed.report(key=f"s-{uuid4().hex[:12]}", description=WORDS, reporter=reporter)
        ticket = Ticket(sealed, opened.ticket.workflow_id, opened.ticket.number)
        await ticket.do(assign("ENG-004"))
        with pytest.raises(CommandRefused, match="is not assigned"):
            await ticket.do(complete(STANDARD_STAGES[0], by="ENG-002"))
        await ticket.do(hold())
        await ticket.do(resume())
        done = await drive(ticket, *STANDARD_STAGES)
        assert done.ticket_status == "closed"
        await ticket.handle.result()
        history = await sealed.client.get_workflow_handle(ticket.id).fetch_history()
        assert await readable(history) == []
        await replayer(sealing).replay_workflow(history)
        assert (await standing(sealed.client, ticket.id)).runs is False


async def test_a_ticket_goes_on_when_sealing_begins_and_when_the_key_changes(field: Field, service_url: str) -> None:
    queue = f"sealed-{uuid4().hex[:6]}"
    found: str | None = None
    number = ""
    for stage, sealing in zip(
        STANDARD_STAGES,
        [None, converter("old"), converter("new", "old"), converter("plain", "new", "old"), None],
        strict=True,
    ):
        async with sealed_field(field, service_url, sealing or converter("plain", "new", "old"), queue) as served:
            if found is None:
                opened = await served.report(key=f"s-{uuid4().hex[:12]}", description=WORDS)
                found, number = opened.ticket.workflow_id, opened.ticket.number
                await Ticket(served, found, number).do(assign("ENG-004"))
            done = await drive(Ticket(served, found, number), stage)
    assert done.ticket_status == "closed"


# -- the server ------------------------------------------------------------------------------------------------------


def as_json(payload: Payload) -> dict[str, Any]:
    """As Temporal's programs write it."""
    metadata = {name: b64encode(value).decode() for name, value in payload.metadata.items()}
    return {"metadata": metadata, "data": b64encode(payload.data).decode()}


async def test_the_server_opens_for_whoever_may_read_everything(field: Field, service_url: str) -> None:
    sealed, plain = (await codec("old").encode([PAYLOAD]))[0], PAYLOAD
    said = {"payloads": [as_json(one) for one in (sealed, plain)]}
    keys = _written("old")
    async with a_server(field, service_url, field.owner, opens_tickets=False, payload_keys=keys) as server:
        opened = await server.ask("coordinator", "POST", "/codec/decode", json=said)
        assert [b64decode(one["data"]) for one in opened.json()["payloads"]] == [WORDS.encode()] * 2
        assert (await server.ask("engineer", "POST", "/codec/decode", json=said)).status_code == 403
        said["payloads"][0]["data"] = "AAAA"
        refused = await server.ask("manager", "POST", "/codec/decode", json=said)
        assert (refused.status_code, "was changed since" in refused.json()["detail"]) == (422, True)


async def test_the_temporal_ui_may_ask_from_its_own_origin_alone(field: Field, service_url: str) -> None:
    ours, others = "http://127.0.0.1:8233", "https://elsewhere.test"
    async with a_server(field, service_url, field.owner, opens_tickets=False, temporal_ui_origin=ours) as server:
        for origin in (ours, others):
            wants = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            answer = await server.ask(None, "OPTIONS", "/codec/decode", headers=wants)
            assert answer.headers.get("Access-Control-Allow-Origin") == (ours if origin == ours else None)
