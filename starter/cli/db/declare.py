"""`fieldcare db …`: the database's schema, its seeds, its units, its address."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli.db import declare_equipment as equipment
from starter.cli.terminal.options import AsJson, UrlRole
from starter.failures import Refused

app = typer.Typer(no_args_is_help=True, help="The database: migrate, seed, import units, roles, doctor, address.")


@app.command()
def migrate(
    again: Annotated[
        list[str] | None,
        typer.Option("--again", metavar="NAME", help="A function or view to make anew: somebody replaced it by hand."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database to the schema of this version. All or nothing; safe to run at any time."""
    from migrations.runner import MigrationError
    from migrations.runner import migrate as bring_up
    from starter.addresses import admin_database_url, read_settings
    from starter.cli.terminal.display import print_json, show
    from starter.cli.terminal.run import out, run

    async def work() -> None:
        try:
            report = await bring_up(admin_database_url(read_settings()), again=frozenset(again or ()))
        except MigrationError as error:
            raise Refused(str(error)) from error
        if as_json:
            print_json(report)
            return
        if not report.changed:
            show(out, f"The database is up to date (revision {report.to_revision}).")
            return
        show(out, f"The database is at revision {report.to_revision} now (before: {report.from_revision or 'empty'}).")
        for verb, names in (
            ("Revisions", report.revisions),
            ("Created", report.created),
            ("Replaced", report.replaced),
            ("Dropped", report.dropped),
            ("Rebuilt", report.rebuilt),
        ):
            if names:
                show(out, f"{verb}: {', '.join(names)}")
        if report.rights:
            show(out, f"Rights of the roles: {len(report.rights)} GRANT and REVOKE")

    run(work())


@app.command()
def seed(
    sample: Annotated[bool, typer.Option("--sample", help="Also the sample customers, units and engineers.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Bring rows that differ from the seed files back to them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fill in the reference data: types of equipment, parts, manufacturers, templates, calendars, AI providers.

    Missing rows are added. Rows that somebody has changed stay as they are and are listed, without --overwrite.
    """
    from migrations.runner import seed as fill_in
    from migrations.seeding import SeedError
    from starter.addresses import admin_database_url, read_settings
    from starter.cli.terminal.display import Listing, print_json, show
    from starter.cli.terminal.run import out, run

    async def work() -> None:
        try:
            report = await fill_in(admin_database_url(read_settings()), sample=sample, overwrite=overwrite)
        except SeedError as error:
            raise Refused(str(error)) from error
        if as_json:
            print_json({"changed": report.changed, "kept": report.kept, "tables": report.tables})
            return
        columns = ("New", "Changed", "As it was", "Kept (differs)", "Removed")
        rows = [
            (name, count.inserted, count.updated, count.unchanged, count.kept, count.removed)
            for name, count in report.tables.items()
        ]
        show(out, Listing(("Table", *columns), rows, right=frozenset(columns)))
        if report.kept:
            show(out, "Kept:", *(f"  {row.record}: {row.why}" for row in report.kept))
            if not overwrite:
                show(out, "`fieldcare db seed --overwrite` brings rows that differ back to the files.")

    run(work())


@app.command()
def roles(
    sql: Annotated[
        bool, typer.Option("--sql", help="Only print the SQL for an administrator who makes them for you.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database roles of workers and reports, and set what they may do. Safe to run at any time.

    Passwords: FIELDCARE_APP_PASSWORD and FIELDCARE_REPORTING_PASSWORD, or asked for at a terminal.
    """
    from starter.cli.db.roles import make_roles, print_handover
    from starter.cli.terminal.run import run

    if sql:
        print_handover()
        return
    run(make_roles(as_json))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Examine the database: a line for each check, with the remedy. Changes nothing; exit code 1 if one is off."""
    from starter.cli.db.doctor import examine_database
    from starter.cli.terminal.run import run

    run(examine_database(as_json))


@app.command()
def url(
    role: Annotated[UrlRole, typer.Option("--role", help="As whom: the owner, the workers, or reporting.")] = (
        UrlRole.OWNER
    ),
) -> None:
    """Print the database's URL, password included, for psql and other clients."""
    from starter.addresses import read_settings
    from starter.cli.db.roles import url_of
    from starter.cli.terminal.run import run

    async def work() -> None:
        typer.echo(url_of(read_settings(), role))

    run(work())


equipment.register(app)
