"""How somebody signs."""

from __future__ import annotations

from enum import StrEnum


class SignatureMethod(StrEnum):
    """By what whoever signs has shown who they are."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    """With their account, whose password they gave at that moment."""
    LINK = "link"
    """With a one-time link that was sent to them by name."""
    DRAWN = "drawn"
    """By hand, on the screen of whoever completes the stage, who saw them do it."""
