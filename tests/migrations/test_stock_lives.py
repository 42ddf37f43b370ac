"""Stock under whatever is done to it, beside a model of a few lines: random lives."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from models.contracts.facts import TicketEnded
from models.database import Database
from models.vocabulary.tickets import TicketStatus
from tests.migrations.shelves import Shelves
from tests.migrations.story import Story, open_story

PLACES = ("MAIN", "NORTH", "RECALLS")
LOTS = (None, "L1", "L2")
FEW = st.integers(1, 4)

Spot = tuple[str, str | None]


class Lives(RuleBasedStateMachine):
    """One part, three places, two lots beside what has none, and two tickets at a time."""

    loop: asyncio.AbstractEventLoop
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.database = Database(self.url, pool_size=1)
        self.sql = self._run(asyncpg.connect(self.url))
        self.shelves = Shelves(self.database, self.sql)
        self.part: str = self._run(self.shelves.part())
        self.there: Counter[Spot] = Counter()
        self.kept: dict[str, Counter[Spot]] = {}
        self.used: dict[str, Counter[str | None]] = {}
        self.sent: dict[str, tuple[str, str | None, int]] = {}
        self.known: set[str | None] = {None}
        self.blocked: set[str | None] = set()
        self.tickets: list[Story] = []
        for code in PLACES:
            kind = "quarantine" if code == "RECALLS" else "store"
            assert self._do("place", code=code, kind=kind) is not None
        for _ in range(2):
            self._open()

    def _run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def _open(self) -> None:
        ticket = self._run(open_story(self.database))
        self.tickets.append(ticket)
        self.kept[ticket.row.number] = Counter()
        self.used[ticket.row.number] = Counter()

    def _do(self, doing: str, **said: Any) -> Any:
        """The answer; None where it is refused."""
        document = json.dumps({name.rstrip("_"): value for name, value in said.items() if value is not None})
        try:
            answer = self._run(
                self.sql.fetchval("SELECT change_stock($1, $2, $3, 'clerk-1', 'operator')", uuid4(), doing, document)
            )
        except asyncpg.PostgresError as error:
            assert error.sqlstate in {"FC014", "FC015"}, error
            return None
        return json.loads(answer)

    def _reserved(self, spot: Spot) -> int:
        return sum(one[spot] for one in self.kept.values())

    def _usable(self) -> Counter[Spot]:
        return Counter(
            {
                (place, lot): count - self._reserved((place, lot))
                for (place, lot), count in self.there.items()
                if place != "RECALLS" and lot not in self.blocked
            }
        )

    @rule(place=st.sampled_from(PLACES), lot=st.sampled_from(LOTS), quantity=FEW)
    def receive(self, place: str, lot: str | None, quantity: int) -> None:
        assert self._do("receive", part=self.part, to=place, lot=lot, quantity=quantity) is not None
        self.known.add(lot)
        self.there[place, lot] += quantity

    @rule(which=st.integers(0, 1), quantity=FEW)
    def reserve(self, which: int, quantity: int) -> None:
        number = self.tickets[which].row.number
        free = sum(self._usable().values())
        answer = self._do("reserve", part=self.part, ticket=number, quantity=quantity)
        if free < quantity:
            assert (answer["standing"], answer["free"]) == ("short", free)
            return
        for one in answer["taken"]:
            self.kept[number][one["location"], one["lot"]] += one["quantity"]
        assert sum(one["quantity"] for one in answer["taken"]) == quantity

    @rule(which=st.integers(0, 1))
    def release(self, which: int) -> None:
        number = self.tickets[which].row.number
        answer = self._do("release", ticket=number)
        assert answer["quantity"] == sum(self.kept[number].values())
        self.kept[number].clear()

    @rule(which=st.integers(0, 1), quantity=FEW)
    def use(self, which: int, quantity: int) -> None:
        number = self.tickets[which].row.number
        able = sum(self._usable().values()) + sum(self.kept[number].values())
        answer = self._do("use", part=self.part, ticket=number, quantity=quantity)
        assert (answer is not None) is (able >= quantity)
        for one in answer["taken"] if answer else ():
            spot = one["location"], one["lot"]
            self.there[spot] -= one["quantity"]
            self.used[number][one["lot"]] += one["quantity"]
        taken = quantity if answer else 0
        for one in answer["taken"] if answer else ():  # what was kept went first
            spot = one["location"], one["lot"]
            given = min(self.kept[number][spot], one["quantity"], taken)
            self.kept[number][spot] -= given
            taken -= given

    @rule(which=st.integers(0, 1), lot=st.sampled_from(LOTS), quantity=FEW)
    def give_back(self, which: int, lot: str | None, quantity: int) -> None:
        number = self.tickets[which].row.number
        answer = self._do("return", part=self.part, ticket=number, quantity=quantity, lot=lot, to="NORTH")
        assert (answer is not None) is (self.used[number][lot] >= quantity)
        if answer is not None:
            self.used[number][lot] -= quantity
            self.there["NORTH", lot] += quantity

    @rule(source=st.sampled_from(PLACES), aim=st.sampled_from(PLACES), lot=st.sampled_from(LOTS), quantity=FEW)
    def send(self, source: str, aim: str, lot: str | None, quantity: int) -> None:
        answer = self._do("send", part=self.part, from_=source, to=aim, lot=lot, quantity=quantity)
        free = self.there[source, lot] - self._reserved((source, lot))
        may = source != aim and free >= quantity and (lot not in self.blocked or aim == "RECALLS")
        assert (answer is not None) is may
        if answer is not None:
            self.there[source, lot] -= quantity
            self.sent[answer["transfer"]] = (aim, lot, quantity)

    @rule(quantity=FEW)
    def take_in(self, quantity: int) -> None:
        for transfer, (target, lot, coming) in list(self.sent.items())[:1]:
            answer = self._do("take_in", transfer=transfer, quantity=quantity)
            assert (answer is not None) is (coming >= quantity)
            if answer is not None:
                self.there[target, lot] += quantity
                self.sent[transfer] = (target, lot, coming - quantity)
                if coming == quantity:
                    del self.sent[transfer]

    @rule(place=st.sampled_from(PLACES), lot=st.sampled_from(LOTS), counted=st.integers(0, 6))
    def count(self, place: str, lot: str | None, counted: int) -> None:
        if lot not in self.known:
            return
        shown = self._run(self.shelves.shown(self.part))["balances"]
        version = next((one["version"] for one in shown if (one["location"], one["lot"]) == (place, lot)), 0)
        answer = self._do(
            "count", part=self.part, location=place, lot=lot, counted=counted, version=version, reason="Stocktaking"
        )
        assert (answer is not None) is (counted >= self._reserved((place, lot)))
        if answer is not None:
            assert answer["difference"] == counted - self.there[place, lot]
            self.there[place, lot] = counted

    @rule(lot=st.sampled_from(LOTS[1:]))
    def block(self, lot: str) -> None:
        if self._do("block", part=self.part, lot=lot, reason="Recall") is not None:
            self.blocked.add(lot)
            for kept in self.kept.values():
                for spot in kept:
                    kept[spot] = 0 if spot[1] == lot else kept[spot]

    @rule(lot=st.sampled_from(LOTS[1:]))
    def unblock(self, lot: str) -> None:
        if self._do("unblock", part=self.part, lot=lot, reason="It was another one") is not None:
            self.blocked.discard(lot)

    @rule(which=st.integers(0, 1))
    def end(self, which: int) -> None:
        ticket = self.tickets.pop(which)
        self._run(ticket.apply(ticket.tell(TicketEnded, status=TicketStatus.CANCELLED, reason="Scrapped")))
        del self.kept[ticket.row.number]
        self._open()

    @invariant()
    def the_database_says_the_same(self) -> None:
        found = self._run(self.shelves.at(self.part))
        assert {spot: one for spot, one in found.items() if one != (0, 0)} == {
            spot: (count, self._reserved(spot)) for spot, count in self.there.items() if count or self._reserved(spot)
        }

    def teardown(self) -> None:
        assert self._run(self.shelves.breaks()) == []
        self._run(self.sql.close())
        self._run(self.database.aclose())


@pytest.fixture
def lives(shared_url: str) -> Iterator[type[Lives]]:
    """On a loop of its own: the machine is driven from outside of any."""
    loop = asyncio.new_event_loop()
    Lives.loop, Lives.url = loop, shared_url
    yield Lives
    loop.close()


def test_stock_is_what_a_model_of_a_few_lines_says(lives: type[Lives]) -> None:
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
