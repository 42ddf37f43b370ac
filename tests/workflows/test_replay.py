"""Tickets live for weeks, longer than a release: the code of today must replay the histories of before."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from tests.workflows.record_histories import STORIES
from workflows import messages
from workflows.patches import ALL_SAID, has
from workflows.runner import replayer

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def test_there_are_histories_to_replay() -> None:
    assert {path.stem for path in HISTORIES} >= {story.__name__ for story in STORIES}


@pytest.mark.parametrize(
    ("name", "text"), [(path.stem, path.read_text(encoding="utf-8")) for path in HISTORIES], ids=lambda one: one[:20]
)
async def test_a_committed_history_replays(name: str, text: str) -> None:
    await replayer().replay_workflow(WorkflowHistory.from_json(name, text))


async def test_what_was_taken_without_its_reason_replays_because_its_run_goes_on_taking_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A failed test of before there had to be a note; recorded stories of today have one."""
    [text] = [path.read_text(encoding="utf-8") for path in HISTORIES if path.stem == "failed_without_reason"]
    history = WorkflowHistory.from_json("failed_without_reason", text)
    await replayer().replay_workflow(history)
    monkeypatch.setattr(messages, "has", lambda ticket, patch: patch == ALL_SAID or has(ticket, patch))
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(history)
