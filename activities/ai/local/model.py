"""What of the local engine is learnt and not written: weights and calibration, a small JSON document."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from activities.ai.calibration import Platt

SHIPPED = Path(__file__).parent / "model.json"


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
    ticket_weight: Annotated[float, Field(ge=0)] = 5.0
    """Score that a verified ticket with the very same words gives to its cause."""
    history_weight: Annotated[float, Field(ge=0)] = 1.0
    """Score that the same fault in the unit's history gives."""
    priors: dict[str, float] = {}
    """Score of a fault before anything is said, by the id of the knowledge-base entry: how often it is the cause."""
    calibration: Platt = Platt()
    abstain_below: Annotated[float, Field(ge=0, le=100)] = 25.0


@cache
def shipped_model() -> LocalModel:
    """The model that an installation begins with, fitted on the cases of `bench/diagnosis_cases.toml`."""
    return LocalModel.model_validate_json(SHIPPED.read_bytes())
