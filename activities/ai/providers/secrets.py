"""Keeps keys out of whatever is said of a call."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote

HIDDEN = "[key]"

LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_*.-]{8,}|(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}")
"""Keys of OpenAI and Anthropic, also with asterisks in the middle as their errors show them, and bearer tokens."""

SHORTEST_KEY = 8
"""Something shorter is no key, and would be found in the words of an answer."""

SHORTEST_WORD = 4
"""Of a key that is shorter all the same, what is taken out of errors, where it stands as a word."""

PART = 12
"""So many characters of a key in a row are as good as the key, wherever they stand."""


class Redactor:
    """Takes keys out of texts: its own wherever and however they are written, and what looks like anybody's."""

    def __init__(self, keys: Iterable[str]) -> None:
        given = [key for key in keys if len(key) >= SHORTEST_WORD]
        whole = [key for key in given if len(key) >= SHORTEST_KEY]
        self._whole = _either(_spaced(form) for key in whole for form in _forms(key))
        self._short = _either(rf"(?<!\w){re.escape(key)}(?!\w)" for key in given if len(key) < SHORTEST_KEY)
        self._parts = frozenset(
            form[at : at + PART].casefold()
            for key in whole
            for form in _forms(key)
            for at in range(len(form) - PART + 1)
        )

    def __repr__(self) -> str:
        return "Redactor()"

    def clean(self, text: str) -> str:
        """The text without keys, and without what PostgreSQL can't store."""
        text = text.replace("\x00", "").encode(errors="replace").decode()
        if self._whole is not None:
            text = self._whole.sub(HIDDEN, text)
        return LOOKS_LIKE_A_KEY.sub(HIDDEN, self._without_parts(text))

    def clean_error(self, text: str) -> str:
        """The same for what is said of an error, where a short word may be the key as well."""
        text = self.clean(text)
        return text if self._short is None else self._short.sub(HIDDEN, text)

    def _without_parts(self, text: str) -> str:
        if not self._parts:
            return text
        folded = text.casefold()
        if len(folded) != len(text):  # a letter that becomes two: places would not be the same
            folded = text.lower() if len(text.lower()) == len(text) else text
        if not any(folded[at : at + PART] in self._parts for at in range(len(text) - PART + 1)):
            return text
        kept, at = [], 0
        while at <= len(text) - PART:
            if folded[at : at + PART] not in self._parts:
                kept.append(text[at])
                at += 1
                continue
            while at <= len(text) - PART and folded[at : at + PART] in self._parts:
                at += 1
            kept.append(HIDDEN)
            at += PART - 1
        return "".join(kept) + text[at:]


def _forms(key: str) -> Iterator[str]:
    """A key as it is, in an address, in a header of basic authorization."""
    yield key
    yield quote(key, safe="")
    yield b64encode(key.encode()).decode().rstrip("=")


def _spaced(form: str) -> str:
    """Also where blanks or line breaks stand between its letters."""
    return r"\s*".join(re.escape(letter) for letter in form)


def _either(patterns: Iterable[str]) -> re.Pattern[str] | None:
    found = sorted(set(patterns), key=len, reverse=True)
    return re.compile("|".join(found), re.IGNORECASE) if found else None
