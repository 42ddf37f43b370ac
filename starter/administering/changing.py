"""What is done about the registry: by an operator with the owner's rights, or by whoever shows that they may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr

from models.access import Allowed, may, registry_action
from models.database_calls import Calls
from models.database_errors import DatabaseRefused
from models.principals import Principal
from models.registry.kinds import KINDS, change_of
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role
from models.vocabulary.registry import RegistryDoing, RegistryKind
from starter.accounts.keys import TOKEN_PREFIX, digest_of
from starter.administering import looking
from starter.administering.looking import Entry, Row, UnknownRow, row_of, shown
from starter.failures import BadInput, Failure, FailureCode, NotAllowed, Refused
from starter.given import made, storable

NOT_THEIRS, CHANGED, UNKNOWN = "FC012", "FC013", "FC015"
_SEEN = 20
"""Entries of a row's history that are looked through for what has changed meanwhile."""


class ChangedMeanwhile(Refused):
    """Somebody has changed the row since it was looked at; nothing was done.

    Args:
        now: the row as it is; None: whoever asks may not read it.
        since: what was done to it meanwhile, newest first.
    """

    code = FailureCode.CHANGED_MEANWHILE

    def __init__(self, now: Row | None, since: list[Entry]) -> None:
        self.now = now
        self.since = since
        super().__init__(f"It was changed meanwhile{_by_whom(since)}. Look at it again, and say your change anew.")

    @property
    def changes(self) -> Mapping[str, tuple[Any, Any]]:
        """By the field, what it was and what it is now."""
        found: dict[str, tuple[Any, Any]] = {}
        for entry in self.since:  # newest first: what it was before the oldest of them, and is after the newest
            for name, (old, new) in entry.changes.items():
                found[name] = (old, found[name][1] if name in found else new)
        return found


@dataclass(frozen=True, slots=True)
class Hand:
    """Whoever changes something, and by what right.

    Attributes:
        by: an operator, with the database of its owner.
        token: of somebody who may, with the application's database, which looks at it itself.
    """

    database: Calls
    by: str = ""
    token: SecretStr | None = None

    async def add(self, kind: RegistryKind, said: Mapping[str, Any], reason: str = "") -> Row:
        """A new row of what is said of it."""
        return await self._do(kind, RegistryDoing.ADD, None, None, said, reason)

    async def change(
        self, kind: RegistryKind, reference: str, version: str, said: Mapping[str, Any], reason: str
    ) -> Row:
        """Another value in the fields that are said.

        Args:
            version: which state of the row whoever changes it has seen.
        """
        return await self._do(kind, RegistryDoing.CHANGE, reference, version, said, reason)

    async def retire(self, kind: RegistryKind, reference: str, version: str, reason: str) -> Row:
        """It stays on record for whatever refers to it, and takes nothing new."""
        return await self._do(kind, RegistryDoing.RETIRE, reference, version, {}, reason)

    async def restore(self, kind: RegistryKind, reference: str, version: str, reason: str) -> Row:
        """Into use again."""
        return await self._do(kind, RegistryDoing.RESTORE, reference, version, {}, reason)

    async def _do(  # noqa: PLR0917 - what the database's function takes
        self,
        kind: RegistryKind,
        doing: RegistryDoing,
        reference: str | None,
        version: str | None,
        said: Mapping[str, Any],
        reason: str,
    ) -> Row:
        """Have something done; returns the row as it is then.

        Raises:
            NotAllowed: they may not.
            UnknownRow: there is none.
            ChangedMeanwhile: it is not what they have seen.
            Refused: it can't be done.
        """
        check_may(self.database.principal, kind, doing)
        named = None if reference is None else storable(reference, "reference")
        seen = None if version is None else storable(version, "version")
        document, why = json.dumps(said), storable(reason, "reason")
        arguments: tuple[Any, ...] = (kind.value, doing.value, named, seen, document)
        try:
            if self.token is None:
                answer = await self.database.call(
                    SqlFunction.CHANGE_REGISTRY, *arguments, self.by, Role.OPERATOR.value, why
                )
            else:
                digest = digest_of(self.token.get_secret_value(), TOKEN_PREFIX)
                answer = await self.database.call(SqlFunction.ADMINISTER_REGISTRY, digest, *arguments, why)
        except DatabaseRefused as error:
            raise await self._refused(error, kind, reference, version) from error
        return row_of(answer)

    async def _refused(
        self, error: DatabaseRefused, kind: RegistryKind, reference: str | None, version: str | None
    ) -> Failure:
        sentence = f"{str(error)[:1].upper()}{str(error)[1:]}."
        if error.sqlstate == CHANGED and reference is not None:
            try:
                now = await looking.read(self.database, kind, reference)
            except NotAllowed:  # a token that is good for changing alone
                return ChangedMeanwhile(None, [])
            entries = await looking.history(self.database, kind, now, _SEEN)
            number = (version or "").partition("-")[0]
            seen = int(number) if number.isascii() and number.isdecimal() else None
            return ChangedMeanwhile(now, [] if seen is None else [one for one in entries if one.number > seen])
        if error.sqlstate == NOT_THEIRS:
            return NotAllowed(sentence)
        return UnknownRow(sentence) if error.sqlstate == UNKNOWN else Refused(sentence)


def check_may(principal: Principal | None, kind: RegistryKind, doing: RegistryDoing) -> None:
    """Return where somebody may do that; None is the operator.

    Raises:
        NotAllowed: they may not; the sentence says who may.
    """
    if principal is None:
        return
    verdict = may(principal, registry_action(kind, doing))
    if not isinstance(verdict, Allowed):
        raise NotAllowed(verdict.sentence)


def checked(kind: RegistryKind, values: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """What is said of a row, as it is stored: of a new one all of it, of one that is there some fields.

    Raises:
        BadInput: a field is not known, missing, or does not fit; the first such is named.
    """
    shape = KINDS[kind].said if new else change_of(kind)
    known = shape.model_fields
    for name in values:
        if name not in known:
            raise BadInput(f"{kind.value.capitalize()} have no field {name}. They have {', '.join(known)}.")
    for name, field in known.items():
        if new and field.is_required() and (values.get(name) is None or values[name] in ("", [])):
            raise BadInput(f"The {name.replace('_', ' ')} is missing: give one.")
    if new:  # what nothing was said of is as a new row has it
        values = {name: value for name, value in values.items() if value is not None}
    return as_said(made(shape, **values))


def as_said(shape: BaseModel) -> dict[str, Any]:
    """The fields that were said, as the database takes them."""
    return shape.model_dump(mode="json", exclude_unset=True)


def _by_whom(since: list[Entry]) -> str:
    if not since:
        return ""
    last = since[0]
    said = [f"{name.replace('_', ' ')} from {shown(old)} to {shown(new)}" for name, (old, new) in last.changes.items()]
    return f" by {last.actor}: {', '.join(said)}" if last.doing == "changed" and said else f" by {last.actor}"
