"""What a description says is well, or not there, so that it is not taken for the fault.

"Flow sensor ok", "no problem with the valve", "no leak", "battery is not the cause": a few rules over the words of a
clause (`denials.toml`). Absence that is the symptom itself stays one: "no flow", "alarm not working", "not ok".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_PIECE = re.compile(r"(?P<word>[^\W_]+(?:['’][^\W\d_]+)?)|(?P<end>[.;!?]+(?=\s|$)|\n)|(?P<cut>[,:()]|[-–—/](?=\s))")
_REACH = 4
"""Words by which a negation may stand before the word that it takes back, or before the noun that it denies."""

_THINGS = 3
"""Words behind "not the" that it denies."""

_FAR = 6
"""Words of a clause before "is fine" that are meant by it."""

_LONGEST = 40
"""Words of a clause: more in a row without any mark are read as several."""

_CLAUSES = 5
"""Clauses that "both are fine" may reach back to."""

_NONE = frozenset({"no", "without", "nor", "neither", "nothing", "none"})
_NOW = frozenset({"now", "again", "too", "also", "today", "meanwhile", "so"})
_WATCHERS = frozenset({"detector", "detectors", "alarm"})
_ADVERBS = frozenset({"normally", "well"})
_WHOLE = frozenset({"everything", "all", "unit", "device", "machine", "system", "equipment"})
_WHEN = frozenset({"after", "during", "today", "yesterday", "again", "so", "this"})
_OUT = frozenset({"ruled", "checked"})


@dataclass(frozen=True, slots=True)
class Denials:
    """Of a text.

    Attributes:
        spans: begin and end of what is denied, in order.
        all_well: whether it says that nothing is wrong at all, or that only a routine visit is due.
    """

    spans: tuple[tuple[int, int], ...]
    all_well: bool

    def blanked(self, text: str) -> str:
        """The text without what is denied; all other characters keep their places."""
        letters = list(text)
        for start, end in self.spans:
            letters[start:end] = " " * (end - start)
        return "".join(letters)


@dataclass(frozen=True, slots=True)
class _Word:
    plain: str
    start: int
    end: int


@dataclass(slots=True)
class _Clause:
    words: list[_Word]
    joint: str
    """What joins it to the one before: a mark, a word, or nothing at the begin of a sentence."""


@lru_cache(maxsize=64)
def find_denials(text: str) -> Denials:
    """All of a text."""
    spans: set[tuple[int, int]] = set()
    all_well = False
    before: list[_Clause] = []
    for clause in _clauses(text):
        if not clause.joint:
            before = []
        found = _Rules(clause, before)
        spans.update(found.spans)
        all_well = all_well or found.all_well
        before = [*before[-_CLAUSES:], clause]
    return Denials(tuple(sorted(spans)), all_well)


class _Rules:
    """What one clause denies, of itself and of those before it in its sentence."""

    def __init__(self, clause: _Clause, before: Sequence[_Clause]) -> None:
        self.all_well = False
        self.spans: list[tuple[int, int]] = []
        self._clause, self._before = clause, before
        self._words, self._plain = clause.words, [one.plain for one in clause.words]
        negations = _lists()["negations"]
        begin = 0
        for place, plain in enumerate(self._plain):
            if plain in negations:
                self._take_negation(place)
            if self._is_fine(place):
                self._deny_fine(begin, place)
                begin = place + 1
            elif plain == "out" and place and self._plain[place - 1] in _OUT:
                self._deny_ruled_out(begin, place)
                begin = place + 1
            elif self._is_routine(place):
                self._deny(max(place - 2, 0), place + 1)
                self.all_well = True

    # -- "… is fine" ---------------------------------------------------------------------------------------------------

    def _is_fine(self, place: int) -> bool:
        lists, plain = _lists(), self._plain
        word = plain[place]
        behind = plain[place + 1] if place + 1 < len(plain) else ""
        ahead = plain[place - 1] if place else ""
        if word in lists["bounds"] | {"order"}:
            fits = ahead == "within" if word != "order" else ahead == "in" and behind != "to"
            return fits and not any(one in lists["negations"] for one in plain[max(place - _REACH, 0) : place])
        if word in lists["adjectives"]:
            if ahead in lists["not_right_before"] or not (
                behind == "" or behind in _NOW or (ahead in lists["copulas"] and word not in _ADVERBS)
            ):
                return False
        elif word in lists["states"]:
            if ahead not in lists["copulas"]:
                return False
        elif word not in lists["fine"]:
            return False
        if behind in lists["spoiled_behind"]:
            return False
        spoilers = lists["negations"] | lists["spoiled_before"]
        return not any(one in spoilers for one in plain[max(place - _REACH, 0) : place])

    def _deny_fine(self, begin: int, place: int) -> None:
        """The words before in the clause are fine; if they name nothing or one of several, clauses before are too."""
        lists, whole = _lists(), begin == 0
        begin = self._reach(begin, place)
        said = self._plain[begin:place]
        named = any(one not in lists["empty"] for one in said)
        several = any(one in lists["plural"] for one in said)
        self._deny(begin, place + 1)
        if self._plain[place] in {"passed", "passes"}:
            self._deny(place + 1, len(self._plain))
        elif not named and whole and (not self._before or any(one in _WHOLE for one in said)):
            self.all_well = True
        if begin or (named and not (several and self._clause.joint == "and")):
            return
        for clause in reversed(self._before):
            if any(one.plain in lists["negations"] | lists["bad"] for one in clause.words):
                return
            self._deny_words(clause.words)
            if not several or named:
                return

    # -- "no …", "not …" -----------------------------------------------------------------------------------------------

    def _take_negation(self, place: int) -> None:
        """What a negation denies, if it denies anything."""
        lists, plain = _lists(), self._plain
        noun = self._behind(place, lists["before_noun"])
        if plain[place] == "no" and place + 1 < len(plain) and plain[place + 1].isdecimal():
            return  # "pump no. 4"
        if plain[place] in _NONE and noun < len(plain) and plain[noun] in lists["problems"]:
            self._deny_problem(place, noun)
        elif plain[place] == "not" or plain[place].endswith("nt"):
            self._deny_what_is_not(place)
        elif plain[place] in _NONE:
            end = place
            for number in range(place + 1, min(place + 1 + _REACH, len(plain))):
                if plain[number] in lists["bad"]:
                    end = number
                elif plain[number] in lists["empty"] - lists["before_noun"] - {"or"} or plain[number] in _NONE:
                    break
            self._deny(place + 1, end + 1)
            if (plain[place] == "nor" or (plain[place] == "neither" and "nor" in plain)) and noun < len(plain):
                self._deny(noun, noun + 1)

    def _deny_problem(self, place: int, noun: int) -> None:
        """ "No problem with the valve", "valve has no problem"; "no fault code" is another matter."""
        lists, plain = _lists(), self._plain
        if noun + 1 < len(plain) and plain[noun + 1] in lists["problem_parts"]:
            return
        self._deny(place + 1, noun + 1)
        after = self._behind(noun, lists["found"])
        named = any(one not in lists["empty"] for one in plain[:place])
        if after < len(plain) and plain[after] in lists["about"]:
            self._deny(after, len(plain))
        elif named and (place <= _THINGS or any(one in lists["having"] for one in plain[place - 2 : place])):
            self._deny(self._reach(0, place), place)
        elif not named and (after == len(plain) or plain[after] in _WHEN):
            self.all_well = True
            if self._before and any(one.plain in lists["examined"] for one in self._before[-1].words):
                self._deny_words(self._before[-1].words)

    def _deny_what_is_not(self, place: int) -> None:
        """ "Valve is not the cause", "valve not affected"; "not the valve"."""
        lists, plain = _lists(), self._plain
        thing = self._behind(place, lists["articles"] | {"really", "of", "to"})
        if thing == len(plain):
            return
        if plain[thing] in lists["innocent"]:
            self._deny(self._reach(0, place), thing + 1)
        elif plain[place + 1] in lists["articles"] and plain[thing] not in lists["not_things"]:
            self._deny(thing, thing + _THINGS)

    def _reach(self, begin: int, place: int) -> int:
        """How far to the left of a word something is said to be well: not over words of burning, which stay."""
        begin = max(begin, place - _FAR)
        dangers = [
            number
            for number in range(begin, place)
            if self._plain[number] in _lists()["burning"] and self._plain[number + 1] not in _WATCHERS
        ]
        return dangers[-1] + 1 if dangers else begin

    def _behind(self, place: int, skipped: frozenset[str]) -> int:
        """The next word that is none of these."""
        place += 1
        while place < len(self._plain) and self._plain[place] in skipped:
            place += 1
        return place

    def _deny_ruled_out(self, begin: int, place: int) -> None:
        """ "Valve ruled out", "we ruled out the valve"."""
        lists, before = _lists(), self._plain[begin : place - 1]
        if any(one in lists["negations"] for one in before):
            return
        if any(one not in lists["empty"] for one in before):
            self._deny(begin, place + 1)
        else:
            self._deny(place, place + 1 + _THINGS)

    def _is_routine(self, place: int) -> bool:
        lists, plain = _lists(), self._plain
        near = plain[max(place - 2, 0) : place]
        if plain[place] in lists["visits"]:
            return any(one in lists["routine"] for one in near)
        return plain[place] in lists["due"] and any(one in lists["visits"] - {"check", "control"} for one in near)

    # -- spans ---------------------------------------------------------------------------------------------------------

    def _deny(self, begin: int, end: int) -> None:
        self._deny_words(self._words[begin:end])

    def _deny_words(self, words: Sequence[_Word]) -> None:
        self.spans.extend((one.start, one.end) for one in words)


def _clauses(text: str) -> Iterator[_Clause]:
    joints = _lists()["joints"]
    clause = _Clause([], "")
    for found in _PIECE.finditer(text):
        if found.lastgroup == "word":
            plain = found.group().casefold().replace("'", "").replace("’", "")
            if plain not in joints:
                clause.words.append(_Word(plain, found.start(), found.end()))
                if len(clause.words) < _LONGEST:
                    continue
            joint = plain if plain in joints else ","
        else:
            joint = "" if found.lastgroup == "end" else found.group()
        if clause.words or not joint:
            yield clause
            clause = _Clause([], joint)
        elif clause.joint:
            clause.joint = joint
    if clause.words:
        yield clause


@cache
def _lists() -> dict[str, frozenset[str]]:
    content = tomllib.loads((Path(__file__).parent / "denials.toml").read_text(encoding="utf-8"))
    lists = {name: frozenset(words.split()) for name, words in content.items()}
    stop = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))["stop"].split()
    lists["empty"] = (
        frozenset(stop) | lists["copulas"] | lists["fine"] | lists["adjectives"] | lists["states"] | {"which", "rest"}
    )
    return lists
