"""What the board says that is no page's own: what is wrong, what somebody lacks, and the words of its script."""

from __future__ import annotations

from collections.abc import Mapping

from activities.dispatch.qualifying import Lacks, lacks
from models.dispatch.plan import Violated, Violation
from models.dispatch.problem import Engineer, Visit
from starter.portal.words import Words

BROKEN: Mapping[Violated, str] = {
    Violated.UNKNOWN: "There is no such engineer, duty or visit any more",
    Violated.MISSING: "It is counted twice, or not at all",
    Violated.HOURS: "Outside the working hours of {engineer}",
    Violated.BREAK: "In a break of {engineer}",
    Violated.TRAVEL: "{engineer} can't be there in time",
    Violated.DURATION: "There is not enough time for it",
    Violated.WINDOW: "The site is not open then",
    Violated.SKILL: "{engineer} is not qualified for it",
    Violated.CERTIFICATE: "{engineer} holds no valid certificate for it",
    Violated.CREW: "It takes two engineers at the same time",
    Violated.PRECEDENCE: "It begins before what it waits for is done",
    Violated.PARTS: "Its parts are not there by then",
    Violated.PIN: "It is not where it is locked to",
    Violated.CAPACITY: "{engineer} has more visits than they may have",
}
"""What is wrong with a draft, by its kind."""
HOME_LATE = "{engineer} is home after the end of the duty"

LACKING: Mapping[Lacks, str] = {
    Lacks.SKILL: "not qualified for {what}",
    Lacks.LEVEL: "below the level {what}",
    Lacks.CERTIFICATE: "without the certificate {what}",
}
NO_DUTY = "on no duty in this plan"

OF_THE_SCRIPT = (
    "{engineer}, {time}",
    "{visit} is picked up. Arrow keys move it, Enter drops it, Escape gives up.",
    "{visit} stays where it was.",
    "{visit} goes to {engineer} at {time}.",
    "{visit} is left out.",
    "can't: {reason}",
    "Left out",
    "Lock",
    "Unlock",
    "Leave out",
    "Details",
    "locked",
    "late",
    "due {time}",
    "travel {minutes} min",
    "under way",
    "on the way",
    "Priority {priority}",
    "No visit is left out.",
    "Nothing fits.",
    "There is no connection. Nothing was changed.",
    "one step",
    "{number} steps",
    "break",
    "off duty",
    "from {start} to {end}",
)
"""Sentences that `static/board.js` says; a test holds that these are they."""


def wrong(words: Words, violation: Violation) -> str:
    """What is wrong, as a sentence for whoever looks at the board."""
    text = HOME_LATE if violation.kind is Violated.HOURS and violation.visit is None else BROKEN[violation.kind]
    return words(text, engineer=violation.engineer or "–")


def unfit(words: Words, engineer: Engineer, visit: Visit) -> str:
    """Why an engineer can't do a visit on any of their duties; empty where they can."""
    if not engineer.duties:
        return words(NO_DUTY)
    missing = [lacks(engineer, visit, one.day) for one in engineer.duties]
    if any(kind is Lacks.NOTHING for kind, _ in missing):
        return ""
    kind, what = missing[0]
    return words(LACKING[kind], what=what.replace("_", " "))
