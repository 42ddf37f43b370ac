"""Labels of units: an address that is signed, so that whoever stands before a unit can report its fault, and nobody
makes up a unit. Reports have an address of their own, for whoever made them.

A label has no end. It is void when the key that it was signed with is not read any more: a key has an id for that.
"""

from __future__ import annotations

import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any
from uuid import UUID

from itsdangerous import BadSignature, Signer

from models.database_calls import Calls
from models.settings import Settings
from starter.embedded.home import write_private
from starter.failures import BadSetting, Refused
from starter.reading import registry

KEPT_IN = "labels.json"
LEAST = 16
"""Characters of a secret."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,16}(?:\.[A-Za-z0-9_-]{1,64}){2}")
_AT_ONCE = 200


class Purpose(StrEnum):
    """What an address is for: one of a unit is none of a report."""

    UNIT = "label of a unit"
    REPORT = "status of a report"


class BadLabel(Refused):
    """An address that is none of ours: it was made up, is of another installation, or its key is not read any more."""


@dataclass(frozen=True, slots=True)
class LabelKeys:
    """The keys by their ids; the first signs."""

    secrets: Mapping[str, str]

    def token(self, subject: UUID, purpose: Purpose) -> str:
        """What stands in an address: the id of the key, whom it is about, and the signature."""
        key, secret = next(iter(self.secrets.items()))
        return f"{key}.{_signer(secret, purpose, key).sign(_text(subject)).decode()}"

    def subject(self, token: str, purpose: Purpose) -> UUID:
        """Whom an address is about.

        Raises:
            BadLabel: it is none of ours.
        """
        if not _TOKEN.fullmatch(token):
            raise _bad()
        key, _, signed = token.partition(".")
        secret = self.secrets.get(key)
        if secret is None:
            raise _bad()
        try:
            said = _signer(secret, purpose, key).unsign(signed).decode()
            subject = UUID(bytes=urlsafe_b64decode(said + "=="))
        except (BadSignature, ValueError):
            raise _bad() from None
        if _text(subject) != said:
            raise _bad()
        return subject


def label_keys(settings: Settings) -> LabelKeys:
    """The keys of the setting, else the one that the home keeps; it is made when there is none.

    Raises:
        BadSetting: they can't be used.
    """
    if settings.label_key is None:
        return LabelKeys(_kept(settings))
    found: dict[str, str] = {}
    for one in settings.label_key.get_secret_value().split(","):
        key, _, secret = one.strip().partition(":")
        if not _ID.fullmatch(key) or len(secret) < LEAST or key in found:
            raise BadSetting(
                f"FIELDCARE_LABEL_KEY is not of the form ID:SECRET, ID:SECRET, …: an id of 1 to 16 letters, digits, _ "
                f"and -, each once, and a secret of at least {LEAST} characters."
            )
        found[key] = secret
    return LabelKeys(found)


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a unit, as it is printed."""

    serial: str
    what: str
    where: str
    address: str


async def labels(
    database: Calls, keys: LabelKeys, server: str, *, customer: str | None, site: str | None, unit: str | None
) -> AsyncIterator[Label]:
    """Labels of units in service, by their serial numbers.

    Args:
        server: the address by which people reach the server.
        customer, site: codes; None: of all.
        unit: what a unit is called; None: all.
    """
    after: str | None = None
    while True:
        found = await registry.units(database, customer, unit, _AT_ONCE, after)
        for row in found.rows:
            if row["status"] == "active" and (site is None or row["site"] == site.upper()):
                yield _label(row, keys, server)
        if found.following is None:
            return
        after = found.following


def _label(row: Mapping[str, Any], keys: LabelKeys, server: str) -> Label:
    token = keys.token(UUID(str(row["equipment_id"])), Purpose.UNIT)
    return Label(
        serial=row["serial"],
        what=f"{row['equipment_type_name']} {row['manufacturer_name']} {row['model']}",
        where=f"{row['customer_name']}, {row['site_name']}",
        address=f"{server.rstrip('/')}/r/{token}",
    )


def _signer(secret: str, purpose: Purpose, key: str) -> Signer:
    return Signer(secret, salt=f"{purpose.value} {key}", digest_method=sha256, key_derivation="hmac")


def _text(subject: UUID) -> str:
    return urlsafe_b64encode(subject.bytes).decode().rstrip("=")


def _bad() -> BadLabel:
    return BadLabel("This label can't be used here: it was not made by this service, or it is not valid any more.")


def _kept(settings: Settings) -> Mapping[str, str]:
    path = settings.home / KEPT_IN
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = json.dumps({token_hex(3): token_urlsafe(32)})
            _keep_first(path.parent / KEPT_IN, made)
        said = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): str(secret) for key, secret in said.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise BadSetting(
            f"The key of labels can't be kept in or read from {path} ({error}). Set FIELDCARE_LABEL_KEY."
        ) from error


def _keep_first(path: Path, text: str) -> None:
    """Keep a text unless somebody was faster: of two servers that begin at once, one key counts."""
    mine = path.with_name(f"{path.name}.{token_hex(6)}")
    write_private(mine, text)
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        mine.unlink(missing_ok=True)
