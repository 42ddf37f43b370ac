"""Lengths of time in files and settings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from models.durations import length_of
from models.settings import Settings
from starter.addresses import read_settings
from starter.failures import BadSetting


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 20),
        (" 20 ", 20),
        ("1.5", 1.5),
        ("20s", 20),
        ("20 s", 20),
        ("1m", 60),
        ("90 seconds", 90),
        ("1h30m", 5400),
        ("2 days 4 hours", 187_200),
        ("PT20S", 20),
        ("00:00:20", 20),
    ],
)
def test_a_setting_takes_seconds_and_every_usual_way_to_write_a_length(
    monkeypatch: pytest.MonkeyPatch, text: str, seconds: float
) -> None:
    for name in ("AI_COOL_DOWN", "GRACEFUL_SHUTDOWN"):
        monkeypatch.setenv(f"FIELDCARE_{name}", text)
    settings = read_settings()
    assert settings.ai_cool_down == settings.graceful_shutdown == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["soon", "-5", "20 parsecs", "1e3", "P", "PT", "10:", "m"])
def test_a_setting_that_is_no_length_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("FIELDCARE_AI_COOL_DOWN", text)
    with pytest.raises(BadSetting) as refused:
        read_settings()
    assert str(refused.value) == (
        f"FIELDCARE_AI_COOL_DOWN can't be used: {text!r} is not a length of time: write it like 4 hours, 90 minutes or "
        "2 days. Correct it or unset it."
    )


def test_bounds_hold_however_a_length_is_written() -> None:
    with pytest.raises(ValidationError, match="greater than 0 seconds"):
        Settings(ai_cool_down=timedelta(0))
    with pytest.raises(ValidationError, match="greater than or equal to 0 seconds"):
        Settings(graceful_shutdown=timedelta(seconds=-1))
    with pytest.raises(ValueError, match="is too long"):
        length_of("999999999999 weeks")
    with pytest.raises(ValueError, match="is not a length of time"):
        length_of("")
