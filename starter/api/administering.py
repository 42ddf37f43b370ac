"""`/registry/…`: the registry as administrators keep it, the same operations for every kind of rows.

What each kind has is declared once, in `models/registry/kinds.py`; `/units` and `/engineers` are what everybody else
looks up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from models.registry.kinds import KINDS
from models.vocabulary.registry import RegistryKind
from starter.administering import looking
from starter.administering.changing import Hand, as_said
from starter.administering.looking import Row
from starter.api.cursors import cursor_of, value_of
from starter.api.problems import problems
from starter.api.shapes_rows import FieldChange, History, HistoryEntry, Reason, shapes_of
from starter.api.tickets import LONGEST_PAGE, Asked, IfNoneMatch
from starter.failures import BadInput
from starter.web.asking import Asking

router = APIRouter(prefix="/registry", tags=["registry"])

Reference = Annotated[
    str,
    Path(min_length=1, max_length=200, description="Its id, code or serial number; of a site CUSTOMER.SITE."),
]
Search = Annotated[
    str | None, Query(max_length=200, description="Words, each of which stands somewhere in what a row is called.")
]
Retired = Annotated[bool, Query(description="With those that are retired.")]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]
Cursor = Annotated[str | None, Query(max_length=600, description="`next` of the page before.")]
IfMatch = Annotated[
    str,
    Header(min_length=1, max_length=200, description="ETag of the row as you have seen it; 412: it is not that."),
]
CHANGING = problems(HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED)

Handler = Callable[..., Awaitable[Any]]


def _version(header: str) -> str:
    """The version in a header, however it is quoted."""
    return header.strip().removeprefix("W/").strip('"')


def _body(found: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": found, **said}


def _answer(row: Row, status: int = HTTPStatus.OK) -> JSONResponse:
    body = {**_body(row.id, row.said), "open_tickets": row.open_tickets}
    return JSONResponse(body, status, headers={"ETag": f'"{row.version}"'})


def _hand(asked: Asking) -> Hand:
    return Hand(asked.database, token=asked.token)


def _add_operations(kind: RegistryKind) -> None:
    declared, path = KINDS[kind], f"/{kind.value}"
    one, shapes = declared.one, shapes_of(kind)
    whole = shapes.whole

    async def list_rows(
        asked: Asked, search: Search = None, retired: Retired = False, limit: Limit = 50, cursor: Cursor = None
    ) -> Response:
        page = await looking.list_rows(
            asked.database, kind, search=search, retired=retired, limit=limit, after=value_of(cursor)
        )
        return JSONResponse(
            {"rows": [_body(found.id, found.said) for found in page.rows], "next": cursor_of(page.following)}
        )

    async def add(asked: Asked, said: Any) -> Response:
        row = await _hand(asked).add(kind, _fields(said), said.reason)
        answer = _answer(row, HTTPStatus.CREATED)
        answer.headers["Location"] = f"/api/v1/registry{path}/{row.id}"
        return answer

    async def read(asked: Asked, reference: Reference, if_none_match: IfNoneMatch = None) -> Response:
        row = await looking.read(asked.database, kind, reference)
        if if_none_match is not None and _version(if_none_match) == row.version:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{row.version}"'})
        return _answer(row)

    async def change(asked: Asked, reference: Reference, if_match: IfMatch, said: Any) -> Response:
        fields = _fields(said)
        return _answer(await _hand(asked).change(kind, reference, _version(if_match), fields, said.reason))

    async def retire(asked: Asked, reference: Reference, if_match: IfMatch, said: Reason) -> Response:
        return _answer(await _hand(asked).retire(kind, reference, _version(if_match), said.reason))

    async def restore(asked: Asked, reference: Reference, if_match: IfMatch, said: Reason) -> Response:
        return _answer(await _hand(asked).restore(kind, reference, _version(if_match), said.reason))

    async def history(asked: Asked, reference: Reference, limit: Limit = 50, cursor: Cursor = None) -> History:
        row = await looking.read(asked.database, kind, reference)
        entries = await looking.history(asked.database, kind, row, limit, _before(cursor))
        return History(
            entries=[
                HistoryEntry(
                    number=entry.number,
                    at=entry.at,
                    actor=entry.actor,
                    role=entry.role,
                    doing=entry.doing,
                    reason=entry.reason,
                    changes=[FieldChange(field=field, old=old, new=new) for field, (old, new) in entry.changes.items()],
                )
                for entry in entries
            ],
            next=cursor_of(str(entries[-1].number)) if len(entries) == limit else None,
        )

    add.__annotations__["said"] = Annotated[shapes.new, Body()]
    change.__annotations__["said"] = Annotated[shapes.change, Body()]
    unknown, at = problems(HTTPStatus.NOT_FOUND), f"{path}/{{reference}}"
    not_modified: dict[int | str, Any] = {304: {"description": "It is what you have."}}
    operations: tuple[tuple[str, str, Handler, str, str, Any, dict[int | str, Any]], ...] = (
        ("GET", path, list_rows, f"List {kind.value}", "By what they are called.", shapes.listed, problems()),
        ("POST", path, add, f"Add a {one}", declared.said.__doc__ or "", whole, problems()),
        (
            "GET",
            at,
            read,
            f"A {one}",
            "With the version that a change names.",
            whole,
            {**not_modified, **unknown},
        ),
        ("PATCH", at, change, f"Change a {one}", "The fields that are said; the others stay.", whole, CHANGING),
        ("POST", f"{at}/retire", retire, f"Retire a {one}", "It stays on record.", whole, CHANGING),
        ("POST", f"{at}/restore", restore, f"Put a {one} into use again", "After it was retired.", whole, CHANGING),
        ("GET", f"{at}/history", history, f"Who has changed a {one}", "From what to what, and why.", History, unknown),
    )
    for method, where, handler, summary, about, shape, answers in operations:
        router.add_api_route(
            where,
            handler,
            methods=[method],
            name=f"{handler.__name__}_{kind.value}",
            summary=summary.replace("a a", "an a").replace(" a e", " an e"),
            description=about,
            response_model=shape,
            status_code=HTTPStatus.CREATED if handler is add else HTTPStatus.OK,
            responses=answers,
        )


def _fields(said: BaseModel) -> dict[str, Any]:
    """What a body says of the row itself."""
    return {name: value for name, value in as_said(said).items() if name != "reason"}


def _before(cursor: str | None) -> int | None:
    """The entry that a page of history ended with.

    Raises:
        BadInput: no page of history ended with that.
    """
    value = value_of(cursor)
    if value is None:
        return None
    if not value.isascii() or not value.isdecimal() or len(value) > 18:
        raise BadInput("That is no cursor of this list. Take `next` of the page before as it is.")
    return int(value)


for _kind in RegistryKind:
    _add_operations(_kind)
