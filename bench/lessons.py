"""Verified tickets as training reads them, made up."""

from __future__ import annotations

from typing import Any

FILLER = (
    "please",
    "nurse",
    "reported",
    "morning",
    "again",
    "ward",
    "night",
    "doctor",
    "twice",
    "bed",
    "corner",
    "hello",
)
"""Words that say nothing of a fault."""


def lesson(description: str, cause: str, code: str | None, equipment_type: str = "ventilator") -> dict[str, Any]:
    """One row as `verified_tickets()` gives them."""
    return {
        "equipment_type": equipment_type,
        "description": description,
        "verified_cause": cause,
        "verified_code": code,
        "whole_case": None,
    }
