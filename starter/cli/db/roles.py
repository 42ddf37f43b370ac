"""`fieldcare db roles` and `db url`: the database's roles, as the terminal makes and names them."""

from __future__ import annotations

import sys

import typer

from migrations.grants import DatabaseRole
from migrations.roles import RolesError, RolesReport, ensure_roles, handover_sql, missing_roles
from migrations.runner import MigrationError, grant
from models.settings import Settings
from starter.addresses import admin_database_url, database_url, read_settings, running_addresses
from starter.cli.db.declare import UrlRole
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.run import out
from starter.failures import BadInput, Refused

VARIABLES = {
    DatabaseRole.APPLICATION: "FIELDCARE_APP_PASSWORD",
    DatabaseRole.REPORTING: "FIELDCARE_REPORTING_PASSWORD",
}


def print_handover() -> None:
    """What an administrator runs in psql, where our own user may not make roles."""
    typer.echo(handover_sql())


async def make_roles(as_json: bool) -> None:
    """Make the roles, give them their passwords and, in a migrated database, their rights."""
    settings = read_settings()
    url = admin_database_url(settings)
    if settings.admin_url() is None and (given := _given(settings)):
        # Its workers read theirs from the home: another one in the database would lock them out.
        names = " and ".join(VARIABLES[role] for role in given)
        raise BadInput(
            f"The embedded stack makes its own passwords: unset {names}. For new ones, delete the password files in "
            f"{settings.home}, then `fieldcare down` and `fieldcare up`.",
        )
    passwords = _passwords(settings, await missing_roles(url))
    try:
        report = await ensure_roles(url, passwords)
        rights = await grant(url)
    except (RolesError, MigrationError) as error:
        raise Refused(str(error)) from error
    if as_json:
        print_json({"created": report.created, "changed": report.changed, "rights": rights})
        return
    _tell(report, rights)


def url_of(role: UrlRole) -> str:
    """The database's URL for one of its roles.

    Raises:
        BadInput, Refused, Unavailable: nothing says what it is.
    """
    settings = read_settings()
    if role is UrlRole.OWNER:
        return admin_database_url(settings)
    if role is UrlRole.APPLICATION:
        return database_url(settings)
    if settings.database_url is not None:
        raise BadInput("The settings do not say how fieldcare_reporting connects: only you know its password.")
    if url := running_addresses(settings).reporting_url:
        return url
    raise Refused("This stack was started by an older version: `fieldcare down`, then `fieldcare up`.")


def _passwords(settings: Settings, missing: frozenset[DatabaseRole]) -> dict[DatabaseRole, str]:
    """New passwords by role: of the environment, else asked for. A role that exists keeps its own unless one is set."""
    passwords = _given(settings)
    for role in DatabaseRole:
        if role in missing and role not in passwords:
            if not sys.stdin.isatty():
                raise BadInput(f"The role {role} does not exist yet: set {VARIABLES[role]} to its password.")
            passwords[role] = typer.prompt(f"Password of {role}", hide_input=True, confirmation_prompt=True, err=True)
    return passwords


def _given(settings: Settings) -> dict[DatabaseRole, str]:
    given = {DatabaseRole.APPLICATION: settings.app_password, DatabaseRole.REPORTING: settings.reporting_password}
    return {role: secret.get_secret_value() for role, secret in given.items() if secret is not None}


def _tell(report: RolesReport, rights: tuple[str, ...] | None) -> None:
    for verb, names in (("Created", report.created), ("Changed", report.changed)):
        if names:
            show(out, f"{verb}: {', '.join(names)}")
    if not report.created and not report.changed:
        show(out, "The roles are as they should be.")
    if rights is None:
        show(out, "The database has no tables yet: `fieldcare db migrate` gives the roles their rights.")
    elif rights:
        show(out, f"Rights of the roles: {len(rights)} GRANT and REVOKE")
