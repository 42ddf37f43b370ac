"""Each command × each engine × each fault: applied once or refused, on to the end, and every history replays.

`make test` runs one cell, `make drill` the others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.settings import Settings
from starter.drill.ground import Ground, open_ground
from tests.drills import drill
from tests.workflows.fault_cells import Cell, matrix, play

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORT = {"postgres-frozen_4_s-restarted"}
"""What stands for the others in everyday tests: it left tickets that never answered again."""

CELLS = [pytest.param(cell, marks=() if str(cell) in SHORT else drill) for cell in matrix()]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground() -> AsyncIterator[Ground]:
    """Engines and a worker that nobody else uses, to be struck."""
    async with open_ground(Settings(), workers=1) as made:
        yield made


@pytest.mark.parametrize("cell", CELLS, ids=str)
async def test_every_command_survives(cell: Cell, ground: Ground) -> None:
    played = await play(cell, ground)

    account = played.crowd.account
    assert played.struck == len(cell.fault)
    assert played.examined.broken_histories == []
    assert played.examined.stuck == {}
    assert account.over == set(account.opened)
    assert (played.findings.lost, played.findings.duplicated, played.findings.unfinished) == ([], [], [])
    assert (played.examined.differing, played.examined.broken_chains, played.examined.untold) == ([], [], [])
    assert {ground.house.events_of(one.number)[0] for one in account.opened.values()} == {("ticket.opened", 0)}
    assert (account.contradictions, account.abandoned, account.unexpected) == ([], {}, [])
