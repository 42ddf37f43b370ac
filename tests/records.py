"""Records of tickets in which only what a test is about is written out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from models.records import TicketRecord

NOTHING: Mapping[str, Any] = {
    "str": "",
    "int": 0,
    "bool": False,
    "UUID": "00000000-0000-0000-0000-000000000000",
    "AwareDatetime": "2026-03-02T08:00:00+00:00",
    "timedelta": 0,
    "Decimal": 0,
}
"""By the name of a type."""


def recorded(document: Mapping[str, Any]) -> TicketRecord:
    """The record of a document in which anything may be missing: texts are empty then, lists as well, numbers 0."""
    return TicketRecord.model_validate(_filled(document, TicketRecord))


def _filled(document: Mapping[str, Any], part: type[BaseModel]) -> dict[str, Any]:
    return {
        name: _value(document[name], field.annotation) if name in document else _nothing(field.annotation)
        for name, field in part.model_fields.items()
    }


def _value(given: Any, kind: Any) -> Any:
    """What is given, with the gaps in its parts filled."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _filled(given, kind)
    if get_origin(kind) is tuple and isinstance(given, list):
        return [_value(one, get_args(kind)[0]) for one in given]
    if get_origin(kind) in {Union, UnionType} and given is not None:
        return _value(given, next(one for one in get_args(kind) if one is not type(None)))
    return given


def _nothing(kind: Any) -> Any:
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return None
    if origin is Annotated:
        return _nothing(get_args(kind)[0])
    if origin in {tuple, list}:
        return []
    if origin is dict:
        return {}
    if issubclass(kind, BaseModel):
        return _filled({}, kind)
    return next(iter(kind)) if issubclass(kind, StrEnum) else NOTHING[kind.__name__]
