"""Whom AI recommended for the stages of a ticket, and what became of that, as people read it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from models.records import RecommendationOnRecord, TicketRecord
from models.vocabulary.ai import EngineerOutcome
from starter.reading.timeline import Names, stage_called
from starter.reading.words import words


def show_recommendations(record: TicketRecord, names: Names) -> Iterator[Text]:
    """The newest recommendation of each stage; one that came too late is left out."""
    stage: tuple[str | None, int | None] | None = None
    for one in record.recommendations:
        if one.outcome is EngineerOutcome.SUPERSEDED:
            continue
        if (one.stage_key, one.visit) != stage:
            stage = (one.stage_key, one.visit)
            called = stage_called(one.stage_key, one.visit, names) if one.stage_key else ""
            by = f"{one.provider_code} {one.model_code or ''}".rstrip()
            yield Text(f"\nAI recommends{f', {called}' if called else ''} ({by})", style="bold")
        yield from _recommended(one)


def _recommended(one: RecommendationOnRecord) -> Iterator[Text]:
    proved = {None: "", True: ", fixed at the first visit", False: ", not fixed at the first visit"}
    yield Text(
        f"{one.rank}. {one.engineer_code} {one.engineer_name}: {one.overall_score:.0f} of 100, "
        f"{words(one.outcome)}{proved[one.fixed_at_first_visit]}"
    )
    yield Text(f"   {one.reasoning}")
    for said in one.concerns:
        yield Text(f"   - {said}", style="yellow")
