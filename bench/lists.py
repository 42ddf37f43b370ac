"""`python -m bench.lists`: what one look at a list, or at a ticket, costs the processor, by part and by who asks.

A server with its own process over a database that is filled as by bench/volume.py, one caller of each role after the
other on one connection. Processor time swings less than what the clock says of a busy machine. Nothing is left.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections.abc import Mapping

import httpx2

from bench.door import SERVE, filled, is_up, let_in
from models.settings import Settings
from starter.drill.processors import processor_seconds, since
from starter.embedded import throwaway_stack, worker_environment
from starter.embedded.workers import Workers

WARM = 30
"""Looks before it counts: connections are opened, statements planned."""

VISITORS = 25
"""So many bring each role."""


async def looks(client: httpx2.AsyncClient, token: str, path: str, times: int) -> int:
    """Look so often; returns the bytes of the last answer."""
    size = 0
    for _ in range(times):
        answered = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answered.status_code == 200, answered.text
        size = len(answered.content)
    return size


async def measure(options: argparse.Namespace) -> None:
    with throwaway_stack(settings=Settings()) as stack, socket.socket() as found:
        await filled(stack.addresses.database_url, options.tickets)
        visitors = await let_in(stack.addresses.database_url, VISITORS)
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
        found.close()
        environment = {
            **worker_environment(stack.home.path, stack.addresses),
            "FIELDCARE_LOG_LEVEL": "ERROR",
            "FIELDCARE_API_PORT": str(port),
            "FIELDCARE_API_REQUESTS": "1000000",
            "FIELDCARE_API_BURST": "1000000",
        }
        with Workers(1, environment, stack.home.log("server"), SERVE) as servers:
            await is_up(port)
            parts = {"server": servers.pids, "PostgreSQL": [stack.addresses.postgres_pid]}
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client:
                print("| who | what | server, ms | PostgreSQL, ms | kB |\n|---|---|---|---|---|")
                for role, token in {one["role"]: one["token"] for one in visitors}.items():
                    listed = await client.get("/tickets", headers={"Authorization": f"Bearer {token}"})
                    paths: Mapping[str, str] = {"list": "/tickets"}
                    if tickets := listed.json()["tickets"]:
                        paths = {"list": "/tickets", "ticket": f"/tickets/{tickets[0]['number']}"}
                    for what, path in paths.items():
                        await looks(client, token, path, WARM)
                        before = processor_seconds(parts)
                        size = await looks(client, token, path, options.looks)
                        used = since(before, processor_seconds(parts))
                        each = " | ".join(f"{1000 * used[part] / options.looks:.2f}" for part in parts)
                        print(f"| {role} | {what} | {each} | {size / 1000:.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=300)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
