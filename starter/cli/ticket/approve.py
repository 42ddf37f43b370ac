"""What `fieldcare ticket approve` does, once its options are read."""

from __future__ import annotations

from starter.accounts import approving
from starter.addresses import read_settings
from starter.cli.terminal.display import Times, print_json, show
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
