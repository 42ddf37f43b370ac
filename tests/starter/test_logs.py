"""What gets into the logs."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from models.settings import Settings
from starter.logs import configure_logs


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    yield
    root.handlers = before
    root.setLevel(level)


@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_is_logged_without_the_variables_of_its_frames(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(log_json=as_json))

    def fails(key: str) -> None:
        raise RuntimeError(f"a key of {len(key)} letters")

    try:
        fails("-".join(("my", "own", "secret")))
    except RuntimeError:
        logging.getLogger("somewhere").exception("It failed")
    said = capsys.readouterr().err
    assert "It failed" in said
    assert "my-own-secret" not in said
