"""Files that commands write: never over one that is there, nor through a link, unless that is asked for."""

from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from starter.cli.terminal.written import WrittenFile
from starter.failures import Failure
from tests.starter.terminal import Ended, clean_environment, fieldcare

PRECIOUS = "precious\n"
SPANS = "start,end\n2026-03-02T09:00Z,2026-03-02T10:00Z\nnever,2026-03-02T10:00Z\n"


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    file = tmp_path / "precious"
    file.write_text(PRECIOUS)
    file.chmod(0o640)
    return file


def measure(folder: Path, *options: str, spans: str = SPANS) -> Ended:
    file = folder / "spans.csv"
    file.write_text(spans)
    return fieldcare(clean_environment(), *("sla", "measure", str(file), "--calendar", "24x7"), *options)


@pytest.mark.parametrize("option", ["--output", "-o", "--rejects"])
def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, precious: Path, option: str) -> None:
    done = measure(tmp_path, option, str(precious))
    assert done.returncode == 2
    assert "is there already, and is not written over" in done.stderr
    assert "--force" in done.stderr
    assert precious.read_text() == PRECIOUS


@pytest.mark.parametrize("option", ["--output", "--rejects"])
def test_a_link_is_not_followed_forced_or_not(tmp_path: Path, precious: Path, option: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(precious)
    done = measure(tmp_path, option, str(link))
    assert (done.returncode, "is a link" in done.stderr) == (2, True)
    assert link.is_symlink()
    done = measure(tmp_path, option, str(link), "--force")
    assert done.returncode == 1
    assert not link.is_symlink()
    assert link.read_text()
    assert precious.read_text() == PRECIOUS


def test_a_link_to_nowhere_makes_nothing_there(tmp_path: Path) -> None:
    link, nowhere = tmp_path / "link", tmp_path / "nowhere"
    link.symlink_to(nowhere)
    assert measure(tmp_path, "--rejects", str(link)).returncode == 2
    assert not nowhere.exists()


def test_forced_it_is_replaced_with_its_permissions_and_other_names_of_it_stay(tmp_path: Path, precious: Path) -> None:
    other_name = tmp_path / "other-name"
    os.link(precious, other_name)
    done = measure(tmp_path, "-o", str(precious), "--force")
    assert done.returncode == 1
    assert precious.read_text().startswith("line,elapsed_seconds")
    assert stat.S_IMODE(precious.stat().st_mode) == 0o640
    assert other_name.read_text() == PRECIOUS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other-name", "precious", "spans.csv"]


def test_a_new_file_has_the_permissions_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with WrittenFile(tmp_path / "new", "--output", force=False) as file:
            file.write("text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@pytest.mark.parametrize("force", [False, True])
def test_a_command_that_fails_before_it_wrote_anything_changes_nothing(
    tmp_path: Path, precious: Path, force: bool
) -> None:
    path = precious if force else tmp_path / "new"
    with pytest.raises(ZeroDivisionError), WrittenFile(path, "--output", force=force):
        raise ZeroDivisionError
    assert precious.read_text() == PRECIOUS
    assert [one.name for one in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize("force", [False, True])
def test_what_was_written_before_a_failure_is_there(tmp_path: Path, precious: Path, force: bool) -> None:
    path = precious if force else tmp_path / "new"
    with pytest.raises(ZeroDivisionError), WrittenFile(path, "--output", force=force) as file:
        file.write("so far\n")
        raise ZeroDivisionError
    assert path.read_text() == "so far\n"


def test_what_can_not_be_written_is_said_before_any_work(tmp_path: Path) -> None:
    pipe, listening = tmp_path / "pipe", tmp_path / "socket"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(listening))
        cases = {
            tmp_path: "is a folder",
            tmp_path / "missing" / "file": "No such file or directory",
            pipe: "is no ordinary file",
            listening: "is no ordinary file",
            Path("/dev/null"): "is no ordinary file",
            tmp_path / ("x" * 300): "File name too long",
            tmp_path / "a\0b": "is no name of a file",
        }
        for path, sentence in cases.items():
            with pytest.raises(Failure, match=sentence), WrittenFile(path, "--output", force=True):
                raise AssertionError("nothing is done")


def test_standard_output_is_written_by_its_sign(tmp_path: Path) -> None:
    done = measure(tmp_path, "-o", "-")
    assert done.stdout.startswith("line,elapsed_seconds")
    assert not Path("-").exists()
    assert '"reason": ' in measure(tmp_path, "-o", str(tmp_path / "results"), "--rejects", "-").stdout


def test_the_file_that_is_read_is_not_written_even_if_forced(tmp_path: Path) -> None:
    for option in ("--output", "--rejects"):
        done = measure(tmp_path, option, str(tmp_path / "spans.csv"), "--force")
        assert done.returncode == 2
        assert "names the file that is read" in done.stderr
        assert (tmp_path / "spans.csv").read_text() == SPANS


def test_one_file_for_two_options_is_refused(tmp_path: Path) -> None:
    same = str(tmp_path / "same")
    done = measure(tmp_path, "--output", same, "--rejects", same)
    assert (done.returncode, "name the same file" in done.stderr) == (2, True)


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with WrittenFile(tmp_path / "new", "--output", force=False) as file:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, file._file.fileno())
        os.close(full)
        file.write("text")
        with pytest.raises(Failure, match=f"can't be written any further: {os.strerror(errno.ENOSPC)}"):
            file.flush()
        back = os.open(tmp_path / "new", os.O_WRONLY)
        os.dup2(back, file._file.fileno())
        os.close(back)
