"""Signing in by an OpenID Connect provider: against a provider that is a program, with a browser that goes there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from oidc_provider_mock import run_server_in_thread

from starter.accounts.managing import add_account, disable, enable, link_identity
from starter.portal.visitors import FLOW
from tests.browsing import ADDRESS, Browser, Page, read
from tests.field import Field
from tests.portal.conftest import PEOPLE, House
from tests.serving import a_server


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider. Its library wants TLS everywhere but here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        with run_server_in_thread(require_nonce=True) as server:
            yield f"http://localhost:{server.server_port}"


@pytest_asyncio.fixture(scope="module")
async def here(
    field: Field, service_url: str, issuer: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    secret = tmp_path_factory.mktemp("oidc") / "secret"
    secret.write_text("of the client\n", encoding="utf-8")
    settings = {
        "oidc_client_secret_file": secret,
        "public_url": ADDRESS,
        "oidc_issuer": issuer,
        "oidc_client_id": "fieldcare",
        "oidc_name": "the hospital's login",
    }
    async with a_server(field, service_url, field.owner, opens_tickets=False, **settings) as server:
        made = House(server, field)
        yield made
        await made.aclose()


@pytest.fixture
def who() -> str:
    return f"nina-{uuid4().hex[:8]}"


async def known_there(issuer: str, who: str, **claims: object) -> None:
    async with httpx2.AsyncClient() as client:
        said = {"email": f"{who}@example.org", "email_verified": True, **claims}
        assert (await client.put(f"{issuer}/users/{who}", json=said)).status_code == 204


async def account(here: House, who: str, issuer: str, **to: str) -> None:
    await add_account(here.field.owner, who, who.title(), [PEOPLE["coordinator"]], by="tests")
    if to:
        await link_identity(here.field.owner, who, issuer, by="tests", **to)


async def sent_there(browser: Browser, **query: str) -> str:
    """The address that somebody is sent to."""
    answered = await browser.client.get("/sign-in/sso", params=query)
    assert answered.status_code == 303, read(answered).text
    return str(answered.headers["Location"])


async def agreed(address: str, who: str, **form: str) -> str:
    """Somebody says there that it is them; returns where the browser is sent back to."""
    async with httpx2.AsyncClient() as client:
        answered = await client.post(address, data=form or {"sub": who})
        assert answered.status_code == 302, answered.text
        return str(answered.headers["Location"])


async def back(browser: Browser, address: str) -> Page:
    return read(await browser.client.get(address.removeprefix(ADDRESS), follow_redirects=True))


async def entered(browser: Browser, who: str, **query: str) -> Page:
    return await back(browser, await agreed(await sent_there(browser, **query), who))


async def test_who_is_linked_by_a_verified_address_comes_in_and_is_that_one_from_then_on(
    here: House, issuer: str, who: str
) -> None:
    await known_there(issuer, who)
    await account(here, who, issuer, email=f"{who.upper()}@example.org")
    browser = here.stranger()
    page = await browser.open("/sign-in", next="/account")
    assert "Sign in with the hospital's login" in page.text
    page = await entered(browser, who, next="/account")
    assert (page.path, f"Signed in: {who.title()}" in page.text) == ("/account", True)
    assert FLOW not in browser.client.cookies
    # The address is somebody else's now: they are not let in as who had it.
    await known_there(issuer, f"{who}-2", email=f"{who}@example.org")
    other = here.stranger()
    page = await entered(other, f"{who}-2")
    assert (page.status, "There is no account for you here" in page.text) == (403, True)
    # And another address of the same person changes nothing.
    await known_there(issuer, who, email="other@example.org", email_verified=False)
    again = here.stranger()
    assert (await entered(again, who)).status == 200
    for one in (browser, other, again):
        await one.aclose()


async def test_nobody_gets_an_account_and_no_address_counts_that_is_not_verified(
    here: House, issuer: str, who: str
) -> None:
    await known_there(issuer, who, email_verified=False)
    browser = here.stranger()
    assert (await entered(browser, who)).status == 403
    await account(here, who, issuer, email=f"{who}@example.org")
    for verified in (False, "true", 1, None):
        await known_there(issuer, who, email_verified=verified)
        page = await entered(browser, who)
        assert (page.status, page.has_form("/sign-in")) == (403, True), verified
    await known_there(issuer, who)
    assert (await entered(browser, who)).status == 200
    await browser.aclose()


async def test_who_is_linked_by_their_subject_comes_in_and_administers_nothing(
    here: House, issuer: str, who: str
) -> None:
    await add_account(here.field.owner, who, who, [PEOPLE["administrator"], PEOPLE["manager"]], by="tests")
    await link_identity(here.field.owner, who, issuer, by="tests", subject=who)
    await here.account("administrator")
    browser = here.stranger()
    await entered(browser, who)
    assert (await browser.open("/operations")).status == 200
    page = await browser.open("/people")
    assert (page.status, "it takes the scope administer" in page.text) == (403, True)
    await disable(here.field.owner, who, by="tests")
    assert (await browser.open("/operations")).path == "/sign-in"
    assert (await entered(browser, who)).status == 403
    await enable(here.field.owner, who, by="tests")
    assert (await entered(browser, who)).status == 200
    await browser.aclose()


async def test_an_answer_is_good_once_and_in_the_browser_that_asked(here: House, issuer: str, who: str) -> None:
    await account(here, who, issuer, subject=who)
    browser, thief = here.stranger(), here.stranger()
    address = await agreed(await sent_there(browser), who)
    assert (await back(thief, address)).status == 403, "somebody else's answer"
    await sent_there(thief)
    assert (await back(thief, address)).status == 403, "somebody else's answer, in one's own sign-in"
    kept = browser.client.cookies[FLOW]
    address = await agreed(await sent_there(browser), who)
    kept = browser.client.cookies[FLOW]
    assert (await back(browser, address)).status == 200
    browser.client.cookies.set(FLOW, kept)
    assert (await back(browser, address)).status == 403, "the same again"
    for one in (browser, thief):
        await one.aclose()


async def test_what_comes_back_with_nothing_or_the_wrong_thing_is_refused(here: House, issuer: str, who: str) -> None:
    await account(here, who, issuer, subject=who)
    browser = here.stranger()
    address = await agreed(await sent_there(browser), who)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert (await browser.open("/sign-in/sso/done", code="x", state=state[::-1])).status == 403
    for query in ({}, {"state": state}, {"code": "made-up", "state": state}):
        address = await agreed(await sent_there(browser), who)
        fresh = parse_qs(urlsplit(address).query)["state"][0]
        page = await browser.open("/sign-in/sso/done", **({**query, "state": fresh} if "state" in query else query))
        assert (page.status, page.has_form("/sign-in")) == (403, True), query
    address = await agreed(await sent_there(browser), who)
    page = await back(browser, f"{address}&iss=https%3A%2F%2Fevil.example")
    assert page.status == 403, "another issuer"
    denied = await agreed(await sent_there(browser), who, action="deny")
    assert (await back(browser, f"{ADDRESS}/sign-in/sso/done?{urlsplit(denied).query}")).status == 403
    address = await agreed(await sent_there(browser, next="https://evil.test/"), who)
    page = await back(browser, f"{address}&iss={issuer}")
    assert (page.status, page.response.request.url.host) == (200, "fieldcare.test")
    await browser.aclose()


async def test_one_signs_out_there_as_well(here: House, issuer: str, who: str) -> None:
    await account(here, who, issuer, subject=who)
    browser = here.stranger()
    await entered(browser, who)
    page = await browser.send((await browser.open("/account")).form("/sign-out"))
    assert "/sign-out/sso" in page.links
    answered = await browser.client.get("/sign-out/sso")
    target = urlsplit(answered.headers["Location"])
    assert f"{target.scheme}://{target.netloc}" == issuer
    assert parse_qs(target.query)["post_logout_redirect_uri"] == [f"{ADDRESS}/sign-in?out=1"]
    await browser.aclose()


async def test_a_provider_that_is_away_is_told_and_passwords_go_on(field: Field, service_url: str) -> None:
    settings = {"public_url": ADDRESS, "oidc_issuer": "http://localhost:9", "oidc_client_id": "fieldcare"}
    async with a_server(field, service_url, field.owner, opens_tickets=False, **settings) as server:
        house = House(server, field)
        browser = house.stranger()
        page = await browser.open("/sign-in/sso", next="/account")
        assert (page.status, page.form("/sign-in")["next"]) == (422, "/account")
        assert "The sign-in service does not answer at the moment." in page.text
        await browser.aclose()


async def test_an_administrator_links_somebody_by_pages_and_by_the_api(here: House, issuer: str, who: str) -> None:
    await account(here, who, issuer)
    await known_there(issuer, who)
    admin = await here.browser("administrator")
    page = await admin.open(f"/people/{who}")
    page = await admin.send(page.form(f"/people/{who}/identity"), email=f"{who}@example.org")
    assert "Who comes in by the sign-in service is changed." in page.text
    assert f"Linked to the sign-in service: {who}@example.org" in page.text
    other = f"{who}-2"
    await account(here, other, issuer)
    page = await admin.send(
        (await admin.open(f"/people/{other}")).form(f"/people/{other}/identity"), email=f"{who}@example.org"
    )
    assert (page.status, "nother account is waiting for that address" in page.text) == (422, True), page.text
    browser = here.stranger()
    assert (await entered(browser, who)).status == 200
    answer = await here.server.ask("administrator", "GET", f"/accounts/{who}/identities")
    assert [one["subject"] for one in answer.json()["identities"]] == [who]
    await here.server.ask("administrator", "PUT", f"/accounts/{who}/identity", json={})
    assert (await entered(here.stranger(), who)).status == 403
    page = await admin.open(f"/people/{who}")
    assert "Unlinked from the sign-in service." in page.text
    await browser.aclose()


@pytest.mark.parametrize("path", ["/sign-in/sso", "/sign-in/sso/done", "/sign-out/sso"])
async def test_where_there_is_no_provider_nobody_is_sent_anywhere(house: House, path: str) -> None:
    browser = house.stranger()
    page = await browser.open(path)
    assert (page.status, page.has_form("/sign-in")) == (403, True)
    assert "Sign in with" not in (await browser.open("/sign-in")).text
    await browser.aclose()
