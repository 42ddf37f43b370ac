"""Tickets live for weeks, longer than a release: the code of today must replay the histories of before."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.workflows.record_histories import STORIES
from workflows.runner import replayer

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def test_there_are_histories_to_replay() -> None:
    assert {path.stem for path in HISTORIES} >= {story.__name__ for story in STORIES}


@pytest.mark.parametrize(
    ("name", "text"), [(path.stem, path.read_text(encoding="utf-8")) for path in HISTORIES], ids=lambda one: one[:20]
)
async def test_a_committed_history_replays(name: str, text: str) -> None:
    await replayer().replay_workflow(WorkflowHistory.from_json(name, text))
