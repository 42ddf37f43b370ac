"""What takes long and is tried in a shorter form every day: `make drill` does the whole of it.

What stands for what is said where the mark is: next to it, or in its test's docstring. Of those whose short form is in
another place: twelve commands under each fault (`workflows/test_fault_matrix.py`) by four under one, and by a drill
with faults (`starter/test_drill_faults.py`); Ctrl-C in the middle of the demo (`starter/test_demo.py`) by SIGTERM
there, and by Ctrl-C in the middle of a drill (`starter/test_drill_faults.py`).
"""

from __future__ import annotations

import os

import pytest

WHOLE = os.environ.get("DRILLS") == "whole"
"""Whether everything is asked for."""

drill = pytest.mark.drill
"""A test, or a case of one, that everyday runs leave to `make drill`; something shorter stands for it there."""


def take_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the drills out, and say so at the end."""
    if WHOLE:
        return
    left = [item for item in items if item.get_closest_marker(drill.name)]
    if left:
        items[:] = [item for item in items if not item.get_closest_marker(drill.name)]
        config.hook.pytest_deselected(items=left)
