"""Keeps keys out of whatever is said of a call."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "[key]"

LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_*.-]{8,}|(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}")
"""Keys of OpenAI and Anthropic, also with asterisks in the middle as their errors show them, and bearer tokens."""

SHORTEST_KEY = 8
"""Something shorter is no key, and would be found in words."""


class Redactor:
    """Takes keys out of texts: its own wherever they stand, and what looks like anybody's."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = sorted((key for key in keys if len(key) >= SHORTEST_KEY), key=len, reverse=True)

    def __repr__(self) -> str:
        return "Redactor()"

    def clean(self, text: str) -> str:
        """The text without keys, and without what PostgreSQL can't store."""
        for key in self._keys:
            text = text.replace(key, HIDDEN)
        text = LOOKS_LIKE_A_KEY.sub(HIDDEN, text)
        return text.replace("\x00", "").encode(errors="replace").decode()
