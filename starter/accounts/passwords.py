"""Passwords: which are taken, and what argon2id makes of them. A password leaves this module in no form but that."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes

from argon2.low_level import Type, hash_secret_raw

from models.settings import Settings
from models.spelling import look
from starter.failures import BadInput
from starter.given import storable

SHORTEST, LONGEST = 12, 256
"""Characters of a password. What is longer is refused before anything is made of it: hashing it would cost."""

_KEY_BYTES = 32
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Parameters:
    """What argon2id takes for a password. `memory_kib`: its memory in KiB."""

    memory_kib: int
    passes: int
    lanes: int

    @classmethod
    def of(cls, settings: Settings) -> Parameters:
        """Those for new passwords."""
        return cls(settings.password_memory, settings.password_passes, settings.password_lanes)


def chosen_password(text: str, account: str) -> str:
    """A password that somebody chooses.

    Raises:
        BadInput: it is too short, too long, or the account's code.
    """
    text = given_password(text)
    if len(text) < SHORTEST:
        raise BadInput(f"A password has at least {SHORTEST} characters. Several words make a good one.")
    if look(account) and look(account) in look(text) and len(look(text)) < len(look(account)) + SHORTEST:
        raise BadInput(f"The password is little more than the code {account}. Choose another.")
    if len(set(text)) < SHORTEST // 3:
        raise BadInput("The password repeats few characters. Choose another.")
    return text


def given_password(text: str) -> str:
    """A password as it is compared: however the keyboard composes its letters.

    Raises:
        BadInput: no password can be like that.
    """
    if len(text) > LONGEST:
        raise BadInput(f"A password has at most {LONGEST} characters.")
    text = unicodedata.normalize("NFKC", storable(text, "password"))
    if len(text) > LONGEST:  # a few signs stand for many
        raise BadInput(f"A password has at most {LONGEST} characters.")
    return text


async def key_of(password: str, salt: bytes, parameters: Parameters) -> bytes:
    """What argon2id makes of a password: 32 bytes. It takes tens of milliseconds, beside the loop."""
    return await asyncio.to_thread(
        hash_secret_raw,
        password.encode(),
        salt,
        time_cost=parameters.passes,
        memory_cost=parameters.memory_kib,
        parallelism=parameters.lanes,
        hash_len=_KEY_BYTES,
        type=Type.ID,
    )


async def kept_as(password: str, parameters: Parameters) -> dict[str, object]:
    """What a password is known by from now on, as the database's functions take it."""
    salt = token_bytes(_SALT_BYTES)
    key = await key_of(password, salt, parameters)
    return {
        "salt": salt.hex(),
        "memory_kib": parameters.memory_kib,
        "passes": parameters.passes,
        "lanes": parameters.lanes,
        "verifier": sha256(key).hexdigest(),
    }
