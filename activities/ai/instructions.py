"""Where a text of people seems to talk to a model instead of about a fault.

It raises a flag, and the built-in engine leaves such sentences out. It is no protection: that are the marks around
every text (`fencing`), for what no pattern here knows stands between marks as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_SENTENCE = re.compile(r"[^.;!?\n]+(?:[.;!?]+|\n|$)")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\U000e0000-\U000e007f]")
_OBJECT = r"(?:all|any|the|your|these|this|my|previous|prior|above|earlier|preceding|foregoing|other|system)"
_RULES = r"(?:instructions?|prompts?|rules?|guidelines?|directions?|context|text|messages?|above|everything)"
_JUDGED = r"(?:severity|confidence|priority|category|diagnosis|support\s+level)"
_MANY = r"(?:\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|a\s+dozen|all|every)"
_PARTS = r"(?:parts?|units?|pieces|tubes?|sensors?|batter(?:y|ies)|filters?|cables?)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b(?:\s+{_OBJECT}){{1,4}}(?:\s+{_RULES})?",
        rf"\b(?:ignore|disregard|forget|override|bypass)\b\s+(?:\w+\s+){{0,3}}{_RULES}\b",
        r"\b(?:new|updated|revised|real|actual|following)\s+(?:system\s+)?(?:instructions?|prompt)\b",
        r"\b(?:system|developer)\s+(?:prompt|instructions?)\b",
        r"\byou\s+are\s+(?:now|no\s+longer|an?\s+(?:ai|assistant|model)|chatgpt|claude)\b",
        r"\bas\s+an?\s+(?:ai|(?:large\s+)?language\s+model)\b|\bjailbreak",
        r"\bfrom\s+now\s+on\b.{0,40}\b(?:you|answer|respond|reply|output|say)\b",
        r"\b(?:act|behave|pretend|respond|answer)\s+as\s+(?:if|an?|though|the)\b",
        r"\b(?:reveal|print|repeat|show|output)\b.{0,30}\b(?:system\s+)?prompt\b",
        rf"\b(?:set|make|mark|report|classify|rate|answer|reply|respond|output|return|say)\b.{{0,30}}\b{_JUDGED}\b",
        r"\b(?:severity|confidence)\s*(?::|=|is|to|should\s+be)?\s*(?:none|low|medium|high|critical|\d+\s*%?)\b",
        rf"\b(?:order|recommend|include|approve|propose|add)\s+(?:me\s+)?{_MANY}\b.{{0,30}}\b{_PARTS}\b",
        r"(?:^|\n)[ \t]{0,20}(?:system|assistant|developer)[ \t]{0,20}[:>]",
        r"</?\s*(?:data|system|instructions?|user|assistant)\b[^>]{0,200}>",
        r"<\|[a-z_]+\|>|\[/?INST\]|\[/?SYS\]",
        r"\b(?:do\s+not|don't|never)\s+(?:follow|obey|listen\s+to|trust)\b.{0,40}\b(?:instructions?|rules?|prompt)\b",
    )
)


def seems_to_instruct(texts: Iterable[str]) -> bool:
    """Whether any of the texts seems to talk to a model and not to an engineer."""
    return any(next(_places(text), None) is not None for text in texts)


def without_instructions(text: str) -> str:
    """The text, with every sentence that seems to do that blanked out; all other characters keep their places."""
    places = list(_places(text))
    if not places:
        return text
    kept = [
        " " * len(found.group()) if any(found.start() < end and start < found.end() for start, end in places) else None
        for found in _SENTENCE.finditer(text)
    ]
    blanks = iter(kept)
    return _SENTENCE.sub(lambda found: next(blanks) or found.group(), text)


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Where it seems to do that: characters of the text as it stands, though it is read in its plain form."""
    plain, origin = _plain(text)
    for pattern in _PATTERNS:
        for found in pattern.finditer(plain):
            yield origin[found.start()], origin[found.end() - 1] + 1


def _plain(text: str) -> tuple[str, list[int]]:
    """The text without disguise: letters of other widths as usual ones, nothing that is invisible; and for each
    character the place where it came from.
    """
    if text.isascii():
        return text, list(range(len(text)))
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        if _INVISIBLE.match(letter):
            continue
        for one in unicodedata.normalize("NFKC", letter):
            letters.append(one)
            origin.append(place)
    return "".join(letters), origin
