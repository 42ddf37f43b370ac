"""What people are told: facts by kind, and the words that are made of them where a notification is shown or sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.contracts.base import SYSTEM
from models.contracts.facts import FACTS, NotificationRaised
from models.contracts.notices import (
    AboutTicket,
    StageHandedOver,
    TargetBreached,
    TargetUsed,
    UnitNamed,
    with_words,
    words_of,
)
from models.vocabulary import Role

UNIT = UnitNamed(equipment_type="Ventilator", serial="VENT-1", customer="City General", site="ICU")
HOUR = timedelta(hours=1)
NOTICES: list[tuple[AboutTicket, str, str]] = [
    (
        StageHandedOver(number="FC-1", unit=UNIT, stage="visit", visit=2, name="Visit", desk="Desk 7"),
        "FC-1: Visit",
        "For Desk 7: Ventilator VENT-1 at City General, ICU",
    ),
    (
        TargetUsed(number="FC-1", unit=UNIT, clock="visit", name="Visit", target=4 * HOUR, percent=75),
        "FC-1: Visit has used 75 % of its 4 h",
        "Ventilator VENT-1 at City General, ICU",
    ),
    (
        TargetBreached(number="FC-1", unit=UNIT, clock="response", name="Response", target=HOUR / 2),
        "FC-1: Response has breached its target of 0.5 h",
        "Ventilator VENT-1 at City General, ICU",
    ),
]


@pytest.mark.parametrize(("notice", "subject", "body"), NOTICES, ids=lambda one: type(one).__name__)
def test_words_are_made_of_a_notice_s_facts_by_its_row_and_by_its_fact_alike(
    notice: AboutTicket, subject: str, body: str
) -> None:
    said = notice.model_dump(mode="json")
    row = {"kind": said.pop("kind"), "facts": said, "subject": None, "body": None}
    fact = {"kind": "notification_raised", "notice": notice.model_dump(mode="json"), "subject": None, "body": None}
    assert words_of(row) == words_of(fact) == (subject, body)
    assert with_words(row) == {**row, "subject": subject, "body": body}


@pytest.mark.parametrize("notice", [notice for notice, _, _ in NOTICES], ids=lambda one: type(one).__name__)
def test_a_fact_comes_back_from_its_json_with_its_notice(notice: AboutTicket) -> None:
    told = NotificationRaised.model_validate(
        {"sequence": 1, "at": datetime.now(UTC), "actor": SYSTEM, "recipient": Role.ENGINEER, "notice": notice}
    )
    assert FACTS.validate_json(FACTS.dump_json((told,))) == (told,)


def test_a_fact_of_before_has_its_text_and_keeps_it() -> None:
    before = (
        '[{"kind": "notification_raised", "sequence": 3, "at": "2026-11-02T08:00:00Z", "recipient": "coordinator", '
        '"actor": {"code": "fieldcare", "role": "system"}, "subject": "FC-1: Visit", "body": "For Desk 7"}]'
    )
    (told,) = FACTS.validate_json(before)
    assert isinstance(told, NotificationRaised)
    assert told.notice is None
    assert words_of(told.model_dump()) == ("FC-1: Visit", "For Desk 7")


def test_a_kind_of_a_later_version_is_named_and_hides_no_other() -> None:
    assert words_of({"kind": "parts_arrived", "facts": {"part": "T-1"}, "subject": None, "body": None}) == (
        "Parts arrived",
        "",
    )
