"""What each test costs: processor time of the whole cgroup that runs it, so of its engines and processes as well.

As root, in a cgroup of its own (here of version 1; of version 2, any folder with a `cpu.stat`):

    mkdir /sys/fs/cgroup/cpuacct/tests
    COSTS_IN=/sys/fs/cgroup/cpuacct/tests COSTS_TO=costs.jsonl .venv/bin/python -m pytest -q -p tests.costs

Each line is a test, its seconds of processor time, and its seconds by the clock. A fixture is in the test that comes to
it first. One process of tests at a time: several in one cgroup can't be told apart.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

CGROUP = Path(os.environ["COSTS_IN"])
REPORT = Path(os.environ["COSTS_TO"])

(CGROUP / "cgroup.procs").write_text(str(os.getpid()))


def seconds() -> float:
    """Processor time of everything in the cgroup, since it was made."""
    if (usage := CGROUP / "cpuacct.usage").exists():
        return int(usage.read_text()) / 1e9
    facts = dict(line.split() for line in (CGROUP / "cpu.stat").read_text().splitlines())
    return int(facts["usage_usec"]) / 1e6


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    before, began = seconds(), time.monotonic()
    done = yield
    line = [item.nodeid, round(seconds() - before, 4), round(time.monotonic() - began, 3)]
    with REPORT.open("a", encoding="utf-8") as report:
        report.write(json.dumps(line) + "\n")
    return done
