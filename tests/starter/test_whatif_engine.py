"""What a replay says under other rules is what the engine would have said, had the same people done the same things."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts.base import Command
from models.contracts.commands import ChangeContract, CommandResult, EngineerRef
from models.contracts.facts import Fact
from models.contracts.projection import Candidates
from models.contracts.templates import PriorityTargets
from models.contracts.tickets import TicketInput
from models.vocabulary import ClockKind, Priority, ReopenPolicy, SupportLevel
from starter.whatif.alternative import Alternative
from starter.whatif.history import TicketHistory
from starter.whatif.history import history_of as recorded_history
from starter.whatif.replay import check_replayable, replay
from tests.factories import HOUR, T0, engineer, template, ticket_input
from tests.workflows.stories import CALENDARS, PRIORITIES, RULES, WHO, Story, live, richer, stories
from workflows.engine.ticket import TicketEngine

SECOND, STEP = timedelta(seconds=1), timedelta(microseconds=1)
EXPERT = engineer(WHO, SupportLevel.L3)
TO_THE_END = [("resume", 5), ("take", 5), *[("complete", 50)] * 4, ("finish", 5)]
"""Each stage at a moment of its own, so that what stops with which of them can be told."""


class OtherEngine(TicketEngine):
    """An engine under other rules, to which every change of a contract gives just those again."""

    other: Alternative

    def apply(
        self,
        command: Command,
        now: datetime,
        engineer: EngineerRef | None = None,
        candidates: Candidates | None = None,
    ) -> CommandResult:
        if isinstance(command, ChangeContract):
            hours = command.calendar if self.other.calendar is None else self.ticket.calendar
            command = command.model_copy(update={"service": self.other.service(command.service), "calendar": hours})
        return super().apply(command, now, engineer, candidates)


def history_of(ticket: TicketInput, facts: list[Fact]) -> TicketHistory:
    """From what the database gives, so that nothing is known that is not on record."""
    return recorded_history(
        {
            "ticket_id": str(ticket.ticket_id),
            "number": ticket.number,
            "opened_at": T0.isoformat(),
            "template": ticket.template.model_dump(mode="json"),
            "configuration_id": str(ticket.service.configuration_id),
            "calendar": ticket.calendar.model_dump(mode="json"),
            "priority": ticket.priority.value,
            "facts": [fact.model_dump(mode="json") for fact in facts],
            "facts_stored": len(facts),
            "last_sequence": len(facts),
        }
    )


def under(other: Alternative, ticket: TicketInput) -> TicketInput:
    """The ticket as if it had been opened by the other rules."""
    terms = {
        "template": other.template(ticket.template),
        "service": other.service(ticket.service),
        "calendar": other.hours(ticket.calendar),
    }
    return ticket.model_copy(update=terms)


lengths = st.one_of(st.none(), st.integers(1, 90).map(lambda hours: hours * HOUR))
kinds = st.frozensets(st.sampled_from(ClockKind))
targets = st.builds(
    PriorityTargets,
    priority=st.sampled_from(Priority),
    response_target=lengths,
    arrival_target=lengths,
    resolution_target=lengths,
)
BY_REASON = {rule.reason: rule for rule in RULES}
hold_rules = st.dictionaries(st.sampled_from(sorted(BY_REASON)), kinds).map(
    lambda found: {reason: BY_REASON[reason].model_copy(update={"pauses": pauses}) for reason, pauses in found.items()}
)
others = st.builds(
    Alternative,
    resolution_target=lengths,
    arrival_target=lengths,
    response_target=lengths,
    reopen_policy=st.one_of(st.none(), st.sampled_from(ReopenPolicy)),
    priorities=st.lists(targets, max_size=2, unique_by=lambda one: one.priority).map(tuple),
    stage_targets=st.dictionaries(st.sampled_from(["remote_diagnosis", "onsite_repair"]), st.just(2 * HOUR)),
    hold_rules=hold_rules,
    calendar=st.sampled_from([None, *CALENDARS]),
)


@st.composite
def tickets(draw: st.DrawFn) -> TicketInput:
    """With or without a clock for the arrival, one stage on site, several or none, and targets by priority."""
    arrival = draw(st.sampled_from([None, 30 * HOUR]))
    own = draw(st.sampled_from([(), PRIORITIES]))
    if arrival is None:
        own = tuple(one.model_copy(update={"arrival_target": None}) for one in own)
    on_site = draw(st.sampled_from([{"onsite_repair"}, {"parts_procurement", "onsite_repair"}, set[str]()]))
    rich = richer(template(), draw(st.sampled_from(ReopenPolicy)))
    stages = tuple(one.model_copy(update={"on_site": one.key in on_site}) for one in rich.stages)
    rich = rich.model_copy(update={"arrival_target": arrival, "priority_targets": own, "stages": stages})
    return ticket_input(template=rich, priority=draw(st.sampled_from(Priority)), calendar=CALENDARS[1])


lives = st.tuples(stories, st.booleans()).map(
    lambda found: [*(found[0] if found[1] else found[0][1:]), *TO_THE_END]  # not taken first, the response is late
)


@settings(max_examples=100, deadline=None)
@given(ticket=tickets(), life=lives, other=others)
def test_a_replay_says_what_the_engine_says_by_its_own_rules_and_by_others(
    ticket: TicketInput, life: Story, other: Alternative
) -> None:
    real = TicketEngine.open(ticket, T0)
    real.advance(live(real, life, EXPERT, T0))
    assert real.is_over
    OtherEngine.other = other
    would_be = OtherEngine.open(under(other, ticket), T0)
    would_be.advance(live(would_be, life, EXPERT, T0))

    history = history_of(ticket, real.state.unstored)
    check_replayable(history)
    assert replay(history, other) == history_of(ticket, would_be.state.unstored).recorded()
