"""`/r/…`, `/s/…`: reporting a fault by the label on a unit, and what becomes of it; nobody has to sign in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID, uuid4

from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import BaseRoute

from models.database import Database
from models.settings import Settings
from models.vocabulary.tickets import Priority
from starter.failures import BadInput, Failure
from starter.given import storable
from starter.intake import Intake
from starter.label_reports import (
    Connected,
    Doubt,
    LabelledUnit,
    LabelReport,
    doubts,
    earlier_reports,
    labelled_unit,
    report,
    status_of,
)
from starter.labels import BadLabel, LabelKeys, Purpose, label_keys
from starter.portal.failing import remedies_of, sentence_of
from starter.portal.failing import status_of as status_code
from starter.portal.forms import entry
from starter.portal.pages import go_to, page
from starter.portal.routes import looked_at, sent
from starter.portal.times import Times
from starter.portal.visitors import Visitor
from starter.services import failure_of
from starter.web.asking import limits_of
from starter.web.limits import Limit

WAIT = timedelta(seconds=20)
LONGEST = 4000
HOUR = 3600
WIDER = 6
"""How many units' worth of reports one address may make: a hospital is often seen at a single one. And how many
addresses' worth there may be of one unit: whoever has a picture of its label keeps nobody from reporting its fault."""

_KEY = re.compile(r"label-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Keys that these forms make; another's key would be another's ticket."""


@dataclass(frozen=True, slots=True)
class LabelLimits:
    """How much may be reported by labels.

    Attributes:
        one: of one unit from one address.
        addresses: from one address, whatever the unit.
        units: of one unit, wherever it comes from.
    """

    one: Limit
    addresses: Limit
    units: Limit

    @classmethod
    def of(cls, settings: Settings) -> LabelLimits:
        """As the settings have them."""
        most = settings.label_reports
        return cls(
            one=Limit(most, most, minute=HOUR),
            addresses=Limit(most * WIDER, most * WIDER, minute=HOUR),
            units=Limit(most * WIDER, most * WIDER, minute=HOUR),
        )

    def take(self, unit: UUID, address: str) -> None:
        """Count a report.

        Raises:
            TooManyRequests: it is one too many.
        """
        self.one.take(f"{unit} from {address}")
        self.addresses.take(address)
        self.units.take(str(unit))


async def label_page(visitor: Visitor) -> Response:
    """The form for whoever stands before a unit."""
    try:
        unit = await _unit(visitor)
    except BadLabel as bad:
        return _no_label(visitor, bad)
    return await _form(visitor, unit)


async def label_report(visitor: Visitor, form: FormData) -> Response:
    """Somebody reports a fault. Where what they say does not fit together, they are asked first."""
    try:
        unit = await _unit(visitor)
    except BadLabel as bad:
        return _no_label(visitor, bad)
    try:
        said = _said(form)
        asked = () if entry(form, "answer") else doubts(said)
        if asked:
            return await _form(visitor, unit, form, asked=asked)
        limits: LabelLimits = visitor.request.app.state.label_limits
        limits.take(unit.unit_id, visitor.address)
        engines = visitor.engines
        intake = Intake(await engines.client(WAIT.total_seconds()), engines.database, WAIT)
        acknowledged = await report(intake, unit, said)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        return await _form(visitor, unit, form, failure=failure)
    if acknowledged.ticket.serial != unit.serial:
        return await _form(visitor, unit, form, failure=BadInput("This form is used up. Scan the label again."))
    token = _keys(visitor).token(acknowledged.ticket.ticket_id, Purpose.REPORT)
    return go_to(f"/s/{token}", new="1") if not acknowledged.differs else go_to(f"/s/{token}", differs="1")


async def report_status(visitor: Visitor) -> Response:
    """What becomes of a report, for whoever has its address."""
    try:
        _count(visitor, Purpose.REPORT)
        status = await status_of(_database(visitor), _keys(visitor), visitor.request.path_params["token"])
    except BadLabel as bad:
        return _no_label(visitor, bad)
    times = Times(visitor.words, status.time_zone)
    query = visitor.request.query_params
    return page(
        visitor, "label_status.html", times=times, status_=status, new="new" in query, differs="differs" in query
    )


ROUTES: tuple[BaseRoute, ...] = (
    looked_at("/r/{token}", label_page, anyone=True),
    sent("/r/{token}", label_report, anyone=True),
    looked_at("/s/{token}", report_status, anyone=True),
)


# -- inside ------------------------------------------------------------------------------------------------------------


def _keys(visitor: Visitor) -> LabelKeys:
    keys: LabelKeys | None = getattr(visitor.request.app.state, "label_keys", None)
    if keys is None:
        keys = visitor.request.app.state.label_keys = label_keys(visitor.engines.settings)
    return keys


def _database(visitor: Visitor) -> Database:
    """Asked for nobody: what is told is decided by the address, whoever has signed in in this browser."""
    return visitor.engines.database


async def _unit(visitor: Visitor) -> LabelledUnit:
    """The unit of the label."""
    _count(visitor, Purpose.UNIT)
    return await labelled_unit(_database(visitor), _keys(visitor), visitor.request.path_params["token"])


def _count(visitor: Visitor, purpose: Purpose) -> None:
    """Count a look at an address that needs no login: from each place by itself, so that nobody keeps others from it.

    Raises:
        BadLabel: it is made up; such are counted by where they come from alone.
        TooManyRequests: it is one too many.
    """
    limits, place = limits_of(visitor.request), visitor.address
    try:
        subject = _keys(visitor).subject(visitor.request.path_params["token"], purpose)
    except BadLabel:
        limits.strangers.take(place)
        raise
    limits.callers.take(f"{purpose.value} {subject} from {place}")


def _said(form: FormData) -> LabelReport:
    """What the form says.

    Raises:
        BadInput: something is missing.
    """
    symptom, who = storable(entry(form, "symptom"), "description"), entry(form, "who")
    if not symptom:
        raise BadInput("Say what is wrong with the unit.")
    if len(symptom) > LONGEST:
        raise BadInput("That is a long story. Shorten it to what is wrong with the unit.")
    if (connected := entry(form, "connected")) not in set(Connected):
        raise BadInput("Say whether a patient is connected.")
    if not who or len(who) > 150:
        raise BadInput("Say whom we can call back: a name, and a phone or a ward.")
    if (priority := entry(form, "priority")) not in set(Priority):
        raise BadInput("Say how urgent it is.")
    if entry(form, "answer") == "raise":
        priority = Priority.P1.value
    key = entry(form, "command_id")
    return LabelReport(
        symptom=symptom,
        connected=Connected(connected),
        who=who,
        priority=Priority(priority),
        key=key if _KEY.fullmatch(key) else _new_key(),
    )


def _new_key() -> str:
    return f"label-{uuid4()}"


async def _form(
    visitor: Visitor,
    unit: LabelledUnit,
    form: FormData | None = None,
    *,
    asked: Sequence[Doubt] = (),
    failure: Failure | None = None,
) -> Response:
    typed = {name: entry(form, name) if form else "" for name in ("symptom", "connected", "who", "priority")}
    key = entry(form, "command_id") if form else ""
    status = HTTPStatus.OK if failure is None else status_code(failure)
    return page(
        visitor,
        "label_report.html",
        status=status,
        times=Times(visitor.words, unit.time_zone),
        unit=unit,
        earlier=await earlier_reports(_database(visitor), unit),
        typed=typed,
        key=key if _KEY.fullmatch(key) else _new_key(),
        asked=[one.value for one in asked],
        failure=None if failure is None else sentence_of(failure, visitor.words),
        remedies=() if failure is None else remedies_of(failure, visitor.words),
        token=visitor.request.path_params["token"],
    )


def _no_label(visitor: Visitor, bad: BadLabel) -> Response:
    return page(visitor, "label_bad.html", status=HTTPStatus.NOT_FOUND, sentence=visitor.words(bad.sentence))
