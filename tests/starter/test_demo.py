"""The demo as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from starter.demo.check import missing_advice
from starter.embedded.processes import ProcessMark, wait_until
from tests.children import child
from tests.drills import drill
from tests.records import recorded
from tests.starter.terminal import ROOT, clean_environment, command

STORIES = ("ICU ventilator", "Philips CT", "Infusion pump")


def start(folder: Path) -> subprocess.Popen[str]:
    return child(
        command("demo"),
        cwd=ROOT,
        env={**clean_environment(), "TMPDIR": str(folder), "COLUMNS": "160", "OPENAI_API_KEY": "sk-of-a-user"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder() -> Path:
    """A folder for temporary files that PostgreSQL's user gets into, so that what is left in it can be seen."""
    made = Path(tempfile.mkdtemp(prefix="fieldcare-demo-test-"))
    made.chmod(0o711)
    return made


def descendants(process: subprocess.Popen[str]) -> list[ProcessMark]:
    """The processes that the demo has started so far: engines, worker, and theirs."""
    import psutil  # type: ignore[import-untyped, unused-ignore]

    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [ProcessMark.of("demo", child.pid) for child in children]


def all_gone(processes: list[ProcessMark]) -> bool:
    return wait_until(lambda: not any(process.alive() for process in processes), 10)


def test_three_tickets_from_report_to_sign_off_and_nothing_is_left(folder: Path) -> None:
    process = start(folder)
    assert process.stderr is not None
    process.stderr.readline()
    started: list[ProcessMark] = []
    while process.poll() is None and len(started) < 2:
        started = descendants(process)
        time.sleep(0.1)

    said, complained = process.communicate(timeout=120)

    assert process.returncode == 0, complained
    assert all(title in said for title in STORIES)
    assert said.count("They agree with the workflow's own state") == len(STORIES)
    assert "refused: Remote Diagnosis can't be completed yet. Missing: diagnosis_summary" in said
    assert "→ engineer L2:" in said
    assert "Support level of Remote Diagnosis: L1 → L2" in said
    assert "sla_clocks                  7 (6 met, 1 breached)" in said
    assert "ManufacturerServiceWorkflow" in said
    assert "AI                 proposes: Flow sensor contaminated, wet or damaged" in said
    assert said.count("% sure (the built-in engine, without network)") == len(STORIES)
    assert 'because of the report: "Flow sensor alarm' in said
    assert "AI diagnosis, Remote Diagnosis: accepted by ENG-008" in said
    assert said.count("Proved right at sign-off") == len(STORIES)
    assert "nobody decided on it" not in said
    assert "Onsite Repair skipped (Fixed remotely)" in said
    assert all_gone(started)
    assert list(folder.iterdir()) == []
    folder.rmdir()


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=drill), signal.SIGTERM], ids=["INT", "TERM"])
def test_stopped_in_the_middle_it_leaves_nothing(folder: Path, number: signal.Signals) -> None:
    """By Ctrl-C, and by who ends processes. That Ctrl-C ends a command with engines and workers is seen every day in
    `test_drill_faults`, and both signals reach a stack in the same way.
    """
    process = start(folder)
    assert process.stdout is not None
    while "acknowledges" not in process.stdout.readline():
        assert process.poll() is None
    started = descendants(process)

    os.kill(process.pid, number)
    _, complained = process.communicate(timeout=60)

    assert process.returncode != 0
    assert "Traceback" not in complained
    assert len(started) >= 3
    assert all_gone(started)
    assert list(folder.iterdir()) == []
    folder.rmdir()


# -- the demo's own check ----------------------------------------------------------------------------------------------


def record(**diagnosis: Any) -> dict[str, Any]:
    good = {
        "status": "accepted",
        "decided_by_code": "ENG-004",
        "was_correct": True,
        "hypotheses": [{"cause": "Flow sensor", "evidence": [{"source": "description", "quote": "flow"}]}],
    }
    return {"ticket": {"verified_cause": "Flow sensor"}, "diagnoses": [good | diagnosis]}


def test_a_demo_with_ai_from_proposal_to_verdict_lacks_nothing() -> None:
    assert list(missing_advice(recorded(record()))) == []


@pytest.mark.parametrize(
    ("found", "lacks"),
    [
        ({"ticket": {"verified_cause": None}, "diagnoses": []}, "AI proposed a diagnosis"),
        (record(status="superseded"), "AI proposed a diagnosis"),
        (record(hypotheses=[{"cause": "Flow sensor", "evidence": []}]), "AI's diagnosis has its evidence"),
        (record(status="proposed", decided_by_code=None), "somebody accepted AI's diagnosis"),
        (record(status="refused"), "somebody accepted AI's diagnosis"),
        (record(was_correct=None), "AI's diagnosis proved right at sign-off"),
        (record(was_correct=False), "AI's diagnosis proved right at sign-off"),
    ],
)
def test_a_demo_without_ai_fails_and_says_what_is_missing(found: dict[str, Any], lacks: str) -> None:
    assert list(missing_advice(recorded(found))) == [lacks]
