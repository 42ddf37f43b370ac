"""What `fieldcare db migrate` and `db seed` do, and what they say."""

from __future__ import annotations

from collections.abc import Sequence

from migrations.runner import MigrationError, MigrationReport, migrate, seed
from migrations.seeding import SeedError
from starter.addresses import admin_database_url, read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.run import out
from starter.cli.user.do import tell_of_first_administrator
from starter.failures import Refused


async def bring_up(again: Sequence[str], as_json: bool) -> None:
    """Migrate, and print what was done.

    Args:
        again: functions and views to make anew.
    """
    try:
        url = admin_database_url(read_settings())
        report = await migrate(url, again=frozenset(again))
    except MigrationError as error:
        raise Refused(str(error)) from error
    if as_json:
        print_json(report)
    else:
        _tell(report)
    await tell_of_first_administrator(url, as_json=as_json)


def _tell(report: MigrationReport) -> None:
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


async def fill_in(as_json: bool, *, sample: bool, overwrite: bool) -> None:
    """Seed, and print what became of the rows."""
    try:
        report = await seed(admin_database_url(read_settings()), sample=sample, overwrite=overwrite)
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
