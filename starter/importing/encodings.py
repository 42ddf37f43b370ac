"""In which encoding a text was written: by its marks, by its look, or by what somebody says."""

from __future__ import annotations

import codecs

from starter.failures import BadInput

BYTE_ORDER_MARK = "\ufeff"

_MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
_MISREAD_MARK = "ï»¿"
"""What UTF-8's mark becomes in a program that takes it for Windows' text."""

_FAMILIES = ("utf", "cp", "iso8859", "latin", "mac", "koi8", "shift_jis", "euc_", "big5", "gb", "hz", "johab", "tis")
"""How the names of encodings of texts begin, among those that Python knows; others pack bytes or spell host names."""

_NONE_OF_FILES = ("utf-7",)
"""Nobody's export is written in it, and it makes marks of letters that are none."""


def named_encoding(name: str) -> str:
    """The encoding of a name that people use: `cp1252`, `windows-1252`, `latin1`, `ISO-8859-15`, `mac-roman`.

    Raises:
        BadInput: nobody knows the name, or texts are not written in it.
    """
    try:
        known = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        known = ""
    if not known.startswith(_FAMILIES) or known in _NONE_OF_FILES:
        raise BadInput(
            f"There is no encoding of texts called {name!r}. Windows' exports are cp1252 (Western Europe), cp1250 "
            "(Central Europe) or cp1251 (Cyrillic), old Macs' mac-roman."
        )
    return {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(known, known)


def encoding_of(sample: bytes) -> str:
    """UTF-8, or UTF-16 or UTF-32 by the byte order mark, or UTF-16 by its zeros: every second byte of Latin text."""
    return marked(sample) or _by_zeros(sample) or "utf-8"


def marked(sample: bytes) -> str | None:
    """The encoding that a byte order mark says; it goes before what anybody says."""
    return next((encoding for mark, encoding in _MARKS.items() if sample.startswith(mark)), None)


def _by_zeros(sample: bytes) -> str | None:
    pairs = min(len(sample), 4096) // 2
    even, odd = sample[: 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    if odd * 5 > pairs and even * 50 < pairs:
        return "utf-16-le"
    return "utf-16-be" if even * 5 > pairs and odd * 50 < pairs else None


def unmarked(text: str) -> str:
    """Without byte order marks: a file that went through two programs has two."""
    text = text.lstrip(BYTE_ORDER_MARK)
    return text.removeprefix(_MISREAD_MARK).lstrip(BYTE_ORDER_MARK)
