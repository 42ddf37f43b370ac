"""What the terminal makes of a failure: an exit code of its code, a command line of each remedy."""

from __future__ import annotations

from starter.failures import Failure, FailureCode, Remedy, RemedyKind, Told

REFUSED, USAGE, UNAVAILABLE = 1, 2, 3

EXIT_CODES = {
    FailureCode.REFUSED: REFUSED,
    FailureCode.COMMAND_REFUSED: REFUSED,
    FailureCode.REPORT_REFUSED: REFUSED,
    FailureCode.UNKNOWN_TICKET: REFUSED,
    FailureCode.UNKNOWN_CLOCK: REFUSED,
    FailureCode.UNKNOWN_WEBHOOK: REFUSED,
    FailureCode.UNKNOWN_ROW: REFUSED,
    FailureCode.CHANGED_MEANWHILE: REFUSED,
    FailureCode.UNKNOWN_ACCOUNT: REFUSED,
    FailureCode.NO_TERMS: REFUSED,
    FailureCode.TOO_FEW_PARTS: REFUSED,
    FailureCode.OVERTAKEN: REFUSED,
    FailureCode.NOT_SIGNED_IN: REFUSED,
    FailureCode.NOT_ALLOWED: REFUSED,
    FailureCode.TOO_MANY_TRIES: REFUSED,
    FailureCode.TOO_MANY_REQUESTS: REFUSED,
    FailureCode.BAD_INPUT: USAGE,
    FailureCode.BAD_SETTING: USAGE,
    FailureCode.NOT_CONFIRMED: UNAVAILABLE,
    FailureCode.COMMAND_NOT_CONFIRMED: UNAVAILABLE,
    FailureCode.STATE_UNKNOWN: UNAVAILABLE,
    FailureCode.UNAVAILABLE: UNAVAILABLE,
    FailureCode.DATABASE_UNAVAILABLE: UNAVAILABLE,
    FailureCode.DATABASE_OUTDATED: UNAVAILABLE,
    FailureCode.TEMPORAL_UNAVAILABLE: UNAVAILABLE,
    FailureCode.TEMPORAL_REFUSES: UNAVAILABLE,
    FailureCode.ENGINES_UNAVAILABLE: UNAVAILABLE,
    FailureCode.WORKERS_MISSING: UNAVAILABLE,
}

REMEDIES = {
    RemedyKind.SEND_AGAIN: "Send it again with --command-id {of}: it is applied only once.",
    RemedyKind.SEND_ANEW: "Once that is put right, send it with another --command-id: {of} has had its answer.",
    RemedyKind.NAME_APPROVER: "Name them with --approved-by.",
    RemedyKind.SAY_ANYWAY: "Add --anyway, and why with --note.",
    RemedyKind.OTHER_CAPACITY: "Who acts in another capacity says so with --role: {of}.",
    RemedyKind.REPORT_AGAIN: "Send the report again with the same --key: it opens one ticket.",
    RemedyKind.LOOK_AT_TICKET: "Look at it with `fieldcare ticket show {of}`.",
    RemedyKind.LOOK_FIRST: (
        "Look with `fieldcare ticket show {of}` whether the ticket is there before you send it again."
    ),
    RemedyKind.LOOK_AT_RECORD: "Its stored state is there without --live.",
    RemedyKind.LIST_TICKETS: "List them with `fieldcare ticket list`.",
    RemedyKind.LOOK_TICKET_UP: "Look the ticket up with `fieldcare ticket list`.",
    RemedyKind.RESCUE: "An operator runs `fieldcare ticket rescue {of}`.",
    RemedyKind.START_WORKER: "Start one with `fieldcare worker`.",
    RemedyKind.START_STACK: "Start one with `fieldcare up`, or set FIELDCARE_DATABASE_URL and TEMPORAL_ADDRESS.",
    RemedyKind.STOP_STACK: "`fieldcare down` stops it.",
    RemedyKind.LOOK_AROUND: "Check with `fieldcare status` what runs, then try again.",
    RemedyKind.FIND_TEMPORAL: (
        "Start the stack with `fieldcare up`, or set TEMPORAL_ADDRESS to the server's host:port."
    ),
    RemedyKind.FIND_DATABASE: "Check it with `fieldcare status`; FIELDCARE_DATABASE_URL says where it is.",
    RemedyKind.OTHER_TIME: "Name another time with --at.",
    RemedyKind.ASK_FOR_LESS: "--minimum lowers the bar (to {of} at the least), --since must not be too late.",
    RemedyKind.BEGIN_LATER: "An import is left out with --since.",
    RemedyKind.MIGRATE: "Run `fieldcare db migrate`.",
    RemedyKind.SIGN_IN: "Sign in with `fieldcare login`; `fieldcare logout` forgets who you were.",
    RemedyKind.ASK_FOR_LINK: "An operator makes a new one with `fieldcare user link CODE`.",
    RemedyKind.ASK_FOR_APPROVAL: "{of} approves it, signed in, with `fieldcare ticket approve`.",
    RemedyKind.ASK_FOR_SIGNING_LINK: "Whoever sent it makes a new one with `fieldcare ticket sign-link`.",
    RemedyKind.LIST_ACCOUNTS: "List them with `fieldcare user list`.",
    RemedyKind.LATER: "Try again in {of} s.",
    RemedyKind.SEED: "Run `fieldcare db seed`, or activate a {of}.",
    RemedyKind.SEED_SAMPLE: "Run `fieldcare db seed --sample`.",
}
"""The terminal's own words; what has none is said in the plain ones."""


def in_terminal_words(failure: Failure | Told) -> str:
    """What is the matter, with what to type about it."""
    return " ".join([failure.sentence, *map(_typed, failure.remedies)]).strip()


def _typed(remedy: Remedy) -> str:
    words = REMEDIES.get(remedy.kind)
    return str(remedy) if words is None else words.format(of=remedy.of)
