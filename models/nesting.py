"""How deep a document goes: what walks it by calling itself must not be made to fall."""

from __future__ import annotations

from collections.abc import Iterable


def is_nested_deeper(document: object, levels: int) -> bool:
    """Whether dictionaries and lists lie in each other more than `levels` deep."""
    layer = _containers([document])
    for _ in range(levels):
        layer = _containers(one for outer in layer for one in (outer.values() if isinstance(outer, dict) else outer))
        if not layer:
            return False
    return bool(layer)


def _containers(values: Iterable[object]) -> list[dict[object, object] | list[object]]:
    return [one for one in values if isinstance(one, dict | list)]
