"""Time zones go by one spelling: that of the IANA database."""

from __future__ import annotations

import zoneinfo
from pathlib import Path
from types import SimpleNamespace

import pytest

from models.zones import known_zone, zone_info


@pytest.mark.parametrize(
    "name", ["UTC", "Asia/Kolkata", "Asia/Calcutta", "Europe/Kyiv", "US/Eastern", "Etc/GMT+5", "America/Port-au-Prince"]
)
def test_names_of_the_database_are_taken_as_they_are(name: str) -> None:
    assert known_zone(name) == name
    assert zone_info(name).key == name


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Asia/almaty", "write Asia/Almaty"),
        ("europe/kyiv", "write Europe/Kyiv"),
        ("EUROPE/BERLIN", "write Europe/Berlin"),
        ("utc", "write UTC"),
        (" Europe/Berlin", "write Europe/Berlin"),
        ("America/New York", "write America/New_York"),
        ("right/Europe/Berlin", "write Europe/Berlin"),
        ("posix/Europe/Berlin", "write Europe/Berlin"),
        ("Asia/Kolkatta", "use Asia/Kolkata, if that is meant"),
        ("localtime", "use a name such as Asia/Kolkata"),
        ("posixrules", "use a name such as Asia/Kolkata"),
        ("Factory", "use a name such as Asia/Kolkata"),
        ("", "use a name such as Asia/Kolkata"),
        ("../etc/passwd", "use a name such as Asia/Kolkata"),
        ("Europe", "use a name such as Asia/Kolkata"),
        ("UTC+3", "use a name such as Asia/Kolkata"),
        ("GMT+2", "use a name such as Asia/Kolkata"),
        ("CEST", "use a name such as Asia/Kolkata"),
        ("IST", "use a name such as Asia/Kolkata"),
        ("<+03>-3", "use a name such as Asia/Kolkata"),
    ],
)
def test_every_other_name_is_refused_with_the_one_that_is_meant(name: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="is not an IANA time zone") as refused:
        known_zone(name)
    assert str(refused.value).endswith(remedy)


def test_a_file_system_that_does_not_tell_small_letters_from_capitals_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a system says of europe/testville that it is there: it is Europe/Testville."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe/Testville").touch()
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    monkeypatch.setattr(Path, "is_file", lambda path: "testville" in str(path).casefold())
    monkeypatch.setattr("models.zones.zone_info", lambda name: SimpleNamespace(key=name))
    assert known_zone("Europe/Testville") == "Europe/Testville"
    for name in ("europe/testville", "Europe/testville"):
        with pytest.raises(ValueError, match="is not an IANA time zone"):
            known_zone(name)
