"""Makers, customers and their sites: those that are known, and those that an import may bring in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, text

from models.database import Database
from models.spelling import drawn, look, normal_form
from starter.importing.equipment.catalog import Entry, Index, NotPlacedError, TypeIndex
from starter.importing.equipment.fields import Field
from starter.importing.equipment.names import new_code

_TYPES = text("SELECT t.code, t.name, t.synonyms, t.product_codes FROM equipment_catalog AS t ORDER BY t.code")
_MANUFACTURERS = text("SELECT m.code, m.name, m.synonyms FROM manufacturers AS m ORDER BY m.code")
_CUSTOMERS = text("SELECT c.code, c.name FROM customers AS c ORDER BY c.code")
_SITES = text(
    """
    SELECT c.code AS customer, s.code, s.name
    FROM customer_sites AS s
    JOIN customers AS c ON c.id = s.customer_id
    ORDER BY c.code, s.code
    """
)


_MODELS = text(
    """
    SELECT DISTINCT m.code, e.model
    FROM equipment_registry AS e
    JOIN manufacturers AS m ON m.id = e.manufacturer_id
    ORDER BY m.code, e.model
    """
)


@dataclass(frozen=True, slots=True)
class MayCreate:
    """What an import may add besides units. A new customer's sites come with it.

    Attributes:
        time_zone: of new sites; a name of the IANA database.
    """

    manufacturers: bool = False
    customers: bool = False
    sites: bool = False
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Something that the import brings in.

    Attributes:
        customer: the code of a site's customer.
        resembles: what is known already and looks like it.
    """

    code: str
    name: str
    customer: str | None = None
    resembles: tuple[str, ...] = ()


@dataclass(slots=True)
class Newcomers:
    """Everything that is to be created before the units, by code (sites by customer and code)."""

    manufacturers: dict[str, Newcomer] = field(default_factory=dict)
    customers: dict[str, Newcomer] = field(default_factory=dict)
    sites: dict[tuple[str, str], Newcomer] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.manufacturers or self.customers or self.sites)


class Models:
    """The models of each maker, to know those that are easily taken for one of them.

    Attributes:
        resembling: the known model by maker and a new one that looks like it.
    """

    def __init__(self) -> None:
        self.resembling: dict[tuple[str, str], str] = {}
        self._known: set[tuple[str, str]] = set()
        self._drawn: dict[tuple[str, str], str] = {}
        self._looks: dict[tuple[str, str], str] = {}

    def add(self, maker: str, model: str) -> None:
        self._known.add((maker, model))
        self._drawn.setdefault((maker, drawn(model)), model)
        self._looks.setdefault((maker, look(model)), model)

    def twin(self, maker: str, model: str) -> str | None:
        """The model of this maker that prints alike and is another text. If there is none, this is known from now."""
        if (maker, model) in self._known:
            return None
        twin = self._drawn.get((maker, drawn(model)))
        if twin is not None and normal_form(twin) != normal_form(model):
            return twin
        if (other := self._looks.get((maker, look(model)))) is not None and look(model):
            self.resembling[maker, model] = other
        self.add(maker, model)
        return None


class Parties:
    """Finds makers, customers and sites by code or name, and remembers what is to be created."""

    def __init__(self, may_create: MayCreate | None = None) -> None:
        self.may_create = may_create or MayCreate()
        self.newcomers = Newcomers()
        self.manufacturers = Index(Field.MANUFACTURER, "manufacturer", firm=True)
        self.customers = Index(Field.CUSTOMER, "customer", firm=True)
        self.models = Models()
        self._sites: dict[str, Index] = {}

    def add_customer(self, entry: Entry) -> None:
        self.customers.add(entry)
        self._sites[entry.code] = Index(Field.SITE, f"site of {entry.name}")

    def add_site(self, customer: str, entry: Entry) -> None:
        self._sites[customer].add(entry)

    def manufacturer(self, name: str) -> str:
        """The code of a maker.

        Raises:
            NotPlacedError: it is not known and may not be created, or is ambiguous.
        """
        try:
            return self.manufacturers.code(name)
        except NotPlacedError as error:
            if not self.may_create.manufacturers or error.ambiguous:
                raise
            self.manufacturers.check_new(name)
            code = new_code(name, self.manufacturers.entries, "MAKER")
            self.manufacturers.add(Entry(code, name))
            self.newcomers.manufacturers[code] = Newcomer(code, name, resembles=error.nearest)
            return code

    def customer(self, name: str) -> str:
        """The code of a customer; like `manufacturer()`."""
        try:
            return self.customers.code(name)
        except NotPlacedError as error:
            if not self.may_create.customers or error.ambiguous:
                raise
            self.customers.check_new(name)
            code = new_code(name, self.customers.entries, "CUSTOMER")
            self.add_customer(Entry(code, name))
            self.newcomers.customers[code] = Newcomer(code, name, resembles=error.nearest)
            return code

    def site(self, customer: str, name: str) -> str:
        """The code of a customer's site; like `manufacturer()`.

        Args:
            customer: a code that `customer()` gave.
        """
        sites = self._sites[customer]
        try:
            return sites.code(name)
        except NotPlacedError as error:
            allowed = self.may_create.sites or customer in self.newcomers.customers
            if not allowed or error.ambiguous:
                raise
            sites.check_new(name)
            code = new_code(name, sites.entries, "SITE")
            sites.add(Entry(code, name))
            self.newcomers.sites[customer, code] = Newcomer(code, name, customer, error.nearest)
            return code


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has, to match names against."""

    types: TypeIndex
    parties: Parties


async def read_known(database: Database, may_create: MayCreate | None = None) -> Known:
    """The catalog, the makers and the customers as they are now."""
    parties = Parties(may_create)
    async with database.session() as session:
        connection = await session.connection()
        types = TypeIndex(
            [replace(_entry(row), product_codes=tuple(row.product_codes)) for row in await connection.execute(_TYPES)]
        )
        for row in await connection.execute(_MANUFACTURERS):
            parties.manufacturers.add(_entry(row))
        for row in await connection.execute(_CUSTOMERS):
            parties.add_customer(Entry(row.code, row.name))
        for row in await connection.execute(_SITES):
            parties.add_site(row.customer, Entry(row.code, row.name))
        for row in await connection.execute(_MODELS):
            parties.models.add(row.code, row.model)
    return Known(types, parties)


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.code, row.name, tuple(row.synonyms))
