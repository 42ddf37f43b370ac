"""From rows and environment to providers: who has a key can be asked, at the address that one of the two says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

from activities.ai.local_provider import LocalEngine, LocalProvider
from activities.ai.provider import AiProvider
from models.ai_vocabulary import AiTask

Maker = Callable[[str, str | None], AiProvider]
"""Makes a provider from its key and its address; no address: the SDK's own variable, or its default."""


def _openai(key: str, address: str | None) -> AiProvider:
    # The SDKs take more than a second to load, which no worker without a key should wait for.
    from activities.ai.openai_provider import OpenAiProvider

    return OpenAiProvider(key, address)


def _anthropic(key: str, address: str | None) -> AiProvider:
    from activities.ai.anthropic_provider import AnthropicProvider

    return AnthropicProvider(key, address)


WITH_KEYS: Mapping[str, tuple[Maker, str]] = {
    "openai": (_openai, "OPENAI_BASE_URL"),
    "anthropic": (_anthropic, "ANTHROPIC_BASE_URL"),
}


def configured_providers(
    rows: Iterable[Mapping[str, Any]],
    environment: MutableMapping[str, str],
    engines: Mapping[AiTask, LocalEngine],
) -> dict[str, AiProvider]:
    """The providers that this process can ask, by code. One that has no key is left out, without a word.

    Args:
        rows: of `list_ai_providers()`.
        environment: holds the keys. A variable of an address that is empty is taken out: to an SDK that is an address.
        engines: of the built-in provider, which is left out where there are none.
    """
    providers: dict[str, AiProvider] = {}
    for row in rows:
        code = row["code"]
        if not row["active"]:
            continue
        if code == LocalProvider.code and engines:
            providers[code] = LocalProvider(engines)
        key = environment.get(row["api_key_variable"] or "", "").strip()
        if code in WITH_KEYS and key:
            make, variable = WITH_KEYS[code]
            address = environment.get(variable, "").strip()
            if not address:
                environment.pop(variable, None)
            providers[code] = make(key, address or row["api_base_url"])
    return providers
