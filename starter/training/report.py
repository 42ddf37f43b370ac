"""What a training found, as programs read it and as it is stored with the model."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from activities.ai.local.model import LocalModel
from activities.ai.local.training.judging import Scores
from activities.ai.local.training.training import Trained, Training
from activities.ai.local.training.verified import LeftOut
from starter.training.models import InForce


def report_of(
    training: Training, trained: Trained, held_from: datetime, in_force: InForce, fingerprint: str
) -> dict[str, Any]:
    """What is printed with --json and stored with the model. Shares and confidences are 0 to 1."""
    return {
        "because": trained.verdict.because,
        "tickets": {
            "counted": training.counted,
            "tuned": training.tuned,
            "held_back": training.judged,
            "left_out": _left_out(training.left_out),
        },
        "held_from": held_from,
        "compared_with": in_force.version,
        "knowledge_changed": in_force.knowledge_hash not in {None, fingerprint},
        "before": _scores(trained.before),
        "after": _scores(trained.after),
        "by_frequency": {"log_loss": trained.frequency_loss},
        "learnt": _learnt(trained.model),
    }


def _left_out(left_out: LeftOut) -> dict[str, Any]:
    return {
        "unknown_codes": dict(sorted(left_out.unknown_codes.items())),
        "unknown_types": dict(sorted(left_out.unknown_types.items())),
        "unreadable": left_out.unreadable,
    }


def _scores(one: Scores) -> dict[str, Any]:
    return {
        "cases": one.cases,
        "answered": one.answered,
        "abstained": one.cases - one.answered,
        "accuracy": one.accuracy,
        "accuracy_of_answered": one.right / one.answered if one.answered else None,
        "code_accuracy": one.code_right / one.with_code if one.with_code else None,
        "brier": one.brier,
        "brier_of_all_causes": one.brier_of_all,
        "calibration_error": one.calibration_error,
        "log_loss": one.log_loss,
        "reliability": [
            {
                "from": bin_.low,
                "to": bin_.high,
                "cases": bin_.count,
                "mean_confidence": bin_.mean_confidence,
                "accuracy": bin_.accuracy,
            }
            for bin_ in one.reliability
        ],
    }


def _learnt(model: LocalModel) -> dict[str, Any]:
    return {
        "temperature": model.temperature,
        "none_score": model.none_score,
        "ticket_weight": model.ticket_weight,
        "history_weight": model.history_weight,
        "calibration": model.calibration,
        "faults_with_a_prior": len(model.priors),
        "words": sum(len(of_fault) for of_fault in model.words.values()),
    }
