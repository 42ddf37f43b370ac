"""What Temporal keeps of a ticket, sealed: AES-256-GCM by keys that only Fieldcare's own processes have.

Inputs, results, signals, updates, failures and what the Temporal UI shows of them. Not sealed are workflow ids, search
attributes and types, which have nothing of a patient or a reporter in them. docs/adr/0034.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from models.settings import Settings
from starter.failures import BadSetting

ENCODING, KEY_ID = "encoding", "encryption-key-id"
SEALED = b"binary/encrypted"
"""How a sealed payload says that it is one; other programs of Temporal's know it by that."""

PLAIN = "plain"
"""Instead of a first key: what is new is not sealed, what was sealed is still read."""

KEY_BYTES, NONCE_BYTES = 32, 12
_ID = re.compile(r"[A-Za-z0-9._-]{1,50}")

HOW = "FIELDCARE_PAYLOAD_KEYS is ID:KEY, several with commas, the newest first; a KEY is 32 bytes in base64"


class PayloadUnreadable(Exception):  # noqa: N818 - says what it is at the place of `except`
    """A payload can't be opened: by no key that is here, or it was changed. The sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What payloads are sealed with, and opened.

    Attributes:
        newest: the id of the key that seals; None: nothing is sealed.
        known: by its id, each key that opens.
    """

    newest: str | None
    known: Mapping[str, AESGCM] = field(repr=False)

    @classmethod
    def of(cls, setting: SecretStr | None) -> Keys | None:
        """The keys of a setting; None: there is none.

        Raises:
            BadSetting: it can't be read. Nothing of a key is in the sentence.
        """
        if setting is None:
            return None
        known: dict[str, AESGCM] = {}
        newest: str | None = None
        for place, one in enumerate(part.strip() for part in setting.get_secret_value().split(",")):
            if one == PLAIN and place == 0:
                continue
            name, _, key = one.partition(":")
            if not _ID.fullmatch(name) or name == PLAIN or name in known:
                raise BadSetting(f"The id of key {place + 1} can't be used, or is another one's: {HOW}.")
            known[name] = AESGCM(_key(key, name))
            newest = name if place == 0 else newest
        return cls(newest, known)


def _key(text: str, name: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except NoBase64:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadSetting(f"The key {name} can't be used: {HOW}.")
    return key


class Sealing(PayloadCodec):
    """Seals what goes to Temporal, and opens what comes from it. What was never sealed is taken as it is.

    A payload's key id and the fact that it is sealed are bound to it. Each has 96 random bits of its own as nonce, so
    one key is good for some four thousand million payloads.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Sealed, by the newest key."""
        return [self._sealed(one) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Opened.

        Raises:
            PayloadUnreadable: one can't be.
        """
        return [self.opened(one) for one in payloads]

    def opened(self, payload: Payload) -> Payload:
        """One of them."""
        if payload.metadata.get(ENCODING) != SEALED:
            return payload
        name = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        key = self._keys.known.get(name)
        if key is None:
            raise PayloadUnreadable(
                f"A payload was sealed with the key {name!r}, which is not here: put it into FIELDCARE_PAYLOAD_KEYS."
            )
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            found: Payload = Payload.FromString(key.decrypt(nonce, sealed, _bound(name)))
        except (InvalidTag, ValueError) as error:
            raise PayloadUnreadable(f"A payload that was sealed with the key {name!r} was changed since.") from error
        return found

    def _sealed(self, payload: Payload) -> Payload:
        name = self._keys.newest
        if name is None or payload.metadata.get(ENCODING) == SEALED:
            return payload
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys.known[name].encrypt(nonce, payload.SerializeToString(), _bound(name))
        return Payload(metadata={ENCODING: SEALED, KEY_ID: name.encode()}, data=nonce + sealed)


def _bound(name: str) -> bytes:
    """What a sealed payload is bound to."""
    return b"fieldcare:" + SEALED + b":" + name.encode()


def data_converter(settings: Settings) -> DataConverter:
    """How whatever is said to Temporal is written, by the keys of the settings.

    Raises:
        BadSetting: the keys can't be used.
    """
    keys = Keys.of(settings.payload_keys)
    if keys is None:
        return pydantic_data_converter
    return replace(
        pydantic_data_converter,
        payload_codec=Sealing(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
