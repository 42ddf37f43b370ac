"""Each module of activities offers what it serves, whole, under the names by which workflows call it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import activities

NAMES = {
    "AiActivities": {"prepare_question", "record_call", "ask"},
    "DispatchActivities": {"look_for_replan", "make_dispatch_plan", "apply_dispatch_plan"},
    "ReconciliationActivities": {"reconcile"},
    "SealingActivities": {"seal_audit_trail"},
    "WebhookActivities": {"watch_webhooks", "deliver_webhooks"},
    "RecordActivities": {
        "open_ticket",
        "transition_to_next_stage",
        "record_facts",
        "find_engineer",
        "find_candidates",
        "warn_of_assignment",
    },
}
"""Names that stand in histories: one that goes, or another one, is a ticket that no worker serves any more."""


def activity_name(method: Any) -> str | None:
    definition = getattr(method, "__temporal_activity_definition", None)
    return None if definition is None else str(definition.name)


def classes() -> Iterator[type]:
    """Every class of `activities` with an activity of its own."""
    for module in pkgutil.walk_packages(activities.__path__, "activities."):
        for kind in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(kind, type)
                and kind.__module__ == module.name
                and any(map(activity_name, vars(kind).values()))
            ):
                yield kind


def offered(kind: type) -> Iterator[Callable[..., Any]]:
    """What its properties that begin with `served` name. They need none of its dependencies."""
    bare: Any = object.__new__(kind)
    for name in vars(kind):
        if name.startswith("served"):
            yield from getattr(bare, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_of_activities_offers_all_that_it_serves_once(name: str) -> None:
    """The test below holds that there are no others; they are loaded when a test runs, for providers take long."""
    [kind] = [one for one in classes() if one.__name__ == name]
    has = sorted(named for method in vars(kind).values() if (named := activity_name(method)))
    assert sorted(str(activity_name(one)) for one in offered(kind)) == has


def test_the_names_of_activities_are_those_of_the_histories() -> None:
    assert {kind.__name__: {activity_name(one) for one in offered(kind)} for kind in classes()} == NAMES
