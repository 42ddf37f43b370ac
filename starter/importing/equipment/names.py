"""Spellings: when two names are the same name, and which code a new name gets.

Equal are names that differ in case, accents, punctuation, spaces, `&` for `and`, and, for firms, in what law adds to
them (`Ltd`, `GmbH`). Nothing else is: a name that is merely near is suggested, never taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches
from functools import lru_cache

_LEGAL = frozenset(
    {
        "inc", "incorporated", "ltd", "limited", "gmbh", "mbh", "llc", "llp", "lp", "co", "company", "corp",
        "corporation", "spa", "srl", "ag", "kg", "kgaa", "sa", "sas", "sarl", "se", "bv", "nv", "ab", "oy", "oyj",
        "aps", "as", "kk",
        "plc", "pvt", "private", "pte", "pty", "sdn", "bhd",
    }
)  # fmt: skip
"""What law adds to the name of a firm."""

_AND = "and"
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ð": "d"})
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_WITHIN_WORDS = re.compile(r"[.'’`]")
_LONGEST_CODE = 40
_NEAR = 0.72
"""From which likeness on, between 0 and 1, a known name is worth suggesting."""
_TELLING = 6
"""Letters from which on a name that stands within another one says something."""


@lru_cache(maxsize=65_536)
def keys(name: str, *, firm: bool = False, plural: bool = False) -> frozenset[str]:
    """What a name is compared by: two names are equal if they share a key.

    There are two keys for a name with an umlaut, since `Dräger` is written `Drager` and `Draeger`.

    Args:
        firm: drop the legal form from its end.
        plural: drop an s from its end (`Infusion Pumps`).
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return frozenset(
        key
        for spelled in {folded, folded.translate(_SPELLED_OUT)}
        if (key := "".join(_words_of(_without_marks(spelled.translate(_PLAIN)), firm=firm, plural=plural)))
    )


def nearest(name: str, known: Collection[str], most: int = 3) -> tuple[str, ...]:
    """The known names that look most like this one, the nearest first, then those that stand within it."""
    by_key = {key: one for one in known for key in keys(one)}
    found: dict[str, None] = {}
    for key in sorted(keys(name)):
        for near in get_close_matches(key, by_key, n=most, cutoff=_NEAR):
            found.setdefault(by_key[near])
    for key in sorted(keys(name)):
        for within in sorted((one for one in by_key if len(one) >= _TELLING and one in key), key=len, reverse=True):
            found.setdefault(by_key[within])
    return tuple(found)[:most]


def new_code(name: str, taken: Collection[str], otherwise: str) -> str:
    """A code for a new name: capitals, digits and hyphens, begun by a letter, not among those taken.

    Args:
        otherwise: what to call a name that has no Latin letter or digit.
    """
    ascii_only = _without_marks(
        unicodedata.normalize("NFKC", name).casefold().translate(_SPELLED_OUT).translate(_PLAIN)
    )
    words = [word for word in _words_of(ascii_only, firm=True, plural=False) if word.isascii()]
    code = ""
    for word in words:
        longer = f"{code}-{word}" if code else word[:_LONGEST_CODE]
        if len(longer) > _LONGEST_CODE:
            break
        code = longer
    code = code.upper() or otherwise
    if not code[0].isalpha():
        code = f"{otherwise}-{code}"
    free, number = code, 1
    while free in taken:
        number += 1
        free = f"{code}-{number}"
    return free


def _without_marks(text: str) -> str:
    # Accents only: in other scripts a mark is a vowel, and another one is another word.
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not "\u0300" <= one <= "\u036f")


def _words_of(text: str, *, firm: bool, plural: bool) -> list[str]:
    # Full stops and apostrophes stand within a word (S.p.A., Children's), everything else between words.
    text = _WITHIN_WORDS.sub("", text.replace("&", f" {_AND} "))
    words = "".join(one if one.isalnum() or unicodedata.category(one)[0] == "M" else " " for one in text).split()
    if firm:
        while len(words) > 1 and (words[-1] in _LEGAL or (words[-1] == _AND and len(words) > 2)):
            words.pop()
    if plural and words and len(words[-1]) > 3 and words[-1].endswith("s") and not words[-1].endswith(("ss", "us")):
        words[-1] = words[-1][:-1]
    return words
