"""The `fieldcare` command in processes of its own, for tests that run it many times.

A fork server has the libraries loaded already, so a command costs what it does and not a second of imports. Each still
runs from `main()` to `os._exit()` with an environment, standard streams and an exit code of its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import wait
from pathlib import Path
from threading import Lock
from typing import Any

ROOT = Path(__file__).parents[2]
Environment = dict[str, str]
Ended = subprocess.CompletedProcess[str]

_LIBRARIES = ["pytest", "typer._adapters", "rich.progress", "rich.markdown", "rich._emoji_codes"]
_COMMANDS = ROOT / "starter" / "cli"
"""What looks at the terminal while it is loaded: each process does so itself."""
_OURS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "starter").rglob("*.py"))
    if not path.is_relative_to(_COMMANDS) and not path.stem.startswith("__")
]
_ON_OURSELVES = ("FIELDCARE_", "TEMPORAL_", "COLUMNS")

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.starter.loading", *_LIBRARIES, *_OURS, "tests.starter.declared"])

_reading = Lock()
"""Held while anybody looks how processes ended: starting one looks at all the others too, and of two that read the
same exit code at once, the second finds nothing and takes it for 255."""


def clean_environment() -> Environment:
    """The environment of somebody who has set nothing for this program."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_ON_OURSELVES)}


def command(*arguments: str) -> list[str]:
    """The command line, for a process that a test wants to hold in its hands."""
    return [sys.executable, "-m", "starter.cli", *arguments]


def fieldcare(env: Environment, *arguments: str, stdin: str = "", timeout: float = 60) -> Ended:
    """Run the command and return how it ended; no command may ever show a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(stdin, encoding="utf-8")
        process = _processes.Process(target=_main, args=(arguments, env, [str(path) for path in streams]))
        with _reading:
            process.start()
        ended = wait([process.sentinel], timeout)
        with _reading:
            code = process.exitcode if ended else None
            if code is None:
                process.kill()
                raise AssertionError(f"fieldcare {' '.join(arguments)} did not end within {timeout} s")
        said, complained = (path.read_text(encoding="utf-8") for path in streams[1:])
    assert "Traceback" not in complained, complained
    return Ended(arguments, code, said, complained)


def answer(env: Environment, *arguments: str, stdin: str = "") -> Any:
    """What a command that succeeds says in JSON."""
    done = fieldcare(env, *arguments, "--json", stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def side_by_side(env: Environment, *commands: tuple[str, ...]) -> list[Ended]:
    """Run independent commands at the same time; the answers in their order."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda arguments: fieldcare(env, *arguments), commands))


def _main(arguments: tuple[str, ...], env: Environment, streams: list[str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)
    for number, (path, flag) in enumerate(zip(streams, flags, strict=True)):
        os.dup2(os.open(path, flag, 0o600), number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.argv = ["fieldcare", *arguments]
    from starter.cli import main

    main()
