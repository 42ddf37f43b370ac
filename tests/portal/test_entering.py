"""Coming in by a password or a one-time link, being known, going out; and that forms are one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from starter.accounts.managing import issue_link
from starter.portal.app import ROUTES
from starter.portal.visitors import FIELD, FORMS, SESSION
from tests.browsing import Browser, read
from tests.field import Field
from tests.portal.conftest import PEOPLE, House
from tests.serving import a_server
from tests.starter.accounts import CHEAP, OTHER, PASSWORD

WORDS, OTHER_WORDS = PASSWORD.get_secret_value(), OTHER.get_secret_value()


async def test_who_has_been_there_before_is_not_shut_out_by_a_stranger_who_guesses(house: House) -> None:
    code = await house.account("manager")
    known, stranger = house.stranger(), house.stranger()
    await known.sign_in(code, WORDS)
    await known.send((await known.open("/account")).form("/sign-out"))
    for _ in range(6):
        page = await stranger.sign_in(code, "not the right words")
    assert page.status == 429
    assert (await stranger.sign_in(code, WORDS)).status == 429
    page = await known.sign_in(code, WORDS)
    assert (page.status, "Signed in:" in page.text) == (200, True)
    for one in (known, stranger):
        await one.aclose()


@pytest.mark.parametrize("who", PEOPLE)
async def test_everybody_comes_in_to_where_they_work(house: House, who: str) -> None:
    browser = house.stranger()
    page = await browser.sign_in(await house.account(who), WORDS)
    assert page.status == 200, page.text
    assert f"Signed in: {who.title()}" in page.text
    await browser.aclose()


async def test_who_has_not_signed_in_comes_back_to_what_they_wanted(house: House) -> None:
    browser = house.stranger()
    page = await browser.open("/account")
    assert page.path == "/sign-in"
    assert page.form("/sign-in")["next"] == "/account"
    page = await browser.send(page.form("/sign-in"), code=await house.account("manager"), password=WORDS)
    assert page.path == "/account"
    await browser.aclose()


@pytest.mark.parametrize("bad", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"])
async def test_nobody_is_sent_to_another_site(house: House, bad: str) -> None:
    browser = house.stranger()
    page = await browser.open("/sign-in", next=bad)
    answered = await browser.sent(page.form("/sign-in"), next=bad, code=await house.account("manager"), password=WORDS)
    assert (answered.status_code, answered.headers["Location"]) == (303, "/")
    await browser.aclose()


async def test_the_cookie_of_a_login_is_for_this_host_alone_and_no_script_reads_it(house: House) -> None:
    browser = house.stranger()
    form = (await browser.open("/sign-in")).form("/sign-in")
    answered = await browser.sent(form, code=await house.account("manager"), password=WORDS)
    given = next(one for one in answered.headers.get_list("Set-Cookie") if one.startswith(f"{SESSION}="))
    attributes = {part.strip().partition("=")[0].lower() for part in given.split(";")[1:]}
    assert {"secure", "httponly", "samesite", "path", "max-age"} <= attributes
    assert "domain" not in attributes
    assert "samesite=lax" in given.lower()
    await browser.aclose()


async def test_a_wrong_password_says_nothing_of_the_account_and_keeps_the_code(house: House) -> None:
    code = await house.account("manager")
    browser, said = house.stranger(), []
    for name in (code, "nobody-at-all"):
        form = (await browser.open("/sign-in")).form("/sign-in")
        page = await browser.send(form, code=name, password="not the right words")
        assert page.status == 403
        assert page.form("/sign-in")["code"] == name
        said.append(page.text)
    assert "Code and password do not fit together." in said[0]
    assert said[0] == said[1]
    await browser.aclose()


async def test_signing_in_again_ends_the_login_of_before(house: House) -> None:
    browser = house.stranger()
    await browser.sign_in(await house.account("manager"), WORDS)
    before = browser.client.cookies[SESSION]
    key = (await browser.open("/account")).form("/sign-out")[FIELD]
    other = await house.account("manager")
    answered = await browser.client.post("/sign-in", data={FIELD: key, "code": other, "password": WORDS})
    assert answered.status_code == 303
    after = browser.client.cookies[SESSION]
    assert before != after
    thief = house.stranger()
    thief.client.cookies.set(SESSION, before)
    assert (await thief.open("/account")).path == "/sign-in"
    await browser.aclose()
    await thief.aclose()


async def test_signing_out_ends_this_login_and_everywhere_all_of_them(house: House) -> None:
    code = await house.account("manager")
    first, second, third = house.stranger(), house.stranger(), house.stranger()
    for one in (first, second, third):
        await one.sign_in(code, WORDS)
    token = first.client.cookies[SESSION]
    page = await first.send((await first.open("/account")).form("/sign-out"))
    assert "You have signed out." in page.text
    first.client.cookies.set(SESSION, token)
    assert (await first.open("/account")).path == "/sign-in"
    assert (await second.open("/account")).status == 200
    await second.send((await second.open("/account")).form("/sign-out-everywhere"))
    assert (await third.open("/account")).path == "/sign-in"
    for one in (first, second, third):
        await one.aclose()


async def test_a_one_time_link_sets_a_password_once(house: House) -> None:
    code = await house.account("administrator")
    issued = await issue_link(house.field.owner, code, timedelta(hours=1), by="tests")
    browser = house.stranger()
    page = await browser.open("/link", key=issued.secret.get_secret_value())
    form = page.form("/link")
    page = await browser.send(form, password=OTHER_WORDS, again="something else entirely")
    assert (page.status, page.form("/link")["key"]) == (422, issued.secret.get_secret_value())
    page = await browser.send(page.form("/link"), password="short", again="short")
    assert page.status == 422
    page = await browser.send(page.form("/link"), password=OTHER_WORDS, again=OTHER_WORDS)
    assert page.path == "/account"
    assert "Your password is set." in page.text
    again = house.stranger()
    form = (await again.open("/link", key=issued.secret.get_secret_value())).form("/link")
    page = await again.send(form, password=WORDS, again=WORDS)
    assert page.status == 403
    assert "Ask whoever sent it for a new one." in page.text
    await browser.aclose()
    await again.aclose()


async def test_a_password_is_changed_by_who_knows_it(house: House) -> None:
    code = await house.account("manager")
    browser, elsewhere = house.stranger(), house.stranger()
    await browser.sign_in(code, WORDS)
    await elsewhere.sign_in(code, WORDS)
    form = (await browser.open("/account")).form("/account/password")
    page = await browser.send(form, old="not this one at all", password=OTHER_WORDS, again=OTHER_WORDS)
    assert page.status == 403
    page = await browser.send(page.form("/account/password"), old=WORDS, password=OTHER_WORDS, again=OTHER_WORDS)
    assert "Your password is set." in page.text
    assert (await elsewhere.open("/account")).path == "/sign-in"
    await browser.aclose()
    await elsewhere.aclose()


async def test_the_language_is_the_browser_s_until_somebody_switches(house: House) -> None:
    browser = house.stranger("de-AT,de;q=0.9,en;q=0.5")
    page = await browser.open("/sign-in")
    assert "Anmelden" in page.text
    assert page.response.headers["Content-Language"] == "de"
    page = await browser.send(page.form("/language"), language="en")
    assert "Your code" in page.text
    assert "Your code" in (await browser.open("/sign-in")).text
    await browser.aclose()


# -- forms that are somebody else's -----------------------------------------------------------------------------------


def forms() -> list[str]:
    """All but where a script of ours sends to, which has no form: test_outbox, test_board."""
    posted = {one.path for one in ROUTES if "POST" in (getattr(one, "methods", None) or ())}  # type: ignore[attr-defined]
    return sorted(posted - {"/outbox", "/board/change"})


@pytest.mark.parametrize("path", forms())
@pytest.mark.parametrize("how", ["no key", "a wrong key", "somebody else's key", "from another site"])
async def test_a_form_that_is_not_one_s_own_does_nothing(house: House, path: str, how: str) -> None:
    browser, other = await house.browser("coordinator"), await house.browser("engineer")
    key = (await browser.open("/account")).form("/sign-out")[FIELD]
    data, headers = {FIELD: key}, {}
    if how == "no key":
        data = {}
    elif how == "a wrong key":
        data = {FIELD: key[::-1]}
    elif how == "somebody else's key":
        data = {FIELD: (await other.open("/account")).form("/sign-out")[FIELD]}
    else:
        headers = {"Sec-Fetch-Site": "cross-site"}
    address = path.replace("{number}", "FC-2026-000001").replace("{token}", "x").replace("{command}", "hold")
    address = address.replace("{code}", "nobody").replace("{doing}", "link")
    answered = await browser.client.post(address, data=data, headers=headers)
    assert answered.status_code == 403, address
    assert "Nothing was done." in read(answered).text
    assert (await browser.open("/account")).status == 200


async def test_a_form_of_before_signing_in_is_none_afterwards(house: House) -> None:
    browser = house.stranger()
    form = (await browser.open("/sign-in")).form("/sign-in")
    assert FORMS in browser.client.cookies
    await browser.send(form, code=await house.account("manager"), password=WORDS)
    assert (await browser.sent(form, code="x", password=WORDS)).status_code == 403
    await browser.aclose()


async def test_an_origin_that_is_another_is_refused_where_browsers_say_no_more(house: House) -> None:
    browser = house.stranger()
    form = (await browser.open("/sign-in")).form("/sign-in")
    del browser.client.headers["Sec-Fetch-Site"]
    for origin, status in (
        ("https://evil.test", 403),
        ("null", 403),
        ("http://[a", 403),
        ("https://fieldcare.test", 422),
    ):
        answered = await browser.client.post("/sign-in", data=dict(form.fields), headers={"Origin": origin})
        assert answered.status_code == status, origin
    await browser.aclose()


async def test_without_encryption_nobody_types_a_password_in_vain(house: House) -> None:
    browser = Browser(house.server.app)
    form = (await browser.open("/sign-in")).form("/sign-in")
    seed = browser.client.cookies[FORMS]
    answered = await browser.client.post(
        "http://ward.example/sign-in",
        data={**dict(form.fields), "code": await house.account("manager"), "password": WORDS},
        headers={"Cookie": f"{FORMS}={seed}"},
    )
    assert answered.status_code == 422
    assert "encrypted connection" in answered.text
    answered = await browser.client.post(
        "http://localhost:8000/sign-in",
        data={**dict(form.fields), "code": await house.account("manager"), "password": WORDS},
        headers={"Cookie": f"{FORMS}={seed}"},
    )
    assert answered.status_code == 303
    await browser.aclose()


async def test_every_page_has_a_policy_and_nothing_in_line(house: House) -> None:
    browser = await house.browser("coordinator")
    page = await browser.open("/account")
    assert "default-src 'none'" in page.response.headers["Content-Security-Policy"]
    assert page.response.headers["Cache-Control"] == "no-store"
    for forbidden in (" style=", "<style", "<script>", "onclick", "javascript:"):
        assert forbidden not in page.response.text


async def test_files_are_kept_for_ever_and_come_packed(house: House) -> None:
    browser = await house.browser("coordinator")
    page = await browser.open("/account")
    sheet = next(one for one in page.response.text.split('"') if one.endswith("portal.css"))
    file = await browser.client.get(sheet)
    assert file.status_code == 200
    assert "immutable" in file.headers["Cache-Control"]
    assert file.headers["Content-Encoding"] == "gzip"
    assert (await browser.client.get("/static/0/portal.css")).status_code == 404
    assert (await browser.client.get("/static/../app.py")).status_code == 404


async def test_an_address_that_there_is_not_says_so_kindly(house: House) -> None:
    browser = house.stranger("de")
    page = await browser.open("/nothing/here")
    assert page.status == 404
    assert "keine Seite" in page.text
    assert (await browser.client.put("/sign-in")).status_code == 405
    await browser.aclose()


async def test_strangers_behind_the_same_address_shut_nobody_out(field: Field, service_url: str) -> None:
    """A ward has one address: whoever makes cookies up there keeps no one else from their work."""
    settings = {"password_memory": CHEAP.password_memory, "password_passes": CHEAP.password_passes, "api_strangers": 3}
    async with a_server(field, service_url, field.owner, opens_tickets=False, **settings) as server:
        house = House(server, field)
        known, stranger = await house.browser("engineer"), house.stranger()
        for _ in range(5):
            answered = await stranger.client.get("/work", headers={"Cookie": f"{SESSION}=fc_{'x' * 43}"})
        assert answered.status_code == 429
        assert (await known.open("/work")).status == 200
        await stranger.aclose()
        await house.aclose()
