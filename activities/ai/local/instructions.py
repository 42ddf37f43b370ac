"""Where a text of people seems to talk to a model instead of about a fault.

It raises a flag, and the built-in engine leaves such words out. It is no protection: that are the marks around every
text (`fencing`), for what no pattern here knows stands between marks as well.

Two kinds of marks. A strong one ("ignore all previous instructions") nobody writes about a fault: from there on to the
end of its sentence nothing counts; what stands before it in the same sentence is a report. A weak one ("order ten
tubes", "severity low") people write about faults too: it counts only behind a strong one.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache

_END = re.compile(r"[.;!?]+(?=\s|$)|\n")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\U000e0000-\U000e007f]")
_LONGEST_FORM = 4
"""Letters that one letter may stand for: `ﬃ` for three. Those that stand for a whole phrase are taken as they are."""

_GAP = r"[\s,]{1,5}"
_RULES = r"(?:instructions?(?!\s+(?:for|of)\s+use)|prompts?|rules?|guidelines?)"
_SAID = r"(?:messages?|directions?|context|text|everything|orders?|commands?)"
_BEFORE = r"(?:above|previous|prior|earlier|preceding|foregoing)"
_NO_MORE = r"(?=\s{0,5}(?:[,.;:!?\n]|$|\b(?:and|or|then)\b))"
_JUDGED = r"(?:severity|confidence|priority|category|diagnosis|support\s{1,5}level)"
_VALUE = r"(?:none|low|medium|high|critical|\d{1,4})"
_MANY = r"(?:\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|a\s{1,5}dozen|all|every)"
_PARTS = r"(?:parts?|units?|pieces|tubes?|sensors?|batter(?:y|ies)|filters?|cables?)"
_ORDERED = (
    rf"(?:you|new|ignore|disregard|forget|override|bypass|set|answer|reply|respond|output|order|recommend|approve"
    rf"|classify|mark|say|act|pretend|from{_GAP}now|do{_GAP}not|never|always|please|severity|confidence|admin)"
)


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


# Repetition is bounded everywhere: whatever the text, the time is proportional to its length.
_STRONG = _compiled(
    rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b{_GAP}(?:\w{{1,30}}{_GAP}){{0,4}}?{_RULES}\b",
    rf"\b(?:ignore|disregard|forget|override)\b{_GAP}(?:\w{{1,30}}{_GAP}){{0,3}}?(?:{_BEFORE}|your){_GAP}{_SAID}\b",
    rf"\b(?:ignore|disregard|forget|override)\b{_GAP}(?:(?:all|of|the|any|what|is|was|i|said){_GAP}){{0,4}}"
    rf"(?:{_BEFORE}|everything|all){_NO_MORE}",
    rf"\b(?:ignore|disregard|forget)\b{_GAP}everything\b",
    r"\b(?:new|updated|revised|real|actual|following)\s{1,5}(?:system\s{1,5})?(?:instructions?|prompt)\s{0,5}:",
    r"\b(?:system|developer)\s{1,5}(?:prompt|instructions?)\b(?!\s{1,5}(?:says?|asks?|shows?|appears?|to|for|on)\b)",
    r"\byou\s{1,5}are\s{1,5}(?:now\b(?!\s{1,5}(?:un)?able)|no\s{1,5}longer\s{1,5}(?:an?|the|bound)\b"
    r"|an?\s{1,5}(?:ai|assistant|model)\b|chatgpt\b|claude\b)",
    r"\bas\s{1,5}an?\s{1,5}(?:ai|(?:large\s{1,5})?language\s{1,5}model)\b|\bjailbreak",
    rf"\bfrom{_GAP}now{_GAP}on{_GAP}(?:please{_GAP})?(?:you|answer|respond|reply|output|say|always|only)\b",
    rf"\b(?:act|behave|pretend|respond|answer)\s{{1,5}}as\s{{1,5}}(?:if|though)\s{{1,5}}you\b"
    rf"|\bpretend{_GAP}(?:that|to{_GAP}be|you)\b"
    r"|\bact\s{1,5}as\s{1,5}(?:an?|the|my)\s{1,5}(?:\w{1,30}\s{1,5})?(?:ai|assistant|model|admin\w{0,20}|system|bot)\b",
    rf"\b(?:reveal|print|repeat|show|output|leak)\b{_GAP}(?:\w{{1,30}}{_GAP}){{0,3}}?(?:your|system|hidden|initial)"
    rf"{_GAP}(?:\w{{1,30}}{_GAP}){{0,2}}?(?:prompt|instructions?)\b",
    rf"(?<!\bwe\s)(?<!\bi\s)(?<!\bthey\s)(?<!\bis\s)(?<!\bwas\s)\b(?:set|make|mark|rate|classify|change|lower|raise)\b{_GAP}"
    rf"(?:(?:the|its|this|your|ticket){_GAP}){{0,3}}{_JUDGED}\b[\s:=]{{1,5}}(?:(?:to|as|is|be){_GAP})?{_VALUE}\b",
    rf"\b(?:answer|reply|respond|output|return)\s{{1,5}}(?:only\s{{1,5}})?(?:with\s{{1,5}})?(?:the\s{{1,5}})?{_JUDGED}\b",
    rf"(?:^|\n)[ \t]{{0,20}}(?:(?:assistant|developer)[ \t]{{0,20}}[:>]|system[ \t]{{0,20}}[:>]\s{{0,5}}{_ORDERED}\b)",
    r"</?\s{0,5}(?:data|system|instructions?|user|assistant)\b[^>]{0,200}>",
    r"<\|[a-z_]{1,40}\|>|\[/?INST\]|\[/?SYS\]",
    r"\b(?:do\s{1,5}not|don['’]?t|never)\s{1,5}(?:follow|obey|listen\s{1,5}to|trust)\b[^.;!?\n]{0,40}\b"
    r"(?:(?:previous|above|system|other|these|your)\s{1,5}(?:instructions?|rules?)|prompt)\b",
)
_WEAK = _compiled(
    rf"\b(?:set|make|mark|report|classify|rate|say)\b[^.;!?\n]{{0,30}}\b{_JUDGED}\b",
    rf"\b(?:severity|confidence)\b[\s:=]{{0,5}}(?:(?:is|to|should\s{{1,5}}be)\s{{1,5}})?{_VALUE}\b",
    rf"\b(?:order|recommend|include|approve|propose|add)\s{{1,5}}(?:me\s{{1,5}})?{_MANY}\b[^.;!?\n]{{0,30}}\b{_PARTS}\b",
    r"\b(?:new|updated|revised|following)\s{1,5}(?:instructions?|prompt)\b",
)


def seems_to_instruct(texts: Iterable[str]) -> bool:
    """Whether any of the texts seems to talk to a model and not to an engineer."""
    return any(pattern.search(plain) for text in texts for plain in (_plain(text)[0],) for pattern in _STRONG)


def without_instructions(text: str) -> str:
    """The text, blanked out from every mark to the end of its sentence; all other characters keep their places."""
    spans = _spans(text)
    if not spans:
        return text
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


@lru_cache(maxsize=64)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    """What is left out, in characters of the text as it stands, though it is read in its plain form."""
    plain, origin = _plain(text)
    marks = [found.span() for pattern in _STRONG for found in pattern.finditer(plain)]
    if not marks:
        return ()
    marks += [found.span() for pattern in _WEAK for found in pattern.finditer(plain, min(marks)[0])]
    ends = [found.start() for found in _END.finditer(plain)]
    spans: list[tuple[int, int]] = []
    for start, mark_end in sorted(marks):
        place = bisect_left(ends, mark_end)
        end = ends[place] if place < len(ends) else len(plain)
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        elif start < end:
            spans.append((start, end))
    return tuple((origin[start], origin[end - 1] + 1) for start, end in spans)


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text without disguise: letters of other widths as usual ones, nothing that is invisible; and for each
    character the place where it came from.
    """
    if text.isascii():
        return text, range(len(text))
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        if letter.isascii():
            letters.append(letter)
            origin.append(place)
        elif not _INVISIBLE.match(letter):
            form = _form(letter)
            letters.append(form)
            origin.extend([place] * len(form))
    return "".join(letters), origin


@lru_cache(maxsize=4_096)
def _form(letter: str) -> str:
    form = unicodedata.normalize("NFKC", letter)
    return form if len(form) <= _LONGEST_FORM else letter
