"""Text of reporters as data: between marks that it can't forge, and flagged where it looks like an instruction.

The marks are what protects; the flag only tells people. A text that no pattern knows is between marks as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

INSTRUCTIONS_IN_DESCRIPTION = "instructions_in_description"
"""The flag of a request in which somebody seems to talk to the model."""

_MARK_LENGTH = 32


def fence(text: str, label: str) -> str:
    """The text between two marks that don't occur in it, nor can: they are made from a hash of the whole text.

    Args:
        label: what it is, in the words of this program: `description`.
    """
    turn = 0
    while (mark := sha256(f"{turn}:{label}:{text}".encode(errors="replace")).hexdigest()[:_MARK_LENGTH]) in text:
        turn += 1
    return f"<data {mark} {label}>\n{text}\n</data {mark}>"


_OBJECT = r"(?:all|any|the|your|these|this|my|previous|prior|above|earlier|preceding|foregoing|other|system)"
_RULES = r"(?:instructions?|prompts?|rules?|guidelines?|directions?|context|text|messages?|above|everything)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b(?:\s+{_OBJECT}){{1,4}}(?:\s+{_RULES})?",
        rf"\b(?:ignore|disregard|forget|override|bypass)\b\s+(?:\w+\s+){{0,3}}{_RULES}\b",
        r"\b(?:new|updated|revised|real|actual|following)\s+(?:system\s+)?(?:instructions?|prompt)\b",
        r"\byou\s+are\s+(?:now|no\s+longer)\b",
        r"\bfrom\s+now\s+on\b.{0,40}\b(?:you|answer|respond|reply|output|say)\b",
        r"\b(?:act|behave|pretend|respond|answer)\s+as\s+(?:if|an?|though|the)\b",
        r"\b(?:reveal|print|repeat|show|output)\b.{0,30}\b(?:system\s+)?prompt\b",
        r"\b(?:set|make|mark|report|classify|rate|answer|output|return|say)\b.{0,30}"
        r"\b(?:severity|confidence|priority|support\s+level)\b.{0,20}\b(?:to|as|is|=|:|low|high|critical|medium|100)\b",
        r"\bseverity\s*[:=]?\s*(?:is\s+)?(?:low|none|critical|high)\b.{0,40}\b(?:order|recommend|skip|close|approve)\b",
        r"\b(?:order|recommend|include|approve)\s+(?:me\s+)?(?:ten|\d{1,4}|all|every)\b.{0,60}\b(?:parts?|units?|tubes?)\b",
        r"(?:^|\n)\s*(?:system|assistant|developer)\s*[:>]",
        r"</?(?:data|system|instructions?|user|assistant)\b[^>]*>",
        r"<\|[a-z_]+\|>|\[/?INST\]|\[/?SYS\]",
        r"\b(?:do\s+not|don't|never)\s+(?:follow|obey|listen\s+to|trust)\b.{0,40}\b(?:instructions?|rules?|prompt)\b",
    )
)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\U000e0000-\U000e007f]")


def seems_to_instruct(texts: Iterable[str]) -> bool:
    """Whether any of the texts seems to talk to a model and not to an engineer. It only ever raises a flag."""
    for text in texts:
        plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        if any(pattern.search(plain) for pattern in _PATTERNS):
            return True
    return False
