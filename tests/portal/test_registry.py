"""The registry on pages: lists, forms and history, for those who may; and two who change a row at once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from models.vocabulary.registry import RegistryKind
from starter.portal.visitors import FIELD
from tests.browsing import Browser, Page
from tests.field import Field
from tests.portal.conftest import PEOPLE, House

UNIT = {
    "field.equipment_type": "ventilator",
    "field.manufacturer": "HAMILTON",
    "field.model": "HAMILTON-C6",
    "field.installed_context": "icu",
    "field.installed_on": "2026-03-02",
}


async def added(browser: Browser, kind: str, **typed: str) -> Page:
    """The page of a new row."""
    page = await browser.open(f"/registry/{kind}/new")
    return await browser.send(page.form(f"/registry/{kind}"), **typed)


async def placed(browser: Browser) -> tuple[str, Page]:
    """A customer of one's own by its code, and the page of a site of it."""
    code = f"P{uuid4().hex[:8].upper()}"
    page = await added(browser, "customers", **{"field.code": code, "field.name": "Lakeside <Hospital>"})
    assert page.status == 200 and "It is on record." in page.text, page.text
    site = {
        "field.customer": code,
        "field.code": "ICU",
        "field.name": "Intensive care",
        "field.time_zone": "Asia/Tokyo",
    }
    return code, await added(browser, "sites", **site)


async def with_unit(browser: Browser) -> tuple[str, Page]:
    """A unit of one's own: its serial number, and its page."""
    code, _ = await placed(browser)
    serial = f"PG-{uuid4().hex[:10].upper()}"
    typed = {**UNIT, "field.serial": serial, "field.customer": code, "field.site": "ICU"}
    page = await added(browser, "units", **typed)
    assert page.status == 200, page.text
    return serial, page


def form_of(page: Page, doing: str = "change") -> Any:
    return next(one for one in page.forms if one.action.endswith(f"/{doing}"))


async def test_a_unit_is_added_found_changed_and_retired(house: House) -> None:
    browser = await house.browser("administrator")
    serial, page = await with_unit(browser)
    assert "Lakeside <Hospital>" not in page.response.text
    found = await browser.open("/registry/units", search=serial.lower())
    assert serial in found.text and page.path in found.links
    changed = await browser.send(form_of(page), **{"field.model": "HAMILTON-C1", "why": "The plate says so."})
    assert "The change is on record." in changed.text
    assert (
        "Model : HAMILTON-C6 → HAMILTON-C1" in changed.text.replace(":", " :") and "The plate says so." in changed.text
    )
    gone = await browser.send(form_of(changed, "retire"), why="Scrapped.")
    assert "It is retired, and stays on record." in gone.text
    assert serial not in (await browser.open("/registry/units", search=serial)).text.replace(f'value="{serial}"', "")
    assert serial in (await browser.open("/registry/units", search=serial, retired="yes")).text
    back = await browser.send(form_of(gone, "restore"), why="It was another one.")
    assert "It is in use again." in back.text


async def test_what_does_not_fit_is_said_and_nothing_is_lost(house: House) -> None:
    browser = await house.browser("administrator")
    code, site = await placed(browser)
    refused = await browser.send(form_of(site), **{"field.time_zone": "Asia/Calcuta", "field.name": "New", "why": "x"})
    assert refused.status == 422 and "Asia/Calcutta" in refused.text
    assert (form_of(refused)["field.name"], form_of(refused)["field.time_zone"]) == ("New", "Asia/Calcuta")
    unsaid = await browser.send(form_of(site), **{"field.name": "New", "why": ""})
    assert unsaid.status == 422 and "Say why" in unsaid.text
    missing = await added(browser, "units", **{**UNIT, "field.customer": code, "field.serial": "PG-77"})
    assert missing.status == 422 and "site is missing" in missing.text
    assert missing.form("/registry/units")["field.serial"] == "PG-77"


async def test_of_two_who_change_a_row_the_second_sees_what_has_changed(house: House) -> None:
    browser = await house.browser("administrator")
    _, first = await with_unit(browser)
    second = await browser.open(first.path)
    assert "on record" in (await browser.send(form_of(first), **{"field.model": "First", "why": "one"})).text
    late = await browser.send(form_of(second), **{"field.installed_context": "ward", "why": "two"})
    assert late.status == 409 and "It was changed meanwhile by administrator" in late.text
    assert "Model: First" in late.text.replace(" :", ":")
    form = form_of(late)
    assert (form["field.model"], form["field.installed_context"], form["why"]) == ("First", "ward", "two")
    saved = await browser.send(form)
    assert "The change is on record." in saved.text, saved.text
    assert (form_of(saved)["field.model"], form_of(saved)["field.installed_context"]) == ("First", "ward")


async def test_history_is_told_in_the_zone_of_whoever_reads_it(house: House) -> None:
    browser = await house.browser("administrator")
    _, site = await placed(browser)
    zones = [one for one in site.forms if one.method == "get" and "zone" in dict(one.fields)]
    assert zones[0]["zone"] == "Asia/Tokyo", "of the place, as long as nobody has said another"
    chosen = await browser.send(zones[0], zone="America/Lima")
    assert 'value="America/Lima"' in chosen.response.text
    again = await browser.open("/registry/customers/AIIMS")
    assert 'value="America/Lima"' in again.response.text, "it is kept"
    assert 'value="America/Lima"' in (await browser.open(site.path, zone="Mars/Base")).response.text
    await browser.open(site.path, zone="UTC")


@pytest.mark.parametrize("who", PEOPLE)
async def test_who_may_do_what_to_a_row(house: House, who: str) -> None:
    keeper = await house.browser("administrator")
    serial, page = await with_unit(keeper)
    browser = await house.browser(who)
    seen = await browser.open(page.path)
    if who not in {"coordinator", "clerk", "manager", "administrator"}:
        assert seen.status == 403 and serial not in seen.text
    else:
        assert seen.status == 200
        shown = {
            one.action.rpartition("/")[2] for one in seen.forms if one.method == "post" and "/registry/" in one.action
        }
        all_of_it = {"change", "retire"}
        assert shown == (all_of_it if who == "administrator" else {"change"} if who == "coordinator" else set())
    key = (await browser.open("/account")).form("/sign-out")[FIELD]
    sent = {FIELD: key, "version": form_of(page)["version"], "why": "x"}
    for doing, allowed in (("change", {"coordinator", "administrator"}), ("retire", {"administrator"})):
        before = await entries(house.field)
        answered = await browser.client.post(
            f"{page.path}/{doing}", data={**sent, "field.model": f"By {who}"} if doing == "change" else sent
        )
        if who in allowed:
            assert answered.status_code in {303, 409}, answered.text
        else:
            assert answered.status_code == 403, answered.text
            assert await entries(house.field) == before
    answered = await browser.client.post("/registry/units", data={**sent, **UNIT, "field.serial": "PG-1"})
    assert answered.status_code == (422 if who == "administrator" else 403)


@pytest.mark.parametrize("kind", RegistryKind)
async def test_a_form_that_is_saved_as_it_is_changes_nothing(house: House, kind: RegistryKind) -> None:
    """Whatever is seeded can be shown in a form, and means the same when it comes back."""
    browser = await house.browser("administrator")
    if kind is RegistryKind.ABSENCES:  # nobody is away by the seeds
        new = (await browser.open("/registry/absences/new")).form("/registry/absences")
        said = {"field.engineer": "ENG-009", "field.starts_at": "2027-12-24 14:00", "field.kind": "leave"}
        assert "It is on record." in (await browser.send(new, **said)).text
    listed = await browser.open(f"/registry/{kind}")
    rows = [one for one in listed.links if one.startswith(f"/registry/{kind}/") and not one.endswith("/new")]
    assert rows
    for path in rows[:12]:
        page = await browser.open(path)
        assert max(len(one.response.content) for one in (listed, page)) < 60_000, "a page is not heavy"
        saved = await browser.send(form_of(page), why="Nothing.")
        assert "The change is on record." in saved.text, saved.text
        assert form_of(saved)["version"] == form_of(page)["version"], path


@pytest.mark.parametrize("kind", RegistryKind)
async def test_an_address_that_is_none_is_none(house: House, kind: RegistryKind) -> None:
    browser = await house.browser("administrator")
    assert (await browser.open(f"/registry/{kind}/no-such-row")).status == 404
    assert (await browser.open("/registry/toasters")).status == 404
    assert (await browser.open("/registry/toasters/x")).status == 404
    key = (await browser.open("/account")).form("/sign-out")[FIELD]
    for doing in ("add", "explode"):
        answered = await browser.client.post(f"/registry/{kind}/x/{doing}", data={FIELD: key, "why": "x"})
        assert answered.status_code == 404


async def entries(field: Field) -> int:
    """How much the trail has."""
    return int(
        (await field.rows("SELECT count(*) AS n FROM audit_events WHERE subject_table = 'equipment_registry'"))[0]["n"]
    )
