"""Sentences of a description that talk to a model instead of about a fault."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[^.;!?\n]+(?:[.;!?]+|\n|$)")
_MARKS = re.compile(
    r"""
      \b(ignore|disregard|forget|override|bypass)\b .{0,40}
          \b(above|previous|prior|earlier|instructions?|rules?|prompts?|everything|context)\b
    | \b(system|developer)\s+(prompt|message|instruction)
    | \byou\s+are\s+(now|an?\s+(ai|assistant|model)|chatgpt|claude)\b
    | \b(set|mark|answer|reply|respond|output|return|classify|rate|report)\b .{0,30}
          \b(severity|priority|confidence|json|diagnosis|category|support\s+level)\b
    | \b(severity|confidence)\s*(:|=|is|to|should\s+be)?\s*(low|medium|high|critical|\d+\s*%?)\b
    | \b(order|recommend|propose|add)\b .{0,20} \b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|dozen)\b .{0,30}
          \b(tubes?|parts?|sensors?|batter(y|ies)|units?|pieces|filters?|cables?)\b
    | \bas\s+an?\s+(ai|language\s+model)\b | \bjailbreak\b | <\s*/?\s*(system|instructions?|assistant)\s*> | \[/?INST\]
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def instructions_in(description: str) -> tuple[str, ...]:
    """The sentences that look like instructions to a model, as they stand there: for a flag on the ticket."""
    return tuple(found.group().strip() for found in _SENTENCE.finditer(description) if _MARKS.search(found.group()))


def without_instructions(description: str) -> str:
    """The description with such sentences blanked out; every other character keeps its place."""
    return _SENTENCE.sub(
        lambda found: " " * len(found.group()) if _MARKS.search(found.group()) else found.group(), description
    )
