"""The records of a file that a command reads, opened as its options say."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from starter.failures import BadInput
from starter.importing.encodings import named_encoding
from starter.importing.records import Format, Records
from starter.importing.source import TICKETS_SO_FAR, Source


class HowItIsWritten(Protocol):
    """What `file_options` asks of the form of a file."""

    @property
    def format(self) -> Format | None: ...

    @property
    def delimiter(self) -> str | None: ...

    @property
    def encoding(self) -> str | None: ...


def open_records(
    path: Path | None, options: HowItIsWritten, exits: ExitStack, broken_off: str = TICKETS_SO_FAR
) -> tuple[Source, Records]:
    """A file (None: standard input) and its records; open until `exits` end.

    Raises:
        BadInput: a delimiter or an encoding that is none; there is no file, or nothing that can be read.
    """
    if options.delimiter is not None and len(options.delimiter) != 1:
        raise BadInput("The --delimiter is one character.")
    encoding = named_encoding(options.encoding) if options.encoding is not None else None
    source = exits.enter_context(Source(path, broken_off, encoding))
    return source, Records(source, options.format, options.delimiter)
