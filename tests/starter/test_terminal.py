"""The commands that tests run side by side end with the exit codes that they ended with."""

from __future__ import annotations

import time
from multiprocessing import forkserver
from typing import Any

import pytest

from tests.starter.terminal import clean_environment, side_by_side


def test_no_exit_code_is_lost_when_somebody_else_reads_it_first(monkeypatch: pytest.MonkeyPatch) -> None:
    read: Any = vars(forkserver)["read_signed"]
    being_read: set[int] = set()

    def read_late(handle: int) -> Any:
        if handle in being_read:
            return read(handle)
        being_read.add(handle)
        time.sleep(0.2)  # as on a busy machine: whoever else looks now comes before us
        being_read.discard(handle)
        return read(handle)

    monkeypatch.setattr(forkserver, "read_signed", read_late)
    ended = side_by_side(clean_environment(), *[("--version",)] * 12)
    assert [done.returncode for done in ended] == [0] * 12
