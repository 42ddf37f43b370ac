"""Each command × each engine × each fault: applied once or refused, on to the end, and every history replays.

`make drill` runs all of it; `make test` four commands of one cell.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.settings import Settings
from starter.drill.ground import Ground, open_ground
from tests.drills import drill
from tests.workflows.fault_cells import SIGNAL, Cell, Outcome, matrix, play

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORT = "postgres-frozen_4_s-restarted"
"""What stands for all cells in everyday tests: it left tickets that never answered again."""

FEW = ("assign_engineer", "complete_stage", SIGNAL, "reopen")
"""What stands for all commands there: by an update that asks an activity first, one that does not, a signal, and a run
that begins anew."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground() -> AsyncIterator[Ground]:
    """Engines and a worker that nobody else uses, to be struck."""
    async with open_ground(Settings(), workers=1) as made:
        yield made


async def test_some_commands_survive(ground: Ground) -> None:
    [cell] = [one for one in matrix() if str(one) == SHORT]
    survived(ground, cell, await play(cell, ground, FEW))


@drill
@pytest.mark.parametrize("cell", matrix(), ids=str)
async def test_every_command_survives(cell: Cell, ground: Ground) -> None:
    survived(ground, cell, await play(cell, ground))


def survived(ground: Ground, cell: Cell, played: Outcome) -> None:
    account = played.crowd.account
    assert played.struck == len(cell.fault)
    assert played.examined.broken_histories == []
    assert played.examined.stuck == {}
    assert account.over == set(account.opened)
    assert (played.findings.lost, played.findings.duplicated, played.findings.unfinished) == ([], [], [])
    assert (played.examined.differing, played.examined.broken_chains, played.examined.untold) == ([], [], [])
    assert {ground.house.events_of(one.number)[0] for one in account.opened.values()} == {("ticket.opened", 0)}
    assert (account.contradictions, account.abandoned, account.unexpected) == ([], {}, [])
