"""What a web page that somebody has open can do to the embedded Temporal: nothing, on whichever port it tries."""

from __future__ import annotations

import http.client
import shlex
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from models.settings import Settings
from starter.embedded import EmbeddedError
from starter.embedded.binaries import temporal_program
from starter.embedded.home import Home
from starter.embedded.temporal import Temporal

StartTemporal = Callable[..., Temporal]
EVIL = "http://evil.example"
OF_TICKET = "/api/v1/namespaces/default/workflows/ticket"
ACTS = (
    f"{OF_TICKET}/terminate",
    f"{OF_TICKET}/cancel",
    f"{OF_TICKET}/signal/stage_completed",
    f"{OF_TICKET}/update/complete_stage",
    "/api/v1/namespaces/default/workflows/another",
    "/api/v1/namespaces/default/update",
    "/namespaces/default/workflows/ticket/terminate",
)


@pytest.fixture
def start_temporal(folder: Path) -> Iterator[StartTemporal]:
    """Start Temporal alone, under the home's lock as a stack would; the test's end stops it."""
    with ExitStack() as exits:
        home = Home(folder)
        home.prepare()
        home.lock()
        exits.callback(home.unlock)

        def start(settings: Settings | None = None, **options: Any) -> Temporal:
            server = Temporal(home, settings or Settings(), **options)
            exits.callback(server.stop)
            server.start()
            return server

        yield start


def ports_of(server: Temporal) -> set[int]:
    assert server.mark is not None
    places = psutil.Process(server.mark.pid).net_connections()
    return {place.laddr.port for place in places if place.status == psutil.CONN_LISTEN}


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> int | None:
    """The status of the answer to a request as a browser sends it; None: what listens there speaks no such HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse().status
    except (http.client.HTTPException, ConnectionError):
        return None
    finally:
        connection.close()


@pytest.mark.parametrize("durable", [True, False])
async def test_a_request_without_a_secret_moves_no_ticket_on_any_port(
    start_temporal: StartTemporal, durable: bool
) -> None:
    server = start_temporal(durable=durable)
    client = await Client.connect(server.address)
    handle = await client.start_workflow("Waiting", id="ticket", task_queue="nobody-polls")
    ports = ports_of(server)
    assert {server.port, server.ui_port} < ports
    obeyed = [
        (port, path, kind, host, status)
        for port in sorted(ports)
        for path in ACTS
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json", "application/grpc-web")
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "evil.example")
        if (status := ask(port, "POST", path, b"{}", Content_Type=kind, Host=host, Origin=EVIL)) is not None
        and status < 400
    ]
    assert obeyed == []
    description = await handle.describe()
    assert description.status is WorkflowExecutionStatus.RUNNING
    events = [event.event_type async for event in handle.fetch_history_events()]
    assert len(events) == 2  # started, and the task that nobody polls


def send(port: int, request: str) -> str:
    """The first line of the answer to a request, sent as it is."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.encode())
        try:
            return connection.recv(1000).decode(errors="replace").partition("\r\n")[0]
        except ConnectionError:
            return ""


HOSTS = {
    "none": "HTTP/1.0\r\n",
    "empty in HTTP 1.0": "HTTP/1.0\r\nHost:\r\n",
    "empty in HTTP 1.1": "HTTP/1.1\r\nHost: \r\n",
    "the allowed one": "HTTP/1.1\r\nHost: /\r\n",
}


async def test_a_request_that_names_no_host_moves_no_ticket_either(start_temporal: StartTemporal) -> None:
    server = start_temporal(durable=False)
    client = await Client.connect(server.address)
    handle = await client.start_workflow("Waiting", id="ticket", task_queue="nobody-polls")
    body = '{"reason":"x"}'
    rest = f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    answers = {
        (port, name): send(port, f"POST {OF_TICKET}/terminate {host}{rest}")
        for port in ports_of(server)
        for name, host in HOSTS.items()
    }
    assert {place: answer for place, answer in answers.items() if " 2" in answer or " 3" in answer} == {}
    assert sum("403 Forbidden" in answer for answer in answers.values()) >= 3  # the HTTP API was among those asked
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_the_http_api_shows_nothing_either(start_temporal: StartTemporal) -> None:
    server = start_temporal(durable=False)
    client = await Client.connect(server.address)
    await client.start_workflow("Waiting", id="ticket", task_queue="nobody-polls")
    read = {
        port: status
        for port in ports_of(server) - {server.ui_port}
        for path in (OF_TICKET, f"{OF_TICKET}/history", "/api/v1/namespaces/default/workflows", "/api/v1/namespaces")
        if (status := ask(port, "GET", path)) is not None and status < 400
    }
    assert read == {}


@pytest.mark.parametrize("path", ACTS[:6])
def test_the_ui_asks_for_a_token_that_no_other_page_can_read(start_temporal: StartTemporal, path: str) -> None:
    server = start_temporal(durable=False)
    connection = http.client.HTTPConnection("127.0.0.1", server.ui_port, timeout=10)
    connection.request("GET", "/api/v1/namespaces/default", headers={"Origin": EVIL})
    answer = connection.getresponse()
    assert answer.getheader("Access-Control-Allow-Origin") is None  # a page from elsewhere gets no look at it
    cookie = answer.getheader("Set-Cookie") or ""
    connection.close()
    assert "_csrf=" in cookie and "SameSite=Strict" in cookie
    sent = cookie.partition(";")[0]
    assert ask(server.ui_port, "POST", path, b"{}", Cookie=sent, Content_Type="text/plain", Origin=EVIL) == 400


def test_no_preflight_allows_another_page_to_send_the_token(start_temporal: StartTemporal) -> None:
    server = start_temporal(durable=False)
    connection = http.client.HTTPConnection("127.0.0.1", server.ui_port, timeout=10)
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-csrf-token", "Origin": EVIL}
    connection.request("OPTIONS", ACTS[0], headers=wish)
    allowed = {name.lower() for name, _ in connection.getresponse().getheaders()}
    connection.close()
    assert not {name for name in allowed if name.startswith("access-control-allow")}


@pytest.mark.parametrize("instead", ["frontend.WorkflowPauseEnabled=false", "frontend.httpAllowedHosts=[]"])
def test_a_program_whose_http_api_can_not_be_shut_is_refused(
    start_temporal: StartTemporal, folder: Path, instead: str
) -> None:
    """As one of before the setting, which here it does not get; or one that lets in who names no host."""
    program = folder / "old-temporal"
    program.write_text(
        "#!/bin/sh\n"
        f'for one do shift; case "$one" in frontend.httpAllowedHosts=*) one={instead};; esac\n'
        'set -- "$@" "$one"; done\n'
        f'exec {shlex.quote(str(temporal_program(Settings())))} "$@"\n'
    )
    program.chmod(0o755)
    before = psutil.Process().children(recursive=True)
    with pytest.raises(EmbeddedError, match=r"can't be shut in this version .*: correct FIELDCARE_TEMPORAL_BIN"):
        start_temporal(Settings(temporal_bin=program), durable=False)
    assert set(psutil.Process().children(recursive=True)) <= set(before)
