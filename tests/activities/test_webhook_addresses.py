"""Webhooks go to other houses and never into this one, whatever somebody types and whatever a name says."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from activities.webhooks.addresses import AllowedHosts, ForbiddenAddress, addresses_of, check_addresses, check_url
from activities.webhooks.posting import KEPT, Post
from models.settings import Settings
from tests.receiver import a_receiver

OUTSIDE = AllowedHosts.of(Settings())
KEYS = (b"k" * 32,)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hooks",
        "https://example.org",
        "https://EXAMPLE.org:8443/a?b=c",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
    ],
)
def test_another_house_may_be_told(url: str) -> None:
    check_url(url, OUTSIDE)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https:///x",
        "https://user:secret@example.org/",
        "https://example.org/#part",
        "https://example.org:5432/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\n",
        "https://ex\u0430mple.org/",
        "https://example.org/" + "x" * 2000,
        "//example.org/",
        "",
        "https://[::1",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00:ec2::254]/",
    ],
)
def test_what_is_no_address_of_another_house_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(url, OUTSIDE)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",  # noqa: S104
        "169.254.169.254",
        "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1", "fc00::1", "fd00:ec2::254", "fe80::1",
        "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_address_inside_the_house_is_connected_to(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_addresses(["93.184.216.34", address])


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_addresses_outside_are(address: str) -> None:
    check_addresses([address])


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.0.0.1", "017700000001"])
async def test_a_name_that_leads_inside_is_looked_through(name: str) -> None:
    with pytest.raises((ForbiddenAddress, OSError)):
        await addresses_of(name, 443, OUTSIDE)


async def test_what_was_looked_at_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that says something else the second time (DNS rebinding) is asked once for each connection."""
    asked: list[str] = []
    connected: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        first = host == "rebinds.example" and asked.count(host) == 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if first else "127.0.0.1", port))]

    async def connect_tcp(_: Any, host: str, *__: Any, **___: Any) -> Any:
        connected.append(host)
        raise OSError("nobody is asked in a test")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("httpcore2.AnyIOBackend.connect_tcp", connect_tcp)
    async with Post.open(OUTSIDE) as post:
        first = await post.send("https://rebinds.example/", "msg_1", "{}", KEYS)
        second = await post.send("https://rebinds.example/", "msg_1", "{}", KEYS)
    assert connected == ["93.184.216.34"]
    assert first.status is None and "nobody is asked" in first.error
    assert second.status is None and "inside this house" in second.error


async def test_a_host_inside_is_told_where_a_setting_names_it() -> None:
    async with a_receiver() as receiver:
        for named, allowed in ((f"127.0.0.1:{receiver.port}", True), ("127.0.0.1", True), ("127.0.0.1:1", False)):
            hosts = AllowedHosts.of(Settings(webhook_hosts=named))
            async with Post.open(hosts) as post:
                tried = await post.send(receiver.url, "msg_1", "{}", KEYS)
            assert tried.delivered is allowed, tried
        assert len(receiver.came) == 2


async def test_redirects_are_not_followed_and_answers_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.webhooks.posting.TIMEOUT", 0.5)
    async with a_receiver() as receiver, a_receiver() as inside:
        hosts = AllowedHosts.of(Settings(webhook_hosts=f"127.0.0.1:{receiver.port},127.0.0.1:{inside.port}"))
        async with Post.open(hosts) as post:
            receiver.status, receiver.headers = 302, f"Location: {inside.url}\r\n"
            moved = await post.send(receiver.url, "msg_1", "{}", KEYS)
            assert (moved.status, moved.delivered, inside.came) == (302, False, [])
            receiver.status, receiver.headers, receiver.answer = 500, "", b"\x00\xff" + b"x" * 1_000_000
            long = await post.send(receiver.url, "msg_1", "{}", KEYS)
            assert long.status == 500 and len(long.answer) == KEPT and "\x00" not in long.answer
            receiver.hangs = True
            silent = await post.send(receiver.url, "msg_1", "{}", KEYS)
            assert silent.status is None and "No answer" in silent.error
