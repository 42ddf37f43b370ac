"""Tells what AI answered about a ticket: rows of its tables, plausible where nothing else is asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from models.sql_functions import SqlFunction
from tests.factories import HOUR, T0
from tests.migrations.own_rows import Bench
from tests.migrations.story import Story

Providers = dict[str, tuple[UUID, UUID | None]]


class Lab:
    """What providers answer about one ticket; `providers` has the ids of each and of its model."""

    def __init__(self, bench: Bench, story: Story, providers: Providers) -> None:
        self.bench, self.story, self.providers = bench, story, providers
        self.ticket_id = story.ticket_id

    async def answer(self, table: str, provider: str = "own_alpha", **values: Any) -> UUID:
        provider_id, model_id = self.providers[provider]
        given: dict[str, Any] = {
            "ticket_id": self.ticket_id,
            "session_id": uuid4(),
            "provider_id": provider_id,
            "model_id": model_id,
            "proposed_at": T0,
        }
        return await self.bench.put(table, **given | values)

    async def diagnosis(self, summary: str = "Flow sensor drifts", **values: Any) -> UUID:
        given: dict[str, Any] = {
            "summary": summary,
            "confidence": 80,
            "root_cause": "Contaminated sensor",
            "issue_category": "sensor",
            "severity": "high",
            "support_level": "L1",
            "remote_fix_possible": False,
        }
        if "was_correct" in values:
            given["verified_at"] = T0 + 9 * HOUR
        return await self.answer("ai_diagnosis_results", **given | values)

    async def engineer(self, code: str, rank: int, **values: Any) -> UUID:
        scores = {f"{name}_score": 70 for name in ("expertise", "availability", "location", "performance", "workload")}
        given: dict[str, Any] = {"overall_score": 90 - rank, "reasoning": "Near and certified", **scores}
        if "outcome" in values:
            given["decided_at"] = T0 + HOUR
        engineer_id = await self.bench.engineer_id(code)
        return await self.answer("ai_engineer_recommendations", engineer_id=engineer_id, rank=rank, **given | values)

    async def part(self, part_id: UUID, rank: int, **values: Any) -> UUID:
        given: dict[str, Any] = {"confidence": 60, "is_oem": True, "reasoning": "Wears out first"}
        if "outcome" in values:
            given["decided_at"] = T0 + HOUR
        return await self.answer("ai_parts_recommendations", part_id=part_id, rank=rank, **given | values)

    async def say(self, session_id: UUID, index: int, content: str, **values: Any) -> UUID:
        given: dict[str, Any] = {"task": "diagnosis", "role": "user", "occurred_at": T0}
        provider_id, model_id = self.providers["own_alpha"]
        return await self.bench.put(
            "ai_conversations",
            **{
                "session_id": session_id,
                "message_index": index,
                "ticket_id": self.ticket_id,
                "provider_id": provider_id,
                "model_id": model_id,
                "content": content,
                **given,
                **values,
            },
        )

    async def feedback(self, was_accurate: bool, kind: str = "human", hours: int = 1, **subject: Any) -> UUID:
        return await self.bench.put(
            "ai_feedback",
            ticket_id=self.ticket_id,
            kind=kind,
            given_by_code=f"judge-{uuid4()}",
            given_by_role="engineer",
            given_at=T0 + hours * HOUR,
            was_accurate=was_accurate,
            **subject,
        )

    async def rows(self, function: SqlFunction, *arguments: Any) -> list[Any]:
        return list(await self.bench.database.rows(function, self.ticket_id, *arguments))

    async def accuracy(self, *arguments: Any) -> list[Any]:
        """Over all tickets."""
        return list(await self.bench.database.rows(SqlFunction.CALCULATE_AI_ACCURACY, *arguments))
