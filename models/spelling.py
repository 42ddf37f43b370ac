"""Texts that identify something: what may stand in them, when two spellings are one, and which ones only look it.

docs/adr/0025 says why. Three likenesses, each weaker than the one before:

- `normal_form`: the same text, written otherwise (case, width, kind of hyphen, blanks). It names the same thing.
- `drawn`: what is printed alike though it is another text (a Cyrillic А for a Latin A). It is refused, or named.
- `look`: what a tired eye or a spreadsheet confuses (O and 0, I and 1, separators, leading zeros). It is named.

`spelling_key()` and `spelling_look()` say the first and the last one in the database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
"""What stands for a hyphen where a word processor, a label or another keyboard had its way."""

ZEROS = "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0be6\u0c66\u0ce6\u0d66\u0e50"
"""The zero of scripts with digits of their own; the other nine follow each."""

TWINS = {
    # Cyrillic, capitals and small letters.
    **dict(zip(map(chr, (
        0x410, 0x412, 0x421, 0x500, 0x415, 0x405, 0x406, 0x408, 0x41A, 0x4C0, 0x41C, 0x41D, 0x41E, 0x420, 0x51A, 0x422,
        0x474, 0x51C, 0x425, 0x423, 0x4AE, 0x4BA, 0x50C, 0x417,
    )), "ABCDESIJKIMHOPQTVWXYYHG3", strict=True)),
    **dict(zip(map(chr, (
        0x430, 0x432, 0x441, 0x501, 0x435, 0x455, 0x456, 0x458, 0x43A, 0x4CF, 0x43C, 0x43D, 0x43E, 0x440, 0x51B, 0x442,
        0x475, 0x51D, 0x445, 0x443, 0x4AF, 0x4BB, 0x50D, 0x437, 0x431,
    )), "abcdesijklmhopqtvwxyyhg36", strict=True)),
    # Greek: small letters look like others than their capitals do.
    **dict(zip(map(chr, (
        0x391, 0x392, 0x395, 0x396, 0x397, 0x399, 0x39A, 0x39C, 0x39D, 0x39F, 0x3A1, 0x3A4, 0x3A5, 0x3A7, 0x3F9, 0x37F,
    )), "ABEZHIKMNOPTYXCJ", strict=True)),
    **dict(zip(map(chr, (
        0x3B1, 0x3B3, 0x3B9, 0x3BA, 0x3BD, 0x3BF, 0x3C1, 0x3C5, 0x3C7, 0x3F2,
    )), "ayikvopuxc", strict=True)),
    # Armenian.
    **dict(zip(map(chr, (
        0x555, 0x54F, 0x54D, 0x53C, 0x585, 0x578, 0x57D, 0x570, 0x566, 0x581, 0x575,
    )), "OSULonuhqgj", strict=True)),
    # Cherokee.
    **dict(zip(map(chr, (
        0x13A0, 0x13A1, 0x13A2, 0x13AA, 0x13AB, 0x13AC, 0x13B3, 0x13B7, 0x13BB, 0x13BD, 0x13C0, 0x13C3, 0x13D2, 0x13D9,
        0x13DA, 0x13DE, 0x13DF, 0x13E2, 0x13E6, 0x13F4,
    )), "DRTAJEWMHYGZRVSLCPKB", strict=True)),
}  # fmt: skip
"""Letters that are drawn like a Latin letter or a digit."""

BLANKS = " \t\n\r\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What may stand around a text and is no part of it: no control characters, which a scanner or a terminal sends."""

_BREAKS = "\t\n\r"
"""Breaks within a cell: a blank each."""

_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc\ufffd"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Letters, marks and symbols that draw nothing, and what stands for a character that was lost."""

_NON_JOINER, _JOINER = "\u200c\u200d"
_VIRAMA = 9
"""Combining class of the marks after which Indian scripts may need a joiner."""

_PLAIN = str.maketrans(
    dict.fromkeys(HYPHENS, "-") | {chr(ord(zero) + digit): str(digit) for zero in ZEROS for digit in range(10)}
)
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | _PLAIN
_DRAWN = str.maketrans(TWINS)
_CONFUSED = str.maketrans("oil", "011")
_BLANK = r" \t-\r\x1c-\x1f\x85\u1680\u2028\u2029"
_NOT_LOOKED_AT = re.compile(rf"[\u0300-\u036f{_BLANK}!-/:-@\[-`{{-~]+")
_WORDS = re.compile(r"[^\W_]+")

_NEAR = 0.6
"""From which likeness on, between 0 and 1, a name is worth suggesting."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-"
_LONGEST_VARIED = 40
"""Characters of a text of which variants are made: there are some eighty for each."""


def hidden_character(text: str) -> str | None:
    """The first character that can't be seen, as a part of a sentence; None where there is none.

    Blanks of any width and breaks within a cell are seen; joiners are where a script needs them.
    """
    if text.isascii() and text.isprintable():
        return None
    for place, one in enumerate(text):
        if (one.isprintable() and one not in _UNSEEN) or one in _BREAKS or unicodedata.category(one) == "Zs":
            continue
        if not (one in (_JOINER, _NON_JOINER) and place and _joins(one, text[place - 1])):
            return f"U+{ord(one):04X} {unicodedata.name(one, 'control character')}"
    return None


def is_misread(text: str) -> bool:
    """Whether UTF-8 was taken for Windows' or for Western text: `DrÃ¤ger`."""
    if text.isascii():
        return False
    try:
        return not text.encode("cp1252").decode().isascii()
    except UnicodeError:
        return False


def unreadable(text: str) -> str | None:
    """What keeps a text from identifying anything, as a part of a sentence with its remedy; None: nothing."""
    if (hidden := hidden_character(text)) is not None:
        return f"has a character that can't be seen, {hidden}: remove it"
    if is_misread(text):
        return "was read in another encoding than it was written in: export it again as UTF-8"
    return None


def plain(text: str) -> str:
    """A serial number or code as it is stored: narrow letters, ASCII digits, hyphens, single blanks; its case stays."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    return " ".join(text.split())


def tidied(text: str) -> str:
    """A model as it is stored: like `plain()`, but signs such as ² and ™ stay."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_NARROW)
    return " ".join(text.split())


def normal_form(text: str) -> str:
    """What two spellings of one thing have in common."""
    return plain(text).casefold()


def drawn(text: str) -> str:
    """What two texts have in common that are printed alike."""
    return normal_form(text) if text.isascii() else normal_form(plain(text).translate(_DRAWN))


def look(text: str) -> str:
    """What two texts have in common that are easily taken for each other; empty where nothing is left to look at."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_PLAIN).translate(_DRAWN)
    seen = _NOT_LOOKED_AT.sub("", text).casefold()
    return (seen.lstrip("0") or seen[:1]).translate(_CONFUSED)


def disguised(text: str, *, whole: bool = True) -> str | None:
    """The first letter that is drawn like a Latin one among Latin ones, as a part of a sentence; None: there is none.

    Args:
        whole: also in a word that has no other letters than such. A name in another script may be one by chance.
    """
    if text.isascii():
        return None
    for word in _WORDS.findall(text):
        letters = [one for one in word if one.isalpha()]
        twins = [one for one in letters if one in TWINS]
        if twins and (any(one.isascii() for one in letters) or (whole and len(twins) == len(letters))):
            one = twins[0]
            return f"U+{ord(one):04X} {unicodedata.name(one)}, which looks like {TWINS[one]}"
    return None


def variants(text: str) -> list[str]:
    """The normal form, and everything that is one slip away from it: a letter more, less, another, or two swapped."""
    form = normal_form(text)
    if not form or len(form) > _LONGEST_VARIED:
        return [form]
    halves = [(form[:at], form[at:]) for at in range(len(form) + 1)]
    found = {form: None}
    found |= dict.fromkeys(before + after[1:] for before, after in halves if after)
    found |= dict.fromkeys(before + after[1] + after[0] + after[2:] for before, after in halves if len(after) > 1)
    found |= dict.fromkeys(before + one + after[1:] for before, after in halves if after for one in _ALPHABET)
    found |= dict.fromkeys(before + one + after for before, after in halves for one in _ALPHABET)
    found.pop("", None)
    return list(found)


def closest(text: str, names: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The names that look most like a text, the likeliest first: for short lists, each name is compared."""
    known = list(names)
    alike = [name for name in known if look(name) and look(name) == look(text)]
    forms = {normal_form(name): name for name in known}
    near = get_close_matches(normal_form(text), forms, n=most, cutoff=_NEAR)
    return tuple(dict.fromkeys([*alike, *(forms[form] for form in near)]))[:most]


def _joins(joiner: str, before: str) -> bool:
    arabic = unicodedata.bidirectional(before) == "AL"
    return unicodedata.combining(before) == _VIRAMA or (joiner == _NON_JOINER and arabic)
