"""A solver lives in a process of its own: it crashes, hangs and talks, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.dispatch import solver_process
from activities.dispatch.solver_process import SolverFailed, run
from activities.dispatch.work import Work, WorkShift, WorkTask

WORK = Work(
    matrix=[[0, 600], [600, 0]],
    tasks=[WorkTask(location=1, service=60, windows=[(0, 9000)], allowed=[0], weight=9000)],
    shifts=[WorkShift(start=0, end=9000, begins=0, home=0)],
    seconds=1.0,
)


def solver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """`activities.dispatch.a_solver` as another folder has it."""
    package = tmp_path / "activities" / "dispatch"
    package.mkdir(parents=True)
    for folder in (tmp_path / "activities", package):
        (folder / "__init__.py").touch()
    (package / "a_solver.py").write_text(f"import os, signal, sys, time\n{does}\n", encoding="utf-8")
    monkeypatch.setattr(solver_process, "ROOT", tmp_path)


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", r"crashed \(signal 11\)"),
        ("os.abort()", r"crashed \(signal 6\)"),
        ("time.sleep(600)", "was stopped after 1 s"),
        ("raise ValueError('a location is missing')", "failed .ValueError: a location is missing."),
        ("sys.exit(3)", "failed .without a word."),
        ("print('no plan')", "answered something that is no plan"),
        ("print('{\"routes\": []}')", "answered a plan of other visits"),
        ("print('{\"routes\": [[0, 0]]}')", "answered a plan of other visits"),
        ("print('{\"routes\": [[7]]}')", "answered a plan of other visits"),
    ],
)
def test_what_goes_wrong_in_a_solver_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    solver(tmp_path, monkeypatch, does)
    with pytest.raises(SolverFailed, match=said):
        run("a_solver", WORK, grace=0.3)


def test_a_solver_gets_none_of_the_secrets_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDCARE_DATABASE_URL", "postgresql://somebody:secret@host/db")
    solver(tmp_path, monkeypatch, "sys.exit(str(sorted(os.environ)))")
    with pytest.raises(SolverFailed) as failed:
        run("a_solver", WORK)
    assert "FIELDCARE" not in str(failed.value)


@pytest.mark.parametrize("module", ["vroom", "pyvrp"])
def test_solvers_serve_what_can_be_served(module: str) -> None:
    if not solver_process.is_installed(module):
        pytest.fail("the tests want the extra `dispatch`: make venv")
    assert run(f"{module}_process", WORK).routes == [[0]]


def test_what_a_library_prints_is_no_part_of_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(solver_process.__file__).parent
    solver(
        tmp_path,
        monkeypatch,
        "import io\n"
        f"sys.path.append({str(source.parents[1])!r})\n"
        f"sys.modules.pop('activities.dispatch', None); sys.modules.pop('activities', None)\n"
        f"sys.path.insert(0, {str(source.parents[1])!r})\n"
        "from activities.dispatch.solver_process import answer\n"
        "from activities.dispatch.work import Worked\n"
        "def solve(work):\n"
        "    print('noise'); os.system('echo more noise'); return Worked(routes=[[]])\n"
        "answer(solve, io.FileIO(0, closefd=False))",
    )
    assert run("a_solver", WORK).routes == [[]]
