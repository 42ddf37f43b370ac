"""Drafts of plans of visits: the working paper of whoever coordinates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, UniqueConstraint

from models.tables.base import Row, document, moment, of_type, words


class DispatchDraft(Row, table=True):
    """What somebody tries with a plan, from what it was when they began."""

    __tablename__ = "dispatch_drafts"
    __table_args__ = (UniqueConstraint("owner_code"),)

    owner_code: str = words()
    begun: dict[str, Any] = document()
    steps: list[Any] = document(default="'[]'")
    done: int = of_type(Integer(), default="0")
    version: int = of_type(Integer(), default="1")
    changed_at: datetime = moment(default="clock_timestamp()")
