"""Files that a command writes where it is told to: never over one that is there, nor through a link, unless forced."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TextIO

from starter.failures import BadInput, Failure

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Sink(Protocol):
    """What text is written to."""

    def write(self, text: str, /) -> int:
        """Add a text."""

    def flush(self) -> None:
        """Let everybody see it."""


class WrittenFile:
    """A text file that is written from its beginning. A context manager; `-` is standard output.

    With `force`, what was there stays until there is something to take its place; a link is replaced, and what it
    points to stays as it is. A command that fails before it has written anything leaves no file behind.

    Args:
        option: what the path was given as, for sentences.
        force: whether a file, or a link, that is there may be replaced.
        not_this: the file that is read, which can't be written.

    Raises:
        Failure: on entering, when the file may not or can't be written; while writing, when it can't go on.
    """

    def __init__(self, path: Path, option: str, *, force: bool, not_this: Path | None = None) -> None:
        self.path = path
        self._option = option
        self._force = force
        self._not_this = not_this
        self._file: TextIO = sys.stdout
        self._partial: Path | None = None
        """Where it is written until it takes its place."""
        self._wrote = False

    def __enter__(self) -> Self:
        if str(self.path) == "-":
            return self
        try:
            self._check()
            self._open()
        except OSError as error:
            raise self._failure("can't be written", error) from error
        except ValueError as error:
            raise BadInput(f"{self._option}: {str(self.path)!r} is no name of a file. Choose another.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is sys.stdout:
            return
        try:
            if kind is not None and not self._wrote:
                (self._partial or self.path).unlink(missing_ok=True)
            else:
                self._take_place()
            self._file.close()
        except OSError as failed:
            with suppress(OSError):
                self._file.close()
            if kind is None:
                raise self._failure("is not whole", failed) from failed

    def write(self, text: str, /) -> int:
        """Add a text."""
        try:
            self._take_place()
            self._wrote = True
            return self._file.write(text)
        except OSError as error:
            raise self._cut_short(error) from error

    def write_bytes(self, content: bytes) -> None:
        """Write what is no text, as it is."""
        try:
            self._take_place()
            self._wrote = True
            self._file.buffer.write(content)
        except OSError as error:
            raise self._cut_short(error) from error

    def flush(self) -> None:
        """Let everybody see what was written."""
        try:
            self._file.flush()
        except OSError as error:
            raise self._cut_short(error) from error

    def _check(self) -> None:
        try:
            there = self.path.lstat()
        except FileNotFoundError:
            return
        if self._not_this is not None and self.path.exists() and self.path.samefile(self._not_this):
            raise BadInput(f"{self._option} names the file that is read. Choose another one.")
        if stat.S_ISDIR(there.st_mode):
            raise BadInput(f"{self.path} is a folder. Name a file in it as {self._option}.")
        if not (stat.S_ISREG(there.st_mode) or stat.S_ISLNK(there.st_mode)):
            raise BadInput(f"{self.path} is no ordinary file. Name a new one, or `-` for standard output.")
        if not self._force:
            what = "a link" if stat.S_ISLNK(there.st_mode) else "there already"
            raise BadInput(
                f"{self.path} is {what}, and is not written over. Choose another {self._option} file, or replace it "
                "with --force.",
            )

    def _open(self) -> None:
        there = self.path.lstat() if self._force and os.path.lexists(self.path) else None
        if there is None:
            descriptor = os.open(self.path, _NEW, 0o666)
        else:
            self._partial = self.path.with_name(f".{self.path.name[:200]}.{secrets.token_hex(6)}")
            descriptor = os.open(self._partial, _NEW, 0o600)
            regular = stat.S_ISREG(there.st_mode)
            with suppress(OSError):  # only root may give a file away
                if regular:
                    os.fchown(descriptor, there.st_uid, there.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(there.st_mode) & 0o777 if regular else 0o644)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")

    def _take_place(self) -> None:
        """Put the file where it belongs, in one step."""
        if self._partial is not None:
            self._partial.replace(self.path)
            self._partial = None

    def _cut_short(self, error: OSError) -> Exception:
        if self._file is sys.stdout:
            return error  # a pipe that nobody reads any more is no failure of ours
        return self._failure("can't be written any further", error)

    def _failure(self, what: str, error: OSError) -> Failure:
        return BadInput(f"{self.path} {what}: {error.strerror}. Choose another {self._option} file.")
