"""Temporal's development server from the installed wheel: started, checked and stopped for one home."""

from __future__ import annotations

import http.client
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta

from models.settings import Settings
from starter.embedded.accounts import BARE_ENVIRONMENT
from starter.embedded.binaries import temporal_program
from starter.embedded.errors import EmbeddedError
from starter.embedded.home import Home
from starter.embedded.processes import (
    LOOPBACK,
    ProcessMark,
    Steps,
    answers,
    choose_port,
    end,
    free_port,
    log_tail,
    size_of,
    spawn,
    wait_until,
)
from starter.embedded.signals import held_signals

NAMESPACE = "default"
RETENTION = timedelta(days=30)
"""How long a home that stays keeps finished workflows; the server's own default is one day."""

STOP: Steps = ((signal.SIGTERM, 15), (signal.SIGKILL, 5))
ABANDON: Steps = ((signal.SIGKILL, 5),)

_REPORTING = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2"
"""A ticket whose task fails shows (`fieldcare status`) after some twelve seconds; by the server's default of 5, after a
minute."""

UPDATES_IN_TESTS = 150
"""How many updates a run may have where time is skipped."""

_TIME_SKIPPING = (
    "frontend.workflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="10ms"',  # by default every skip and every short timer costs about 1 s
    'history.workflowIdReuseMinimalInterval="0s"',  # the default of 1 s breaks the virtual clock on continue-as-new
    f"history.maxTotalUpdates={UPDATES_IN_TESTS}",  # 2,000 by default; tests go beyond it
)
_NOBODY = 'frontend.httpAllowedHosts=["/"]'
"""Under which names the server's HTTP API may be called: under one that no request can carry, for it is malformed. (An
empty list lets in requests that name no host.) The API asks nobody for a secret and takes a POST from any web page,
which could end a ticket or sign it off. The development server always opens its port; this shuts it."""

_START_TIMEOUT = 60.0  # seconds
_RETENTION_TIMEOUT = 20.0
_RACES = 5
_OF_NO_USER = ("--disable-config-file", "--disable-config-env")
"""The user's own Temporal profiles are for clients of other servers."""


class Temporal:
    """The Temporal server of a locked home: in a file that survives everything, or (not `durable`) in memory."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        durable: bool = True,
        time_skipping: bool = False,
        port: int | None = None,
        ui_port: int | None = None,
        log_level: str = "warn",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._home = home
        self._settings = settings
        self._durable = durable
        self._time_skipping = time_skipping
        self._requested = port
        self._requested_ui = ui_port
        self._log_level = log_level
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._http_port = 0
        self.mark: ProcessMark | None = None
        self.port = 0
        self.ui_port = 0

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def ui(self) -> str:
        return f"http://{LOOPBACK}:{self.ui_port}"

    def start(self) -> None:
        """Return when the server answers for its namespace."""
        self.stop()  # one that was killed may be dying still, and hold its ports
        for race in range(_RACES):
            self.port = choose_port(
                "Temporal",
                requested=self._requested,
                previous=self._home.recall_port("temporal_port"),
                say=self._say,
            )
            self.ui_port = choose_port(
                "the Temporal UI",
                requested=self._requested_ui,
                previous=self._home.recall_port("temporal_ui_port"),
                say=self._say,
            )
            self._http_port = free_port()
            if self._launch(last=race == _RACES - 1):
                break
        self._see_that_it_is_shut()
        self._home.remember(temporal_port=self.port, temporal_ui_port=self.ui_port)
        if self._durable:
            self._keep_history()

    def keep_port(self) -> None:
        """From now on a start takes these ports or fails: others know the addresses."""
        self._requested, self._requested_ui = self.port, self.ui_port

    def exited(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """End the server; does nothing when none runs."""
        if self.mark is not None:
            with held_signals():
                end(self.mark, STOP if self._durable else ABANDON)
                if self._process is not None:
                    self._process.wait()
                self.mark = self._process = None

    def _command(self) -> list[str]:
        options = {
            "ip": LOOPBACK,
            "port": self.port,
            "ui-port": self.ui_port,
            "http-port": self._http_port,
            "log-level": self._log_level,
            "log-format": "text",
            "color": "never",
        }
        if self._durable:
            options["db-filename"] = str(self._home.path / "temporal.db")
        command = [str(temporal_program(self._settings)), "server", "start-dev", "--ui-disable-news-fetch"]
        command += [*_OF_NO_USER, "--dynamic-config-value", _NOBODY]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        for value in (_REPORTING, *(_TIME_SKIPPING if self._time_skipping else ())):
            command += ["--dynamic-config-value", value]
        return command

    def _launch(self, *, last: bool) -> bool:
        """Start and wait until ready. False when another program took a port meanwhile and another try is left."""
        log = self._home.log("temporal")
        since = size_of(log)
        with held_signals():
            self._process = spawn(
                self._command(),
                log=log,
                environment=self._environment,
                death_signal=signal.SIGTERM if self._durable else signal.SIGKILL,
                cwd=self._home.path,
            )
            self.mark = ProcessMark.of("temporal", self._process.pid, self.address)
        process = self._process
        if wait_until(lambda: process.poll() is not None or self._ready(), _START_TIMEOUT):
            if process.poll() is None:
                return True
            complaint = log_tail(log, since)
            self.mark = self._process = None
            if not last and ("address already in use" in complaint or "can't set port" in complaint):
                return False
            raise EmbeddedError(f"Temporal does not start: {complaint} (more in {log}).")
        self.stop()
        raise EmbeddedError(f"Temporal was not ready after {_START_TIMEOUT:.0f} s: see {log}.")

    @property
    def _environment(self) -> dict[str, str]:
        # One that is thrown away soon has memory to spare, and a tenth of its work would be to save it.
        thrift = {} if self._durable else {"GOGC": "400"}
        return {**BARE_ENVIRONMENT, "HOME": str(self._home.path), **thrift}

    def _ready(self) -> bool:
        """Whether the server is there: its HTTP API turns us away, and the ports for us take connections."""
        try:
            status = self._http_status()
        except (OSError, http.client.HTTPException):
            return False
        return (
            status in {http.HTTPStatus.OK, http.HTTPStatus.FORBIDDEN} and answers(self.port) and answers(self.ui_port)
        )

    def _see_that_it_is_shut(self) -> None:
        """Raise where the HTTP API lets anybody in, as a server of before the setting would."""
        try:
            shut = {self._http_status(), self._http_status(host="")} == {http.HTTPStatus.FORBIDDEN}
        except (OSError, http.client.HTTPException) as error:
            raise EmbeddedError(f"Temporal ended while it started ({error}): start it again.") from error
        if not shut:
            self.stop()
            raise EmbeddedError(
                "Temporal's HTTP API can't be shut in this version of its program, and any web page could end tickets "
                "through it: correct FIELDCARE_TEMPORAL_BIN, or unset it."
            )

    def _http_status(self, host: str | None = None) -> int:
        """What the HTTP API answers to a look at our namespace, asked for under its address unless a host is given."""
        connection = http.client.HTTPConnection(LOOPBACK, self._http_port, timeout=5)
        try:
            headers = {} if host is None else {"Host": host}
            connection.request("GET", f"/api/v1/namespaces/{NAMESPACE}", headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def _keep_history(self) -> None:
        command = [str(temporal_program(self._settings)), "operator", "namespace", "update", "--namespace", NAMESPACE]
        command += ["--retention", f"{RETENTION.days}d", "--address", self.address, *_OF_NO_USER]
        try:
            done = subprocess.run(
                command, env=self._environment, capture_output=True, text=True, timeout=_RETENTION_TIMEOUT, check=False
            )
            complaint = done.stderr.strip() if done.returncode else ""
        except subprocess.TimeoutExpired:
            complaint = f"no answer within {_RETENTION_TIMEOUT:.0f} s"
        if self.exited():
            raise EmbeddedError(
                f"Temporal ended while it started: see {self._home.log('temporal')}, and start it again."
            )
        if complaint:
            # It works without; finished workflows merely go sooner.
            self._say(f"Temporal keeps finished workflows for one day only, it refused {RETENTION.days}: {complaint}")
