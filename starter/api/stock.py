"""`/stock`: what lies where, what is kept for which ticket, and moving it."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.vocabulary.stock import MovementKind, PlaceKind, StockDoing, StockStanding, StockStatus
from starter.api.cursors import cursor_of, value_of
from starter.api.problems import problems
from starter.api.tickets import LONGEST_PAGE, Asked
from starter.stock import looking
from starter.stock.changing import Hand

router = APIRouter(prefix="/stock", tags=["stock"])

PartNumber = Annotated[
    str,
    Query(min_length=1, max_length=200, description="Part number. It may have slashes, so it is no part of the path."),
]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=36, description="A UUID. Sent again with it, it is done once."),
]
UNKNOWN = problems(HTTPStatus.NOT_FOUND)
DOING = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)


class StockRow(BaseModel):
    """A part, and what there is of it."""

    part_number: str
    name: str
    on_hand: int
    reserved: int
    unusable: int = Field(description="Of those on hand: blocked, expired or in quarantine.")
    free: int
    in_transit: int = Field(description="On their way between places.")
    on_order: int
    reorder_level: int
    stock_status: StockStatus
    discontinued: bool


class StockList(BaseModel):
    """A page of parts by their numbers."""

    parts: list[StockRow]
    next: str | None


class BalanceOut(BaseModel):
    """What a place holds of a part and lot."""

    location: str
    kind: PlaceKind
    lot: str | None
    is_serial: bool
    expires_on: date | None
    blocked: str | None = Field(description="Why the lot is blocked; empty: it is not.")
    quantity: int
    reserved: int
    version: int = Field(description="Say it when you have counted.")


class ReservationOut(BaseModel):
    """What is kept for a ticket."""

    ticket: str | None
    location: str
    lot: str | None
    quantity: int
    until: datetime | None
    by: str
    at: datetime


class TransferOut(BaseModel):
    """What is on its way between places."""

    model_config = ConfigDict(populate_by_name=True)

    transfer: str
    from_: str = Field(alias="from")
    to: str
    lot: str | None
    quantity: int
    at: datetime
    by: str


class LevelOut(BaseModel):
    """How many a place should have."""

    location: str
    minimum: int
    reorder_point: int


class MovementOut(BaseModel):
    """A movement."""

    model_config = ConfigDict(populate_by_name=True)

    kind: MovementKind
    from_: str | None = Field(alias="from")
    to: str | None
    lot: str | None
    quantity: int
    ticket: str | None
    reason: str
    by: str
    at: datetime


class PartStock(BaseModel):
    """All that is known of the stock of a part; its last 50 movements, newest first."""

    part_number: str
    name: str
    on_hand: int
    reorder_level: int
    discontinued: bool
    lead_time_days: float
    on_order: int
    expected_at: datetime | None
    balances: list[BalanceOut]
    reservations: list[ReservationOut]
    transfers: list[TransferOut]
    levels: list[LevelOut]
    movements: list[MovementOut]


class PlaceOut(BaseModel):
    """A place for parts."""

    code: str
    name: str
    kind: PlaceKind
    engineer: str | None
    site: str | None
    active: bool
    holds: int


class PlaceList(BaseModel):
    """The places by their codes."""

    places: list[PlaceOut]


class ProposalOut(BaseModel):
    """What should be ordered or moved."""

    part_number: str
    name: str
    location: str | None = Field(description="The place that is low; null: the house as a whole.")
    free: int
    coming: int
    on_order: int
    point: int
    quantity: int
    move_from: str | None = Field(description="A store that has them; null: order them.")


class ProposalList(BaseModel):
    """What should be ordered or moved, as stock stands now."""

    proposals: list[ProposalOut]


class Said(BaseModel):
    """What is said of something that is done about stock."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


Text = Annotated[str, Field(min_length=1, max_length=1000)]
Code = Annotated[str, Field(min_length=1, max_length=200)]
Many = Annotated[int, Field(ge=1, le=1_000_000)]
Whole = Annotated[int, Field(ge=0, le=1_000_000)]


class Reserve(Said):
    """Keep parts for a ticket: all or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ticket": "FC-2026-000001", "part": "VN-FS-01"}]})

    ticket: Code
    part: Code
    quantity: Many = 1
    location: Code | None = None
    lot: Code | None = None
    until: AwareDatetime | None = None


class Release(Said):
    """Give back what is kept for a ticket, of one part or of all."""

    ticket: Code
    part: Code | None = None
    reason: Text | None = None


class Use(Said):
    """Parts went into the unit of a ticket."""

    ticket: Code
    part: Code
    quantity: Many = 1
    location: Code | None = None
    lot: Code | None = None


class Return(Said):
    """Parts that a ticket took are back."""

    ticket: Code
    part: Code
    quantity: Many = 1
    to: Code
    lot: Code | None = None


class Receive(Said):
    """Parts have come in from outside."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"part": "VN-FS-01", "quantity": 5, "to": "MAIN", "lot": "L-77"}]}
    )

    part: Code
    quantity: Many = 1
    to: Code
    lot: Code | None = None
    serial: Code | None = None
    expires_on: date | None = None
    reason: Text | None = None


class Send(Said):
    """Parts leave a place for another one."""

    part: Code
    quantity: Many = 1
    from_: Annotated[Code, Field(alias="from")]
    to: Code
    lot: Code | None = None
    reason: Text | None = None


class TakeIn(Said):
    """What was sent has arrived."""

    transfer: Annotated[str, Field(min_length=1, max_length=36)]
    quantity: Many | None = Field(default=None, description="Default: all of them.")


class Count(Said):
    """What was counted lies there from now on."""

    part: Code
    location: Code
    lot: Code | None = None
    counted: Whole
    version: Annotated[int, Field(ge=0, le=2**53, description="Of the balance as you saw it; 0: there was none.")]
    reason: Text


class Waste(Said):
    """Parts can't be used any more."""

    part: Code
    location: Code
    quantity: Many = 1
    lot: Code | None = None
    reason: Text


class Block(Said):
    """A lot is recalled, or good again."""

    part: Code
    lot: Code
    reason: Text


class Place(Said):
    """A place: a new one, another name, in use or not."""

    code: Annotated[str, Field(min_length=1, max_length=40)]
    kind: PlaceKind | None = None
    name: Code | None = None
    engineer: Code | None = None
    site: Code | None = Field(default=None, description="CUSTOMER.SITE")
    active: bool = True


class Level(Said):
    """How many of a part a place should have."""

    part: Code
    location: Code
    minimum: Whole
    reorder_point: Whole


class Taken(BaseModel):
    """From where, of which lot, how many."""

    location: str
    lot: str | None
    quantity: int


class Answer(BaseModel):
    """How it stands."""

    event: str = Field(description="The key that it was done under.")
    standing: StockStanding
    taken: list[Taken] | None = None
    quantity: int | None = None
    transfer: str | None = None
    outstanding: int | None = None
    difference: int | None = None
    tickets: list[str] | None = Field(default=None, description="Those that gave back what was kept of the lot.")


@router.get("", summary="List stock", response_model=StockList, responses=problems())
async def list_stock(
    asked: Asked,
    *,
    search: Annotated[str | None, Query(max_length=200, description="Words of number or name.")] = None,
    location: Annotated[str | None, Query(max_length=40, description="What lies at this place alone.")] = None,
    low: Annotated[bool, Query(description="At the reorder level or below, with what is coming.")] = False,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=600, description="`next` of the page before.")] = None,
) -> StockList:
    """Parts with what is there, kept, free, on its way and on order."""
    page = await looking.list_stock(
        asked.database, search=search, location=location, low=low, limit=limit, after=value_of(cursor)
    )
    return StockList(parts=[StockRow.model_validate(row) for row in page.rows], next=cursor_of(page.following))


@router.get("/places", summary="List places", response_model=PlaceList, responses=problems())
async def places(asked: Asked) -> PlaceList:
    """Stores, vans, consignment and quarantine."""
    return PlaceList(places=[PlaceOut.model_validate(row) for row in await looking.places(asked.database)])


@router.get("/reorders", summary="What should be ordered", response_model=ProposalList, responses=problems())
async def reorders(asked: Asked) -> ProposalList:
    """What is low, less what is coming; of a place that is low, which store has some."""
    rows = await looking.proposals(asked.database)
    return ProposalList(proposals=[ProposalOut.model_validate(row) for row in rows])


@router.get("/part", summary="Read a part's stock", response_model=PartStock, responses=UNKNOWN)
async def read(asked: Asked, number: PartNumber) -> PartStock:
    """Where it lies, for whom it is kept, and how it moved."""
    return PartStock.model_validate(await looking.read_stock(asked.database, number))


def _add(doing: StockDoing, shape: type[Said], summary: str) -> None:
    async def handler(asked: Asked, body: Any, response: Response, key: Key = None) -> Answer:
        said = body.model_dump(mode="json", by_alias=True)
        done = await Hand(asked.database, token=asked.token).do(doing, said, key)
        response.headers["Idempotency-Key"] = str(done.event)
        return Answer.model_validate({"event": str(done.event), "standing": done.standing, **done.said})

    handler.__annotations__["body"] = shape
    handler.__doc__ = shape.__doc__
    handler.__name__ = f"stock_{doing.value}"
    router.post(
        f"/{doing.value.replace('_', '-')}",
        summary=summary,
        response_model=Answer,
        response_model_exclude_none=True,
        responses=DOING,
    )(handler)


for _doing, _shape, _summary in (
    (StockDoing.RESERVE, Reserve, "Reserve parts"),
    (StockDoing.RELEASE, Release, "Release parts"),
    (StockDoing.USE, Use, "Use parts"),
    (StockDoing.RETURN, Return, "Return parts"),
    (StockDoing.RECEIVE, Receive, "Receive parts"),
    (StockDoing.SEND, Send, "Send parts"),
    (StockDoing.TAKE_IN, TakeIn, "Take parts in"),
    (StockDoing.COUNT, Count, "Count parts"),
    (StockDoing.WASTE, Waste, "Waste parts"),
    (StockDoing.BLOCK, Block, "Block a lot"),
    (StockDoing.UNBLOCK, Block, "Unblock a lot"),
    (StockDoing.PLACE, Place, "Keep a place"),
    (StockDoing.LEVEL, Level, "Keep a level"),
):
    _add(_doing, _shape, _summary)
