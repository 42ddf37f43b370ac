"""The lines of a file that is imported: plain or gzipped (by content, not by name), from a path or from standard input.

UTF-8 and UTF-16 are told apart by the file itself, with a byte order mark or without; another encoding is said by
whoever names the file. Bytes that are none of it don't stop the file: they come through as surrogates, and whoever
reads the line refuses it.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

from starter.failures import BadInput
from starter.importing.encodings import encoding_of, marked, unmarked

LONGEST_LINE = 1_000_000
"""Characters. A longer line is cut here and refused, so that a file without line ends can't fill the memory."""

LONGEST_SKIPPED = 50_000_000
"""Characters that are passed over to find the end of a line that is too long."""

TICKETS_SO_FAR = "What stands before it was taken; get a whole copy and run it again, nothing is opened twice."

_SAMPLE = 65_536
_GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"PK\x03\x04": "is a zip file or an Excel workbook: export the sheet as CSV (UTF-8), or unpack it first",
    b"BZh": "is compressed with bzip2: unpack it first, or compress it with gzip",
    b"\xfd7zXZ\x00": "is compressed with xz: unpack it first, or compress it with gzip",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd: unpack it first, or compress it with gzip",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook: export the sheet as CSV (UTF-8)",
    b"%PDF": "is a PDF: import CSV or JSON Lines",
    b"{\\rtf": "is a text with formats (RTF): export it as CSV (UTF-8)",
    b"SQLite format 3": "is a database: export the table as CSV (UTF-8)",
    b"PAR1": "is a Parquet file: export it as CSV (UTF-8)",
}
_MARKUP = re.compile(r"<(?:!doctype|html|\?xml|table|head|body|workbook)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_DOS_END = "\x1a"
"""What programs of old write after the last line."""

_OTHER_ENDS = "\x85\u2028\u2029"
"""Line ends of mainframes and of Unicode; they count in a file that has no usual ones."""


class SourceError(BadInput):
    """The file as a whole can't be read, or not to its end; the sentence is for the person who named it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line with its line end; `cut` when it was longer than `LONGEST_LINE`."""

    number: int
    text: str
    cut: bool = False


class Source:
    """An open file. A context manager; `path` None is standard input.

    Args:
        broken_off: what became of the lines before the place where a file breaks off, and what to do.
        encoding: what the file is written in, as `named_encoding()` gives it; a byte order mark in it knows better.

    Raises:
        SourceError: on entering, when there is nothing to read or no text; from `lines()`, when a file breaks off.
    """

    def __init__(self, path: Path | None, broken_off: str = TICKETS_SO_FAR, encoding: str | None = None) -> None:
        self.path = path
        self._broken_off = broken_off
        self.name = str(path) if path is not None else "standard input"
        self.size: int | None = None
        """Bytes of the file as it lies on the disk, when that is known."""
        self._raw: BinaryIO | None = None
        self.start = ""
        """The beginning of the text."""
        self._buffer: io.BufferedReader[Any] | None = None
        self._said = encoding
        self.encoding = encoding or "utf-8"
        """What the text is read as, once it is open."""

    def __enter__(self) -> Source:
        raw = self._open()
        self._raw = raw
        try:
            self._buffer = self._unpacked(raw)
            sample = self._peek(self._buffer)
            self.encoding = (marked(sample) or self._said) if self._said else encoding_of(sample)
            self.start = unmarked(sample.decode(self.encoding, errors="replace"))
            self._check(sample)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._raw is not None and self.path is not None:
            self._raw.close()

    @property
    def position(self) -> int:
        """How many bytes of the file were taken so far; for a progress bar."""
        try:
            return self._raw.tell() if self._raw is not None and self.size is not None else 0
        except (OSError, ValueError):
            return 0

    def lines(self) -> Iterator[Line]:
        """Every physical line, numbered from 1, whichever line ends there are, and mixed."""
        if self._buffer is None:
            raise SourceError(f"{self.name} is not open.")
        errors = "surrogatepass" if self.encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        text = io.TextIOWrapper(self._buffer, encoding=self.encoding, errors=errors, newline="")
        number = 0
        try:
            for line, cut in self._cut_at(text):
                if line.endswith(_DOS_END) and not (line := line.rstrip(_DOS_END)):
                    continue
                number += 1
                if cut:
                    self._skip_rest(text, number)
                yield Line(number, unmarked(line) if number == 1 else line, cut)
        except (EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
            raise SourceError(
                f"{self.name} is damaged after line {number}: {_damage(error)}. {self._broken_off}"
            ) from error
        finally:
            if not text.closed:
                text.detach()

    def _cut_at(self, text: io.TextIOWrapper) -> Iterator[tuple[str, bool]]:
        """The lines, and whether each is longer than it may be."""
        end = _line_end(self.start)
        if end is None:
            while line := text.readline(LONGEST_LINE):
                yield line, len(line) == LONGEST_LINE and line[-1] not in "\r\n"
            return
        rest = ""
        while part := text.read(_SAMPLE):
            *lines, rest = (rest + part).split(end)
            for line in lines:
                yield line + "\n", False
            if len(rest) > LONGEST_LINE:
                raise SourceError(f"{self.name} has a line of more than {LONGEST_LINE:,} characters. Correct it.")
        if rest:
            yield rest, False

    def _skip_rest(self, text: io.TextIOWrapper, number: int) -> None:
        """Read on to the end of a line that is too long.

        Raises:
            SourceError: it goes on and on.
        """
        for _ in range(LONGEST_SKIPPED // LONGEST_LINE):
            rest = text.readline(LONGEST_LINE)
            if not rest or rest[-1] in "\r\n":
                return
        raise SourceError(
            f"Line {number} of {self.name} is longer than {LONGEST_SKIPPED:,} characters: this is no file of records. "
            "Correct it and run it again."
        )

    def _open(self) -> BinaryIO:
        if self.path is None:
            return sys.stdin.buffer
        try:
            raw = self.path.open("rb")
            facts = self.path.stat()
        except FileNotFoundError:
            raise SourceError(f"There is no file {self.name}. Check the path; `-` reads standard input.") from None
        except IsADirectoryError:
            raise SourceError(f"{self.name} is a folder. Name one file in it.") from None
        except PermissionError:
            raise SourceError(f"{self.name} can't be read by this user. Check its permissions.") from None
        except (OSError, ValueError) as error:
            raise SourceError(f"{self.name} can't be opened: {error}.") from error
        self.size = facts.st_size if stat.S_ISREG(facts.st_mode) else None
        return raw

    def _unpacked(self, raw: BinaryIO) -> io.BufferedReader[Any]:
        buffer = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", raw))
        if not self._peek(buffer).startswith(_GZIP):
            return buffer
        return io.BufferedReader(gzip.GzipFile(fileobj=buffer, mode="rb"), _SAMPLE)

    def _peek(self, buffer: io.BufferedReader[Any]) -> bytes:
        try:
            return buffer.peek(_SAMPLE)[:_SAMPLE]
        except (EOFError, OSError, zlib.error) as error:
            raise SourceError(f"{self.name} can't be read: {_damage(error)}. Get a whole copy.") from error

    def _check(self, sample: bytes) -> None:
        if not self.start.strip():
            raise SourceError(f"{self.name} is empty.")
        for magic, what in _FOREIGN.items():
            if sample.startswith(magic):
                raise SourceError(f"{self.name} {what}.")
        if _MARKUP.match(self.start.lstrip()):
            raise SourceError(f"{self.name} is HTML or XML, whatever it is called: export the table as CSV (UTF-8).")
        first = self.start.lstrip("\r\n").splitlines()[0]
        if any(ord(one) < 9 for one in first):
            raise SourceError(f"{self.name} is not a text file. Import CSV or JSON Lines in UTF-8, gzipped or not.")


def _line_end(start: str) -> str | None:
    """The line end of a text that has none of the usual ones outside its quotes; a quoted cell may have any."""
    if not any(one in start for one in _OTHER_ENDS):
        return None
    bare = _QUOTED.sub("", start)
    if "\n" in bare or "\r" in bare:
        return None
    return min((one for one in _OTHER_ENDS if one in bare), key=bare.index, default=None)


def _damage(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the gzip data end too early"
    if isinstance(error, UnicodeDecodeError):
        return "it ends in half a character"
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        return f"the gzip data are broken ({error})"
    return str(error)
