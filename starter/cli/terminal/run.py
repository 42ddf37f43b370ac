"""How a command of the terminal runs: to its end, in one clear line and an exit code where it can't go on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import typer
from rich.console import Console

from starter.cli.terminal.display import ENDLESS, cleaned
from starter.cli.terminal.failing import EXIT_CODES, in_terminal_words


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else ENDLESS
    return cleaned(Console(stderr=stderr, highlight=False, soft_wrap=True, width=width))


out = _console(stderr=False)
err = _console(stderr=True)


NOT_WELL = 1
"""Exit code of a command that was done, and found something that is not as it should be."""
INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a program has that SIGPIPE ended, as `fieldcare … | head` expects."""


def say(sentence: str) -> None:
    """Tell the person at the terminal something beside what the command prints."""
    err.print(f"fieldcare: {sentence}", markup=False)


def run(work: Coroutine[Any, Any, int | None]) -> NoReturn:
    """Run a command to its end, which ends the program with its exit code.

    Raises:
        typer.Exit: with the code.
    """
    run_here(lambda: asyncio.run(_without_noise(work)))


async def _without_noise(work: Coroutine[Any, Any, int | None]) -> int | None:
    """The work, in a loop that does not report the futures that the SDK leaves behind when a call of it ends early."""

    def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        from temporalio.service import RPCError

        if not isinstance(context.get("exception"), asyncio.CancelledError | RPCError):
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(report)
    return await work


def run_here(work: Callable[[], int | None]) -> NoReturn:
    """Like `run()`, for a command that has an event loop of its own, or none."""
    raise typer.Exit(_guarded(work))


def _guarded(work: Callable[[], int | None]) -> int:
    try:
        code = work() or 0
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit):  # rich makes the second of the first
        return BROKEN_PIPE
    except KeyboardInterrupt:
        say("stopped")
        return INTERRUPTED
    except Exception as error:
        from starter.services import failure_of

        failure = failure_of(error)
        if failure is None:
            raise  # a fault of ours, which shows itself
        say(in_terminal_words(failure))
        return EXIT_CODES[failure.code]
