"""A client that reserves parts, gives them back, uses, receives and moves them, whatever happens to it or the database.

Started as a process that may be killed at any moment. What each of its connections is about to do and what it was
answered stands in a journal of its own; started again, it first does again, under the same id, what was not answered.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

import asyncpg

AGAIN = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the connection was lost in the middle of its own beginning or end
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    OSError,
)
"""What passes by itself: the database is gone, or starts."""
REFUSED = ("FC013", "FC014", "FC015", "23514")


@dataclass(frozen=True, slots=True)
class Order:
    """What a client is to do.

    Attributes:
        reservations: how many tries to reserve each connection makes.
    """

    url: str
    folder: str
    parts: tuple[str, ...]
    tickets: tuple[str, ...]
    names: tuple[str, ...]
    reservations: int


@dataclass(slots=True)
class Journal:
    """What one connection intended and was answered."""

    path: Path
    answered: list[dict[str, Any]] = field(default_factory=list)
    open: dict[str, Any] | None = None
    file: TextIO = field(init=False)

    def __post_init__(self) -> None:
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            try:
                entry = json.loads(line)
            except ValueError:  # it was killed while it wrote
                continue
            if "answer" in entry:
                self.answered.append(entry)
                self.open = None
            else:
                self.open = entry
        self.file = self.path.open("a")
        self.file.write("\n")

    def write(self, entry: dict[str, Any]) -> None:
        """A killed process loses nothing that it has handed to the kernel."""
        self.file.write(json.dumps(entry) + "\n")
        self.file.flush()
        if "answer" in entry:
            self.answered.append(entry)
        self.open = None if "answer" in entry else entry

    def count(self, doing: str) -> int:
        return sum(one["doing"] == doing for one in self.answered)


async def ask(order: Order, entry: dict[str, Any], connection: Any) -> tuple[Any, Any]:
    """The answer to what was intended, and the connection that has it: as often as it takes."""
    while True:
        try:
            if connection is None:
                connection = await asyncpg.connect(order.url)
            said = json.dumps(entry["said"])
            answer = await connection.fetchval(
                "SELECT change_stock($1, $2, $3, $4, 'operator')", entry["event"], entry["doing"], said, entry["by"]
            )
            return json.loads(answer), connection
        except AGAIN:
            connection = None
            await asyncio.sleep(0.05)
        except asyncpg.PostgresError as error:
            if error.sqlstate in REFUSED:
                return {"standing": "refused", "why": str(error)}, connection
            if (error.sqlstate or "").startswith(("57", "40", "08", "53")):
                connection = None
                await asyncio.sleep(0.05)
                continue
            raise


def intend(order: Order, name: str, journal: Journal, dice: random.Random) -> dict[str, Any]:
    """Something to do next: most of it reservations."""
    part, ticket = dice.choice(order.parts), dice.choice(order.tickets)
    kept = [one for one in journal.answered[-30:] if one["answer"]["standing"] == "reserved"]
    if kept and dice.random() < 0.5:
        part, ticket = (kept[-1]["said"][what] for what in ("part", "ticket"))
    sent = [one["answer"]["transfer"] for one in journal.answered if one["answer"]["standing"] == "sent"]
    taken = {one["said"]["transfer"] for one in journal.answered if one["doing"] == "take_in"}
    doings: dict[str, tuple[int, dict[str, Any]]] = {
        "reserve": (70, {"part": dice.choice(order.parts), "ticket": ticket, "quantity": dice.randint(1, 3)}),
        "release": (8, {"ticket": ticket, "part": part}),
        "use": (10, {"part": part, "ticket": ticket, "quantity": dice.randint(1, 2)}),
        "receive": (5, {"part": part, "quantity": dice.randint(1, 3), "to": "MAIN"}),
        "send": (4, {"part": part, "quantity": 1, "from": "MAIN", "to": "NORTH"}),
        "take_in": (3, {"transfer": next((one for one in sent if one not in taken), None)}),
    }
    if doings["take_in"][1]["transfer"] is None:
        del doings["take_in"]
    doing = dice.choices([*doings], [weight for weight, _ in doings.values()])[0]
    return {"event": str(uuid4()), "doing": doing, "said": doings[doing][1], "by": name}


async def work(order: Order, name: str) -> None:
    """One connection's share."""
    journal, dice, connection = Journal(Path(order.folder) / f"{name}.journal"), random.Random(), None
    while journal.open is not None or journal.count("reserve") < order.reservations:
        if journal.open is None:
            journal.write(intend(order, name, journal, dice))
        assert journal.open is not None
        entry = journal.open
        answer, connection = await ask(order, entry, connection)
        journal.write(entry | {"answer": answer})


async def main(text: str) -> None:
    said = json.loads(text)
    fields: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in said.items()}
    order = Order(**fields)
    await asyncio.gather(*(work(order, name) for name in order.names))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
