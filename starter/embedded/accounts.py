"""Under whose account PostgreSQL runs: it refuses root, so root lends it an unprivileged one."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starter.embedded.errors import EmbeddedError

BARE_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""All that a server sees of our environment: no PG* or TEMPORAL_* variable may steer it, no secret reach it."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user that a server runs as; `switched` when that is not the user that we are."""

    name: str
    uid: int
    gid: int
    switched: bool

    def give(self, folder: Path) -> None:
        """Hand over a folder that we have just made."""
        if self.switched:
            os.chown(folder, self.uid, self.gid)

    def run(
        self, command: Sequence[str | Path], *, timeout: float, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a short command as this user, in `/` and with a bare environment; an OSError when it can't start."""
        return subprocess.run(
            [str(part) for part in command],
            input="" if text is None else text,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=BARE_ENVIRONMENT,
            cwd="/",
            # A session of its own: Ctrl-C must not tear initdb apart while we are still deciding what to clean up.
            start_new_session=True,
            umask=0o077,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def reaches(self, folder: Path) -> bool:
        """Whether this user gets into `folder`: tried, because access lists and mounts can say more than mode bits."""
        if not self.switched:
            return os.access(folder, os.X_OK)
        return self.run(["/bin/sh", "-c", 'cd "$0"', folder], timeout=20).returncode == 0


def server_account(server_user: str) -> Account:
    """The account for PostgreSQL: our own, or `server_user` (a name or a uid) when we are root."""
    uid = os.geteuid()
    if uid != 0:
        try:
            return Account(pwd.getpwuid(uid).pw_name, uid, os.getegid(), switched=False)
        except KeyError as error:
            raise EmbeddedError(
                f"PostgreSQL needs a user with a name, and uid {uid} has none: "
                "run fieldcare as a user of this machine, or add the uid to /etc/passwd."
            ) from error
    try:
        entry = pwd.getpwuid(int(server_user)) if server_user.isdigit() else pwd.getpwnam(server_user)
    except KeyError as error:
        raise EmbeddedError(
            f"PostgreSQL can't run as root, and the user {server_user!r} does not exist: "
            "set FIELDCARE_SERVER_USER to an unprivileged user of this machine."
        ) from error
    if entry.pw_uid == 0:
        raise EmbeddedError(
            f"PostgreSQL can't run as {server_user!r}, which is root: "
            "set FIELDCARE_SERVER_USER to an unprivileged user of this machine."
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switched=True)
