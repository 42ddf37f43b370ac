"""Words of a description, as they are compared: without case, endings, abbreviations, stop words and slips."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from activities.ai.local.denials import Denials, find_denials

LONGEST = 4_000
"""Characters of a description that are read: what comes after them repeats, or is no description of a fault."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"[.;!?\n]+(?=\s|$)|\n|\bbut\b", re.IGNORECASE)
_GAP = re.compile("[ \t-]+")
_NOT = "not"
_NUMBER = re.compile(r"\.?[ \t]{0,3}[0-9]")
"""Behind a "no" that counts something: pump no. 4."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word; `start` and `end` are where it stands in the text, `place` which word of the sentence it is, `negated`
    says that a "not" stands right before it, `denied` that the text says it is well or not there."""

    word: str
    start: int
    end: int
    negated: bool = False
    place: int = 0
    denied: bool = False


@dataclass(frozen=True)
class Language:
    """What `words.toml` says."""

    stop: frozenset[str]
    silent: frozenset[str]
    negations: frozenset[str]
    abbreviations: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]
    """By the words of a phrase with one blank between."""

    def sentences(self, text: str, denials: Denials | None = None) -> Iterator[tuple[Token, ...]]:
        """The words of each sentence; places refer to `text`.

        Args:
            denials: those of the text, if they were looked for already.
        """
        text, begin = text[:LONGEST], 0
        denied = frozenset(start for start, _ in (denials or find_denials(text)).spans)
        for end in (*(found.end() for found in _SENTENCE.finditer(text)), len(text)):
            if tokens := tuple(self._tokens(text, begin, end, denied)):
                yield tokens
            begin = end

    def words(self, text: str) -> tuple[Token, ...]:
        """All words."""
        return tuple(token for sentence in self.sentences(text) for token in sentence)

    def _tokens(self, text: str, begin: int, end: int, denied: frozenset[int]) -> Iterator[Token]:
        negated = False
        for place, found in enumerate(self._pieces.finditer(text, begin, end)):
            plain = _plain(found.group())
            if plain in self.negations and not (plain == "no" and _NUMBER.match(text, found.end())):
                negated = True
                yield Token(_NOT, found.start(), found.end(), place=place)
                continue
            is_denied = found.start() in denied
            for word in self._read(plain):
                if word not in self.stop and word not in self.silent:
                    yield Token(_stem(word), found.start(), found.end(), negated, place, is_denied)
            if plain not in self.stop:
                negated = False

    def _read(self, plain: str) -> tuple[str, ...]:
        return self.phrases.get(plain) or self.abbreviations.get(plain, (plain,))

    @cached_property
    def _pieces(self) -> re.Pattern[str]:
        """A phrase that is read as one word, or a word."""
        longest = sorted(self.phrases, key=lambda one: (-len(one), one))
        phrases = "|".join(r"[ \t-]{1,3}".join(map(re.escape, one.split())) for one in longest)
        return re.compile(rf"\b(?:{phrases})\b|{_WORD.pattern}" if phrases else _WORD.pattern, re.IGNORECASE)


@cache
def language() -> Language:
    """The shipped one."""
    content = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return Language(
        stop=frozenset(content["stop"].split()),
        silent=frozenset(content["silent"].split()),
        negations=frozenset(content["negations"].split()),
        abbreviations={short: tuple(long.split()) for short, long in content["abbreviations"].items()},
        phrases={phrase: (meaning,) for meaning, phrases in content["phrases"].items() for phrase in phrases},
    )


@lru_cache(maxsize=10_000)
def _plain(piece: str) -> str:
    """Small letters without marks and apostrophes, one blank between words: `doesn't` is `doesnt`."""
    apart = _GAP.sub(" ", unicodedata.normalize("NFKD", piece.casefold()))
    return "".join(letter for letter in apart if letter.isalnum() or letter == " ")


@lru_cache(maxsize=10_000)
def _stem(word: str) -> str:
    """The word without the commonest English endings. Codes (words with digits) stay as they are."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, instead in (("ies", "y"), ("ing", ""), ("edly", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", "")):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and not (ending == "s" and stem.endswith(("s", "u"))):
            word = stem + instead
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


class Speller:
    """Known words for misspelt ones: one slip (a letter more, less, other, or two exchanged) from five letters on.

    Found by deletions: two words are one slip apart if one of their shortened forms is the same.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._known = frozenset(words)
        self._shorter: dict[str, set[str]] = {}
        for word in self._known:
            if len(word) >= 5 and word.isalpha():
                for form in _shortened(word):
                    self._shorter.setdefault(form, set()).add(word)
        self.known = lru_cache(maxsize=10_000)(self._known_or_near)
        """The word itself, the only one that it may be a slip of, or None."""

    def _known_or_near(self, word: str) -> str | None:
        if word in self._known:
            return word
        if len(word) < 5 or not word.isalpha():
            return None
        near = {one for form in _shortened(word) for one in self._shorter.get(form, ()) if _one_slip(word, one)}
        return min(near, key=lambda one: (abs(len(one) - len(word)), one)) if near else None


def _shortened(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _one_slip(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    if len(one) == len(other):
        places = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
        if len(places) == 1:
            return True
        return (
            len(places) == 2
            and places[1] == places[0] + 1
            and one[places[0]] == other[places[1]]
            and one[places[1]] == other[places[0]]
        )
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
