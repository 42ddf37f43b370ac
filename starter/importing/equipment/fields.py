"""Which column of a registry is which field: by the names that registries use, unless an option says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from starter.importing.columns import ColumnMapping, MappingError, read_options
from starter.importing.equipment.names import keys
from starter.importing.records import Record, RejectedError, shown


class Field(StrEnum):
    """What a row says of a unit."""

    SERIAL = "serial"
    TYPE = "type"
    PRODUCT_CODE = "product_code"
    MANUFACTURER = "manufacturer"
    MODEL = "model"
    CUSTOMER = "customer"
    SITE = "site"
    CONTEXT = "context"
    UDI = "udi"
    INSTALLED_ON = "installed_on"


HEADERS: dict[Field, tuple[str, ...]] = {
    Field.SERIAL: ("serial", "serial number", "serial no", "serial nr", "serial num", "s/n", "sn", "sr no of equipment",
                   "device serial number", "equipment serial number", "manufacturer serial number"),
    Field.TYPE: ("type", "equipment type", "equipment", "equipment name", "name of equipment", "device", "device type",
                 "device name", "asset type", "asset name", "gmdn name", "gmdn term", "gmdn pt name"),
    Field.PRODUCT_CODE: ("product code", "fda product code", "procode"),
    Field.MANUFACTURER: ("manufacturer", "manufacturer name", "make", "maker", "company", "company name", "oem",
                         "vendor"),
    Field.MODEL: ("model", "model name", "model number", "model no", "version or model", "version model number"),
    Field.CUSTOMER: ("customer", "customer name", "customer code", "hospital", "hospital name", "facility",
                     "facility name", "institution"),
    Field.SITE: ("site", "site name", "site code", "department", "dept", "ward", "location", "unit location"),
    Field.CONTEXT: ("context", "installed context", "care area", "clinical area", "care setting"),
    Field.UDI: ("udi", "udi string", "udi hrf", "device identifier", "primary di", "udi di", "di", "gtin"),
    Field.INSTALLED_ON: ("installed on", "install date", "installed date", "installation date", "date of installation",
                         "date installed", "commissioned on", "commissioning date"),
}  # fmt: skip
"""What columns are called, whatever the case and punctuation. A column named like the field itself wins."""

_NEEDED: tuple[tuple[Field, ...], ...] = (
    (Field.SERIAL, Field.UDI),
    (Field.TYPE, Field.PRODUCT_CODE),
    (Field.MANUFACTURER,),
    (Field.MODEL,),
    (Field.CUSTOMER,),
    (Field.SITE,),
    (Field.CONTEXT,),
)
_OF_ONE_UNIT = (Field.SERIAL, Field.UDI)
_KNOWN = {key: where for where, names in HEADERS.items() for name in names for key in keys(name)}


@dataclass(frozen=True, slots=True)
class EquipmentMapping:
    """How the records of a registry are read. Columns that no option names are found by their names."""

    given: ColumnMapping[Field] = field(default_factory=ColumnMapping)
    _by_columns: dict[tuple[str, ...], ColumnMapping[Field]] = field(default_factory=dict)

    @classmethod
    def parse(
        cls, columns: Sequence[str] = (), constants: Sequence[str] = (), translations: Sequence[str] = ()
    ) -> EquipmentMapping:
        """Read the options `FIELD=COLUMN`, `FIELD=VALUE` and `FIELD:FROM=TO`.

        Raises:
            MappingError: one of them is not of that form, or can't hold for every unit.
        """
        given = read_options(Field, columns, constants, translations)
        for where in _OF_ONE_UNIT:
            if where in given.constants:
                raise MappingError(f"A {where.value} belongs to one unit: it can't be --set for all. Use --column.")
        return cls(given)

    def check(self, header: tuple[str, ...] | None) -> None:
        """Refuse a mapping that no record of this file could fit. `header` None: records name their own columns.

        Raises:
            MappingError: a column is not there, two could be meant, or a field that is needed has no source.
        """
        if header is None:
            return
        self.given.check_named(header)
        has = self._of(header).columns.keys() | self.given.constants.keys()
        missing = [needed for needed in _NEEDED if not has & set(needed)]
        if missing:
            first = missing[0][0]
            remedies = [f"--column {first.value}=COLUMN"]
            if first not in _OF_ONE_UNIT:
                remedies.append(f"--set {first.value}=VALUE for all rows")
            raise MappingError(
                f"No column gives the {', the '.join(' or '.join(needed) for needed in missing)}. Name one with "
                f"{' or '.join(remedies)}. The file has: {shown(header)}."
            )

    def values(self, record: Record) -> dict[Field, str]:
        """What the record says of each field; empty where it says nothing.

        Raises:
            RejectedError: a value is no text, or two columns could be meant.
        """
        try:
            mapping = self._of(tuple(record.values))
        except MappingError as error:
            raise RejectedError(str(error)) from None
        return {
            where: mapping.constants[where]
            if where in mapping.constants
            else mapping.translated(where, mapping.raw(where, record))
            for where in Field
        }

    def _of(self, header: tuple[str, ...]) -> ColumnMapping[Field]:
        if (known := self._by_columns.get(header)) is not None:
            return known
        taken = set(self.given.columns.values())
        found: dict[Field, list[str]] = {}
        for column in header:
            where = _meant_by(column)
            if where is None or column in taken or where in self.given.columns or where in self.given.constants:
                continue
            found.setdefault(where, []).append(column)
        columns = dict(self.given.columns)
        for where, candidates in found.items():
            exact = [one for one in candidates if one == where.value]
            if len(candidates) > 1 and not exact:
                raise MappingError(
                    f"The columns {' and '.join(map(repr, candidates))} could both be the {where.value}. Say which "
                    f"with --column {where.value}={_quoted(candidates[0])}."
                )
            columns[where] = (exact or candidates)[0]
        mapping = replace(self.given, columns=columns)
        self._by_columns[header] = mapping
        return mapping


def _meant_by(column: str) -> Field | None:
    return next((_KNOWN[key] for key in keys(column) if key in _KNOWN), None)


def _quoted(column: str) -> str:
    return f'"{column}"' if " " in column else column
