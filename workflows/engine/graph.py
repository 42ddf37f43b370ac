"""The graph of a ticket's stages, and where on it the ticket stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from models.contracts.state import StageVisit
from models.contracts.templates import StageDefinition, TemplateSnapshot
from models.vocabulary import StageStatus

MOST_VISITS = 20
"""A stage that fails its test this often needs a decision, not another round."""


class StageGraph:
    """The frozen template's stages and their visits so far."""

    def __init__(self, template: TemplateSnapshot, visits: list[StageVisit]) -> None:
        self._visits = visits
        self.definitions: dict[str, StageDefinition] = {
            stage.key: stage for stage in sorted(template.stages, key=lambda one: one.position)
        }

    def plan(self) -> None:
        """Put down the first visit of every stage, pending."""
        for definition in self.definitions.values():
            self._visits.append(StageVisit(key=definition.key, support_level=definition.support_level))

    def latest(self, key: str) -> StageVisit:
        """The newest visit of the stage `key`."""
        return next(visit for visit in reversed(self._visits) if visit.key == key)

    def visits(self) -> Iterator[StageVisit]:
        """Every visit, also of stages that were visited again."""
        return iter(self._visits)

    def current(self) -> Iterator[StageVisit]:
        """The newest visit of every stage, in the template's order."""
        newest = {visit.key: visit for visit in self._visits}
        return (newest[key] for key in self.definitions)

    def last_end(self) -> datetime | None:
        """When the last visit ended that is over."""
        return max((visit.finished_at for visit in self._visits if visit.finished_at is not None), default=None)

    def with_status(self, *statuses: StageStatus) -> list[StageVisit]:
        return [visit for visit in self.current() if visit.status in statuses]

    def active(self) -> list[StageVisit]:
        return self.with_status(StageStatus.IN_PROGRESS)

    def ready(self) -> list[StageVisit]:
        """Pending stages whose prerequisites are over; independent ones are ready together."""
        return [
            visit
            for visit in self.with_status(StageStatus.PENDING)
            if all(self.latest(key).is_over for key in self.definitions[visit.key].prerequisites)
        ]

    def is_over(self) -> bool:
        return all(visit.is_over for visit in self.current())

    def leads_on_site(self) -> bool:
        """Whether somebody has worked at the unit, or still may have to."""
        left_out = {StageStatus.SKIPPED}
        return any(visit.status not in left_out for visit in self._visits if self.definitions[visit.key].on_site)

    def dependants(self, key: str) -> list[str]:
        """Every stage that needs `key`, directly or through others, in the template's order."""
        found = {key}
        for definition in self.definitions.values():
            if found.intersection(definition.prerequisites):
                found.add(definition.key)
        return [one for one in self.definitions if one in found and one != key]

    def revisit(self, key: str) -> list[StageVisit]:
        """Plan a further visit to `key` and to everything after it that is over; returns the new pending visits."""
        planned = []
        for one in (key, *self.dependants(key)):
            last = self.latest(one)
            if last.is_over:
                planned.append(
                    StageVisit(key=one, visit=last.visit + 1, support_level=last.support_level, engineer=last.engineer)
                )
        self._visits.extend(planned)
        return planned

    def names(self, keys: Iterable[str]) -> str:
        """Stage names for a sentence."""
        return ", ".join(self.definitions[key].name for key in keys)
