"""Tokens and one-time links: secrets of 256 random bits. Only their SHA-256 goes further than whoever has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe

from pydantic import SecretStr

TOKEN_PREFIX, LINK_PREFIX, SIGNING_PREFIX, DEVICE_PREFIX = "fc_", "fcl_", "fcs_", "fcd_"
"""What they begin with: programs that look for lost secrets go by it."""
_BYTES = 32
_FORM = re.compile(r"fc[lsd]?_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A secret that was just made. Whoever is shown it keeps it; it can't be shown again."""

    secret: SecretStr
    digest: bytes = field(repr=False)


def new_token() -> NewKey:
    """The secret of a token."""
    return _new(TOKEN_PREFIX)


def new_link() -> NewKey:
    """The secret of a one-time link."""
    return _new(LINK_PREFIX)


def new_signing_link() -> NewKey:
    """The secret of a link by which somebody signs."""
    return _new(SIGNING_PREFIX)


def new_device() -> NewKey:
    """The secret by which a browser or a terminal is known again from which somebody has signed in."""
    return _new(DEVICE_PREFIX)


def digest_of(secret: str, prefix: str) -> bytes | None:
    """The SHA-256 of a secret; None: it is none of ours."""
    text = secret.strip()
    return sha256(text.encode()).digest() if text.startswith(prefix) and _FORM.fullmatch(text) else None


def _new(prefix: str) -> NewKey:
    secret = prefix + token_urlsafe(_BYTES)
    return NewKey(SecretStr(secret), sha256(secret.encode()).digest())
