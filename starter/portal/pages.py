"""From a template and what it shows to an answer: every page is made here, in somebody's language, for them alone."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.access import Action, Allowed, may
from models.drawn import drawn_box
from models.principals import Principal
from models.vocabulary.accounts import AccountRole
from starter.portal.times import Times
from starter.portal.visitors import FIELD, Visitor, give_seed
from starter.portal.words import LANGUAGES
from starter.reading.words import words as in_words

FOLDER = Path(__file__).parent

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a page may load and do: its own files, its own forms; no script and no style inside it."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # forms say where they come from; addresses with secrets stay here
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that pages load; its address changes with its content, so it may be kept for ever."""

    media: str
    content: bytes
    packed: bytes
    tag: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """By their names: our own, and htmx from the wheel that carries it. That is found, never imported."""
    spec = find_spec("django_htmx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package django-htmx is not installed: it carries the script of the pages")
    htmx = Path(spec.submodule_search_locations[0]) / "static" / "django_htmx" / "htmx-2.min.js"
    sources = {
        "htmx.js": (htmx, "text/javascript"),
        "board.css": (FOLDER / "static" / "board.css", "text/css"),
        "board.js": (FOLDER / "static" / "board.js", "text/javascript"),
        "clock.js": (FOLDER / "static" / "clock.js", "text/javascript"),
        "sign.js": (FOLDER / "static" / "sign.js", "text/javascript"),
        "portal.css": (FOLDER / "static" / "portal.css", "text/css"),
        "store.js": (FOLDER / "static" / "store.js", "text/javascript"),
        "outbox.js": (FOLDER / "static" / "outbox.js", "text/javascript"),
        "passkeys.js": (FOLDER / "static" / "passkeys.js", "text/javascript"),
        "icon.svg": (FOLDER / "static" / "icon.svg", "image/svg+xml"),
    }
    return {name: _static(source, media) for name, (source, media) in sources.items()}


def _static(source: Path, media: str) -> StaticFile:
    content = source.read_bytes()
    return StaticFile(media, content, gzip.compress(content, mtime=0), sha256(content).hexdigest()[:16])


def static_url(name: str) -> str:
    """Where a page loads a file from."""
    return f"/static/{static_files()[name].tag}/{name}"


@cache
def templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static_url": static_url, "languages": LANGUAGES, "FIELD": FIELD}
    made.globals["drawn_box"] = drawn_box
    made.filters |= {"in_words": in_words}
    return made


def page(
    visitor: Visitor,
    template: str,
    *,
    status: int = HTTPStatus.OK,
    times: Times | None = None,
    **shown: Any,
) -> Response:
    """A page as it is answered.

    Args:
        times: in the time zone of the site that it is about; None: in UTC.
    """
    me = None if visitor.asking is None else visitor.asking.principal
    text = (
        templates()
        .get_template(template)
        .render(
            _=visitor.words,
            times=times or Times(visitor.words),
            me=me,
            places=() if me is None else places(me),
            path=visitor.request.url.path,
            here=_here(visitor),
            form_key=visitor.form_key,
            keeps=me is not None and keeps_pages(me),
            mark="" if me is None else mark_of(me),
            **shown,
        )
    )
    response = HTMLResponse(text, status_code=status, headers=dict(HEADERS))
    response.headers["Content-Language"] = visitor.words.language
    response.headers["Vary"] = "Accept-Language, Cookie"
    if me is not None:
        # The service worker keeps pages of one account alone, and those of another are gone when this one is answered.
        response.headers["Fieldcare-Account"] = mark_of(me)
        if keeps_pages(me):
            response.headers["Fieldcare-Keeps"] = "1"
    give_seed(response, visitor)
    return response


def mark_of(principal: Principal) -> str:
    """Whose pages and acts a browser keeps, in a header and an attribute."""
    return quote(principal.code)


def keeps_pages(principal: Principal) -> bool:
    """Whether somebody works where there may be no network: their browser keeps pages, and what they do there."""
    return any(one.role is AccountRole.ENGINEER for one in principal.grants)


def go_to(path: str, **query: str) -> Response:
    """What a form is answered with that has done its work: whoever sent it looks there."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, HTTPStatus.SEE_OTHER, dict(HEADERS))


def local(path: str | None, otherwise: str = "/") -> str:
    """The path, if it is one of this server."""
    if path is None or not path.startswith("/") or path[1:2] in {"/", "\\"} or any(ord(one) < 32 for one in path):
        return otherwise
    return path


def _here(visitor: Visitor) -> str:
    """The address of this page without what its last form said: to come back to."""
    url = visitor.request.url
    return f"{url.path}?{url.query}" if url.query and visitor.request.method == "GET" else url.path


# -- where one may go --------------------------------------------------------------------------------------------------


HOMES: Mapping[AccountRole, str] = {
    AccountRole.COORDINATOR: "/tickets",
    AccountRole.ENGINEER: "/work",
    AccountRole.MANUFACTURER: "/desk",
    AccountRole.HOSPITAL: "/tickets",
    AccountRole.MANAGER: "/tickets",
    AccountRole.PARTS_CLERK: "/stock",
    AccountRole.ADMINISTRATOR: "/operations",
}
"""By the role, where somebody begins; the first of their roles counts."""


def home_of(principal: Principal) -> str:
    """Where somebody begins."""
    roles = {one.role for one in principal.grants}
    return next((home for role, home in HOMES.items() if role in roles), "/account")


def places(principal: Principal) -> tuple[tuple[str, str], ...]:
    """Where somebody may go: addresses, and what they are called in English."""
    roles = {one.role for one in principal.grants}
    found = []
    if AccountRole.ENGINEER in roles:
        found.append(("/work", "My work"))
    if AccountRole.MANUFACTURER in roles:
        found.append(("/desk", "Worklist"))
    if isinstance(may(principal, Action.LIST), Allowed):
        found.append(("/tickets", "Tickets"))
    if isinstance(may(principal, Action.DISPATCH), Allowed):
        found.append(("/board", "Board"))
    if isinstance(may(principal, Action.OPERATE), Allowed):
        found.append(("/operations", "Operations"))
    if isinstance(may(principal, Action.STOCK), Allowed):
        found.append(("/stock", "Stock"))
    if isinstance(may(principal, Action.REGISTRY), Allowed):
        found.append(("/registry", "Registry"))
    if isinstance(may(principal, Action.ADMINISTER), Allowed):
        found.append(("/people", "People"))
    return tuple(found)
