"""What somebody may have meant who wrote something else."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

CLOSE_ENOUGH = 0.6
"""Of two words: twice the letters that they share in order ÷ the letters of both."""


def meant(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is nearest to `word`, whatever the case; None where none is near."""
    by_plain = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold(), by_plain, n=1, cutoff=CLOSE_ENOUGH)
    return by_plain[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The same as a sentence that follows another one; empty where none is near."""
    near = meant(word, known)
    return f" Did you mean {near}?" if near is not None else ""
