"""The server as a process has it: TLS by settings, certificates of clients, and whether one answers here."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from models.settings import Settings
from starter.embedded.processes import free_port
from starter.failures import BadSetting
from starter.portal.pages import static_url
from starter.serving import is_alive, make_server, serve
from starter.web import envelope
from starter.web.connections import Connection
from starter.web.engines import Engines
from tests.waiting import until


class Certificate(NamedTuple):
    """A certificate with its key, in one file, and both as they are."""

    file: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def certificate(folder: Path, name: str, issuer: Certificate | None = None) -> Certificate:
    """A certificate that an issuer has signed; None: it signs itself, and may sign others."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return Certificate(file, made, key)


@asynccontextmanager
async def serving(url: str, **settings: object) -> AsyncIterator[Settings]:
    """A server in this process."""
    configured = Settings.model_validate({"database_url": url, "api_port": free_port(), **settings})
    engines = Engines(configured)
    server = make_server(engines)
    running = asyncio.create_task(server.serve())
    try:

        async def answers() -> bool:
            assert not running.done(), running
            return await asyncio.to_thread(is_alive, configured)

        await until(answers)
        yield configured
    finally:
        server.should_exit = True
        await running
        await engines.aclose()
    assert not is_alive(configured)


async def test_whoever_restarts_it_learns_whether_one_answers(service_url: str) -> None:
    async with serving(service_url) as settings, httpx2.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{settings.api_port}/api/v1/health/live")
        assert answer.status_code == 204
        assert "server" not in answer.headers


async def test_it_ends_tls_by_its_settings(service_url: str, tmp_path: Path) -> None:
    ours = certificate(tmp_path, "server")
    async with serving(service_url, api_certificate=ours.file) as settings:
        trusting = ssl.create_default_context(cafile=str(ours.file))
        async with httpx2.AsyncClient(verify=trusting) as client:
            answer = await client.get(f"https://localhost:{settings.api_port}/api/v1/health/live")
            assert answer.status_code == 204
        async with httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.TransportError):
                await client.get(f"https://localhost:{settings.api_port}/api/v1/health/live")


async def test_clients_show_a_certificate_where_that_is_asked(service_url: str, tmp_path: Path) -> None:
    authority, ours = certificate(tmp_path, "authority"), certificate(tmp_path, "server")
    known, unknown = certificate(tmp_path, "client", authority), certificate(tmp_path, "stranger")
    settings = {"api_certificate": ours.file, "api_client_authority": authority.file}
    async with serving(service_url, **settings) as served:
        for shown, welcome in ((known, True), (unknown, False), (None, False)):
            context = ssl.create_default_context(cafile=str(ours.file))
            if shown is not None:
                context.load_cert_chain(shown.file)
            async with httpx2.AsyncClient(verify=context) as client:
                try:
                    answer = await client.get(f"https://localhost:{served.api_port}/api/v1/health/live")
                except httpx2.TransportError:
                    assert not welcome
                else:
                    assert welcome and answer.status_code == 204


@pytest.mark.parametrize("missing", ["file", "content", "certificate"])
async def test_files_that_are_none_are_named_before_anybody_is_served(
    service_url: str, tmp_path: Path, missing: str
) -> None:
    file = tmp_path / "server.pem"
    if missing == "content":
        file.write_text("no certificate", encoding="utf-8")
    chosen = {"api_certificate_key": file} if missing == "certificate" else {"api_certificate": file}
    with pytest.raises(BadSetting, match=r"FIELDCARE_API_CERTIFICATE is unset|The server's certificate, "):
        await serve(Settings.model_validate({"database_url": service_url, "api_port": free_port(), **chosen}))


PATIENT = 20
"""Seconds after which a test does not believe any more that it ends."""
GET = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n"
DRIPS = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
TWICE = DRIPS.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
UPLOAD = b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"


@pytest.mark.parametrize("said", [b"", GET, GET + b"\r\n" + GET, UPLOAD], ids=["nothing", "half", "second", "answered"])
async def test_whoever_never_ends_a_request_is_not_waited_for(
    service_url: str, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(Connection, "longest_head", 0.3)
    async with serving(service_url) as settings, asyncio.timeout(PATIENT):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.api_port)
        writer.write(said)
        ended = asyncio.create_task(_read_all(reader))
        while not ended.done():  # a byte now and then keeps nothing open
            await asyncio.wait({ended}, timeout=0.05)
            writer.write(b"" if said == b"" else b"x")
        answers = await ended
        assert answers.count(b"HTTP/1.1 ") == (1 if said.endswith(b"\r\n\r\n") or said.count(b"GET") == 2 else 0)
        writer.close()


async def test_many_who_say_nothing_keep_nobody_out(service_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "most_silent", 3)
    async with serving(service_url) as settings, asyncio.timeout(PATIENT), httpx2.AsyncClient() as client:
        silent = [await asyncio.open_connection("127.0.0.1", settings.api_port) for _ in range(5)]
        for reader, _ in silent[:2]:
            assert await _read_all(reader) == b""  # those that have waited longest end
        answer = await client.get(f"http://127.0.0.1:{settings.api_port}/api/v1/health/live")
        assert answer.status_code == 204
        _, writer = silent[-1]
        writer.write(GET + b"\r\n")
        assert b" 200 " in await silent[-1][0].readline()
        for _, writer in silent:
            writer.close()


async def test_a_request_with_two_lengths_is_the_last_of_its_connection(service_url: str) -> None:
    async with serving(service_url) as settings, asyncio.timeout(PATIENT):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.api_port)
        writer.write(TWICE + GET + b"\r\n")
        answers = await _read_all(reader)
        assert (answers.count(b"HTTP/1.1 "), answers.startswith(b"HTTP/1.1 400 ")) == (1, True), answers
        writer.close()


async def test_a_body_that_drips_is_not_listened_to_for_hours(
    service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "LONGEST_HEARING", 0.3)
    async with serving(service_url) as settings, asyncio.timeout(PATIENT):
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.api_port)
        writer.write(DRIPS)
        answered = asyncio.create_task(reader.readline())
        while not answered.done():
            await asyncio.wait({answered}, timeout=0.05)
            writer.write(b"x")
        assert b" 408 " in await answered
        writer.close()


async def test_whoever_reads_no_answer_holds_none(service_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "longest_unread", 0.3)
    asked = f"GET {static_url('htmx.js')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    async with serving(service_url) as settings, asyncio.timeout(PATIENT):
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", settings.api_port))
        deaf.setblocking(False)
        loop = asyncio.get_running_loop()
        with deaf, pytest.raises(ConnectionError):
            while True:  # until nothing more is taken, because nothing is read; then it has to end
                await loop.sock_sendall(deaf, asked)


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side ends it, however it does that."""
    heard = b""
    with suppress(ConnectionResetError):
        while part := await reader.read(4096):
            heard += part
    return heard
