"""The one error of the embedded stack."""

from __future__ import annotations


class EmbeddedError(Exception):
    """Something that keeps the embedded stack from working: one sentence for a person, with what to do about it."""
