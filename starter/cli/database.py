"""`fieldcare db …`: the database's schema, its seeds, its units, its address."""

from __future__ import annotations

from typing import Annotated

import typer

from starter.cli import equipment
from starter.cli.options import AsJson

app = typer.Typer(no_args_is_help=True, help="The database: migrate, seed, import units, address.")


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Bring the database to the schema of this version. All or nothing; safe to run at any time."""
    from migrations.runner import MigrationError
    from migrations.runner import migrate as bring_up
    from starter.cli.display import print_json, show
    from starter.cli.run import Failure, database_url, out, read_settings, run

    async def work() -> None:
        try:
            report = await bring_up(database_url(read_settings()))
        except MigrationError as error:
            raise Failure(str(error)) from error
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
    from starter.cli.display import Listing, print_json, show
    from starter.cli.run import Failure, database_url, out, read_settings, run

    async def work() -> None:
        try:
            report = await fill_in(database_url(read_settings()), sample=sample, overwrite=overwrite)
        except SeedError as error:
            raise Failure(str(error)) from error
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
def url() -> None:
    """Print the database's URL, password included, for psql and other clients."""
    from starter.cli.run import database_url, read_settings, run

    async def work() -> None:
        typer.echo(database_url(read_settings()))

    run(work())


equipment.register(app)
