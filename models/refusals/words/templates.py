"""Workflow templates, service configurations, reasons for holds."""

from __future__ import annotations

from models.refusals.words.kind import (
    CODE_OF_SMALL_LETTERS,
    DURATION,
    JSON_LIST,
    KEY_LETTERS,
    NO_EMPTY_ENTRY,
    NOT_NEGATIVE,
    OPTIONAL_TEXT,
    VALID,
    Words,
)
from models.vocabulary.sla import ClockKind

WORDS = Words(
    tables={
        "hold_reasons": "a reason for a hold",
        "manufacturer_service_config": "a service configuration",
        "stage_configuration_templates": "a stage of a template",
        "workflow_template_targets": "targets of a priority",
        "workflow_templates": "a workflow template",
    },
    column_rules={
        OPTIONAL_TEXT: "manufacturer_desk",
        NOT_NEGATIVE: "late_within reopen_within",
        DURATION: "answer_within response_target arrival_target parts_lead_time resolution_target",
        JSON_LIST: "required_actions",
        NO_EMPTY_ENTRY: "prerequisites",
        "must be percentages from 1 to 100, at least one": "thresholds",
        f"must be {KEY_LETTERS}": "key",
        f"must be taken from {', '.join(ClockKind)}": "pauses",
    },
    rules={
        "hold_reasons_code_check": CODE_OF_SMALL_LETTERS,
        "manufacturer_service_config_check": VALID,
        "manufacturer_service_config_code_check": CODE_OF_SMALL_LETTERS,
        "stage_configuration_templates_check": "must not be its own prerequisite",
        "workflow_template_targets_some": "must have one target at least",
        "workflow_templates_check": VALID,
        "workflow_templates_code_check": CODE_OF_SMALL_LETTERS,
    },
    overlaps={
        "manufacturer_service_config_one_in_force": (
            "the service configuration overlaps with one in force for the same scope: end that one first, or "
            "begin later"
        ),
        "workflow_templates_one_in_force": (
            "the workflow template overlaps with one in force of the same scope and version: end that one "
            "first, begin later, or raise the version"
        ),
    },
)
