"""AI providers: how they are by the record, and whether they answer when they are asked now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

from activities.ai.calls.health import fault_of
from activities.ai.providers.configured import configured_providers, named_models
from activities.ai.providers.protocol import AiProvider
from activities.ai.tasks.registry import ENGINES
from models.database import Database
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.ai import AiTask
from starter.reading.plain import json_value

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """How a provider was found: `answers` None, it was not asked."""

    provider: str
    answers: bool | None
    detail: str
    latency: timedelta | None = None


async def list_providers(database: Database, settings: Settings) -> list[dict[str, Any]]:
    """Every provider in the order of asking: circuit, health, calls and spend, and the model that is asked today."""
    return [_judged(row, settings) for row in await database.rows(SqlFunction.LIST_AI_PROVIDERS)]


async def check_providers(database: Database, settings: Settings, within: timedelta) -> list[Checked]:
    """Ask every provider that has a key here whether it answers, and note what was found."""
    found: list[Checked] = []
    rows = await database.rows(SqlFunction.LIST_AI_PROVIDERS)
    providers, faults = configured_providers(rows, os.environ, ENGINES)
    _, no_models = named_models(settings, rows)
    faults |= {code: fault for code, fault in no_models.items() if code in providers}
    for row in rows:
        provider = providers.get(row["code"])
        if row["code"] in faults:
            found.append(Checked(row["code"], answers=False, detail=faults[row["code"]]))
            continue
        if provider is None:
            key = row["api_key_variable"]
            why = "not in use" if not row["active"] else f"{key} is not set here" if key else "nothing to ask"
            found.append(Checked(row["code"], None, why))
            continue
        one = await _check(provider, within)
        fault = None if one.answers else one.detail
        # Without a cool-down: a shell, whose settings may be others, keeps no circuit open for the workers.
        await database.call(SqlFunction.RECORD_AI_CHECK, one.provider, fault, None)
        found.append(one)
    return found


async def _check(provider: AiProvider, within: timedelta) -> Checked:
    began = perf_counter()
    fault = await fault_of(provider, within)
    took = timedelta(seconds=perf_counter() - began)
    await provider.aclose()
    return Checked(provider.code, answers=fault is None, detail=fault or "", latency=None if fault else took)


def _judged(row: Row, settings: Settings) -> dict[str, Any]:
    """A provider, with the model that a diagnosis is asked of today; how one is that is not in use, nobody knows."""
    named, missing = named_models(settings, [row])
    models = json_value(row["asked_models"])
    return {
        **row,
        "asked_models": models,
        "health": row["health"] if row["active"] else None,
        "has_key": has_key(row),
        "model": None if missing else named.get(row["code"], models.get(AiTask.DIAGNOSIS.value)),
        "model_fault": missing.get(row["code"]),
        "error_rate": _error_rate(row),
    }


def has_key(row: Row) -> bool | None:
    """Whether the provider's key is set here, where workers may have other settings; None: it needs none."""
    name = row["api_key_variable"]
    return None if name is None else bool(os.environ.get(name, "").strip())


def _error_rate(row: Row) -> float | None:
    """Percent of the calls that failed; None where there were none."""
    return 100 * row["failed_calls"] / row["calls"] if row["calls"] else None
