"""Documents for programs, and values of JSON columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from models.contracts.base import Actor


def plain(value: Any) -> Any:
    """The value as JSON takes it: instants as ISO 8601 in UTC, durations as seconds."""
    shown: Any = value
    match value:
        case Actor():  # it leaves out what there is not
            shown = value.model_dump(mode="json")
        case BaseModel():
            shown = {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case datetime():
            shown = value.astimezone(UTC).isoformat()
        case timedelta():
            shown = _number(value.total_seconds())
        case Decimal():
            shown = _number(float(value))
        case Mapping():
            shown = {str(key): plain(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            shown = [plain(one) for one in value]
        case UUID() | Path():
            shown = str(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            shown = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return shown


def json_value(value: Any) -> Any:
    """A JSON column's value, whether the driver parsed it or gave its text."""
    return json.loads(value) if isinstance(value, str) else value


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value
