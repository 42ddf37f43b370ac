"""`/registry…`: customers, sites, units and what else administrators keep: lists, forms, and the history of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Action, Allowed, may, registry_action
from models.registry.entries import Entry, entries_of, values_of
from models.registry.kinds import KINDS
from models.vocabulary.registry import RegistryDoing, RegistryKind
from models.zones import known_zone
from starter.accounts.gate import check
from starter.administering import looking
from starter.administering.changing import ChangedMeanwhile, Hand, check_may, checked
from starter.administering.looking import Row
from starter.failures import BadInput, Failure
from starter.given import storable
from starter.portal.failing import remedies_of, sentence_of, status_of
from starter.portal.forms import entry
from starter.portal.pages import go_to, page
from starter.portal.routes import looked_at, sent
from starter.portal.times import Times
from starter.portal.visitors import Visitor, give_zone, zone_of

A_PAGE = 50
VERSION, REASON = "version", "why"
FORM = "field."
"""What the entry of a field begins with in a form."""

DONE: Mapping[str, str] = {
    RegistryDoing.ADD.value: "It is on record.",
    RegistryDoing.CHANGE.value: "The change is on record.",
    RegistryDoing.RETIRE.value: "It is retired, and stays on record.",
    RegistryDoing.RESTORE.value: "It is in use again.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed, and why that was not done."""

    texts: Mapping[str, str]
    reason: str
    failure: Failure


async def kinds(visitor: Visitor) -> Response:
    """To the first of the lists."""
    check(visitor.known().database, Action.REGISTRY)
    return go_to(f"/registry/{next(iter(RegistryKind)).value}")


async def rows(visitor: Visitor) -> Response:
    """A page of rows."""
    asking, query, kind = visitor.known(), visitor.request.query_params, _kind(visitor)
    search, retired = query.get("search", "").strip()[:200], bool(query.get("retired"))
    after, sentence = query.get("after") or None, ""
    found = looking.Page((), None)
    try:
        for value, name in ((search, "search"), (after or "", "page")):
            storable(value, name)
        found = await looking.list_rows(
            asking.database, kind, search=search, retired=retired, limit=A_PAGE, after=after
        )
    except BadInput as refused:
        sentence = refused.sentence
    asked = {name: value for name, value in (("search", search), ("retired", "yes" if retired else "")) if value}
    labels = {one.name: one.label for one in entries_of(kind)}
    return page(
        visitor,
        "registry_list.html",
        kind=kind,
        kinds=KINDS,
        seen=_seen(visitor),
        one=KINDS[kind].one,
        rows=found.rows,
        following=found.following,
        fields=[(name, labels[name]) for name in KINDS[kind].title],
        asked=asked,
        sentence=visitor.words(sentence) if sentence else "",
        may_add=_may(visitor, kind, RegistryDoing.ADD),
    )


async def new_row(visitor: Visitor) -> Response:
    """The form for a new row."""
    kind = _kind(visitor)
    check_may(visitor.known().principal, kind, RegistryDoing.ADD)
    return await _form(visitor, kind, None)


async def add(visitor: Visitor, form: FormData) -> Response:
    """Add what the form says."""
    kind, texts, reason = _kind(visitor), _texts(form), entry(form, REASON)
    try:
        check_may(visitor.known().principal, kind, RegistryDoing.ADD)
        row = await _hand(visitor).add(kind, checked(kind, values_of(kind, texts), new=True), reason)
    except BadInput as failure:
        return await _form(visitor, kind, None, Typed(texts, reason, failure))
    except Failure as failure:
        if status_of(failure) is not HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return await _form(visitor, kind, None, Typed(texts, reason, failure))
    return go_to(f"/registry/{kind.value}/{row.id}", done=RegistryDoing.ADD.value)


async def one_row(visitor: Visitor) -> Response:
    """A row with its form and its history."""
    kind = _kind(visitor)
    row = await looking.read(visitor.known().database, kind, visitor.request.path_params["reference"])
    return await _form(visitor, kind, row)


async def change(visitor: Visitor, form: FormData) -> Response:
    """Do to a row what the form says. Whoever was not the first is shown what has changed, and nothing is lost."""
    kind, reference = _kind(visitor), visitor.request.path_params["reference"]
    try:
        doing = RegistryDoing(visitor.request.path_params["doing"])
    except ValueError:
        raise HTTPException(HTTPStatus.NOT_FOUND) from None
    if doing is RegistryDoing.ADD:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    hand, texts = _hand(visitor), _texts(form)
    reason, version = entry(form, REASON), entry(form, VERSION)
    check_may(visitor.known().principal, kind, doing)
    row = await looking.read(visitor.known().database, kind, reference)
    try:
        if not reason:
            raise BadInput("Say why: the history shows it.")
        if doing is RegistryDoing.CHANGE:
            done = await hand.change(kind, row.id, version, checked(kind, values_of(kind, texts), new=False), reason)
        elif doing is RegistryDoing.RETIRE:
            done = await hand.retire(kind, row.id, version, reason)
        else:
            done = await hand.restore(kind, row.id, version, reason)
    except Failure as failure:
        if status_of(failure) not in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT}:
            raise
        now = (failure.now or row) if isinstance(failure, ChangedMeanwhile) else row
        return await _form(visitor, kind, now, Typed(texts, reason, failure), seen=version)
    return go_to(f"/registry/{kind.value}/{done.id}", done=doing.value)


async def _form(
    visitor: Visitor, kind: RegistryKind, row: Row | None, typed: Typed | None = None, *, seen: str | None = None
) -> Response:
    """A form with its fields: as they are, or as somebody has typed them."""
    asking, query = visitor.known(), visitor.request.query_params
    entries, failure = entries_of(kind), typed.failure if typed is not None else None
    texts = {one.name: one.written(row.said[one.name]) for one in entries} if row is not None else {}
    if row is None:
        texts = {name: query.get(name, "") for name in (one.name for one in entries)}
    # What is typed is said of what was seen: whoever was not the first looks at what is now, and sends it once more.
    version = row.version if row is not None else ""
    if typed is not None and seen is not None and not isinstance(failure, ChangedMeanwhile):
        version = seen
    zone = _zone(visitor, row)
    before = _before(query.get("before"))
    history = [] if row is None else await looking.history(asking.database, kind, row, A_PAGE, before)
    changes = failure.changes if isinstance(failure, ChangedMeanwhile) else {}
    done = DONE.get(query.get("done", ""), "")
    response = page(
        visitor,
        "registry_row.html",
        status=HTTPStatus.OK if failure is None else status_of(failure),
        times=Times(visitor.words, zone),
        kind=kind,
        kinds=KINDS,
        seen=_seen(visitor),
        one=KINDS[kind].one,
        title=texts[KINDS[kind].title[0]] if row is not None else "",
        row=row,
        entries=entries,
        texts={**texts, **(_kept(typed, entries) if typed is not None else {})},
        choices=await looking.choices(asking.database),
        version=version,
        reason=typed.reason if typed is not None else "",
        failure=sentence_of(failure, visitor.words) if failure is not None else "",
        remedies=remedies_of(failure, visitor.words) if failure is not None else [],
        meanwhile={name: _told(visitor, new) for name, (_, new) in changes.items()},
        note=visitor.words(done) if done and failure is None else "",
        touches=KINDS[kind].touches,
        history=history,
        following=history[-1].number if len(history) == A_PAGE else None,
        labels={**{one.name: one.label for one in entries}, "in_use": "In use"},
        shown=partial(_told, visitor),
        may_change=_may(visitor, kind, RegistryDoing.CHANGE if row is not None else RegistryDoing.ADD),
        may_retire=row is not None and _may(visitor, kind, RegistryDoing.RETIRE),
    )
    if query.get("zone") == zone:
        give_zone(response, zone)
    return response


def _told(visitor: Visitor, value: Any) -> str:
    """A value for whoever reads it; what somebody wrote stays in their words."""
    said = looking.shown(value)
    return said if isinstance(value, str) and value else visitor.words(said)


def _kept(typed: Typed, entries: tuple[Entry, ...]) -> dict[str, str]:
    """What somebody has typed themselves. What they left as it was and somebody else has changed is as it is now."""
    changes = typed.failure.changes if isinstance(typed.failure, ChangedMeanwhile) else {}
    before = {one.name: one.written(changes[one.name][0]) for one in entries if one.name in changes}
    return {name: text for name, text in typed.texts.items() if name not in before or text != before[name]}


def _kind(visitor: Visitor) -> RegistryKind:
    try:
        return RegistryKind(visitor.request.path_params["kind"])
    except ValueError:
        raise HTTPException(HTTPStatus.NOT_FOUND) from None


def _hand(visitor: Visitor) -> Hand:
    asking = visitor.known()
    return Hand(asking.database, token=asking.token)


def _may(visitor: Visitor, kind: RegistryKind, doing: RegistryDoing) -> bool:
    return isinstance(may(visitor.known().principal, registry_action(kind, doing)), Allowed)


def _seen(visitor: Visitor) -> frozenset[RegistryKind]:
    """The kinds that somebody may look at."""
    principal = visitor.known().principal
    return frozenset(kind for kind in RegistryKind if isinstance(may(principal, registry_action(kind)), Allowed))


def _texts(form: FormData) -> dict[str, str]:
    """What is typed, by the field."""
    return {name.removeprefix(FORM): entry(form, name) for name in form if name.startswith(FORM)}


def _zone(visitor: Visitor, row: Row | None) -> str:
    """In whose time the history is told: the reader's own, once they have said it; else the place's."""
    of_row: Any = row.said.get("time_zone") if row is not None else None
    for wanted in (visitor.request.query_params.get("zone"), zone_of(visitor.request), of_row):
        try:
            if wanted:
                return known_zone(str(wanted)[:60])
        except ValueError:
            continue
    return "UTC"


def _before(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/registry", kinds),
    looked_at("/registry/{kind}", rows),
    sent("/registry/{kind}", add),
    looked_at("/registry/{kind}/new", new_row),
    looked_at("/registry/{kind}/{reference}", one_row),
    sent("/registry/{kind}/{reference}/{doing}", change),
)
