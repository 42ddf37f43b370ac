"""Words that people write, in files and commands, held against those that are read: none is ignored in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

_NEAR = 0.6
"""How alike two words are, from 0 to 1, before one is taken for a slip of the other."""


def unknown_words(found: Iterable[str], known: Iterable[str]) -> str | None:
    """What to say of words that are not known: each with the one that it looks like, then all that are known.

    None: all of them are known. The clause has no full stop.
    """
    allowed = sorted(known)
    unknown = sorted(set(found) - set(allowed))
    if not unknown:
        return None
    said = " and ".join(f'"{word}"{_meant(word, allowed)}' for word in unknown)
    return f"{said} {'is' if len(unknown) == 1 else 'are'} not known here; known are {', '.join(allowed)}"


def meant(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is nearest to a word, whatever the case; None where none is near."""
    by_small = {one.casefold(): one for one in known}
    near = get_close_matches(word.casefold(), by_small, n=1, cutoff=_NEAR)
    return by_small[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The same as a sentence that follows another one; empty where none is near."""
    near = meant(word, known)
    return f" Did you mean {near}?" if near is not None else ""


def unknown_words_within(
    values: Any, model: type[BaseModel], also: Mapping[type[BaseModel], Iterable[str]] | None = None
) -> str | None:
    """The same for a record and all records within it, with the place of the first that has some.

    Args:
        values: as the file has them; what has another shape than the model is the model's to refuse.
        model: its fields are the known words, and those of models in it are known there.
        also: further words that a model's records may have.
    """
    for place, found, kind in _records(values, model, ""):
        known = {*kind.model_fields, *(also or {}).get(kind, ())}
        if (said := unknown_words(found, known)) is not None:
            return f"{place}: {said}" if place else said
    return None


def _records(
    values: Any, model: type[BaseModel], place: str
) -> Iterator[tuple[str, Mapping[str, Any], type[BaseModel]]]:
    if not isinstance(values, Mapping):
        return
    yield place, values, model
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        content = values.get(name)
        if inner is None or content is None:
            continue
        for number, one in enumerate(content if isinstance(content, list) else [content], start=1):
            where = f"{name} {number}" if isinstance(content, list) else name
            yield from _records(one, inner, f"{place}, {where}" if place else where)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a field: of the value itself, or of the values that it lists."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one)) is not None), None)


def _meant(word: str, known: list[str]) -> str:
    near = meant(word, known)
    return f' (did you mean "{near}"?)' if near is not None else ""
