"""How a solver's process is run and how it answers: it may crash, hang or eat memory, and nothing else does then."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from activities.dispatch.work import Work, Worked

ROOT = Path(__file__).resolve().parents[2]

GRACE = 60.0
"""Seconds that a process may take beyond its time, to start, to read, and to build what it looks at.

One or two, mostly; twenty on a machine that is at its limit.
"""


class SolverFailed(Exception):  # noqa: N818 - it is said of a solver
    """A solver ended without an answer; the words say how."""


def is_installed(module: str) -> bool:
    """Whether a solver's package is there: `vroom`, `pyvrp`."""
    return find_spec(module) is not None


def run(module: str, work: Work, *, grace: float = GRACE, package: str = "activities.dispatch") -> Worked:
    """What the solver of `<package>.<module>` finds for `work`.

    The process gets nothing of the environment but where Python and its packages are: it needs no secrets.

    Raises:
        SolverFailed: it crashed, was killed at its limit, or answered nonsense.
    """
    kept = {
        name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR") if name in os.environ
    }
    try:
        ended = subprocess.run(
            [sys.executable, "-m", f"{package}.{module}"],
            input=work.model_dump_json().encode(),
            capture_output=True,
            timeout=work.seconds + grace,
            cwd=ROOT,
            env={**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SolverFailed(f"was stopped after {work.seconds + grace:.0f} s") from None
    if ended.returncode < 0:
        raise SolverFailed(f"crashed (signal {-ended.returncode})")
    if ended.returncode:
        last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["without a word"]
        raise SolverFailed(f"failed ({last[0][:200]})")
    try:
        worked = Worked.model_validate_json(ended.stdout)
    except ValueError:
        raise SolverFailed("answered something that is no plan") from None
    numbers = [one for route in worked.routes for one in route]
    if (
        len(worked.routes) != len(work.shifts)
        or len(set(numbers)) != len(numbers)
        or not all(0 <= one < len(work.tasks) for one in numbers)
    ):
        raise SolverFailed("answered a plan of other visits")
    return worked


def answer(solve: Callable[[Work], Worked], source: io.FileIO) -> None:
    """The life of a solver's process: read work, solve it, write what was found.

    What the library prints goes to the errors, so that the answer is nothing but the answer.
    """
    out = os.dup(1)
    os.dup2(2, 1)
    worked = solve(Work.model_validate_json(source.readall()))
    with os.fdopen(out, "wb") as stream:
        stream.write(worked.model_dump_json().encode())
