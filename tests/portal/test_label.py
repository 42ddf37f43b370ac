"""Reporting a fault by the label on a unit: nobody signs in, nothing of others is told, nobody floods anybody."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr

from models.settings import Settings
from starter.cli.labels import qr_code
from starter.cli.labels_pdf import sheets
from starter.failures import BadSetting
from starter.labels import BadLabel, Label, LabelKeys, Purpose, label_keys
from starter.portal.label import LabelLimits
from starter.reading import registry
from starter.web.limits import TooManyRequests
from tests.browsing import Browser, Form, Page
from tests.field import Field
from tests.serving import Server, a_server
from tests.starter.terminal import clean_environment, fieldcare

KEYS = LabelKeys({"a1": "a secret of some length", "old": "another secret of some length"})
SETTING = "a1:a secret of some length,old:another secret of some length"
SAID = {"symptom": "The screen stays dark.", "connected": "no", "who": "A. Miller, ICU, ext. 4711", "priority": "P3"}


@pytest_asyncio.fixture(scope="module")
async def server(field: Field, service_url: str) -> AsyncIterator[Server]:
    async with a_server(field, service_url, field.owner, label_key=SETTING, label_reports=1000) as running:
        yield running


async def unit_id(field: Field, serial: str) -> UUID:
    return UUID(str((await registry.units(field.database, None, serial, 1, None)).rows[0]["equipment_id"]))


async def scanned(server: Server, field: Field, serial: str, language: str = "en") -> tuple[Browser, Page]:
    """A browser that has scanned the label of a unit."""
    browser = Browser(server.app, language)
    return browser, await browser.open(f"/r/{KEYS.token(await unit_id(field, serial), Purpose.UNIT)}")


def the_form(page: Page) -> Form:
    return next(one for one in page.forms if one.action.startswith("/r/"))


async def test_whoever_stands_before_a_unit_reports_its_fault_and_sees_what_becomes_of_it(
    server: Server, field: Field
) -> None:
    browser, page = await scanned(server, field, "PUMP-ICU-001")
    assert page.status == 200
    assert "PUMP-ICU-001" in page.text
    page = await browser.send(the_form(page), **{**SAID, "who": "A. Miller,\r\nICU, ext. 4711"})
    assert "Thank you." in page.text
    assert page.path.startswith("/s/")
    assert "It is reported." in page.text
    number = page.text.partition("Your report ")[2][:14]
    (row,) = await field.rows("SELECT * FROM service_tickets WHERE number = :number", number=number)
    assert (row["reporter_code"], row["reporter_role"]) == ("A. Miller, ICU, ext. 4711 (by label)", "hospital")
    assert row["description"] == "The screen stays dark.\n\nPatient connected: no."
    assert row["priority"] == "P3"
    await browser.aclose()


async def test_a_form_that_is_sent_twice_is_one_report_and_other_words_change_nothing(
    server: Server, field: Field
) -> None:
    browser, page = await scanned(server, field, "PUMP-ICU-001")
    form = the_form(page)
    paths = {(await browser.send(form, **SAID)).path for _ in range(2)}
    assert len(paths) == 1
    page = await browser.send(form, **{**SAID, "symptom": "Something else."})
    assert page.path in paths
    assert "You had sent this form already" in page.text
    await browser.aclose()


async def test_a_repetition_is_hinted_at_and_nothing_of_it_is_told(server: Server, field: Field) -> None:
    browser, page = await scanned(server, field, "DEFIB-EMR-001")
    await browser.send(the_form(page), **{**SAID, "symptom": "Mrs. Smith was hurt by a spark.", "priority": "P1"})
    other, page = await scanned(server, field, "DEFIB-EMR-001")
    assert "This unit was reported already" in page.text
    assert "FC-" in page.text
    assert "ago" in page.text
    for private in ("Smith", "spark", "Miller", "4711"):
        assert private not in page.response.text
    await browser.aclose()
    await other.aclose()


@pytest.mark.parametrize(
    "said",
    [
        {"connected": "yes", "priority": "P4"},
        {"connected": "yes", "priority": "P3"},
        {"symptom": "Smoke comes out of the back.", "priority": "P2"},
        {"symptom": "Es riecht verschmort, Rauch an der Rückseite.", "priority": "P3"},
    ],
)
async def test_what_does_not_fit_together_is_asked_about_first(
    server: Server, field: Field, said: dict[str, str]
) -> None:
    browser, page = await scanned(server, field, "PUMP-WRD-001")
    before = await _count(field)
    page = await browser.send(the_form(page), **{**SAID, **said})
    assert "One question first" in page.text
    assert await _count(field) == before
    form = the_form(page)
    assert form["symptom"] == {**SAID, **said}["symptom"]
    raised = await browser.send(form, answer="raise")
    assert "Thank you." in raised.text
    newest = await field.rows("SELECT priority FROM service_tickets ORDER BY id DESC LIMIT 1")
    assert newest[0]["priority"] == "P1"
    await browser.aclose()


async def test_whoever_says_so_is_believed(server: Server, field: Field) -> None:
    browser, page = await scanned(server, field, "PUMP-WRD-001")
    page = await browser.send(the_form(page), **{**SAID, "connected": "yes"})
    page = await browser.send(the_form(page), answer="keep")
    assert "Thank you." in page.text
    newest = await field.rows("SELECT priority FROM service_tickets ORDER BY id DESC LIMIT 1")
    assert newest[0]["priority"] == "P3"
    await browser.aclose()


@pytest.mark.parametrize(
    "said",
    [
        {"symptom": ""},
        {"symptom": "x" * 5000},
        {"symptom": "a\x00b"},
        {"connected": "maybe"},
        {"who": ""},
        {"who": "x" * 200},
        {"who": "a\u202eb"},
        {"priority": "P0"},
    ],
)
async def test_what_is_missing_is_said_and_what_was_typed_stays(
    server: Server, field: Field, said: dict[str, str]
) -> None:
    browser, page = await scanned(server, field, "PUMP-WRD-001")
    before = await _count(field)
    page = await browser.send(the_form(page), **{**SAID, **said})
    assert page.status == 422
    assert await _count(field) == before
    for name in {"symptom", "who"} - set(said):
        assert the_form(page)[name] == SAID[name]
    await browser.aclose()


async def test_another_s_key_is_not_another_s_ticket(server: Server, field: Field) -> None:
    theirs = await field.report("VENT-ICU-001", key=f"theirs-{uuid4().hex[:8]}", description="Mrs. Smith")
    browser, page = await scanned(server, field, "PUMP-WRD-001")
    page = await browser.send(the_form(page), **SAID, command_id=theirs.ticket.workflow_id)
    assert theirs.ticket.number not in page.text
    await browser.aclose()


async def test_labels_that_are_none_of_ours_say_so_kindly(server: Server, field: Field) -> None:
    unit = await unit_id(field, "PUMP-WRD-001")
    good = KEYS.token(unit, Purpose.UNIT)
    foreign = LabelKeys({"zz": "a secret of somebody else"}).token(unit, Purpose.UNIT)
    forged = LabelKeys({"a1": "a secret of somebody else"}).token(unit, Purpose.UNIT)
    nobody = KEYS.token(uuid4(), Purpose.UNIT)
    report = KEYS.token(unit, Purpose.REPORT)
    browser = Browser(server.app)
    for token in (foreign, forged, nobody, report, good[:-1], good[:-1] + "!", "x", "a1.x.y", "a1..", "%00"):
        page = await browser.open(f"/r/{token}")
        assert page.status == 404, token
        if token != "%00":
            assert "Take care of the patient first" in page.text or "no page" in page.text, token
    assert (await browser.open(f"/s/{good}")).status == 404
    assert (await browser.open(f"/s/{KEYS.token(uuid4(), Purpose.REPORT)}")).status == 404
    await browser.aclose()


async def test_a_label_of_an_earlier_key_is_good_as_long_as_that_is_named(server: Server, field: Field) -> None:
    unit = await unit_id(field, "PUMP-WRD-001")
    earlier = LabelKeys({"old": KEYS.secrets["old"]})
    browser = Browser(server.app)
    assert (await browser.open(f"/r/{earlier.token(unit, Purpose.UNIT)}")).status == 200
    with pytest.raises(BadLabel):
        LabelKeys({"a1": KEYS.secrets["a1"]}).subject(earlier.token(unit, Purpose.UNIT), Purpose.UNIT)
    await browser.aclose()


async def test_the_page_of_a_report_tells_what_becomes_of_it_and_nothing_else(server: Server, field: Field) -> None:
    ticket = await field.open(engineer=None)
    record = await ticket.stored()
    browser = Browser(server.app, "de")
    path = f"/s/{KEYS.token(UUID(record['ticket']['id']), Purpose.REPORT)}"
    assert "Sie ist eingegangen." in (await browser.open(path)).text
    page = await browser.open(path)
    assert "Alarm" not in page.response.text
    assert "America/New_York" in page.text
    await browser.aclose()


async def test_one_unit_is_not_reported_without_end(field: Field, service_url: str) -> None:
    async with a_server(
        field, service_url, field.owner, label_key=SETTING, label_reports=2, opens_tickets=False
    ) as server:
        statuses = []
        for _ in range(3):
            browser, page = await scanned(server, field, "PUMP-WRD-001")
            statuses.append((await browser.send(the_form(page), **SAID)).status)
            await browser.aclose()
        assert statuses[-1] == 429


async def test_whoever_has_a_picture_of_a_label_keeps_nobody_from_reporting_its_unit() -> None:
    limits, unit = LabelLimits.of(Settings(label_reports=2)), uuid4()
    for _ in range(2):
        limits.take(unit, "198.51.100.7")
    with pytest.raises(TooManyRequests):
        limits.take(unit, "198.51.100.7")
    limits.take(unit, "192.0.2.1")
    for place in range(9):
        limits.take(unit, f"203.0.113.{place}")
    with pytest.raises(TooManyRequests):
        limits.take(unit, "192.0.2.2")


async def _count(field: Field) -> int:
    return int((await field.rows("SELECT count(*) AS n FROM service_tickets"))[0]["n"])


# -- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad", ["a1", "a1:short", "a b:a secret of some length", f"{SETTING},a1:another one of length"]
)
def test_a_key_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(BadSetting) as refused:
        label_keys(Settings(label_key=SecretStr(bad)))
    assert "ID:SECRET" in refused.value.sentence


def test_without_a_setting_the_home_keeps_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    first, again = label_keys(settings), label_keys(settings)
    assert first == again
    kept = next((tmp_path / "home").iterdir())
    assert kept.stat().st_mode & 0o077 == 0
    unit = uuid4()
    assert first.subject(again.token(unit, Purpose.UNIT), Purpose.UNIT) == unit


async def test_the_terminal_writes_a_sheet_of_labels(field: Field, service_url: str, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    environment = clean_environment() | {
        "FIELDCARE_DATABASE_URL": service_url,
        "FIELDCARE_LABEL_KEY": SETTING,
        "FIELDCARE_HOME": str(tmp_path),
    }
    where = ("--customer", "city-general", "--site", "icu")
    done = fieldcare(environment, "labels", *where, "--out", str(sheet))
    assert done.returncode != 0
    assert "FIELDCARE_PUBLIC_URL" in done.stderr
    done = fieldcare(environment, "labels", *where, "--server", "https://care.example", "--out", str(sheet))
    assert done.returncode == 0, done.stderr
    written = sheet.read_text(encoding="utf-8")
    assert "VENT-ICU-001" in written
    assert "VENT-WRD-001" not in written
    assert written.count("<svg") == written.count("<section>")
    units, printed = written.count("<section>"), tmp_path / "sheet.pdf"
    done = fieldcare(environment, "labels", *where, "--server", "https://care.example", "--out", str(printed))
    assert (done.returncode, f"{units} label" in done.stderr) == (0, True), done.stderr
    assert printed.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(("labels", "pages"), [(1, 1), (18, 1), (19, 2)])
def test_a_sheet_of_labels_has_eighteen_on_a_page(labels: int, pages: int) -> None:
    made = [Label(f"VENT-{n:04}", "Ventilator", "City General", f"https://care.example/r/{n}") for n in range(labels)]
    assert re.findall(rb"/Count (\d+)", sheets(made, qr_code)) == [str(pages).encode()]


def test_what_stands_on_a_label_is_not_read_as_a_program() -> None:
    """Names have whatever people wrote: brackets, quotation marks, letters of every script."""
    for name in ('#panic("x")', "]]", "*", '"', "\\", "$x$", "Łódź Ω Ж क 病院 مستشفى", "A" * 300, "@none", "// /*"):
        assert sheets([Label(name, name, name, "https://care.example/r/x")], qr_code).startswith(b"%PDF-")
