"""What the embedded Temporal server promises: it answers after `start`, and a home that stays forgets nothing."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped, unused-ignore]
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from models.settings import Settings
from starter.embedded import EmbeddedError
from starter.embedded.home import Home
from starter.embedded.temporal import RETENTION, Temporal

StartTemporal = Callable[..., Temporal]


@pytest.fixture
def start_temporal(folder: Path, said: list[str]) -> Iterator[StartTemporal]:
    """Start Temporal alone, under the home's lock as a stack would; the test's end stops it."""
    with ExitStack() as exits:
        home = Home(folder)
        home.prepare()
        home.lock()
        exits.callback(home.unlock)

        def start(settings: Settings | None = None, **options: Any) -> Temporal:
            server = Temporal(home, settings or Settings(), say=said.append, **options)
            exits.callback(server.stop)
            server.start()
            return server

        yield start


async def test_workflows_survive_a_kill(start_temporal: StartTemporal) -> None:
    server = start_temporal()
    address = server.address
    client = await Client.connect(address)
    await client.start_workflow("Waiting", id="ticket", task_queue="nobody-polls")
    assert server.mark is not None
    os.kill(server.mark.pid, signal.SIGKILL)
    server.start()
    assert server.address == address
    description = await (await Client.connect(address)).get_workflow_handle("ticket").describe()
    assert description.workflow_type == "Waiting"


async def test_a_home_that_stays_keeps_finished_workflows_for_a_month_in_a_private_file(
    start_temporal: StartTemporal, folder: Path
) -> None:
    client = await Client.connect(start_temporal().address)
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert answer.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION
    assert (folder / "temporal.db").stat().st_mode & 0o077 == 0


def test_a_throwaway_server_stores_nothing(start_temporal: StartTemporal, folder: Path) -> None:
    start_temporal(durable=False)
    assert not list(folder.glob("*.db*"))


def test_every_port_is_on_loopback(start_temporal: StartTemporal) -> None:
    server = start_temporal(durable=False)
    assert server.mark is not None
    listening = [c.laddr for c in psutil.Process(server.mark.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert {server.port, server.ui_port} <= {place.port for place in listening}
    assert {place.ip for place in listening} == {"127.0.0.1"}


@pytest.mark.parametrize("skipping", [True, False])
def test_time_can_be_skipped_on_request_only(start_temporal: StartTemporal, skipping: bool) -> None:
    server = start_temporal(durable=False, time_skipping=skipping)
    assert server.mark is not None
    command = psutil.Process(server.mark.pid).cmdline()
    assert ("frontend.workflowTimeSkippingEnabled=true" in command) is skipping


def test_a_requested_port_that_is_taken_is_refused(start_temporal: StartTemporal) -> None:
    refusal = pytest.raises(EmbeddedError, match="is taken: stop what listens there, or request another port")
    with socket.create_server(("127.0.0.1", 0)) as taken, refusal:
        start_temporal(port=taken.getsockname()[1])


def test_a_port_that_another_program_took_is_replaced_and_said(start_temporal: StartTemporal, said: list[str]) -> None:
    server = start_temporal(durable=False)
    before = server.port
    server.stop()
    with socket.create_server(("127.0.0.1", before)):
        server.start()
    assert server.port != before
    assert str(before) in said[0] and str(server.port) in said[0]


def test_a_missing_program_is_named(start_temporal: StartTemporal, folder: Path) -> None:
    with pytest.raises(EmbeddedError, match="correct FIELDCARE_TEMPORAL_BIN"):
        start_temporal(Settings(temporal_bin=folder / "no-temporal"))


def test_what_the_program_complains_of_reaches_the_caller(start_temporal: StartTemporal, folder: Path) -> None:
    (folder / "temporal.db").write_text("this is no database")
    with pytest.raises(EmbeddedError, match=r"Temporal does not start: .*not a database.* \(more in .*temporal\.log\)"):
        start_temporal()
