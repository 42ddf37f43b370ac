"""The house that a drill's tickets are told to sees what is lost, doubled, out of order or badly signed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from secrets import token_bytes

import pytest
from standardwebhooks import Webhook

from activities.webhooks import posting
from activities.webhooks.addresses import AllowedHosts
from activities.webhooks.posting import Post, Tried
from models.settings import Settings
from starter.drill.house import Mood, OtherHouse
from starter.drill.telling import flaw_of

KEY = token_bytes(32)
OPENED, MOVED, CLOSED = ("ticket.opened", 0), ("ticket.moved", 3), ("ticket.closed", 9)


@pytest.fixture
def house() -> Iterator[OtherHouse]:
    with OtherHouse() as made:
        made.verify_with(Webhook(KEY))
        yield made


async def send(house: OtherHouse, event: tuple[str, int], id: str, key: bytes = KEY) -> Tried:
    kind, sequence = event
    body = json.dumps({"type": kind, "data": {"number": "FC-1", "sequence": sequence}})
    async with Post.open(AllowedHosts.of(Settings(webhook_hosts=house.host))) as post:
        return await post.send(f"http://{house.host}/events", id, body, [key])


async def test_what_comes_again_is_one_event_by_its_id_alone(house: OtherHouse) -> None:
    for event, id in ((OPENED, "msg_1"), (MOVED, "msg_2"), (OPENED, "msg_1"), (CLOSED, "msg_3")):
        assert (await send(house, event, id)).status == 204
    assert house.events_of("FC-1") == [OPENED, MOVED, CLOSED]
    assert (house.events_of("FC-2"), list(house.twice()), house.unsigned) == ([], [], [])
    await send(house, MOVED, "msg_4")
    assert house.twice() == ["FC-1: event 3 came as 2 deliveries"]


async def test_what_is_signed_by_somebody_else_is_not_taken_and_said(house: OtherHouse) -> None:
    assert (await send(house, OPENED, "msg_1", token_bytes(32))).status == 500
    assert house.told == []
    assert len(house.unsigned) == 1


@pytest.mark.parametrize(
    ("mood", "status", "taken"),
    [(Mood.AWAY, None, 0), (Mood.FAILS, 500, 0), (Mood.SILENT, None, 0), (Mood.SLOW, 204, 1)],
)
async def test_it_has_bad_days(
    house: OtherHouse, mood: Mood, status: int | None, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TIMEOUT", 0.5)
    monkeypatch.setattr("starter.drill.house.SLOWLY", 0.1)
    house.mood = mood
    assert (await asyncio.wait_for(send(house, OPENED, "msg_1"), 5)).status == status
    assert len(house.told) == taken
    house.mood = Mood.WELL
    assert (await send(house, OPENED, "msg_1")).status == 204


@pytest.mark.parametrize(
    ("told", "flaw"),
    [
        ([OPENED, MOVED, CLOSED], ""),
        ([OPENED, CLOSED], "the other house was never told ticket.moved 3"),
        ([], "the other house was never told ticket.opened 0, ticket.moved 3, ticket.closed 9"),
        ([OPENED, CLOSED, MOVED], "the other house was told out of order"),
        ([OPENED, MOVED, CLOSED, ("ticket.held", 4)], "the other house was told what there is not: ticket.held 4"),
    ],
)
def test_a_flaw_is_said(told: list[tuple[str, int]], flaw: str) -> None:
    assert flaw_of([OPENED, MOVED, CLOSED], told) == flaw
