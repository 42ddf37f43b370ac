"""What `fieldcare ticket sign-link` does, once its options are read."""

from __future__ import annotations

from models.contracts.base import Actor
from models.vocabulary.people import Role
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, Times, print_json, show
from starter.cli.terminal.parsing import duration, myself
from starter.cli.terminal.run import out
from starter.failures import Refused
from starter.given import made
from starter.services import database_only
from starter.signing import links


async def send(
    reference: str,
    name: str,
    capacity: str,
    stage: str | None,
    lasts: str,
    *,
    by: str | None,
    role: Role,
    as_json: bool,
) -> None:
    """Make a link and print it, once."""
    to, actor, within = links.sent_to(name, capacity), _actor(by, role), duration(lasts)
    settings = read_settings()
    async with database_only(settings) as database:
        sent = await links.send_link(database, reference, to, actor, stage=stage, lasts=within)
    page = links.address_of(sent.secret, settings.public_url)
    if as_json:
        told = {"code": sent.code, "stage": sent.stage, "secret": sent.secret.get_secret_value(), "address": page}
        print_json({**told, "expires_at": sent.expires_at})
        return
    show(out, f"Link {sent.code} for {to.name} to sign {sent.number}, good until {Times().minute(sent.expires_at)}:")
    out.print(sent.secret.get_secret_value() if page is None else page, markup=False, soft_wrap=True)
    show(out, f"Who has it signs with: fieldcare stage sign {sent.number} {sent.stage} --link -")


async def revoke(reference: str, code: str, by: str | None, role: Role) -> None:
    """Take a link back.

    Raises:
        Refused: there is none in force.
    """
    async with database_only(read_settings()) as database:
        if not await links.revoke_link(database, reference, code, _actor(by, role)):
            raise Refused(f"There is no link {code} of this ticket that is in force.")
    show(out, f"Link {code.upper()} is taken back: nobody signs by it any more.")


async def list_links(reference: str, as_json: bool) -> None:
    """Print the links of a ticket."""
    async with database_only(read_settings()) as database:
        found = await links.list_links(database, reference)
    if as_json:
        print_json({"links": found})
        return
    if not found:
        show(out, "No signing link was sent for this ticket.")
        return
    times = Times()
    rows = [
        (
            one["code"],
            one["printed_name"],
            one["capacity"],
            one["standing"],
            one["issued_by_code"],
            times.minute(one["expires_at"]),
        )
        for one in found
    ]
    show(out, Listing(("Link", "For", "As", "Standing", "By", f"Expires ({times})"), rows))


def _actor(by: str | None, role: Role) -> Actor:
    return made(Actor, code=by if by is not None else myself(), role=role)
