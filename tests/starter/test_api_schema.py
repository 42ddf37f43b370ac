"""Whatever the description allows is sent to a real server: no answer is one that it does not describe, and none is a
fault. `make fuzz` is the long form, with all that the description does not allow.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn

from starter.api.app import PREFIX
from starter.serving import make_app
from tests.field import Field
from tests.serving import a_server
from tests.waiting import until

PHASES, EXAMPLES = ("examples,coverage,fuzzing", "25") if os.environ.get("API_FUZZ") == "whole" else ("fuzzing", "1")
LOOK = """
import sys
from schemathesis.cli import schemathesis
schemathesis()
"""


async def test_whatever_is_sent_is_answered_as_described(field: Field, service_url: str, tmp_path: Path) -> None:
    async with a_server(field, service_url, field.owner, api_commands=1_000_000) as server:
        ticket = await field.open(engineer="ENG-004")
        token = (await server.token("coordinator")).get_secret_value()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            config = uvicorn.Config(make_app(server.engines), log_config=None, access_log=False)
            running = uvicorn.Server(config)
            served = asyncio.create_task(running.serve(sockets=[listening]))
            try:
                await until(lambda: _started(running))
                output = await _fuzz(f"http://127.0.0.1:{port}{PREFIX}", token, ticket.number, tmp_path)
            finally:
                running.should_exit = True
                with suppress(asyncio.CancelledError):
                    await served
    assert not output, output


async def _started(server: uvicorn.Server) -> bool:
    return server.started


async def _fuzz(at: str, token: str, reference: str, folder: Path) -> str:
    """What it found; nothing: nothing."""
    settings = folder / "schemathesis.toml"
    settings.write_text(
        f"""
parameters = {{ "path.reference" = "{reference}", "path.clock" = "response", "query.lasts" = 0 }}
[checks.positive_data_acceptance]
# Whether a name can be read, a cursor was one of ours, or a unit is there, no schema says.
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]
""",
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LOOK, "--config-file", str(settings), "run", f"{at}/openapi.json", "--url", at),
        *("--header", f"Authorization: Bearer {token}", "--max-examples", EXAMPLES, "--continue-on-failure"),
        *("--phases", PHASES, "--exclude-path-regex", "^/(session|password)", "--no-color"),
        *("--request-timeout", "70"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return "" if process.returncode == 0 else told.decode(errors="replace")
