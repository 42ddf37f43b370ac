"""`/events`, `/tickets/{reference}/events`: what comes to the record, as it comes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from models.database import Database
from starter.api.problems import problems
from starter.api.tickets import Asked, Reference
from starter.failures import BadInput
from starter.reading.moving import Standing, check_may_list, entries_after, moves_between, standing_of
from starter.web.asking import Asking, limits_of
from starter.web.feed import Feed
from starter.web.streams import BATCH, MEDIA, EventResponse, Pace, Sent, Stream, document

router = APIRouter(tags=["events"])

LONGEST_LAST = 86_400
TOO_FAR_BEHIND = 5_000
"""Entries of the trail after which a list is better read anew than brought up to date event by event."""

LastEventId = Annotated[
    str | None, Header(max_length=40, description="`id` of the last event that you have; a browser sends it by itself.")
]
After = Annotated[int | None, Query(ge=0, le=2**62, description="The same, for the first time. Default: from now on.")]
Lasts = Annotated[
    float | None,
    Query(ge=0, le=LONGEST_LAST, description="Seconds until it ends; 0: what there is. Default: it goes on."),
]


def _answers(kind: str, **example: str) -> dict[int | str, dict[str, Any]]:
    """The description of a stream: of each of its events."""
    said = {name: {"type": "string"} for name in ("id", "event", "data")}
    said["event"]["description"] = f"ready, {kind}, resync or end."
    said["data"]["description"] = "JSON."
    schema = {"type": "object", "properties": said, "required": ["event", "data"]}
    content = {MEDIA: {"schema": schema, "example": {"event": kind, **example}}}
    return {200: {"description": "Events, one after another.", "content": content}}


class OfTicket(Stream):
    """The facts of one ticket; their positions are their sequence numbers."""

    def __init__(self, asked: Asking, feed: Feed, position: int, ticket: Standing) -> None:
        super().__init__(asked, feed, position)
        self.watched, self._ticket = ticket.ticket_id, ticket

    async def allowed(self, database: Database) -> None:
        await standing_of(database, self._ticket.number)

    async def after(self, position: int) -> list[Sent]:
        return [
            Sent("entry", one.sequence, one.document)
            for one in await entries_after(self.database, self._ticket.ticket_id, position, BATCH)
        ]


class OfAll(Stream):
    """Which tickets have moved; positions are numbers of the audit trail."""

    async def allowed(self, database: Database) -> None:
        check_may_list(database)

    async def after(self, position: int) -> list[Sent]:
        reach = await self.feed.reach()
        if reach < position or reach - position > TOO_FAR_BEHIND:
            # Also where the trail is another one: somebody has gone back to a backup.
            return [Sent("resync", reach, "{}")]
        found = await moves_between(self.database, position, reach, BATCH)
        if len(found) < BATCH:
            self.position = reach  # nothing else up to there is for this one
        return [
            Sent(
                "moved",
                one.position,
                document({"number": one.number, "sequence": one.sequence, "action": one.action, "status": one.status}),
            )
            for one in found
        ]


@router.get(
    "/tickets/{reference}/events",
    summary="What happens to a ticket, as it happens",
    response_class=StreamingResponse,
    responses={
        **_answers("entry", id="12", data='{"sequence": 12, "action": "ticket_held"}'),
        **problems(HTTPStatus.NOT_FOUND),
    },
)
async def of_ticket(
    request: Request,
    asked: Asked,
    reference: Reference,
    *,
    last_event_id: LastEventId = None,
    after: After = None,
    lasts: Lasts = None,
) -> Response:
    """Entries of the timeline as server-sent events: `entry` has what the timeline has, `id` is its sequence number.

    The first event, `ready`, says from where on. Comments keep it alive. `end` says why it ends: the token or the
    account may not go on. Whoever is cut off goes on by `Last-Event-ID`: nothing is missed and nothing comes twice.
    """
    ticket = await standing_of(asked.database, reference)
    newest = ticket.last_sequence
    position = _position(last_event_id, after)
    if position is not None and position > newest:
        raise BadInput(f"{ticket.number} has no entry {position} yet: its newest one is {newest}.")
    stream = OfTicket(asked, asked.engines.feed, newest if position is None else position, ticket)
    return _answered(request, stream, lasts)


@router.get(
    "/events",
    summary="Which tickets move, as they move",
    response_class=StreamingResponse,
    responses={
        **_answers(
            "moved",
            id="4711",
            data='{"number":"FC-2026-000001","sequence":12,"action":"ticket_held","status":"on_hold"}',
        ),
        **problems(),
    },
)
async def of_all(
    request: Request,
    asked: Asked,
    last_event_id: LastEventId = None,
    after: After = None,
    lasts: Lasts = None,
) -> Response:
    """Of the tickets that you may see, which has moved: `moved` says number, action and the status that it has now.

    `resync` says that too much has happened since: read your lists anew. Otherwise like the events of a ticket.
    """
    check_may_list(asked.database)
    position = _position(last_event_id, after)
    stream = OfAll(asked, asked.engines.feed, await asked.engines.feed.reach() if position is None else position)
    return _answered(request, stream, lasts)


def _answered(request: Request, stream: Stream, lasts: float | None) -> Response:
    pace: Pace = request.app.state.pace
    closed = limits_of(request).streams.take(stream.caller)
    return EventResponse(stream.events(pace, lasts), closed)


def _position(last_event_id: str | None, after: int | None) -> int | None:
    """Raises `BadInput`: no event of ours has that id."""
    if last_event_id is None or not last_event_id.strip():
        return after
    text = last_event_id.strip()
    if not (text.isascii() and text.isdigit()) or int(text) > 2**62:
        raise BadInput("That is no id of an event. Take the `id` of the last one as it is, or none.")
    return int(text)
