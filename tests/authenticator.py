"""A passkey as a program: it makes keys, counts, and signs what a browser would have it sign."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey. What a test wants otherwise, it changes."""

    origin: str
    rp_id: str
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    count: int = 0
    flags: int = PRESENT | VERIFIED
    user: bytes = b""

    def made(self, options: str, **client: object) -> str:
        """What a browser answers to the options of a new passkey; attestation "none"."""
        asked = json.loads(options)
        self.user = unb64(asked["user"]["id"])
        said = self._client("webauthn.create", asked["challenge"], client)
        cose = cbor2.dumps(self._cose())
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        data = self._data(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._told({"clientDataJSON": b64(said), "attestationObject": b64(attestation)})

    def signed(self, options: str, *, counts: bool = True, **client: object) -> str:
        """What a browser answers to whoever wants a passkey."""
        asked = json.loads(options)
        self.count += counts
        said = self._client("webauthn.get", asked["challenge"], client)
        data = self._data(self.flags)
        return self._told(
            {
                "clientDataJSON": b64(said),
                "authenticatorData": b64(data),
                "signature": b64(self.signature(data + sha256(said).digest())),
                "userHandle": b64(self.user),
            }
        )

    def signature(self, content: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(content, padding.PKCS1v15(), SHA256())
        return bytes(self.key.sign(content, ec.ECDSA(SHA256())))

    def _cose(self) -> dict[int, object]:
        public = self.key.public_key().public_numbers()
        if isinstance(self.key, rsa.RSAPrivateKey):
            return {1: 3, 3: -257, -1: public.n.to_bytes(256, "big"), -2: public.e.to_bytes(3, "big")}
        return {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}

    def _data(self, flags: int) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, client: dict[str, object]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **client}
        return json.dumps(said).encode()

    def _told(self, response: dict[str, str]) -> str:
        name = b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
