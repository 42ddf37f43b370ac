"""What may go wrong for whoever asks for something: one family for every way in.

A failure is one sentence on what is the matter, and remedies. It has a code that never changes: the terminal makes an
exit code of it, an interface for programs a problem type. A remedy says what to do, not by which command or button:
each front has words of its own for it. As a text, a failure has the plain ones.

What the floors below have of errors is told in this family by `starter.services.failure_of()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import ClassVar, Self


class FailureCode(StrEnum):
    """What kind of failure it is. Published: a code is added, and never given another meaning."""

    REFUSED = "refused"
    BAD_INPUT = "bad_input"
    BAD_SETTING = "bad_setting"
    COMMAND_REFUSED = "command_refused"
    REPORT_REFUSED = "report_refused"
    UNKNOWN_TICKET = "unknown_ticket"
    UNKNOWN_CLOCK = "unknown_clock"
    UNKNOWN_WEBHOOK = "unknown_webhook"
    UNKNOWN_ROW = "unknown_row"
    CHANGED_MEANWHILE = "changed_meanwhile"
    UNKNOWN_ACCOUNT = "unknown_account"
    NO_TERMS = "no_terms"
    TOO_FEW_PARTS = "too_few_parts"
    OVERTAKEN = "overtaken"
    NOT_SIGNED_IN = "not_signed_in"
    NOT_ALLOWED = "not_allowed"
    TOO_MANY_TRIES = "too_many_tries"
    TOO_MANY_REQUESTS = "too_many_requests"
    NOT_CONFIRMED = "not_confirmed"
    COMMAND_NOT_CONFIRMED = "command_not_confirmed"
    STATE_UNKNOWN = "state_unknown"
    UNAVAILABLE = "unavailable"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DATABASE_OUTDATED = "database_outdated"
    TEMPORAL_UNAVAILABLE = "temporal_unavailable"
    TEMPORAL_REFUSES = "temporal_refuses"
    ENGINES_UNAVAILABLE = "engines_unavailable"
    WORKERS_MISSING = "workers_missing"


class RemedyKind(StrEnum):
    """What to do about a failure."""

    SEND_AGAIN = "send_again"
    SEND_ANEW = "send_anew"
    NAME_APPROVER = "name_approver"
    SAY_ANYWAY = "say_anyway"
    OTHER_CAPACITY = "other_capacity"
    REPORT_AGAIN = "report_again"
    LOOK_AT_TICKET = "look_at_ticket"
    LOOK_FIRST = "look_first"
    LOOK_AT_RECORD = "look_at_record"
    LIST_TICKETS = "list_tickets"
    LOOK_TICKET_UP = "look_ticket_up"
    RESCUE = "rescue"
    START_WORKER = "start_worker"
    START_STACK = "start_stack"
    STOP_STACK = "stop_stack"
    LOOK_AROUND = "look_around"
    FIND_TEMPORAL = "find_temporal"
    FIND_DATABASE = "find_database"
    OTHER_TIME = "other_time"
    ASK_FOR_LESS = "ask_for_less"
    BEGIN_LATER = "begin_later"
    MIGRATE = "migrate"
    SIGN_IN = "sign_in"
    ASK_FOR_LINK = "ask_for_link"
    ASK_FOR_SIGNING_LINK = "ask_for_signing_link"
    ASK_FOR_APPROVAL = "ask_for_approval"
    LIST_ACCOUNTS = "list_accounts"
    LATER = "later"
    SEED = "seed"
    SEED_SAMPLE = "seed_sample"


_PLAIN = {
    RemedyKind.SEND_AGAIN: "Send it again with the command id {of}: it is applied only once.",
    RemedyKind.SEND_ANEW: "Once that is put right, send a new command with an id of its own: {of} has had its answer.",
    RemedyKind.NAME_APPROVER: "The field approved_by names them.",
    RemedyKind.SAY_ANYWAY: "Set anyway to true, and say why in note.",
    RemedyKind.OTHER_CAPACITY: "The field role of its actor says in which capacity: {of}.",
    RemedyKind.REPORT_AGAIN: "Send the report again with the same key: it opens one ticket.",
    RemedyKind.LOOK_AT_TICKET: "Look at the ticket {of}.",
    RemedyKind.LOOK_FIRST: "Look whether the ticket {of} is there before you send the report again.",
    RemedyKind.LOOK_AT_RECORD: "Its stored state can be read meanwhile.",
    RemedyKind.LIST_TICKETS: "The list of tickets has them all.",
    RemedyKind.LOOK_TICKET_UP: "Look the ticket up in the list of tickets.",
    RemedyKind.RESCUE: "An operator rescues {of}.",
    RemedyKind.START_WORKER: "Start a worker.",
    RemedyKind.START_STACK: "Start one, or set FIELDCARE_DATABASE_URL and TEMPORAL_ADDRESS.",
    RemedyKind.STOP_STACK: "Stop the stack.",
    RemedyKind.LOOK_AROUND: "Check what runs, then try again.",
    RemedyKind.FIND_TEMPORAL: "Start the stack, or set TEMPORAL_ADDRESS to the server's host:port.",
    RemedyKind.FIND_DATABASE: "Check that it runs; FIELDCARE_DATABASE_URL says where it is.",
    RemedyKind.OTHER_TIME: "Name another time.",
    RemedyKind.ASK_FOR_LESS: "A smaller minimum, down to {of}, or tickets from an earlier day on may do.",
    RemedyKind.BEGIN_LATER: "Beginning at a later day leaves an import out.",
    RemedyKind.MIGRATE: "Bring the database to the schema of this version.",
    RemedyKind.SIGN_IN: "Sign in again.",
    RemedyKind.ASK_FOR_LINK: "Ask an operator for a new link.",
    RemedyKind.ASK_FOR_SIGNING_LINK: "Ask whoever sent it for a new link.",
    RemedyKind.ASK_FOR_APPROVAL: "Ask {of} to approve it first.",
    RemedyKind.LIST_ACCOUNTS: "The list of accounts has them all.",
    RemedyKind.LATER: "Try again in {of} s.",
    RemedyKind.SEED: "Fill in the reference data, or activate a {of}.",
    RemedyKind.SEED_SAMPLE: "Fill in the reference data and the sample.",
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do, and to what: `of` is a ticket's name or a command's id, as the kind needs it."""

    kind: RemedyKind
    of: str = ""

    def __str__(self) -> str:
        return _PLAIN[self.kind].format(of=self.of)


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence with what to do, before anybody has decided what kind of failure it is."""

    sentence: str
    remedies: tuple[Remedy, ...] = ()


class Failure(Exception):  # noqa: N818  # the kinds below say what they are at the place of `except`
    """Something can't be done as it was asked for.

    Args:
        sentence: what is the matter, for a person. It may say what to do, as far as that is the same everywhere.
        remedies: what else to do.
    """

    code: ClassVar[FailureCode] = FailureCode.REFUSED

    def __init__(self, sentence: str, *remedies: Remedy) -> None:
        super().__init__(" ".join([sentence, *map(str, remedies)]))
        self.sentence = sentence
        self.remedies = remedies

    @classmethod
    def of(cls, told: Told, *more: Remedy) -> Self:
        """The failure that these words are about, with more remedies."""
        return cls(told.sentence, *told.remedies, *more)

    def without(self, kind: RemedyKind) -> Self:
        """The same, to somebody whom a remedy does not concern."""
        return type(self)(self.sentence, *(one for one in self.remedies if one.kind is not kind))

    @property
    def told(self) -> Told:
        """The same as words alone, for another failure that has this one as its reason."""
        return Told(self.sentence, self.remedies)


class Refused(Failure):
    """It is not done, and asking again changes nothing: the request, or what it asks for, has to be another."""


class BadInput(Refused):
    """What was given can't be read, or does not fit together."""

    code = FailureCode.BAD_INPUT


class BadSetting(BadInput):
    """A setting can't be used."""

    code = FailureCode.BAD_SETTING


class Overtaken(Refused):
    """Somebody else was faster; nothing was changed."""

    code = FailureCode.OVERTAKEN


class CommandRefused(Refused):
    """The ticket did not do it; the sentence says why and what to do. Nothing has changed."""

    code = FailureCode.COMMAND_REFUSED


class UnknownTicket(CommandRefused):
    """There is no such ticket."""

    code = FailureCode.UNKNOWN_TICKET


class NotSignedIn(Refused):
    """Whoever asks has not shown who they are. Why not is not said: that would help whoever guesses."""

    code = FailureCode.NOT_SIGNED_IN


class NotAllowed(Refused):
    """Whoever asks may not do it; the sentence says who may."""

    code = FailureCode.NOT_ALLOWED


class TooManyTries(NotSignedIn):
    """Too many passwords did not fit; the next one is looked at after a while.

    Args:
        wait: seconds.
    """

    code = FailureCode.TOO_MANY_TRIES

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"Too many passwords did not fit. Try again in {max(1, ceil(wait))} s.")


class NotConfirmed(Failure):
    """Nobody knows whether it was done. Asking again in the same words is safe."""

    code = FailureCode.NOT_CONFIRMED


class Unavailable(Failure):
    """Something that it needs does not answer at the moment."""

    code = FailureCode.UNAVAILABLE


class DatabaseAway(Unavailable):
    """The database can't be used at the moment."""

    code = FailureCode.DATABASE_UNAVAILABLE


class DatabaseBehind(DatabaseAway):
    """The database has not the schema or the rights of this version."""

    code = FailureCode.DATABASE_OUTDATED
