"""Where a home's database is: in the home, or where root's server user can get to.

The data folder holds data alone. Configuration is written anew at every start, into a folder of ours beside it, so
that root never writes into a folder that the server's user could fill with links::

    HOME/postgres/            or /var/tmp/fieldcare-… when the server's user can't reach HOME
        fieldcare             says that the rest is ours
        conf/                 postgresql.conf, pg_hba.conf, pg_ident.conf
        data/                 the server user's
        run/                  the socket, the server user's
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from starter.embedded.accounts import Account
from starter.embedded.errors import EmbeddedError
from starter.embedded.home import Home
from starter.embedded.signals import held_signals

_SHARED = Path("/var/tmp")  # noqa: S108  (folders in there get random names, and are recorded in the home)
_PREFIX = "fieldcare-"
_SOCKET_PATH_LIMIT = 100  # bytes; the systems' own limits are 103 and 107


def find(home: Home) -> Path | None:
    """The folder that this home's database is in; None when it has none that is ours."""
    place = Path(home.recall("place") or home.path / "postgres")
    return place if _is_ours(place) else None


def settle(home: Home, account: Account, *, say: Callable[[str], None]) -> Path:
    """The folder for data, configuration and socket, made when there is none; `account` can reach it."""
    recorded = home.recall("place")
    inside = home.path / "postgres"
    place = find(home)
    if place is None and recorded is not None:
        raise EmbeddedError(
            f"The database of the home {home.path} was in {recorded} and is not there any more: "
            f"restore it, or begin anew by removing {home.path}."
        )
    if place is None and not _absent(inside):
        raise EmbeddedError(
            f"{inside} was not made by fieldcare under this user: run fieldcare as the user that made it, "
            "or set FIELDCARE_HOME to another folder."
        )
    if place is None:
        place = _make(home, inside, account, say)
    (place / "conf").mkdir(exist_ok=True)
    (place / "conf").chmod(0o755)
    if not account.reaches(place):
        raise EmbeddedError(
            f"The user {account.name} can't reach {place} any more: let it pass through the folders above."
        )
    return place


def _make(home: Home, inside: Path, account: Account, say: Callable[[str], None]) -> Path:
    with held_signals():
        inside.mkdir()
        (inside / "fieldcare").touch()
        inside.chmod(0o711 if account.switched else 0o700)
        if account.reaches(inside):
            return inside
        shutil.rmtree(inside)
        place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_SHARED))
        place.chmod(0o711)
        (place / "fieldcare").write_text(f"{home.path}\n")
        home.remember(place=str(place))
    say(
        f"The user {account.name}, which PostgreSQL runs as, can't reach {home.path}: the database is in {place}. "
        "Set FIELDCARE_HOME to a folder that it can reach to keep all in one place."
    )
    return place


def make_socket_folder(home: Home, place: Path, account: Account) -> Path:
    """An empty folder for the socket, with a path short enough for one."""
    folder = place / "run"
    shutil.rmtree(folder, ignore_errors=True)  # stale sockets and their lock files
    if len(os.fsencode(folder / ".s.PGSQL.65535.lock")) > _SOCKET_PATH_LIMIT:
        with held_signals():
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
            home.remember(socket_folder=str(folder))
    else:
        folder.mkdir(mode=0o700)
    account.give(folder)
    return folder


def remove_socket_folder(home: Home) -> None:
    """Remove the socket folder when it is outside of the home."""
    outside = home.recall("socket_folder")
    if outside is not None:
        if Path(outside).name.startswith(_PREFIX):
            shutil.rmtree(outside, ignore_errors=True)
        home.remember(socket_folder=None)


def _absent(folder: Path) -> bool:
    """Whether there is nothing at `folder`; an empty folder, from a start that was killed, is removed."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _is_ours(place: Path) -> bool:
    return (place / "fieldcare").is_file() and place.lstat().st_uid == os.geteuid()
