"""A small disk of the drill's own, so that a full one can be had without filling anybody else's."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIZE = 640 * 1024 * 1024
"""Bytes: room for a drill's database, its log and Temporal's file."""

_CLONE_NEWNS = 0x00020000
_MS_REC, _MS_PRIVATE = 0x4000, 1 << 18
_MNT_DETACH = 2


class NoSmallDisk(Exception):  # noqa: N818  # a property of this machine and user
    """A file system of its own can't be had here; the message says why."""


class SmallDisk:
    """A file system in memory that this process and its children see, and nobody else. It goes with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @property
    def is_full(self) -> bool:
        return self._ballast.exists()

    def fill(self) -> None:
        """Leave no room at all."""
        handle = os.open(self._ballast, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            step = SIZE
            while step >= 4096:
                try:
                    os.posix_fallocate(handle, os.fstat(handle).st_size, step)
                except OSError:  # others write meanwhile, so the last bytes are found by trying
                    step //= 2
        finally:
            os.close(handle)

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """A small disk while the block lasts.

    Raises:
        NoSmallDisk: it takes Linux and the right to mount.
    """
    folder = Path(tempfile.mkdtemp(prefix="fieldcare-small-disk-"))
    try:
        system = _mount(folder)
    except NoSmallDisk:
        folder.rmdir()
        raise
    try:
        yield SmallDisk(folder)
    finally:
        system.umount2(os.fsencode(folder), _MNT_DETACH)
        with suppress(OSError):
            folder.rmdir()


def _mount(folder: Path) -> ctypes.CDLL:
    system = ctypes.CDLL(None, use_errno=True)

    def checked(result: int, what: str) -> None:
        if result != 0:
            raise NoSmallDisk(f"{what}: {os.strerror(ctypes.get_errno())}")

    try:
        # In a namespace of our own the mount ends with us, even when we are killed.
        checked(system.unshare(_CLONE_NEWNS), "no namespace of its own for mounts")
        checked(system.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "no private mounts")
        options = f"size={SIZE},mode=0711".encode()
        checked(system.mount(b"fieldcare", os.fsencode(folder), b"tmpfs", 0, options), "no file system in memory")
    except AttributeError as error:  # not Linux
        raise NoSmallDisk("only Linux has them") from error
    return system
