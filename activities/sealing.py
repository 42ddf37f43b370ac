"""Sealing the audit trail, and writing the seals down where the database's owner can't change them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from temporalio import activity
from temporalio.exceptions import ApplicationError

from models.contracts.sealing import Sealed, SealTrail
from models.sql_functions import SqlFunction

if TYPE_CHECKING:  # workflows import this module for its signatures and must not reach SQLAlchemy
    from models.database import Database

Row = Mapping[str, Any]

WITHIN = 20.0
"""Seconds that the place of seals may take to answer."""


class SealingActivities:
    """
    Args:
        place: where seals are written down: a file, or an address that takes them by POST; None: nowhere.
    """

    def __init__(self, database: Database, place: str | None) -> None:
        self._database, self._place = database, place

    @property
    def served(self) -> Sequence[Callable[..., Any]]:
        """What a worker of the tickets' queue takes of this."""
        return (self.seal,)

    @activity.defn(name="seal_audit_trail")
    async def seal(self, trail: SealTrail) -> Sealed:
        """Seal what is new, and write down every seal after the one that was written down last.

        Tried again it may write one down twice, and leaves none out.
        """
        made = 0
        while await self._database.rows(SqlFunction.SEAL_AUDIT_TRAIL):
            made += 1
            activity.heartbeat(made)
        if self._place is None:
            return Sealed(seals=made, written_down=trail.written_down)
        rows = await self._database.rows(SqlFunction.READ_AUDIT_SEALS)
        new = [row for row in rows if row["seal_number"] > trail.written_down]
        if new:
            await asyncio.to_thread(write_down, self._place, new)
        return Sealed(seals=made, written_down=new[-1]["seal_number"] if new else trail.written_down)


def write_down(place: str, seals: Sequence[Row]) -> None:
    """Add seals to a place, each as `fieldcare audit seal` prints it and `audit verify --anchor` takes it.

    Raises:
        ApplicationError: it does not take them; the sentence says why.
    """
    try:
        if place.lower().startswith(("http://", "https://")):
            _post(place, seals)
        else:
            _append(Path(place), "".join(f"{anchor(one)}\n" for one in seals))
    except (OSError, HTTPException, ValueError) as error:  # a refusal over HTTP is an OSError as well
        why = f"it answered {error.code}" if isinstance(error, HTTPError) else _why(error)
        told = f"The seals can't be written down at {_shown(place)}: {why}."
        raise ApplicationError(told, type="SealsNotWritten") from None  # the error has the whole address


def _why(error: Exception) -> str:
    """Why it did not work; never the words of an error that repeats an address."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__


def _shown(place: str) -> str:
    """A place without what an address may hold of a secret."""
    if "://" not in place:
        return place
    try:
        return f"{urlsplit(place).scheme}://{urlsplit(place).hostname}"
    except ValueError:
        return "its address"


def anchor(seal: Row) -> str:
    """A seal as it is written down: SEAL:HASH."""
    return f"{seal['seal_number']}:{seal['hash']}"


def _append(file: Path, text: str) -> None:
    """Add to a file, and return when it is on disk."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        left = text.encode()
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


class _NoOtherPlace(HTTPRedirectHandler):
    """What answers "elsewhere" has not taken it."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(address: str, seals: Sequence[Row]) -> None:
    said = {
        "seals": [
            {"anchor": anchor(one), "entries": one["entries"], "sealed_at": one["sealed_at"].isoformat()}
            for one in seals
        ]
    }
    body, headers = json.dumps(said).encode(), {"Content-Type": "application/json"}
    request = Request(address, body, headers, method="POST")  # noqa: S310 - an operator's setting, http or https
    with build_opener(_NoOtherPlace).open(request, timeout=WITHIN):
        pass
