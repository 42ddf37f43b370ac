"""What of the local engine is learnt and not written: weights, words and calibration.

The shipped one is a small TOML document; those that `fieldcare ai train` makes are JSON in `ai_local_models`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from activities.ai.local.calibration import Platt
from models.toml_files import parsed_toml

SHIPPED = Path(__file__).parent / "model.toml"


class LocalModel(BaseModel):
    """Parameters of the local engine. Scores are those of `matching`; confidences percent, 0 to 100."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: Annotated[int, Field(ge=1)] = 1
    fitted_on: str = "nothing"
    """How many cases of which kind, in words."""
    temperature: Annotated[float, Field(gt=0)] = 1.5
    """Score that makes a fault e times as likely as another."""
    none_score: float = 2.5
    """What no fault of the knowledge base is worth as an explanation."""
    ticket_weight: Annotated[float, Field(ge=0)] = 2.0
    """Score that a verified ticket with the very same words gives to its cause. Cautious: the cases that the shipped
    model is fitted on have no tickets."""
    history_weight: Annotated[float, Field(ge=0)] = 1.0
    """Score that the same fault in the unit's history gives."""
    priors: dict[str, float] = {}
    """Score of a fault before anything is said, by the id of the knowledge-base entry: how often it is the cause."""
    words: dict[str, dict[str, float]] = {}
    """Score that a word of a description gives to a fault, by the fault's id and the word (its stem): words that the
    entry lacks, or that say more here than elsewhere. What is left out says nothing."""
    calibration: Platt = Platt()
    abstain_below: Annotated[float, Field(ge=0, le=100)] = 40.0
    """A policy and no measurement: below this, people are told what is unlikely, and no diagnosis."""

    def as_toml(self) -> str:
        """The document that `read_model()` reads."""
        values = self.model_dump(exclude={"words"})  # the shipped model has learnt none
        tables = {name: value for name, value in values.items() if isinstance(value, dict)}
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if name not in tables]
        for name, table in tables.items():
            lines += ["", f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
        return "\n".join(["# Written by `python -m bench.calibrate`.", *lines, ""])


def read_model(text: str) -> LocalModel:
    """A model from its document.

    Raises:
        ValueError: it is no TOML, or no model.
    """
    return LocalModel.model_validate(parsed_toml(text))


@cache
def shipped_model() -> LocalModel:
    """The model that an installation begins with, fitted by `python -m bench.calibrate`."""
    return read_model(SHIPPED.read_text(encoding="utf-8"))
