"""What tests start hears Ctrl-C, even where the tests themselves were started deaf to it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OF_A_CHILD = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, flush=True)"
BACKGROUND_JOB = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does it with what it starts in the background
from tests.children import child
assert child([sys.executable, "-c", {OF_A_CHILD!r}]).wait() == 0
assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
"""


def test_a_child_hears_interrupts_although_its_parent_ignores_them() -> None:
    done = subprocess.run([sys.executable, "-c", BACKGROUND_JOB], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr


def test_whoever_sends_an_interrupt_starts_its_children_here() -> None:
    """Otherwise the test fails for whoever runs all tests in the background."""
    for source in (ROOT / "tests").rglob("test_*.py"):
        text = source.read_text(encoding="utf-8")
        if "SIGINT" in text and source.name not in {Path(__file__).name}:
            assert "from tests.children import child" in text, source
    assert signal.SIGINT
