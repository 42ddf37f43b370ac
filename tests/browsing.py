"""Somebody with a browser that runs no scripts: pages are opened, forms are filled in and sent, cookies are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from starlette.types import ASGIApp

ADDRESS = "https://fieldcare.test"
VOID = frozenset({"input", "meta", "link", "img", "br", "hr"})


@dataclass
class Form:
    """A form on a page, with what its fields hold."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Values that may be chosen, by the name of the field."""

    def __getitem__(self, name: str) -> str:
        return next(value for known, value in self.fields if known == name)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a" and has.get("href"):
            self.links.append(str(has["href"]))
        if tag == "form":
            self._form = Form(has.get("action") or "", (has.get("method") or "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        name, value = has.get("name"), has.get("value") or ""
        if tag == "input" and name:
            ticked = has.get("type") in {"checkbox", "radio"}
            if ticked:
                self._form.choices.setdefault(name, []).append(value or "on")
            if not ticked or "checked" in has:
                self._form.fields.append((name, value))
        if tag == "textarea" and name:
            self._area = name
            self._form.fields.append((name, ""))
        if tag == "select" and name:
            self._select = name
        if tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(value)
            if "selected" in has or len(self._form.choices[self._select]) == 1:
                self._form.fields = [one for one in self._form.fields if one[0] != self._select]
                self._form.fields.append((self._select, value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()
        if tag == "form":
            self._form = None
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area and self._form:
            name, value = self._form.fields[-1]
            self._form.fields[-1] = (name, value + data)
        if data.strip():
            self.text.append(" ".join(data.split()))


@dataclass
class Page:
    """A page as it was answered."""

    response: httpx2.Response
    text: str
    forms: list[Form]
    links: list[str]

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return str(self.response.request.url.path)

    def form(self, action: str, **holding: str) -> Form:
        """The form that goes to an address."""
        for one in self.forms:
            if one.action == action and all((name, value) in one.fields for name, value in holding.items()):
                return one
        raise AssertionError(f"no form to {action} {holding}, only to {[one.action for one in self.forms]}")

    def has_form(self, action: str) -> bool:
        return any(one.action == action for one in self.forms)


def read(response: httpx2.Response) -> Page:
    """The page of an answer. Its elements have to be closed in their order."""
    reader = _Reader()
    if response.headers.get("Content-Type", "").startswith("text/html"):
        reader.feed(response.text)
        assert reader.open == [], "the page ends too soon"
    return Page(response, " ".join(reader.text), reader.forms, reader.links)


class Browser:
    """A browser; what it keeps is its own."""

    def __init__(self, app: ASGIApp, language: str = "en") -> None:
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app, raise_app_exceptions=False),
            base_url=ADDRESS,
            headers={"Accept-Language": language, "Sec-Fetch-Site": "same-origin"},
            timeout=60,
        )

    async def open(self, path: str, **query: str) -> Page:
        """Look at a page, wherever that leads."""
        return read(await self.client.get(path, params=query or None, follow_redirects=True))

    async def send(self, form: Form, **typed: Any) -> Page:
        """Fill in a form, send it, and go where that leads. A list ticks several; None leaves a field out."""
        return read(await self.sent(form, follow_redirects=True, **typed))

    async def sent(self, form: Form, *, follow_redirects: bool = False, **typed: Any) -> httpx2.Response:
        """The same, and what was answered first."""
        fields = [(name, value) for name, value in form.fields if name not in typed]
        for name, value in typed.items():
            if value is not None:
                fields += [(name, one) for one in (value if isinstance(value, list) else [value])]
        path = urlsplit(form.action).path
        if form.method == "get":
            return await self.client.get(path, params=urlencode(fields), follow_redirects=follow_redirects)
        return await self.client.post(
            path,
            content=urlencode(fields),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            follow_redirects=follow_redirects,
        )

    async def sign_in(self, code: str, password: str) -> Page:
        page = await self.open("/sign-in")
        return await self.send(page.form("/sign-in"), code=code, password=password)

    async def aclose(self) -> None:
        await self.client.aclose()
