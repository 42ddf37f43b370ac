"""From rows and environment to providers: who has a key can be asked, at the address that one of the two says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from activities.ai.providers.local import LocalEngine, LocalProvider
from activities.ai.providers.protocol import AiProvider
from models.settings import Settings
from models.vocabulary.ai import AiTask

Maker = Callable[[str, str | None], AiProvider]
"""Makes a provider from its key and its address; no address: the SDK's own variable, or its default."""


def _openai(key: str, address: str | None) -> AiProvider:
    # The SDKs take more than a second to load, which no worker without a key should wait for.
    from activities.ai.providers.openai import OpenAiProvider

    return OpenAiProvider(key, address)


def _anthropic(key: str, address: str | None) -> AiProvider:
    from activities.ai.providers.anthropic import AnthropicProvider

    return AnthropicProvider(key, address)


WITH_KEYS: Mapping[str, tuple[Maker, str]] = {
    "openai": (_openai, "OPENAI_BASE_URL"),
    "anthropic": (_anthropic, "ANTHROPIC_BASE_URL"),
}


class Configured(NamedTuple):
    """What a process can ask, and what it could ask if its settings were right.

    Attributes:
        providers: by code.
        faults: by code, a sentence with the remedy; no key and no address is in it.
    """

    providers: dict[str, AiProvider]
    faults: dict[str, str]


def configured_providers(
    rows: Iterable[Mapping[str, Any]],
    environment: MutableMapping[str, str],
    engines: Mapping[AiTask, LocalEngine],
) -> Configured:
    """The providers that this process can ask. One that has no key is left out, without a word.

    Args:
        rows: of `list_ai_providers()`.
        environment: holds the keys. A variable of an address that is empty is taken out: to an SDK that is an address.
        engines: of the built-in provider, which is left out where there are none.
    """
    providers: dict[str, AiProvider] = {}
    faults: dict[str, str] = {}
    for row in rows:
        code = row["code"]
        if not row["active"]:
            continue
        if code == LocalProvider.code and engines:
            providers[code] = LocalProvider(engines)
        key_variable = row["api_key_variable"] or ""
        key = environment.get(key_variable, "").strip()
        if code not in WITH_KEYS or not key:
            continue
        make, variable = WITH_KEYS[code]
        given = environment.get(variable, "").strip()
        if not given:
            environment.pop(variable, None)
        address = given or row["api_base_url"]
        fault = _fault_of_key(key, key_variable) or _fault_of_address(
            address, variable if given else f"ai_providers.api_base_url of {code}"
        )
        if fault is None:
            providers[code] = make(key, address)
        else:
            faults[code] = fault
    return Configured(providers, faults)


def _fault_of_key(key: str, variable: str) -> str | None:
    if key.isascii() and key.isprintable() and " " not in key:
        return None
    return f"{variable} holds a character that no key has, such as a blank, a line break or an umlaut: set it anew."


def _fault_of_address(address: str | None, where: str) -> str | None:
    """What is wrong with an address; None where it is one, or the SDK's own."""
    if address is None:
        return None
    sentence = f"{where} is not an address of a provider: write it like https://api.example.com/v1."
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, a bracket that does not close
        return sentence
    return None if good and not any(letter.isspace() for letter in address) else sentence


def named_models(settings: Settings, rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """The models that settings name, by the provider's code; and of those that `ai_models` does not have, a sentence.

    Args:
        rows: of `list_ai_providers()`.
    """
    named = {"openai": settings.openai_model, "anthropic": settings.anthropic_model}
    models = {code: model for code, model in named.items() if model is not None}
    faults = {
        row["code"]: f"FIELDCARE_{row['code'].upper()}_MODEL names {models[row['code']]}, which is no model in use: "
        f"unset it, or take one of {', '.join(row['models'])}."
        for row in rows
        if row["code"] in models and models[row["code"]] not in row["models"]
    }
    return models, faults
