"""The file of rejected records that `--rejects` names: JSON Lines of line, reason and record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

from starter.cli.display import plain
from starter.cli.run import USAGE, Failure
from starter.importing.records import Rejected


def open_rejects(path: Path, source: Path | None) -> IO[str]:
    """The file, empty.

    Raises:
        Failure: it can't be written, or it is the file that is imported.
    """
    try:
        if source is not None and path.exists() and path.samefile(source):
            raise Failure("--rejects names the file that is imported. Choose another one.", USAGE)
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path} can't be written: {error.strerror}. Choose another --rejects file.", USAGE) from error


def write_reject(file: IO[str], reject: Rejected) -> None:
    """Add a record, at once: an import that is stopped has told what it rejected."""
    entry = {"line": reject.line, "reason": reject.reason, "record": plain(reject.values)}
    file.write(json.dumps(entry) + "\n")
    file.flush()
