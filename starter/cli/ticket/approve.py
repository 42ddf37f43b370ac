"""What `fieldcare ticket approve` does, once its options are read."""

from __future__ import annotations

from dataclasses import asdict

from starter.accounts import approving
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, Times, print_json, show
from starter.cli.terminal.parsing import duration
from starter.cli.terminal.run import out
from starter.services import database_only


async def approve_hold(reference: str, reason: str, note: str, lasts: str, as_json: bool) -> None:
    """Approve a hold, and say until when that is good."""
    within = duration(lasts)
    async with database_only(read_settings()) as database:
        given = await approving.approve_hold(database, reference, reason, remark=note, lasts=within)
    if as_json:
        print_json({"hold_reason": given.reason, "approved_by": given.by, "expires_at": given.expires_at})
        return
    show(out, f"{given.by} approves a hold for {given.reason}, once, until {Times().minute(given.expires_at)}.")


async def list_approvals(reference: str, as_json: bool) -> None:
    """Print the approvals of a ticket."""
    async with database_only(read_settings()) as database:
        found = await approving.list_approvals(database, reference)
    if as_json:
        print_json({"approvals": [asdict(one) for one in found]})
        return
    if not found:
        show(out, "Nothing was approved for this ticket.")
        return
    times = Times()
    rows = [
        (
            one.hold_reason,
            one.approved_by,
            one.standing.value,
            times.minute(one.expires_at),
            one.used_by or "–",
            one.remark,
        )
        for one in found
    ]
    show(out, Listing(("Hold for", "Approved by", "Standing", f"Expires ({times})", "Used by", "Remark"), rows))
