"""The file of rejected records that `--rejects` names: JSON Lines of line, reason and record."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

from starter.cli.terminal.written import Sink, WrittenFile
from starter.importing.records import Rejected
from starter.reading.plain import plain


def open_rejects(path: Path | None, source: Path | None, exits: ExitStack, *, force: bool) -> WrittenFile | None:
    """The file, if one is wanted, empty and open until `exits` closes it.

    Raises:
        Failure: it may not or can't be written.
    """
    if path is None:
        return None
    return exits.enter_context(WrittenFile(path, "--rejects", force=force, not_this=source))


def write_reject(file: Sink, reject: Rejected) -> None:
    """Add a record, at once: an import that is stopped has told what it rejected."""
    entry = {"line": reject.line, "reason": reject.reason, "record": plain(reject.values)}
    file.write(json.dumps(entry) + "\n")
    file.flush()
