"""Columns that tables of several contexts have."""

from __future__ import annotations

from models.refusals.words.kind import (
    DURATION,
    JSON_OBJECT,
    NOT_NEGATIVE,
    OPTIONAL_TEXT,
    PERCENT,
    POSITIVE,
    TEXT,
    Words,
)

WORDS = Words(
    columns={
        "equipment_type_id": "type of equipment",
        "transition_id": "stage visit",
    },
    column_rules={
        OPTIONAL_TEXT: "verified_cause verified_code",
        TEXT: "name code workflow_id workflow_type description",
        POSITIVE: "quantity version position",
        NOT_NEGATIVE: "sequence lead_time",
        DURATION: "target_duration",
        PERCENT: "quality_score",
        JSON_OBJECT: "calendar_snapshot",
        "must be like FC-2026-000123": "number",
    },
)
