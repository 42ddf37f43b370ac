"""From a record to a unit: every field checked, and everything that is wrong said at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from models.udi import Udi, UdiError, read_udi
from starter.importing.equipment.catalog import ContextIndex, NotPlacedError, TypeIndex
from starter.importing.equipment.dates import DateError, read_day
from starter.importing.equipment.fields import EquipmentMapping, Field
from starter.importing.equipment.names import says_nothing
from starter.importing.equipment.parties import Parties
from starter.importing.records import Record, RejectedError

LONGEST = 200
"""Characters of a serial number, a name, a model."""

_SAME_SERIAL = str.maketrans("", "", " -")


class Reason(StrEnum):
    """Why a row is rejected, for the account at the end."""

    UNREADABLE = "not readable"
    NO_SERIAL = "no serial number"
    SERIAL = "serial number"
    TYPE = "type not placed"
    MANUFACTURER = "manufacturer not placed"
    MODEL = "no model"
    CUSTOMER = "customer not placed"
    SITE = "site not placed"
    CONTEXT = "context not placed"
    UDI = "UDI"
    DATE = "installation date"
    SERIAL_TWICE = "serial number twice, with different content"
    UDI_TWICE = "UDI twice"
    REGISTERED_DIFFERENTLY = "registered as another make or type"
    UDI_TAKEN = "UDI of another unit"
    AFTER_WARRANTY = "installed after its warranty or contract"


_PLACED = {
    Field.TYPE: Reason.TYPE,
    Field.PRODUCT_CODE: Reason.TYPE,
    Field.MANUFACTURER: Reason.MANUFACTURER,
    Field.CUSTOMER: Reason.CUSTOMER,
    Field.SITE: Reason.SITE,
    Field.CONTEXT: Reason.CONTEXT,
}


class UnfitError(Exception):
    """A record that can't become a unit, with all that is wrong with it."""

    def __init__(self, problems: Sequence[tuple[Reason, str]], not_placed: Sequence[NotPlacedError] = ()) -> None:
        super().__init__("; ".join(sentence for _, sentence in problems))
        self.reasons = tuple(dict.fromkeys(reason for reason, _ in problems))
        self.not_placed = tuple(not_placed)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as the registry shall have it; what it belongs to is named by codes.

    Attributes:
        udi_left_out: it had a device identifier of its model that can't be made into its own UDI.
    """

    line: int
    serial: str
    equipment_type: str
    manufacturer: str
    model: str
    customer: str
    site: str
    installed_context: str
    udi: str | None = None
    installed_on: date | None = None
    udi_left_out: bool = False

    def row(self) -> dict[str, Any]:
        """What `import_equipment()` takes."""
        return {
            "line": self.line,
            "serial": self.serial,
            "udi": self.udi,
            "equipment_type": self.equipment_type,
            "manufacturer": self.manufacturer,
            "model": self.model,
            "customer": self.customer,
            "site": self.site,
            "installed_context": self.installed_context,
            "installed_on": self.installed_on.isoformat() if self.installed_on else None,
        }

    @property
    def digest(self) -> bytes:
        """Tells contents apart, whatever the line."""
        return sha256(json.dumps(self.row() | {"line": 0}).encode()).digest()[:16]


class UnitReader:
    """Reads records as units.

    Args:
        today: the last day on which a unit can have been installed.
        date_format: as Python's strptime takes it; None: ISO 8601.
    """

    def __init__(
        self,
        mapping: EquipmentMapping,
        types: TypeIndex,
        parties: Parties,
        *,
        today: date,
        date_format: str | None = None,
    ) -> None:
        self._mapping = mapping
        self._types = types
        self._contexts = ContextIndex()
        self.parties = parties
        self._today = today
        self._date_format = date_format

    def unit(self, record: Record) -> Unit:
        """The unit of a record.

        Raises:
            UnfitError: it can't be one.
        """
        try:
            values = {where: "" if says_nothing(text) else text for where, text in self._mapping.values(record).items()}
        except RejectedError as error:
            raise UnfitError([(Reason.UNREADABLE, str(error))]) from None
        problems: list[tuple[Reason, str]] = []
        not_placed: list[NotPlacedError] = []

        def problem(reason: Reason, sentence: str) -> str:
            problems.append((reason, sentence))
            return ""

        def placed(where: Field, find: Callable[[str], str]) -> str:
            text = values[where]
            if not text:
                return problem(_PLACED[where], f"the {where.value} is empty")
            if len(text) > LONGEST:
                return problem(_PLACED[where], f"the {where.value} is longer than {LONGEST} characters")
            try:
                return find(text)
            except NotPlacedError as error:
                not_placed.append(error)
                return problem(_PLACED[where], str(error))

        udi = self._udi(values[Field.UDI], problems)
        serial = self._serial(values[Field.SERIAL], udi, problems)
        product_code = values[Field.PRODUCT_CODE]
        kind = placed(
            Field.PRODUCT_CODE if product_code and not values[Field.TYPE] else Field.TYPE,
            lambda _: self._types.code(values[Field.TYPE], product_code),
        )
        context = placed(Field.CONTEXT, self._contexts.code)
        model = " ".join(values[Field.MODEL].split())
        if not model or len(model) > LONGEST:
            problems.append((Reason.MODEL, f"the model is {f'longer than {LONGEST} characters' if model else 'empty'}"))
        installed_on = self._day(values[Field.INSTALLED_ON], problems)
        manufacturer = placed(Field.MANUFACTURER, self.parties.manufacturer)
        customer = placed(Field.CUSTOMER, self.parties.customer)
        site = ""
        if customer:
            site = placed(Field.SITE, lambda text: self.parties.site(customer, text))
        if problems:
            raise UnfitError(problems, not_placed)
        own_udi = udi.of_unit(serial) if udi else None
        return Unit(
            line=record.line,
            serial=serial,
            equipment_type=kind,
            manufacturer=manufacturer,
            model=model,
            customer=customer,
            site=site,
            installed_context=context,
            udi=own_udi,
            installed_on=installed_on,
            udi_left_out=udi is not None and own_udi is None,
        )

    def _udi(self, text: str, problems: list[tuple[Reason, str]]) -> Udi | None:
        if not text:
            return None
        try:
            return read_udi(text)
        except UdiError as error:
            problems.append((Reason.UDI, f"the UDI can't be taken: {error}"))
            return None

    def _serial(self, text: str, udi: Udi | None, problems: list[tuple[Reason, str]]) -> str:
        """The serial number of the column, or the one in the UDI; they must agree."""
        serial = " ".join(text.split())
        within = udi.serial if udi else None
        if not serial and within:
            return within
        if not serial:
            why = "the serial number is empty"
            if udi is not None and not udi.names_a_unit:
                why += ", and the UDI names a model, not a unit: add a column with the serial numbers"
            problems.append((Reason.NO_SERIAL, why))
        elif not serial.isprintable() or len(serial) > LONGEST:
            problems.append((Reason.SERIAL, f"the serial number can't be printed, or has over {LONGEST} characters"))
        elif _looks_rounded(serial):
            problems.append(
                (Reason.SERIAL, f"the serial number {serial} was rounded by a spreadsheet: format the column as text")
            )
        elif within is not None and _same(serial) != _same(within):
            problems.append(
                (Reason.SERIAL, f"the serial number is {serial}, but the UDI says (21){within}: one of them is wrong")
            )
        return serial

    def _day(self, text: str, problems: list[tuple[Reason, str]]) -> date | None:
        if not text:
            return None
        try:
            return read_day(text, self._today, self._date_format)
        except DateError as error:
            problems.append((Reason.DATE, f"installed_on {error}"))
            return None


def _same(serial: str) -> str:
    return serial.casefold().translate(_SAME_SERIAL)


def _looks_rounded(serial: str) -> bool:
    mantissa, sign, exponent = serial.upper().partition("E+")
    return bool(sign) and exponent.isdigit() and mantissa.replace(".", "", 1).replace(",", "", 1).isdigit()
