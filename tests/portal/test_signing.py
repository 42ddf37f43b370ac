"""Signing a ticket off on pages: by the hospital's account, by a link without a login, drawn; and approving."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from models.contracts.commands import CompleteStage
from models.vocabulary.stages import StageType
from starter.auditing.signatures import verify_signatures
from starter.portal.visitors import FIELD
from starter.reading.tickets import read_ticket
from tests.browsing import Browser, Form, Page
from tests.factories import hold
from tests.field import Ticket
from tests.portal.conftest import House
from tests.portal.test_engineer import action, opened
from tests.starter.accounts import PASSWORD
from tests.starter.signing import SIGN_OFF, at_sign_off

TYPED = {"answer.customer_rating": "9", "answer.returned_to_service": "yes"}
PASS = PASSWORD.get_secret_value()
DISPUTE = "contract_dispute"
WAVE = "M10 90L60 20L110 95"


async def finished(house: House) -> Ticket:
    """A ventilator of the City General that waits for its sign-off, with ENG-005 on it."""
    ticket = await at_sign_off(house.field, "ENG-005")
    await opened(await house.browser("coordinator"), ticket)
    return ticket


def sign_at(ticket: Ticket) -> str:
    return f"/tickets/{ticket.number}/sign/{SIGN_OFF}"


async def second_step(browser: Browser, at: str, first: Page | None = None, **typed: str) -> Page:
    """The page on which all is shown and signed."""
    first = first or await browser.open(at)
    assert first.status == 200, first.text
    page = await browser.send(first.form(urlsplit(at).path, step="look"), **TYPED, **typed)
    assert page.status == 200, page.text
    return page


async def fits(house: House, ticket: Ticket) -> dict[str, Any]:
    """The signature on record; it fits."""
    record = await ticket.stored()
    checked = await verify_signatures(house.field.database, ticket.number)
    assert (checked.count, checked.broken) == (1, 0)
    found: dict[str, Any] = record["stages"][-1]["execution"]["signature"]
    return found


async def link_for(house: House, ticket: Ticket, name: str = "Dr. R. Iyer") -> tuple[Page, str]:
    """The page that shows a link that was just made, and its secret."""
    engineer = await house.browser("engineer")
    at = f"/tickets/{ticket.number}/signing-links"
    page = await engineer.send((await engineer.open(at)).form(at), name=name, capacity="Consultant")
    assert page.status == 200, page.text
    (address,) = [part for part in page.response.text.split('"') if "/sign#fcs_" in part]
    return page, address.partition("#")[2]


async def by_link(house: House, key: str, language: str = "en") -> tuple[Browser, Page]:
    """What whoever has a link comes to."""
    stranger = house.stranger(language)
    return stranger, await stranger.send((await stranger.open("/sign")).form("/sign"), key=key)


async def test_a_nurse_reads_what_she_signs_and_signs_it_with_her_password(house: House) -> None:
    ticket = await finished(house)
    nurse = await house.browser("nurse")
    page = await nurse.open(f"/tickets/{ticket.number}")
    assert sign_at(ticket) in page.links
    assert not page.has_form(action(ticket, "complete-stage"))
    page = await second_step(nurse, sign_at(ticket))
    for said in ("Sensor replaced", "The unit was returned to service and works.", "VENT-", "9"):
        assert said in page.text, said
    form = page.form(sign_at(ticket), step="sign")
    wrong = await nurse.send(form, name="Anna Berg", capacity="Ward sister", password="no pass phrase of hers")
    assert wrong.status == 403
    assert "That is not the password of your account. Nothing was signed." in wrong.text
    again = wrong.form(sign_at(ticket), step="sign")
    assert (again["name"], again["capacity"], again["answer.customer_rating"]) == ("Anna Berg", "Ward sister", "9")
    assert "no pass phrase of hers" not in wrong.response.text
    page = await nurse.send(again, password=PASS)
    assert "It is signed, and the stage is completed." in page.text, page.text
    found = await fits(house, ticket)
    assert (found["name"], found["method"], found["digest"]) == ("Anna Berg", "password", form["digest"])
    shown = (await nurse.open(f"/tickets/{ticket.number}")).text
    for said in ("Anna Berg", "Ward sister", found["digest"], found["proof"], "It fits the record."):
        assert said in shown, said


async def test_who_sends_it_twice_signs_once(house: House) -> None:
    ticket = await finished(house)
    nurse = await house.browser("nurse")
    form = (await second_step(nurse, sign_at(ticket))).form(sign_at(ticket), step="sign")
    for _ in range(2):
        answered = await nurse.sent(form, name="Anna Berg", password=PASS)
        assert (answered.status_code, answered.headers["Location"]) == (
            303,
            f"/tickets/{ticket.number}?done=sign",
        ), answered.text
        await ticket.stored()
    await fits(house, ticket)


async def test_what_has_moved_on_since_it_was_shown_is_shown_anew(house: House) -> None:
    ticket = await finished(house)
    nurse = await house.browser("nurse")
    form = (await second_step(nurse, sign_at(ticket))).form(sign_at(ticket), step="sign")
    page = await nurse.send(form, name="Anna Berg", password=PASS, **{"answer.customer_rating": "2"})
    assert page.status == 409
    assert "The ticket has changed since it was shown for signing." in page.text
    anew = page.form(sign_at(ticket), step="sign")
    assert anew["digest"] != form["digest"]
    await ticket.do(hold())
    await ticket.stored()
    page = await nurse.send(anew, password=PASS)
    assert page.status == 409
    assert "on hold" in page.text
    assert SIGN_OFF in (await ticket.status()).active_stages


async def test_what_is_not_answered_is_asked_for_before_anybody_signs(house: House) -> None:
    ticket = await finished(house)
    nurse = await house.browser("nurse")
    page = await nurse.send(
        (await nurse.open(sign_at(ticket))).form(sign_at(ticket)), **{"answer.customer_rating": "9"}
    )
    assert page.status == 409
    assert "Missing: returned_to_service" in page.text
    assert page.form(sign_at(ticket), step="look")["answer.customer_rating"] == "9"
    assert not any(("step", "sign") in one.fields for one in page.forms)


async def test_whoever_was_sent_a_link_signs_without_a_login_and_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = await finished(house)
    with caplog.at_level(logging.DEBUG):
        made, key = await link_for(house, ticket)
        assert "<svg" in made.response.text
        assert made.text.count("Dr. R. Iyer") >= 2
        stranger, page = await by_link(house, key)
        assert "Dr. R. Iyer, you were asked to sign" in page.text, page.text
        page = await second_step(stranger, "/sign", page)
        assert "Sensor replaced" in page.text
        assert key not in str(page.response.request.url)
        form = page.form("/sign", step="sign")
        stale = await stranger.send(form, digest="0" * 64)
        assert stale.status == 409, stale.text
        page = await stranger.send(stale.form("/sign", step="sign"))
        assert page.status == 200, page.text
        assert "You can close the page" in page.text or "you can close the page" in page.text
        await ticket.stored()
        used = await stranger.send(form)
        assert used.status == 403
        assert "not good any more" in used.text
        assert "it was signed the first time" in used.text
        assert key not in used.response.text
    assert key not in caplog.text
    found = await fits(house, ticket)
    assert (found["name"], found["capacity"], found["method"]) == ("Dr. R. Iyer", "Consultant", "link")
    again = await (await house.browser("engineer")).open(f"/tickets/{ticket.number}/signing-links")
    assert key not in again.response.text, "it was shown once"
    assert "used" in again.text
    await stranger.aclose()


async def test_a_link_that_was_taken_back_or_made_up_shows_nothing(house: House) -> None:
    ticket = await finished(house)
    _, key = await link_for(house, ticket)
    engineer = await house.browser("engineer")
    at = f"/tickets/{ticket.number}/signing-links"
    taking_back = (await engineer.open(at)).form(f"{at}/revoke")
    page = await engineer.send(taking_back)
    assert "The link is taken back" in page.text
    page = await engineer.send(taking_back)  # as whoever comes after it was signed by
    assert (page.status, "That link was not in force any more" in page.text) == (422, True)
    for bad in (key, "fcs_" + "x" * 43, "<script>"):
        stranger, page = await by_link(house, bad)
        assert page.status == 403
        assert "not good any more" in page.text
        assert ticket.number not in page.text
        await stranger.aclose()


async def test_an_engineer_hands_the_phone_over_and_the_drawing_is_kept(house: House) -> None:
    ticket = await finished(house)
    engineer = await house.browser("engineer")
    assert sign_at(ticket) in (await engineer.open(f"/tickets/{ticket.number}")).links
    first = await engineer.open(sign_at(ticket))
    judged = "proved" in first.form(sign_at(ticket)).choices
    page = await second_step(engineer, sign_at(ticket), first, proved="wrong" if judged else "", cause="Flow sensor")
    form = page.form(sign_at(ticket), step="sign")
    assert "Drawing takes a script" in page.text
    empty = await engineer.send(form, name="Anna Berg")
    assert empty.status == 422
    assert "Nobody has signed yet" in empty.text
    bad = await engineer.send(form, name="Anna Berg", drawing="M 0 0 <script>")
    assert bad.status == 422
    assert "<script>" not in bad.response.text.replace("<script src", "")
    page = await engineer.send(form, name="Anna Berg", capacity="Ward sister", drawing=WAVE)
    assert "It is signed, and the stage is completed." in page.text, page.text
    found = await fits(house, ticket)
    assert (found["method"], found["drawing"], found["name"]) == ("drawn", WAVE, "Anna Berg")
    assert f'<path d="{WAVE}"/>' in page.response.text
    assert (await ticket.stored())["ticket"]["verified_cause"] == "Flow sensor"


async def test_only_a_sign_off_is_signed(house: House) -> None:
    ticket = await finished(house)
    coordinator = await house.browser("coordinator")
    for stage in ("onsite_repair", "no_such_stage"):
        assert (await coordinator.open(f"/tickets/{ticket.number}/sign/{stage}")).status == 404
    early = await house.field.open(engineer="ENG-005")
    await opened(coordinator, early)
    page = await coordinator.open(sign_at(early))
    assert page.status == 409
    assert "can't be signed off" in page.text
    record = await read_ticket(house.field.database, ticket.number)
    assert [one.key for one in record.stage_definitions if one.stage_type is StageType.COMPLETION] == [SIGN_OFF]
    assert CompleteStage.update == "complete_stage"


async def test_what_a_manager_approves_a_coordinator_chooses_and_uses_up(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    manager, coordinator = await house.browser("manager"), await house.browser("coordinator")
    page = await opened(coordinator, ticket)
    assert "nothing is approved now" in page.text
    refused = await coordinator.send(page.form(action(ticket, "hold")), reason=DISPUTE, hours="4", note="Unpaid")
    assert refused.status == 409
    page = await opened(manager, ticket)
    page = await manager.send(page.form(action(ticket, "approve")), reason=DISPUTE, note="Agreed by telephone")
    assert "It is approved: somebody else may do it once." in page.text
    assert "Agreed by telephone" in page.text
    chief = await house.account_of("manager")
    page = await coordinator.open(f"/tickets/{ticket.number}")
    form = page.form(action(ticket, "hold"))
    assert form.choices["approved_by"] == ["", chief]
    page = await coordinator.send(form, reason=DISPUTE, hours="4", approved_by=chief, note="Unpaid")
    assert "The ticket is on hold." in page.text, page.text
    assert f"used by {await house.account_of('coordinator')}" in page.text
    nurse = await (await house.browser("nurse")).open(f"/tickets/{ticket.number}")
    assert "Agreed by telephone" not in nurse.text


async def test_a_hold_since_before_a_breach_takes_it_back_once_a_manager_has_approved_it(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    at = (await ticket.breached()).astimezone(ZoneInfo((await ticket.stored())["unit"]["time_zone"]))
    since = at.replace(tzinfo=None).isoformat(timespec="minutes")
    manager, coordinator = await house.browser("manager"), await house.browser("coordinator")
    page = await opened(coordinator, ticket)
    held = {"reason": "access_denied", "hours": "48", "since": since}
    refused = await coordinator.send(page.form(action(ticket, "hold")), **held)
    assert refused.status == 409
    assert "Tell it as of now, or have it approved" in refused.text
    bad = await coordinator.send(page.form(action(ticket, "hold")), **{**held, "since": "yesterday"})
    assert "The time since when it waits can't be read." in bad.text
    page = await opened(manager, ticket)
    await manager.send(page.form(action(ticket, "approve")), reason="access_denied", note="I was there")
    form = (await coordinator.open(f"/tickets/{ticket.number}")).form(action(ticket, "hold"))
    page = await coordinator.send(form, **held, approved_by=await house.account_of("manager"))
    assert "The ticket is on hold." in page.text, page.text
    assert not [one for one in (await ticket.stored())["clocks"] if 100 in one["thresholds_fired"]]


async def test_who_may_not_sign_send_or_approve_is_told_so(house: House) -> None:
    ticket = await finished(house)
    links, approve = f"/tickets/{ticket.number}/signing-links", action(ticket, "approve")
    may = {
        sign_at(ticket): {"nurse", "engineer", "desk", "coordinator"},
        links: {"engineer", "coordinator"},
        f"{links}/revoke": {"engineer", "coordinator"},
        approve: {"coordinator", "manager"},
    }
    sees = {"nurse", "engineer", "desk", "coordinator", "clerk", "manager"}
    for who in ("nurse", "nurse elsewhere", "engineer", "another engineer", "desk", "another desk", "coordinator",
                "clerk", "manager", "administrator"):  # fmt: skip
        browser = await house.browser(who)
        key = (await browser.open("/account")).form("/sign-out")[FIELD]
        for path, allowed in may.items():
            form = Form(path, "post", [(FIELD, key), ("name", ""), ("reason", "")])
            page = await browser.send(form)
            wanted = {404} if who not in sees else {200, 422} if who in allowed else {403}
            assert page.status in wanted, (who, path, page.status, page.text)
            if path in {sign_at(ticket), links}:
                looked = await browser.open(path)
                assert looked.status in wanted, (who, path, looked.text)
    assert SIGN_OFF in (await ticket.status()).active_stages


async def test_signing_speaks_german(house: House) -> None:
    ticket = await finished(house)
    _, key = await link_for(house, ticket)
    stranger, page = await by_link(house, key, "de")
    page = await second_step(stranger, "/sign", page)
    for said in ("Was Sie unterschreiben", "Das Gerät ist wieder in Betrieb und funktioniert.", "Unterschreiben"):
        assert said in page.text, said
    await stranger.aclose()
