"""The catalog of parts: where each is needed, and what may stand in for it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from models.registry.lines import Cell, Columns, lines_of, trimmed
from models.registry.places import RowSaid
from models.registry.texts import Code, Known, Named, Note, Plain, said
from models.spelling import plain
from models.vocabulary.equipment import InstalledContext
from models.vocabulary.parts import CompatibilityKind, PartCategory, PartPriority

_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9./-]*")
MOST = 1_000_000_000


def _number(text: str) -> str:
    text = plain(text).upper()
    if not _NUMBER.fullmatch(text):
        raise ValueError("a part number has capital letters, digits, points, slashes and hyphens, such as GE-5431.2")
    return text


PartNumber = Annotated[Plain, AfterValidator(_number)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Days = Annotated[float, Field(ge=0, le=36_500, allow_inf_nan=False)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class AlternativeLine(Columns):
    """Another part that may stand in for this one; interchangeable ones do so in both directions."""

    part: PartNumber
    kind: CompatibilityKind
    is_interchangeable: bool = False
    contexts: list[InstalledContext] = Field(default_factory=list)
    notes: Cell = ""


class ContextLine(Columns):
    """How much the part is needed where a unit is installed."""

    installed_context: InstalledContext
    priority: PartPriority
    quantity: Annotated[int, Field(ge=1, le=MOST)] = 1
    requirements: Cell = ""
    notes: Cell = ""


class PartSaid(RowSaid):
    """A part: for a type of equipment, and where it matters for one make or some models only."""

    part_number: PartNumber = said(
        "Part number", "Capital letters, digits, points, slashes, hyphens. It never changes."
    )
    name: Named = said("Name", "What the part is called.")
    description: Note = said("Description", "What it is for.", default="")
    equipment_type: Known = said("Type of equipment", "Code of the type of equipment.")
    manufacturer: Code | None = said("Manufacturer", "Code of the one make that it is for, if it is.", default=None)
    models: Annotated[list[Named], Field(max_length=200)] = said(
        "Models", "A line each: the models that it is for, if not for all.", default=[]
    )
    category: PartCategory = said("Category", "What kind of part it is.")
    is_oem: bool = said("Original part", "Whether it is the manufacturer's own.")
    lifespan_days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] | None = said(
        "Lifespan in days", "After which it is changed, if it has one.", default=None
    )
    stock_quantity: Count = said("In stock", "How many there are.", default=0)
    reorder_level: Count = said("Reorder at", "How many are left when more are ordered.", default=0)
    unit_price: Money = said("Price of one", "With at most two decimals.")
    currency: Annotated[str, BeforeValidator(trimmed), StringConstraints(pattern=r"^[A-Z]{3}$")] = said(
        "Currency", "Three capital letters, such as USD.", default="USD"
    )
    lead_time_days: Days = said("Lead time in days", "From order to delivery.")
    contexts: lines_of(ContextLine) = said(  # type: ignore[valid-type]
        "Needed where", "A line each: icu | required | 2 | requirements | remark", default=[]
    )
    alternatives: lines_of(AlternativeLine) = said(  # type: ignore[valid-type]
        "Alternatives",
        "A line each: part number | equivalent | interchangeable (yes or no) | icu, ward | remark",
        default=[],
    )
