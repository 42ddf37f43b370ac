"""The server: settings → engines → the applications that answer, behind one port. Run it as `fieldcare serve`.

It is where fronts are put together, as worker.py is where workers are; it alone takes them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from models.settings import Settings
from starter.api.app import PREFIX, make_api
from starter.logs import configure_logs
from starter.portal.app import make_portal
from starter.web.engines import Engines
from starter.web.envelope import Envelope

PORT = 8000
GRACE = 10
"""Seconds that requests under way have to end when the server is told to stop."""


class ByPrefix:
    """Hands a request to the application whose prefix its path has, else to the last one.

    Starlette's own `Mount` takes no path with a line break in it, and would answer that itself.
    """

    def __init__(self, applications: Mapping[str, ASGIApp], otherwise: ASGIApp) -> None:
        self._applications = applications
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for prefix, application in self._applications.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                await application({**scope, "root_path": prefix}, receive, send)
                return
        await self._otherwise(scope, receive, send)


def make_app(engines: Engines) -> ASGIApp:
    """Everything that answers, on engines that whoever calls this closes."""
    return Envelope(ByPrefix({PREFIX: make_api(engines)}, make_portal(engines)))


async def serve(settings: Settings) -> None:
    """Answer until SIGTERM or Ctrl-C."""
    engines = Engines(settings)
    config = uvicorn.Config(
        make_app(engines),
        host=settings.api_host,
        port=settings.api_port or PORT,
        proxy_headers=True,
        forwarded_allow_ips=settings.api_forwarded,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=64 * 1024,
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await engines.aclose()


def main() -> None:
    """Serve by the settings of the environment."""
    settings = Settings()
    configure_logs(settings)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
    sys.exit(0)
