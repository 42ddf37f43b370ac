"""A task for tests: what a diagnosis looks like to those who only ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from activities.ai.tasks.fencing import fence
from activities.ai.tasks.prompts import Prompt, prompt
from activities.ai.tasks.task import AiTaskDefinition
from models.vocabulary.ai import AiTask

KNOWN_PARTS = {"VENT-FILTER", "VENT-TUBE-HF"}


class Verdict(BaseModel):
    """An answer."""

    cause: str
    confidence: float
    parts: list[str]


SENSOR = Verdict(cause="Flow sensor drifts", confidence=82.5, parts=["VENT-FILTER"])
GOOD = SENSOR.model_dump_json()
PROMPT: Prompt = prompt("ground_rules")


def _check(verdict: Verdict, _subject: Mapping[str, Any]) -> None:
    if unknown := set(verdict.parts) - KNOWN_PARTS:
        raise ValueError(f"unknown part {', '.join(sorted(unknown))}")


TASK = AiTaskDefinition(
    task=AiTask.DIAGNOSIS,
    output=Verdict,
    prompt=PROMPT,
    question=lambda subject: "Find the cause.\n\n" + fence(subject["description"], "description"),
    written=lambda subject: [("description", subject["description"])],
    check=_check,
    output_tokens=1_000,
)


def engine(subject: Mapping[str, Any]) -> Verdict:
    """A built-in provider that knows one fault."""
    if "sensor" not in subject["description"]:
        raise ValueError("the description names no symptom that is known")
    return SENSOR
