"""What `fieldcare ai check` does."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter

from activities.ai.calls.health import fault_of
from activities.ai.providers.configured import configured_providers, named_models
from activities.ai.providers.protocol import AiProvider
from activities.ai.tasks.registry import ENGINES
from models.sql_functions import SqlFunction
from starter.addresses import read_settings
from starter.cli.terminal.display import Listing, print_json, show
from starter.cli.terminal.failing import REFUSED
from starter.cli.terminal.run import out
from starter.reading.words import span
from starter.services import database_only


@dataclass(frozen=True, slots=True)
class Checked:
    """How a provider was found: `answers` None, it was not asked."""

    provider: str
    answers: bool | None
    detail: str
    latency: timedelta | None = None


async def check_providers(within: float, as_json: bool) -> int:
    """Check every provider, note it in the database and print it. Returns the exit code."""
    found: list[Checked] = []
    settings = read_settings()
    async with database_only(settings) as database:
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
            one = await _check(provider, timedelta(seconds=within))
            fault = None if one.answers else one.detail
            # Without a cool-down: a shell, whose settings may be others, keeps no circuit open for the workers.
            await database.call(SqlFunction.RECORD_AI_CHECK, one.provider, fault, None)
            found.append(one)
    if as_json:
        print_json({"providers": found})
    else:
        lines = [(one.provider, _word(one.answers), span(one.latency), one.detail) for one in found]
        show(out, Listing(("Provider", "Answers", "In", ""), lines, wrap=frozenset({""})))
    return REFUSED if any(one.answers is False for one in found) else 0


async def _check(provider: AiProvider, within: timedelta) -> Checked:
    began = perf_counter()
    fault = await fault_of(provider, within)
    took = timedelta(seconds=perf_counter() - began)
    await provider.aclose()
    return Checked(provider.code, answers=fault is None, detail=fault or "", latency=None if fault else took)


def _word(answers: bool | None) -> str:
    return "not asked" if answers is None else "yes" if answers else "no"
