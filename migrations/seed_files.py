"""The files in `seeds/`, read as records that can say where they stand."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.known_words import unknown_words
from models.spelling import unreadable
from models.toml_files import read_toml

NAMES = (
    "code", "part_number", "serial", "certificate_number", "key", "task", "installed_context", "part", "opens",
    "equipment_type", "manufacturer",
)  # fmt: skip
"""What a record may be called by; the first one that it has."""


REFERENCES = {
    "manufacturer": ("manufacturer_id", "manufacturers"),
    "equipment_type": ("equipment_type_id", "equipment_catalog"),
    "part": ("part_id", "equipment_parts"),
    "alternative": ("alternative_part_id", "equipment_parts"),
    "calendar": ("calendar_id", "business_calendars"),
    "shift_calendar": ("shift_calendar_id", "business_calendars"),
    "customer": ("customer_id", "customers"),
}
"""What a file names by its code: the column that gets the id, and the table that it is in."""

WITHIN = {
    "ai_providers": ("models",),
    "business_calendars": ("openings", "holidays", "exceptional_openings"),
    "customers": ("sites",),
    "engineers": ("expertise", "certifications"),
    "equipment_parts": ("contexts",),
    "equipment_registry": ("site",),
    "stage_configuration_templates": ("ai",),
    "workflow_templates": ("stages", "priorities", "scopes"),
}
"""What a record of a table may have beside its columns, because it goes elsewhere."""


class SeedError(Exception):
    """A seed file can't be used; the message says which, which record, why and what to do. Nothing was changed."""


@dataclass(slots=True)
class Record:
    """A record of a seed file: its values, and where it stands, for people."""

    values: dict[str, Any]
    where: str

    def children(self, name: str, kind: str) -> list[Record]:
        """Take the records out that stand within this one."""
        return _records(self.values.pop(name, []), self.where, kind)

    def varied(self, values: dict[str, Any], note: str) -> Record:
        """The same with further values; no later change of one reaches the other."""
        return Record(copy.deepcopy({**self.values, **values}), f"{self.where}, {note}" if note else self.where)


@dataclass(frozen=True, slots=True)
class SeedFiles:
    """The seed files of a folder."""

    folder: Path

    def read(self, name: str, *kinds: str) -> list[list[Record]]:
        """The records of a file, a list for each kind that it has to do with.

        Raises:
            SeedError: the file can't be read, is not TOML, or has something else in it.
        """
        path = self.folder / f"{name}.toml"
        try:
            content = read_toml(path, parse_float=Decimal)
        except OSError as error:
            raise SeedError(f"{path.name} can't be read: {error.strerror}. Put it back.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SeedError(f"{path.name} is not valid TOML: {error}. Correct that place.") from error
        if (said := unknown_words(content, kinds)) is not None:
            raise SeedError(f"{path.name}: {said}.")
        return [_records(content.get(kind, []), path.name, kind) for kind in kinds]


def words_of(table: str, columns: Iterable[str]) -> list[str]:
    """What a record of a table is written with: references by their names instead of ids, what goes elsewhere too."""
    named = {column: name for name, (column, _) in REFERENCES.items()}
    return [*(named.get(column, column) for column in columns), *WITHIN.get(table, ())]


def _records(content: Any, where: str, kind: str) -> list[Record]:
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise SeedError(f"{where}: {kind} must be a list of records. Write [[{kind}]] before each of them.")
    records = [
        Record(values, f"{where}, {kind} {_name(values, place)}") for place, values in enumerate(content, start=1)
    ]
    for record in records:
        _check_texts(record.where, record.values)
    return records


def _check_texts(where: str, values: dict[str, Any]) -> None:
    """Refuse what can't be seen in a text: nobody could find or correct what is called so."""
    for key, value in values.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and (flaw := unreadable(text)) is not None:
                raise SeedError(f"{where}: {key} {flaw}.")


def _name(values: dict[str, Any], place: int) -> str:
    return next((str(values[name]) for name in NAMES if name in values), f"number {place}")
