"""Keys and addresses: whose are taken, what is wrong with others, and that no key gets into a text."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from activities.ai.providers.configured import configured_providers
from activities.ai.providers.local import LocalProvider, warm_up
from activities.ai.providers.secrets import Redactor
from activities.ai.tasks.diagnosis import DiagnosisEngine
from models.contracts.diagnosis import Diagnosis
from models.vocabulary.ai import AiTask
from tests.ai_task import engine


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("key my-own-secret-key is wrong", "key [key] is wrong"),
        ("sk-proj-abcdef12345 and sk-ant-api03-xyzxyz", "[key] and [key]"),
        ("Incorrect API key provided: sk-ab***********wxyz.", "Incorrect API key provided: [key]"),
        ("Authorization: Bearer eyJhbGciOi.JIUz", "Authorization: [key]"),
        ("a risk-averse task\x00", "a risk-averse task"),
    ],
)
def test_keys_are_taken_out_of_texts(said: str, left: str) -> None:
    assert Redactor(["my-own-secret-key", ""]).clean(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "MY-OWN-SECRET-KEY/2",
        "my-own-sec ret-key/2",
        "my-own-secret\n-key/2",
        "my-own-secret-key%2F2",
        b64encode(b"my-own-secret-key/2").decode(),
        "…own-secret-key/2",
        "my-own-secret-k…",
    ],
)
def test_a_key_is_found_however_it_is_written(said: str) -> None:
    left = Redactor(["my-own-secret-key/2"]).clean(f"It is {said} again, İ ß.")
    assert "[key]" in left
    assert not re.search(r"secret|ZXk|c2Vjc", left, re.IGNORECASE)
    assert (left[:6], left[-13:]) == ("It is ", " again, İ ß.") or left.endswith(" again, İ ß.")


def test_a_short_key_is_taken_out_of_errors_and_leaves_the_words_of_answers_alone() -> None:
    redactor = Redactor(["tests"])
    assert redactor.clean_error("bad key tests here, say my testsuites") == "bad key [key] here, say my testsuites"
    assert redactor.clean("functional tests passed") == "functional tests passed"


ROWS = [
    {"code": "openai", "active": True, "api_key_variable": "OPENAI_API_KEY", "api_base_url": "http://gateway/v1"},
    {"code": "anthropic", "active": False, "api_key_variable": "ANTHROPIC_API_KEY", "api_base_url": None},
    {"code": "local", "active": True, "api_key_variable": None, "api_base_url": None},
    {"code": "other", "active": True, "api_key_variable": "OTHER_API_KEY", "api_base_url": None},
]


KEYS = {"OPENAI_API_KEY": "k" * 20, "ANTHROPIC_API_KEY": "k" * 20, "OTHER_API_KEY": "k" * 20}


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (
            {"OPENAI_BASE_URL": "http://127.0.0.1:abc/v1"},
            "OPENAI_BASE_URL is not an address of a provider: write it like",
        ),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:99999/v1"}, "OPENAI_BASE_URL is not an address"),
        ({"OPENAI_BASE_URL": "127.0.0.1:8000/v1"}, "OPENAI_BASE_URL is not an address"),
        ({"OPENAI_BASE_URL": "ftp://gateway/v1"}, "OPENAI_BASE_URL is not an address"),
        ({"OPENAI_BASE_URL": "http://[bad"}, "OPENAI_BASE_URL is not an address"),
        ({"OPENAI_BASE_URL": "http:///v1"}, "OPENAI_BASE_URL is not an address"),
        ({"OPENAI_API_KEY": "abc def\nghi"}, "OPENAI_API_KEY holds a character that no key has"),
        ({"OPENAI_API_KEY": "schlüssel"}, "OPENAI_API_KEY holds a character that no key has"),
    ],
)
async def test_a_setting_that_can_not_be_right_is_named_and_leaves_the_others_alone(
    environment: dict[str, str], sentence: str
) -> None:
    providers, faults = configured_providers(ROWS, {**KEYS, **environment}, {AiTask.DIAGNOSIS: engine})
    assert list(providers) == ["local"]
    assert list(faults) == ["openai"]
    assert faults["openai"].startswith(sentence)
    assert not any(value in faults["openai"] for value in environment.values())


async def test_an_address_in_the_table_is_named_as_that() -> None:
    rows = [{**ROWS[0], "api_base_url": "gateway"}]
    assert (
        configured_providers(rows, dict(KEYS), {}).faults["openai"].startswith("ai_providers.api_base_url of openai is")
    )


async def test_who_has_a_key_is_in_use_and_is_known_here_is_configured() -> None:
    assert list(configured_providers(ROWS, dict(KEYS), {AiTask.DIAGNOSIS: engine}).providers) == ["openai", "local"]
    assert list(configured_providers(ROWS, {"OPENAI_API_KEY": " "}, {}).providers) == []


@pytest.mark.parametrize(
    ("given", "address"),
    [(None, "http://gateway/v1/"), ("", "http://gateway/v1/"), ("http://127.0.0.1:7/v1", "http://127.0.0.1:7/v1/")],
)
async def test_the_address_is_the_environment_s_or_else_the_row_s(given: str | None, address: str) -> None:
    environment = KEYS if given is None else {**KEYS, "OPENAI_BASE_URL": given}
    openai = configured_providers(ROWS, dict(environment), {}).providers["openai"]
    assert str(openai._client.base_url) == address  # type: ignore[attr-defined]


async def test_the_built_in_provider_has_no_key_and_closes_nothing() -> None:
    local = configured_providers(ROWS, {}, {AiTask.DIAGNOSIS: engine}).providers["local"]
    assert isinstance(local, LocalProvider)
    await local.aclose()


async def test_engines_are_made_ready_and_one_that_can_not_be_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    ready: list[str] = []

    class Engine:
        def __init__(self, error: Exception | None = None) -> None:
            self.error = error

        def __call__(self, subject: Mapping[str, Any]) -> Diagnosis:
            raise ValueError(subject)

        def warm_up(self) -> None:
            if self.error:
                raise self.error
            ready.append("ready")

    await warm_up({AiTask.DIAGNOSIS: Engine(RuntimeError("damaged"))})
    await warm_up({AiTask.DIAGNOSIS: Engine()})
    await warm_up({AiTask.DIAGNOSIS: DiagnosisEngine()})
    assert ready == ["ready"]
    assert "The built-in engine for diagnosis can't be used" in caplog.text
