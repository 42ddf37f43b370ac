"""Other rules: what is different from those that a ticket ran by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from models.contracts.templates import HoldRule, PriorityTargets, ServiceConfiguration, TemplateSnapshot
from models.sla.calendar import Calendar
from models.vocabulary import ReopenPolicy


@dataclass(frozen=True, slots=True)
class Alternative:
    """What is different; what is unset stays as it was for each ticket.

    Attributes:
        priorities: targets of priorities; one that is left out stays as it was.
        stage_targets: by the stage's key.
        on_site: by the stage's key.
        hold_rules: by their reason; reasons that are not named mean what they did.
        calendar: without its zone, which is that of each site.
    """

    resolution_target: timedelta | None = None
    arrival_target: timedelta | None = None
    response_target: timedelta | None = None
    priorities: tuple[PriorityTargets, ...] = ()
    stage_targets: Mapping[str, timedelta] = field(default_factory=dict)
    on_site: Mapping[str, bool] = field(default_factory=dict)
    hold_rules: Mapping[str, HoldRule] = field(default_factory=dict)
    reopen_policy: ReopenPolicy | None = None
    calendar: Calendar | None = None

    def template(self, was: TemplateSnapshot) -> TemplateSnapshot:
        """The template as it would have been."""
        changed: dict[str, Any] = {
            "stages": tuple(
                stage.model_copy(
                    update={
                        "target": self.stage_targets.get(stage.key, stage.target),
                        "on_site": self.on_site.get(stage.key, stage.on_site),
                    }
                )
                for stage in was.stages
            ),
            "hold_rules": tuple(self.hold_rules.get(rule.reason, rule) for rule in was.hold_rules),
        }
        for name in ("resolution_target", "arrival_target", "reopen_policy"):
            if getattr(self, name) is not None:
                changed[name] = getattr(self, name)
        special = {one.priority: one for one in was.priority_targets}
        for one in self.priorities:
            before = special.get(one.priority, one)
            special[one.priority] = before.model_copy(update={name: value for name, value in one if value is not None})
        changed["priority_targets"] = tuple(special.values())
        return was.model_copy(update=changed)

    def service(self, was: ServiceConfiguration) -> ServiceConfiguration:
        """The service configuration as it would have been."""
        return was if self.response_target is None else was.model_copy(update={"response_target": self.response_target})

    def hours(self, was: Calendar) -> Calendar:
        """The calendar as it would have been, in the zone of the ticket's site."""
        return was if self.calendar is None else self.calendar.model_copy(update={"zone": was.zone})


UNCHANGED = Alternative()
