"""A refusal: a command that the ticket's state does not allow."""

from __future__ import annotations


class RefusedError(Exception):
    """A business refusal: one clear sentence that says what to do about it. Nothing has changed."""
