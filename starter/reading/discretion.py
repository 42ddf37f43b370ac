"""What of a record is not for everybody who may read it: why engineers have declined what they were offered, and how
they are rated for a ticket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from models.access import Action, Allowed, may
from models.database_calls import Calls
from models.principals import Principal

DECLINED = "offer_declined"
ASSIGNED = "engineer_assigned"
RATED = ('"warnings"', '"expertise_score"')
"""What stands in a document that says how engineers are rated: an assignment's warnings, scores."""


def discreet(database: Calls, document: str) -> str:
    """A ticket's document as whoever asks may read it; nobody in particular reads all of it."""
    principal = database.principal
    if principal is None:
        return document
    reasons = f'"{DECLINED}"' in document and not _may_know(principal, Action.DECLINES)
    rated = any(one in document for one in RATED) and not _may_know(principal, Action.ENGINEERS)
    if not reasons and not rated:
        return document
    shown, own = json.loads(document), _own(principal)
    if reasons:
        for stage in shown["stages"]:
            for one in stage["offers"]:
                if one["engineer_code"] not in own:
                    one |= {"decline_reason": None, "remark": ""}
        shown["timeline"] = [_entry(one, own) for one in shown["timeline"]]
    if rated:
        shown["recommendations"] = []
        shown["timeline"] = [_unrated(one) for one in shown["timeline"]]
    return json.dumps(shown, ensure_ascii=False)


def discreet_entry(database: Calls, entry: str) -> str:
    """The same of one entry of a timeline, in JSON."""
    principal = database.principal
    if principal is None:
        return entry
    if f'"{DECLINED}"' in entry and not _may_know(principal, Action.DECLINES):
        return json.dumps(_entry(json.loads(entry), _own(principal)), ensure_ascii=False)
    if RATED[0] in entry and not _may_know(principal, Action.ENGINEERS):
        return json.dumps(_unrated(json.loads(entry)), ensure_ascii=False)
    return entry


def _entry(entry: dict[str, Any], own: frozenset[str]) -> dict[str, Any]:
    fact = entry.get("new_value") or {}
    if entry["action"] != DECLINED or fact.get("engineer", {}).get("code") in own:
        return entry
    kept = {key: value for key, value in fact.items() if key not in {"why", "reason"}}
    return {**entry, "reason": "", "new_value": kept}


def _unrated(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without what spoke against an engineer: absences, certificates, load."""
    if entry["action"] != ASSIGNED:
        return entry
    kept = {key: value for key, value in (entry.get("new_value") or {}).items() if key not in {"warnings", "anyway"}}
    return {**entry, "new_value": kept}


def _may_know(principal: Principal, action: Action) -> bool:
    return isinstance(may(principal, action), Allowed)


def _own(principal: Principal) -> frozenset[str]:
    """The codes of the engineers that somebody is."""

    def codes() -> Iterator[str]:
        return (one.engineer for one in principal.grants if one.engineer is not None)

    return frozenset(codes())
