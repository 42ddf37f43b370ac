"""The words of the pages: English where they are used, and in other languages in `words/`, by the English ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ENGLISH, GERMAN = "en", "de"
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", GERMAN: "Deutsch"}
"""The languages, each by its own name; the first is what is shown to whoever asks for none of them."""

FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences in one language: `words("Due {when}", when=…)`. What has no translation stays English."""

    language: str

    def __call__(self, text: str, /, **values: object) -> str:
        said = catalogue(self.language).get(text, text)
        return said.format(**values) if values else said

    def several(self, number: int, one: str, many: str) -> str:
        """A sentence with a number in it: `one` for 1, else `many`, which has `{number}`."""
        return self(one if number == 1 else many, number=number)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The words of a language by the English ones; nothing for English itself."""
    if language == ENGLISH:
        return {}
    said = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {text: words for part in said.values() for text, words in part.items()}


def language_of(chosen: str | None, accepted: str) -> str:
    """The language to speak.

    Args:
        chosen: what somebody has switched to; None: nothing.
        accepted: the header Accept-Language.
    """
    if chosen in LANGUAGES:
        return str(chosen)
    wanted: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        name, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.partition("q=")[2] or 1)
        except ValueError:
            weight = 0.0
        wanted.append((weight, name.partition("-")[0].strip().lower()))
    known = [one for one in sorted(wanted, key=lambda one: -one[0]) if one[1] in LANGUAGES and one[0] > 0]
    return known[0][1] if known else ENGLISH
