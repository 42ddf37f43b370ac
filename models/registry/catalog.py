"""Who makes equipment, and which types of it there are."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from models.registry.lines import trimmed
from models.registry.places import RowSaid
from models.registry.texts import Code, Named, Note, Plain, Short, said
from models.vocabulary.equipment import EquipmentCategory

_TYPE = re.compile(r"[a-z][a-z0-9_]*")


def _type(text: str) -> str:
    if not _TYPE.fullmatch(text):
        raise ValueError("a code begins with a small letter and has such, digits and underscores, as in ct_scanner")
    return text


ProductCode = Annotated[str, BeforeValidator(trimmed), Field(pattern=r"^[A-Z]{3}$")]
Synonyms = Annotated[list[Named], Field(max_length=200)]


class ManufacturerSaid(RowSaid):
    """Who makes equipment, and maybe services it."""

    code: Code = said("Code", "Capital letters, digits and hyphens. It never changes.")
    name: Named = said("Name", "What the manufacturer is called.")
    service_desk: Plain | None = said(
        "Service desk", "Who gets the tickets that they service themselves, unless a configuration says.", default=None
    )
    synonyms: Synonyms = said(
        "Synonyms", "A line each: how files of equipment call the manufacturer, in whichever case.", default=[]
    )


class EquipmentTypeSaid(RowSaid):
    """A type of equipment. Make and model belong to the unit."""

    code: Annotated[Short, BeforeValidator(trimmed), AfterValidator(_type)] = said(
        "Code", "Small letters, digits and underscores. It never changes."
    )
    name: Named = said("Name", "What the type is called.")
    category: EquipmentCategory = said("Category", "What it is for.")
    use_case: Note = said("Use", "What it is used for.", default="")
    maintenance_days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] | None = said(
        "Maintenance, days", "How long from one maintenance to the next, if there is any.", default=None
    )
    maintenance_requirements: Note = said("Maintenance, what", "What is done then.", default="")
    synonyms: Synonyms = said(
        "Synonyms", "A line each: how files of equipment call the type, in whichever case.", default=[]
    )
    product_codes: Annotated[list[ProductCode], Field(max_length=200)] = said(
        "FDA product codes", "A line each: three capital letters, of devices of this very type.", default=[]
    )
