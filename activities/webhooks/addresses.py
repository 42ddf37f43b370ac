"""Where webhooks may be sent: to other houses, and never into this one.

An address is what somebody has typed, and names may point anywhere and elsewhere a moment later. So the address to
connect to is looked at, each time, and it is that one which is connected to.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from models.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_URL = 2000
PORTS = {"https": 443, "http": 80}

_INSIDE = tuple(
    ipaddress.ip_network(one)
    for one in (
        "168.63.129.16/32",  # the host of Azure's virtual machines: a public address that is inside the house
        "192.0.0.0/24",  # of protocols, and of some clouds' metadata
        "64:ff9b::/96",  # NAT64: any IPv4 address, also a private one
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "::/96",  # IPv4-compatible
        "fec0::/10",  # site-local, of old
    )
)
"""What counts as inside beside what is private, link-local, loopback, shared, reserved or for many."""


class ForbiddenAddress(ValueError):  # noqa: N818 - says what it is at the place of `except`
    """Nothing is sent there; the sentence says why."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """What settings say about where webhooks may be sent.

    Attributes:
        ports: of other houses.
        named: hosts of this house that are allowed all the same, with their port; None: any.
    """

    ports: frozenset[int]
    named: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> AllowedHosts:
        """As the settings have them.

        Raises:
            ValueError: a port is no number.
        """
        named: set[tuple[str, int | None]] = set()
        for one in filter(None, (part.strip() for part in (settings.webhook_hosts or "").split(","))):
            parts = urlsplit(f"//{one}")
            named.add(((parts.hostname or "").lower(), parts.port))
        return cls(frozenset(int(port) for port in settings.webhook_ports.split(",")), frozenset(named))

    def names(self, host: str, port: int) -> bool:
        """Whether it is one of the hosts that are allowed by name."""
        return bool({(host.lower(), port), (host.lower(), None)} & self.named)


def check_url(url: str, allowed: AllowedHosts) -> SplitResult:
    """The parts of an address that something may be sent to, as far as it tells by itself.

    Raises:
        ForbiddenAddress: nothing may be sent there.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ForbiddenAddress("That can't be read as an address.") from None
    host = parts.hostname or ""
    if len(url) > LONGEST_URL or any(one.isspace() or not one.isprintable() for one in url) or not url.isascii():
        raise ForbiddenAddress(f"An address has at most {LONGEST_URL} characters, all of them ASCII and no blanks.")
    if not host or parts.scheme not in PORTS:
        raise ForbiddenAddress("An address looks like https://example.org/webhooks.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ForbiddenAddress("An address has no user, no password and no fragment: deliveries are signed.")
    if allowed.names(host, port):
        return parts
    if parts.scheme != "https":
        raise ForbiddenAddress("Webhooks are sent by https alone; FIELDCARE_WEBHOOK_HOSTS names exceptions.")
    if port not in allowed.ports:
        raise ForbiddenAddress(f"Port {port} is none that webhooks are sent to: FIELDCARE_WEBHOOK_PORTS has those.")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return parts
    check_address(literal)
    return parts


def check_address(address: Address) -> None:
    """Return where an address is outside the house.

    Raises:
        ForbiddenAddress: it is inside, or none that one could be sent to.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or any(address in network for network in _INSIDE if network.version == address.version)
    ):
        raise ForbiddenAddress("The address is inside this house, and webhooks are for others.")


async def addresses_of(host: str, port: int, allowed: AllowedHosts) -> Sequence[str]:
    """The addresses that a host has now and that may be connected to.

    One that is inside makes all of them forbidden: a name that has both is none of an honest house.

    Raises:
        ForbiddenAddress: one of them is inside the house.
        OSError: the host has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not allowed.names(host, port):
        check_addresses(addresses)
    return addresses


def check_addresses(addresses: Iterable[str]) -> None:
    """Raises `ForbiddenAddress`: one of them is inside the house."""
    for one in addresses:
        check_address(ipaddress.ip_address(one.partition("%")[0]))
