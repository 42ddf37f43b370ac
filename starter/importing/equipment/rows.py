"""From a record to a unit: every field checked, and everything that is wrong said at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from models.placeholders import computed
from models.serials import SerialError, read_serial
from models.spelling import disguised, normal_form, tidied
from models.udi import Udi, UdiError, is_scan, read_udi
from starter.importing.columns import short
from starter.importing.equipment.catalog import ContextIndex, NotPlacedError, TypeIndex
from starter.importing.equipment.cells import emptiness, read_cells
from starter.importing.equipment.dates import DateError, read_day
from starter.importing.equipment.fields import EquipmentMapping, Field
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
    MODEL = "model"
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


_REASONS = {
    Field.SERIAL: Reason.SERIAL,
    Field.MODEL: Reason.MODEL,
    Field.UDI: Reason.UDI,
    Field.INSTALLED_ON: Reason.DATE,
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
        written: the serial number as the file has it.
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
    written: str = field(default="", compare=False)

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
        """Tells contents apart, whatever the line and the spelling of what identifies the unit."""
        said = self.row() | {"line": 0, "serial": "", "udi": normal_form(self.udi or "")}
        return sha256(json.dumps(said).encode()).digest()[:16]


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
            given = self._mapping.values(record)
            values, wrong = read_cells(given)
        except RejectedError as error:
            raise UnfitError([(Reason.UNREADABLE, str(error))]) from None
        problems = [(_REASONS[where], sentence) for where, sentence in wrong.items()]
        not_placed: list[NotPlacedError] = []

        def problem(reason: Reason, sentence: str) -> str:
            problems.append((reason, sentence))
            return ""

        def placed(where: Field, find: Callable[[str], str]) -> str:
            text = values[where]
            if where in wrong:
                return ""
            if not text:
                return problem(_REASONS[where], f"the {where.value} {emptiness(given[where])}")
            if len(text) > LONGEST:
                return problem(_REASONS[where], f"the {where.value} is longer than {LONGEST} characters")
            try:
                return find(text)
            except NotPlacedError as error:
                not_placed.append(error)
                return problem(_REASONS[where], str(error))

        udi = self._udi(values, problems)
        serial = ""
        if Field.SERIAL not in wrong:
            serial = self._serial(values[Field.SERIAL], udi, problems, given[Field.SERIAL])
        product_code = values[Field.PRODUCT_CODE]
        kind = placed(
            Field.PRODUCT_CODE if product_code and not values[Field.TYPE] else Field.TYPE,
            lambda _: self._types.code(values[Field.TYPE], product_code),
        )
        context = placed(Field.CONTEXT, self._contexts.code)
        model = placed(Field.MODEL, _model)
        installed_on = self._day(values[Field.INSTALLED_ON], problems)
        manufacturer = placed(Field.MANUFACTURER, self.parties.manufacturer)
        customer = placed(Field.CUSTOMER, self.parties.customer)
        if manufacturer and model:
            model = placed(Field.MODEL, lambda _: self._known_model(manufacturer, model))
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
            written=" ".join(values[Field.SERIAL].split()) or serial,
        )

    def _udi(self, values: dict[Field, str], problems: list[tuple[Reason, str]]) -> Udi | None:
        """The UDI of its column, or what a scanner left where the serial number belongs; that is then the one in it."""
        text = values[Field.UDI]
        scanned = is_scan(values[Field.SERIAL])
        try:
            udi = read_udi(text) if text else None
            if scanned:
                within = read_udi(values[Field.SERIAL])
                values[Field.SERIAL] = within.serial or ""
                if udi is None or within.serial is None:
                    udi = within
        except UdiError as error:
            problems.append((Reason.UDI, f"the UDI can't be taken: {error}"))
            return None
        return udi

    def _serial(self, text: str, udi: Udi | None, problems: list[tuple[Reason, str]], given: str) -> str:
        """The serial number of the column, or the one in the UDI; they must agree. `given` is what the cell has."""
        within = udi.serial if udi else None
        if not text and within:
            return within
        if not text:
            why = f"the serial number {emptiness('' if is_scan(given) else given)}"
            if udi is not None and not udi.names_a_unit:
                why += ", and the UDI names a model, not a unit: add a column with the serial numbers"
            problems.append((Reason.NO_SERIAL, why))
            return ""
        if len(text) > LONGEST:
            problems.append((Reason.SERIAL, f"the serial number has over {LONGEST} characters"))
            return ""
        try:
            serial = read_serial(text)
        except SerialError as error:
            problems.append((Reason.SERIAL, f"the serial number {error}"))
            return ""
        if within is not None and _same(serial) != _same(within):
            problems.append(
                (Reason.SERIAL, f"the serial number is {serial}, but the UDI says (21){within}: one of them is wrong")
            )
        return serial

    def _known_model(self, maker: str, model: str) -> str:
        """The model itself.

        Raises:
            NotPlacedError: it is written with letters that only look like those of another one of its maker.
        """
        if (twin := self.parties.models.twin(maker, model)) is not None:
            sentence = f"the model {short(model)} looks like {twin} and is written with other letters: write it so"
            raise NotPlacedError(Field.MODEL, model, sentence, [twin])
        return model

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


def _model(text: str) -> str:
    """The model, as it is stored.

    Raises:
        NotPlacedError: a spreadsheet made something else of it, or it mixes letters that look alike.
    """
    model = tidied(text)
    if (how := computed(model)) is not None:
        sentence = f"the model {short(model)} {how}: format the column as text and export it again"
        raise NotPlacedError(Field.MODEL, model, sentence)
    if (letter := disguised(model, whole=False)) is not None:
        sentence = f"the model {short(model)} has the letter {letter}: write it with letters of one script"
        raise NotPlacedError(Field.MODEL, model, sentence)
    return model
