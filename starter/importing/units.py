"""A unit for a report that names only a type of equipment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlalchemy import text

from models.database import Database
from starter.importing.records import RejectedError

_UNITS = text(
    """
    SELECT t.code, t.name, array_agg(e.serial ORDER BY e.serial) AS serials
    FROM equipment_catalog AS t
    JOIN equipment_registry AS e ON e.equipment_type_id = t.id AND e.status = :status
    GROUP BY t.code, t.name
    ORDER BY t.code
    """
)


class UnknownTypeError(RejectedError):
    """A type of which no unit is registered."""


class UnitsByType:
    """The active units of each type. The same key always gets the same unit, and keys spread evenly."""

    def __init__(self, serials: Mapping[str, Sequence[str]]) -> None:
        self.codes = tuple(serials)
        self._serials = {code.casefold(): tuple(units) for code, units in serials.items()}

    @classmethod
    async def read(cls, database: Database) -> UnitsByType:
        """The units as the registry has them now; a type can be named by its code or by its name."""
        async with database.session() as session:
            rows = (await session.execute(_UNITS, {"status": "active"})).all()
        units = cls({row.code: row.serials for row in rows})
        units._serials |= {row.name.casefold(): tuple(row.serials) for row in rows}
        return units

    def pick(self, equipment_type: str, key: str) -> str:
        """The serial number of a unit of that type.

        Raises:
            RejectedError: no active unit is of that type.
        """
        serials = self._serials.get(equipment_type.casefold())
        if not serials:
            raise UnknownTypeError(
                f"no unit of the type {equipment_type[:60]!r} is registered; --translate type:{equipment_type[:30]}=… "
                "gives it a meaning"
            )
        place = int.from_bytes(sha256(key.encode()).digest()[:8], "big")
        return serials[place % len(serials)]
