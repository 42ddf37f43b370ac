"""Processes that tests start and send signals to."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from typing import Any


def child(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Start a process that Ctrl-C reaches, whoever started the tests.

    A shell starts its background jobs with SIGINT ignored, and every process below inherits that: one that ought to be
    stopped by it would not be.
    """
    return subprocess.Popen(command, preexec_fn=_hear_interrupts, **options)  # noqa: PLW1509 - one system call


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
