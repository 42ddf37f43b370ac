"""The rules of the house: dependencies point one way, and some things stay where they belong (DESIGN, "The house")."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("models", "activities", "workflows", "starter", "worker")
MAY_IMPORT = {
    "models": {"models"},
    "activities": {"models", "activities"},
    "workflows": {"models", "activities", "workflows"},
    "starter": {"models", "activities", "workflows", "starter", "migrations"},
    "worker": {"models", "activities", "workflows", "starter"},
    "migrations": {"models", "migrations"},
}
AI_SDKS = {"openai": "activities/ai/providers/openai.py", "anthropic": "activities/ai/providers/anthropic.py"}
WITHIN_AI = {
    "local": {"local"},
    "providers": {"providers"},
    "tasks": {"local", "providers", "tasks"},
    "calls": {"providers", "tasks", "calls"},
}
"""What each folder of `activities/ai` imports of the others; `workers.py` puts all of them together."""


def parsed(source: str) -> ast.Module:
    """The tree of a source. Python 3.11 may miscount its own depth (python/cpython issue 106905)."""
    try:
        return ast.parse(source)
    except SystemError:
        return ast.parse(source)


def sources() -> Iterator[Path]:
    for folder in ("models", "activities", "workflows", "starter", "migrations"):
        yield from sorted((ROOT / folder).rglob("*.py"))
    yield ROOT / "worker.py"


@cache
def imports(source: Path) -> frozenset[str]:
    """Full names of the modules that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(parsed(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return frozenset(found)


def floor(source: Path) -> str:
    return source.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("source", list(sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_floor_imports_only_the_floors_below(source: Path) -> None:
    ours = {name.split(".")[0] for name in imports(source)} & set(MAY_IMPORT)
    assert ours <= MAY_IMPORT[floor(source)]


@pytest.mark.parametrize("source", list(sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_an_ai_sdk_is_imported_in_its_own_provider_only(source: Path) -> None:
    for sdk, home in AI_SDKS.items():
        if any(name.split(".")[0] == sdk for name in imports(source)):
            assert str(source.relative_to(ROOT)) == home


@pytest.mark.parametrize("folder", WITHIN_AI)
def test_the_folders_of_ai_depend_one_way(folder: str) -> None:
    for source in (ROOT / "activities" / "ai" / folder).rglob("*.py"):
        taken = {name.split(".")[2] for name in imports(source) if name.startswith("activities.ai.")}
        assert taken <= WITHIN_AI[folder], source


def test_the_worker_takes_only_the_client_and_the_logs_of_starter() -> None:
    taken = {name for name in imports(ROOT / "worker.py") if name.startswith("starter")}
    assert taken <= {"starter.client", "starter.logs"}


def test_the_worker_stays_under_100_lines() -> None:
    assert len((ROOT / "worker.py").read_text(encoding="utf-8").splitlines()) < 100


def test_models_know_no_client_and_no_worker() -> None:
    for source in (ROOT / "models").rglob("*.py"):
        temporal = {name for name in imports(source) if name.startswith("temporalio")}
        assert temporal <= {"temporalio.common"}, source


def test_no_workflow_reaches_the_database_or_an_ai_sdk() -> None:
    """What counts is what is loaded in the end, so this asks a fresh interpreter."""
    code = (
        "import sys, workflows.registry, workflows.housekeeping, workflows.webhooks\n"
        "bad = {'sqlalchemy', 'sqlmodel', 'asyncpg', 'openai', 'anthropic', 'models.database', 'models.tables'}\n"
        "print(sorted(bad & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


NOT_DETERMINISTIC = {
    "time", "random", "secrets", "os", "socket", "subprocess", "threading", "tempfile", "pathlib", "shutil",
    "urllib", "http", "requests", "httpx", "httpx2", "aiohttp",
}  # fmt: skip
CALLS_OF_CHANCE = {"now", "utcnow", "today", "uuid1", "uuid4", "uuid7"}
BUILTINS_WITH_EFFECTS = {"open", "input", "print", "exec", "eval", "id", "hash"}


@pytest.mark.parametrize(
    "source",
    [path for folder in ("workflows", "models/sla") for path in sorted((ROOT / folder).rglob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_workflow_code_reads_no_clock_draws_no_lots_and_touches_no_file(source: Path) -> None:
    """The workflows run without the SDK's sandbox (docs/adr/0010), so this is what holds them deterministic."""
    assert not {name.split(".")[0] for name in imports(source)} & NOT_DETERMINISTIC
    for node in ast.walk(parsed(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in BUILTINS_WITH_EFFECTS
            assert called == "workflow.now" or called.rsplit(".", maxsplit=1)[-1] not in CALLS_OF_CHANCE, called


SAFE_OF_WORKFLOW = {
    "defn", "init", "run", "update", "signal", "query",
    "execute_activity_method", "wait_condition", "sleep", "continue_as_new", "all_handlers_finished",
    "now", "info", "logger", "upsert_search_attributes", "set_current_details", "get_last_completion_result",
}  # fmt: skip
"""What workflow code may take of `temporalio.workflow`: its histories replay whatever stands still (docs/adr/0019)."""

SAFE_OF_ASYNCIO = {"create_task", "Task", "CancelledError"}
ONLY_HERE = {
    "workflows/messages.py": "execute_local_activity_method",  # runs from before the patch `tasks-apart` go on by it
    "workflows/patches.py": "patched",  # `has()` asks by it, where a run's start does not say
}


@pytest.mark.parametrize(
    "source", sorted((ROOT / "workflows").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_workflow_code_waits_only_by_what_replays(source: Path) -> None:
    tree, name = parsed(source.read_text(encoding="utf-8")), str(source.relative_to(ROOT))
    taken = [
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    ]
    of_workflow = [attribute for module, attribute in taken if module == "workflow"]
    if name in ONLY_HERE:
        of_workflow.remove(ONLY_HERE[name])
    assert set(of_workflow) <= SAFE_OF_WORKFLOW
    assert {attribute for module, attribute in taken if module == "asyncio"} <= SAFE_OF_ASYNCIO
    handlers = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
        and (
            name == "workflows/messages.py"  # all of it is called by handlers, and those of commands are made there
            or any(ast.unparse(one).startswith(("workflow.update", "workflow.signal")) for one in node.decorator_list)
        )
    ]
    for handler in handlers:
        waits = [node for node in ast.walk(handler) if isinstance(node, ast.Call)]
        assert not any(ast.unparse(one.func) == "workflow.sleep" for one in waits), handler.name
        assert not any(keyword.arg == "timeout" for one in waits for keyword in one.keywords), handler.name


def test_histories_are_replayed_by_the_runner_of_the_workers() -> None:
    """Another one finds faults where there are none, and none where there are."""
    makes = {
        str(source.relative_to(ROOT))
        for folder in ("workflows", "starter", "tests", "bench")
        for source in (ROOT / folder).rglob("*.py")
        if "Replayer(" in source.read_text(encoding="utf-8") and source.name != "test_house.py"
    }
    assert makes == {"workflows/runner.py", "tests/workflows/test_tasks_apart.py"}  # that one has a workflow of its own


def test_starter_never_writes_a_table() -> None:
    """Tickets are written by activities alone. Starting the database's migrations and seeds is not writing a ticket."""
    writes = ("insert into", "update ", "delete from", "truncate", "copy ")
    for source in (ROOT / "starter").rglob("*.py"):
        for node in ast.walk(parsed(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                statement = node.value.strip().lower()
                assert not (statement.startswith(writes) and (" set " in statement or "into" in statement)), source
    assert not any(
        name.startswith("models.tables") for source in (ROOT / "starter").rglob("*.py") for name in imports(source)
    )
