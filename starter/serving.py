"""The server: settings → engines → the applications that answer, behind one port. Run it as `fieldcare serve`.

It is where fronts are put together, as worker.py is where workers are; it alone takes them.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import ssl
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

if __name__ == "__main__":
    gc.disable()  # while modules are loaded nothing becomes rubbish, and looking for it takes a fifth of the start

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from models.database_errors import DatabaseError
from models.settings import Settings
from starter.accounts.managing import list_accounts
from starter.api.app import PREFIX, make_api
from starter.boarding.plans import Plans
from starter.failures import BadSetting
from starter.logs import configure_logs
from starter.portal.app import make_portal
from starter.web.connections import Connection
from starter.web.engines import Engines
from starter.web.envelope import Envelope
from starter.web.streams import Pace

logger = logging.getLogger(__name__)

PORT = 8000
KEPT = 75
"""Seconds that a connection on which nobody asks stays open: longer than proxies keep theirs (nginx: 60 s). They would
ask on one that is just being closed, and tell whoever waits that the server failed."""

GRACE = 10
"""Seconds that requests under way have to end when the server is told to stop."""


class Server(uvicorn.Server):
    """Answers that go on for as long as somebody listens end when the server is told to stop."""

    def __init__(self, config: uvicorn.Config, engines: Engines) -> None:
        super().__init__(config)
        self._engines = engines

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._engines.feed.end()
        await super().shutdown(sockets)


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


def make_app(engines: Engines, pace: Pace = Pace(), plans: Plans | None = None) -> ASGIApp:
    """Everything that answers, on engines that whoever calls this closes.

    Args:
        plans: where boards have theirs from; None: from the record.
    """
    return Envelope(ByPrefix({PREFIX: make_api(engines, pace)}, make_portal(engines, plans)))


def make_server(engines: Engines) -> uvicorn.Server:
    """What listens by the settings, and answers until its `should_exit` or a signal.

    Raises:
        BadSetting: TLS can't be had as they want it.
    """
    settings = engines.settings
    config = uvicorn.Config(
        make_app(engines),
        host=settings.api_host,
        port=settings.api_port or PORT,
        proxy_headers=settings.api_forwarded is not None,
        forwarded_allow_ips=settings.api_forwarded,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=KEPT,
        timeout_graceful_shutdown=GRACE,
        http=Connection,
        ws="none",
        h11_max_incomplete_event_size=64 * 1024,
        **_tls(settings),
    )
    return Server(config, engines)


async def serve(settings: Settings) -> None:
    """Answer until SIGTERM or Ctrl-C."""
    engines = Engines(settings)
    reminding = asyncio.create_task(remind_of_first_administrator(engines))
    try:
        await make_server(engines).serve()
    finally:
        reminding.cancel()
        await engines.aclose()


async def remind_of_first_administrator(engines: Engines) -> None:
    """Say in the log how somebody comes in at all, where nobody has an account. The link itself is for no log, and a
    server that runs as the application could not make one."""
    try:
        if (await list_accounts(engines.database, limit=1)).rows:
            return
    except DatabaseError:
        return  # the first request will be told
    logger.warning(
        "there is no account yet: `fieldcare user link`, where the database's owner is configured, makes the one-time "
        "link of the first administrator"
    )


def _tls(settings: Settings) -> dict[str, Any]:
    """What the server shows, and wants to be shown, where it ends TLS itself.

    Raises:
        BadSetting: a file is missing, or not what it has to be.
    """
    if settings.api_certificate is None:
        if settings.api_client_authority is not None or settings.api_certificate_key is not None:
            raise BadSetting("FIELDCARE_API_CERTIFICATE is unset, so there is no TLS that its key or clients go with.")
        return {}
    try:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(settings.api_certificate, settings.api_certificate_key)
        if settings.api_client_authority is not None:
            made.load_verify_locations(settings.api_client_authority)
    except OSError as error:  # what can't be read, and what is no certificate
        raise BadSetting(
            f"The server's certificate, its key or the clients' authority can't be used: {error}."
        ) from error
    wants = ssl.CERT_NONE if settings.api_client_authority is None else ssl.CERT_REQUIRED
    return {
        "ssl_certfile": settings.api_certificate,
        "ssl_keyfile": settings.api_certificate_key,
        "ssl_ca_certs": settings.api_client_authority,
        "ssl_cert_reqs": wants,
    }


def is_alive(settings: Settings) -> bool:
    """Whether a server answers here, for whoever restarts it: that it takes connections is enough with client TLS."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", settings.api_port or PORT), timeout=5) as connection:
        if settings.api_certificate is not None:
            return True
        connection.sendall(f"GET {PREFIX}/health/live HTTP/1.0\r\n\r\n".encode())
        return b" 204 " in connection.recv(64)
    return False


def main() -> None:
    """Serve by the settings of the environment; with `--check`, say by the exit code whether one answers here."""
    settings = Settings()
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if is_alive(settings) else 1)
    configure_logs(settings)
    gc.freeze()
    gc.enable()
    try:
        asyncio.run(serve(settings))
    except BadSetting as error:
        raise SystemExit(f"server: {error}") from error


if __name__ == "__main__":
    main()
