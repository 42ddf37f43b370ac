"""Who does the work."""

from __future__ import annotations

from sqlalchemy import Integer, UniqueConstraint

from models.tables.base import ChangingRow, degrees, flag, of_type, one_of, words
from models.vocabulary import SupportLevel


class Engineer(ChangingRow, table=True):
    __tablename__ = "engineers"
    __table_args__ = (UniqueConstraint("code"),)

    code: str = words()
    name: str = words()
    support_level: SupportLevel = one_of(SupportLevel)
    active: bool = flag(default="true")
    home_latitude: float | None = degrees()
    home_longitude: float | None = degrees()
    monthly_capacity: int = of_type(Integer(), default="30")
    """Tickets a month."""
