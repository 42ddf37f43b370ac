"""Whether commands act as somebody's account."""

from __future__ import annotations

from starter.accounts.kept import configured_token
from starter.addresses import read_settings


def somebody_is_signed_in() -> bool:
    """Whether a token is configured or a login kept; whether it is in force, the database says."""
    return configured_token(read_settings()) is not None
