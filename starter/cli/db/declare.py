"""`fieldcare db …`: the database's schema, its seeds, its units, its address."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from starter.cli.db import declare_equipment as equipment
from starter.cli.terminal.commands import command
from starter.cli.terminal.options import AsJson

app = typer.Typer(no_args_is_help=True, help="The database: migrate, seed, import units, roles, doctor, address.")


class UrlRole(StrEnum):
    """As whom one may connect to the database."""

    OWNER = "owner"
    APPLICATION = "application"
    REPORTING = "reporting"


@command(app)
async def migrate(
    again: Annotated[
        list[str] | None,
        typer.Option("--again", metavar="NAME", help="A function or view to make anew: somebody replaced it by hand."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database to the schema of this version. All or nothing; safe to run at any time."""
    from starter.cli.db.do import bring_up

    await bring_up(again or [], as_json)


@command(app)
async def seed(
    sample: Annotated[bool, typer.Option("--sample", help="Also the sample customers, units and engineers.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Bring rows that differ from the seed files back to them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fill in the reference data: types of equipment, parts, manufacturers, templates, calendars, AI providers.

    Missing rows are added. Rows that somebody has changed stay as they are and are listed, without --overwrite.
    """
    from starter.cli.db.do import fill_in

    await fill_in(as_json, sample=sample, overwrite=overwrite)


@command(app)
async def roles(
    sql: Annotated[
        bool, typer.Option("--sql", help="Only print the SQL for an administrator who makes them for you.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database roles of workers and reports, and set what they may do. Safe to run at any time.

    Passwords: FIELDCARE_APP_PASSWORD and FIELDCARE_REPORTING_PASSWORD, or asked for at a terminal.
    """
    from starter.cli.db.roles import make_roles, print_handover

    if sql:
        print_handover()
    else:
        await make_roles(as_json)


@command(app)
async def doctor(as_json: AsJson = False) -> int:
    """Examine the database: a line for each check, with the remedy. Changes nothing; exit code 1 if one is off."""
    from starter.cli.db.doctor import examine_database

    return await examine_database(as_json)


@command(app)
async def url(
    role: Annotated[UrlRole, typer.Option("--role", help="As whom: the owner, the workers, or reporting.")] = (
        UrlRole.OWNER
    ),
) -> None:
    """Print the database's URL, password included, for psql and other clients."""
    from starter.cli.db.roles import url_of

    typer.echo(url_of(role))


equipment.register(app)
