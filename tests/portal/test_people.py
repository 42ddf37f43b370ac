"""Administering people by pages: finding them, adding one, giving and taking roles, links, and their history."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from models.vocabulary.accounts import TokenScope
from starter.accounts.managing import add_account, issue_token, set_password
from starter.portal.visitors import SESSION
from tests.browsing import Browser, Page
from tests.portal.conftest import PEOPLE, House
from tests.starter.accounts import CHEAP, OTHER, PASSWORD

WORDS, OTHER_WORDS = PASSWORD.get_secret_value(), OTHER.get_secret_value()


@pytest.fixture
def code() -> str:
    return f"nina-{uuid4().hex[:8]}"


async def added(house: House, code: str, *, role: str = "hospital", whose: str = "aiims") -> Page:
    admin = await house.browser("administrator")
    form = (await admin.open("/people/new")).form("/people/new")
    return await admin.send(form, code=code, name="Nina Rao", email=f"{code}@example.org", role=role, whose=whose)


def link_in(page: Page) -> str:
    return page.response.text.split('id="link" value="')[1].split('"')[0]


async def test_a_person_is_added_and_comes_in_by_the_link_that_is_shown_once(house: House, code: str) -> None:
    page = await added(house, code)
    assert page.status == 200, page.text
    link = link_in(page)
    admin = await house.browser("administrator")
    assert "fcl_" not in (await admin.open(f"/people/{code}")).response.text
    person = house.stranger()
    form = (await person.open("/link", key=link.split("key=")[1])).form("/link")
    page = await person.send(form, password=OTHER_WORDS, again=OTHER_WORDS)
    assert page.path == "/account", page.text
    assert "AIIMS" in page.text
    await person.aclose()


async def test_what_does_not_fit_is_said_and_what_was_typed_stays(house: House, code: str) -> None:
    for typed, said in (
        ({"role": "hospital", "whose": "no-such"}, "There is no customer NO-SUCH"),
        ({"role": "hospital", "whose": ""}, "goes with the code of a customer"),
        ({"role": "coordinator", "whose": "aiims"}, "is for everybody"),
        ({"role": "", "whose": ""}, "Choose a role."),
    ):
        page = await added(house, code, **typed)
        assert page.status == 422
        assert said in page.text
        assert page.form("/people/new")["code"] == code
    assert (await (await house.browser("administrator")).open(f"/people/{code}")).status == 404


async def test_roles_are_given_and_taken_and_follow_at_the_next_request(house: House, code: str) -> None:
    await add_account(house.field.owner, code, "Nina", [PEOPLE["clerk"]], by="tests")
    await set_password(house.field.owner, CHEAP, code, PASSWORD, by="tests")
    person, admin = house.stranger(), await house.browser("administrator")
    await person.sign_in(code, WORDS)
    assert (await person.open("/operations")).status == 403
    page = await admin.open(f"/people/{code}")
    page = await admin.send(page.form(f"/people/{code}/give"), role="coordinator")
    assert "The role is given." in page.text
    assert (await person.open("/operations")).status == 200, "the login goes on, and may more"
    page = await admin.send(page.form(f"/people/{code}/take", grant="coordinator"))
    assert "The role is taken." in page.text
    assert (await person.open("/operations")).status == 403
    page = await admin.send(page.form(f"/people/{code}/take", grant="parts_clerk"))
    assert page.status == 422
    assert "would have no role" in page.text
    by = re.findall(r"administrator-[0-9a-f]{6}", (await admin.open("/account")).text)[0]
    assert re.search(
        rf"Role taken: coordinator today [0-9:]+ · {by} Role given: coordinator today [0-9:]+ · {by}", page.text
    )
    await person.aclose()


async def test_logins_and_tokens_end_by_hand_and_all_with_the_account(house: House, code: str) -> None:
    await add_account(house.field.owner, code, "Nina", [PEOPLE["coordinator"]], by="tests")
    await set_password(house.field.owner, CHEAP, code, PASSWORD, by="tests")
    await issue_token(house.field.owner, code, "report", [TokenScope.READ], timedelta(hours=1), by="tests")
    person, admin = house.stranger(), await house.browser("administrator")
    await person.sign_in(code, WORDS)
    page = await admin.open(f"/people/{code}")
    page = await admin.send(page.form(f"/people/{code}/revoke", token="report"))
    assert "The token is revoked." in page.text
    assert not page.has_form(f"/people/{code}/revoke")
    page = await admin.send(page.form(f"/people/{code}/end-logins"))
    assert (await person.open("/account")).path == "/sign-in"
    page = await admin.send(page.form(f"/people/{code}/disable"))
    assert page.has_form(f"/people/{code}/enable")
    assert (await person.sign_in(code, WORDS)).status == 403
    await admin.send(page.form(f"/people/{code}/enable"))
    assert (await person.sign_in(code, WORDS)).status == 200
    page = await admin.open(f"/people/{code}")
    for said in (
        "It was disabled.",
        "It was put into use again.",
        "Signed in.",
        "Signed out.",
        "Token revoked: report",
    ):
        assert said in page.text
    await person.aclose()


async def test_people_are_found_and_the_list_goes_on(house: House) -> None:
    mark = uuid4().hex[:8]
    for number in range(52):
        await add_account(house.field.owner, f"p{mark}-{number:02d}", f"Person {mark}", [PEOPLE["clerk"]], by="tests")
    admin = await house.browser("administrator")
    page = await admin.open("/people", search=mark.upper())
    assert f"p{mark}-00" in page.text
    assert f"p{mark}-51" not in page.text
    following = next(one for one in page.links if "after=" in one)
    page = await admin.open(following.partition("?")[0] + "?" + following.partition("?")[2])
    assert f"p{mark}-51" in page.text
    assert f"p{mark}-00" not in page.text
    assert "Nobody is like that." in (await admin.open("/people", search=mark, role="manager")).text
    assert "Nobody is like that." in (await admin.open("/people", search=mark, state="disabled")).text
    assert f"p{mark}-00" in (await admin.open("/people", search=mark, state="no_password", role="parts_clerk")).text


async def test_who_disables_themselves_is_out(house: House, code: str) -> None:
    await add_account(house.field.owner, code, "Nina", [PEOPLE["administrator"]], by="tests")
    await set_password(house.field.owner, CHEAP, code, PASSWORD, by="tests")
    await house.account("administrator")
    person: Browser = house.stranger()
    await person.sign_in(code, WORDS)
    assert SESSION in person.client.cookies
    page = await person.send((await person.open(f"/people/{code}")).form(f"/people/{code}/disable"))
    assert page.path == "/sign-in"
    assert (await person.sign_in(code, WORDS)).status == 403
    await person.aclose()
