"""An engineer's day by pages: taking a ticket, travelling, completing stages, waiting; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browsing import Browser, Page
from tests.field import STANDARD_STAGES, Ticket
from tests.portal.conftest import House
from tests.waiting import until

ANSWERS: dict[str, dict[str, str]] = {
    "remote_diagnosis": {"answer.diagnosis_summary": "Flow sensor drifts", "answer.safety_assessed": "yes"},
    "parts_identification": {"answer.parts_list_confirmed": "yes"},
    "parts_procurement": {"answer.parts_received": "yes"},
    "onsite_repair": {
        "answer.work_performed": "Sensor replaced",
        "answer.functional_test_passed": "yes",
        "answer.electrical_safety_test_passed": "yes",
    },
    "completion_sign_off": {
        "answer.customer_signature": "A. Miller",
        "answer.customer_rating": "9",
        "answer.returned_to_service": "yes",
    },
}
COMPLETE = "complete-stage"


def action(ticket: Ticket, command: str) -> str:
    return f"/tickets/{ticket.number}/{command}"


async def opened(browser: Browser, ticket: Ticket) -> Page:
    """The ticket's page, once the record has all that was done to it."""
    await ticket.stored()
    return await browser.open(f"/tickets/{ticket.number}")


async def test_a_ticket_is_taken_driven_and_signed_off(house: House) -> None:
    ticket = await house.field.open(engineer=None)
    browser = await house.browser("engineer")
    assert ticket.number in (await browser.open("/work")).text.partition("Nobody is on these yet")[2]
    page = await opened(browser, ticket)
    page = await browser.send(page.form(action(ticket, "take")))
    assert "The ticket is yours." in page.text
    assert not page.has_form(action(ticket, "take"))
    assert ticket.number in (await browser.open("/work")).text.partition("Nobody is on these yet")[0]
    for stage in STANDARD_STAGES:
        if stage == "onsite_repair":
            page = await browser.send(page.form(action(ticket, "start-travel")))
            assert "Have a safe journey." in page.text
            page = await browser.send(page.form(action(ticket, "arrive-on-site")))
            assert "Your arrival is on record." in page.text
            assert not page.has_form(action(ticket, "start-travel"))
        form = page.form(action(ticket, COMPLETE), stage=stage)
        page = await browser.send(
            form,
            **ANSWERS[stage],
            diagnosis="",
            proved="wrong" if "proved" in form.choices else "",
            cause="Sensor" if stage == STANDARD_STAGES[-1] else "",
        )
        assert page.status == 200, page.text
        assert "The stage is completed." in page.text
    assert "Closed" in page.text
    record = await ticket.stored()
    assert record["ticket"]["status"] == "closed"
    assert record["ticket"]["verified_cause"] == "Sensor"
    by = {one["actor_code"] for one in record["timeline"] if one["action"] == "stages_moved" and one["command_id"]}
    assert by == {"ENG-005"}


async def test_what_is_missing_is_said_and_what_was_typed_stays(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    form = (await opened(browser, ticket)).form(action(ticket, COMPLETE))
    typed = {"answer.diagnosis_summary": 'Sensor & "membrane" <b>', "note": "rang twice"}
    page = await browser.send(form, **typed)
    assert page.status == 409
    assert "That was not done." in page.text
    assert "safety" in page.text
    again = page.form(action(ticket, COMPLETE))
    assert (again["answer.diagnosis_summary"], again["note"]) == (typed["answer.diagnosis_summary"], "rang twice")
    assert again["command_id"] != form["command_id"]
    page = await browser.send(again, **{"answer.safety_assessed": "yes"})
    assert "The stage is completed." in page.text


async def test_a_form_that_is_sent_twice_is_one_command(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    form = (await opened(browser, ticket)).form(action(ticket, "hold"))
    for _ in range(2):
        answered = await browser.sent(form, reason="waiting_for_customer", hours="4", note="nobody answers")
        assert (answered.status_code, answered.headers["Location"]) == (303, f"/tickets/{ticket.number}?done=hold")
    held = [one for one in (await ticket.stored())["timeline"] if one["action"] == "ticket_held"]
    assert len(held) == 1
    assert (held[0]["actor_code"], held[0]["actor_role"]) == ("ENG-005", "engineer")
    page = await browser.open(f"/tickets/{ticket.number}")
    assert "On hold: waiting for customer" in page.text
    page = await browser.send(page.form(action(ticket, "resume")))
    assert "The ticket goes on." in page.text


async def test_a_hold_until_a_date_goes_by_the_clocks_of_the_site(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    form = (await opened(browser, ticket)).form(action(ticket, "hold"))
    for bad in ({"reason": ""}, {"reason": "other", "until": "soon"}, {"reason": "other", "hours": "0"}):
        page = await browser.send(form, **bad)
        assert page.status == 422, bad
    page = await browser.send(form, reason="waiting_for_customer", until="2027-01-15T09:00")
    assert page.status == 200, page.text
    assert (await ticket.stored())["ticket"]["resume_at"].startswith("2027-01-15T14:00")  # New York is UTC-5 then
    assert "15 Jan 2027 09:00" in page.text
    assert "Times: America/New_York" in page.text


@pytest.mark.parametrize(
    ("decided", "status"), [("accepted", "accepted"), ("edited", "edited"), ("refused", "refused")]
)
async def test_a_diagnosis_is_decided_on(house: House, decided: str, status: str) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    await ticket.advised()
    page = await opened(browser, ticket)

    async def proposed() -> bool:
        nonlocal page
        page = await browser.open(f"/tickets/{ticket.number}")
        return "diagnosis" in page.form(action(ticket, COMPLETE)).choices

    await until(proposed)
    assert "Diagnosis by AI" in page.text
    form = page.form(action(ticket, COMPLETE))
    said: dict[str, Any] = {"diagnosis": decided, "answer.safety_assessed": "yes"}
    if decided != "accepted":
        said |= {"answer.diagnosis_summary": "It is the membrane", "cause": "Cracked membrane", "problem_code": "a0404"}
        said["note"] = "No water in the sensor"
    page = await browser.send(form, **said)
    assert page.status == 200, page.text
    record = await ticket.stored()
    assert record["diagnoses"][-1]["status"] == decided
    if decided == "edited":
        assert record["diagnoses"][-1]["corrected_cause"] == "Cracked membrane"


async def test_a_problem_code_that_there_is_not_is_refused(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    form = (await opened(browser, ticket)).form(action(ticket, COMPLETE))
    page = await browser.send(form, diagnosis="edited", cause="x", problem_code="Z99999")
    assert page.status == 422
    assert "not a problem code" in page.text


async def test_danger_is_said_before_all_else(house: House) -> None:
    opened_ = await house.field.report(description="Smoke comes out of the back. <script>alert(1)</script>")
    browser = await house.browser("coordinator")
    page = await opened(browser, Ticket(house.field, opened_.ticket.workflow_id, opened_.ticket.number))
    assert page.text.index("Danger") < page.text.index("The fault")
    assert "Switch the unit off" in page.text
    assert "<script>alert" not in page.response.text


async def test_a_command_that_there_is_not_is_no_page(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    form = (await opened(browser, ticket)).form(action(ticket, "hold"))
    form.action = action(ticket, "delete")
    assert (await browser.send(form)).status == 404
    form.action = action(ticket, "change-contract")
    assert (await browser.send(form)).status == 404


async def test_the_page_speaks_german(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = house.stranger("de")
    await browser.sign_in(await house.account("engineer"), "correct horse battery staple")
    page = await opened(browser, ticket)
    for words in ("Die Störung", "Jetzt: Ferndiagnose", "Uhren", "Zeiten: America/New_York", "Diese Stufe abschließen"):
        assert words in page.text, words
    await browser.aclose()


async def test_an_engineer_s_page_is_light(house: House) -> None:
    ticket = await house.field.open(engineer="ENG-005")
    browser = await house.browser("engineer")
    await ticket.advised()
    page = await opened(browser, ticket)
    loaded = {one for one in page.response.text.split('"') if one.endswith((".css", ".js"))}
    assert {one.rpartition("/")[2] for one in loaded} >= {"portal.css", "store.js", "outbox.js"}
    files = [len((await browser.client.get(one)).content) for one in loaded]
    assert len(page.response.content) + sum(files) < 60_000
