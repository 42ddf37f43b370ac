"""How long people wait, where they have not said it themselves."""

from __future__ import annotations

from datetime import timedelta

ANSWER_WITHIN = timedelta(seconds=60)
"""For a ticket's answer: a worker that was killed is noticed, and what it had under way is done by another one."""
