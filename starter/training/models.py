"""The models of the local engine that this installation has: which one is in force, and what takes its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from activities.ai.local.model import LocalModel, shipped_model
from models.database import Database
from models.sql_functions import SqlFunction
from starter.failures import Overtaken, Refused
from starter.reading.plain import json_value


@dataclass(frozen=True, slots=True)
class InForce:
    """The model that workers use; `id` and `version` are None for the shipped one."""

    model: LocalModel
    id: UUID | None = None
    version: int | None = None
    knowledge_hash: str | None = None


async def read_in_force(database: Database) -> InForce:
    """The model that workers use now. One that this version can't read is the shipped one to them, and so here."""
    found = json_value(await database.call(SqlFunction.LOCAL_MODEL_IN_FORCE))
    if found is None:
        return InForce(shipped_model())
    try:
        model = LocalModel.model_validate(found["parameters"])
    except ValidationError:
        model = shipped_model()
    return InForce(model, UUID(found["id"]), found["version"], found["knowledge_hash"])


async def put_into_force(database: Database, model: Mapping[str, Any], in_force: InForce) -> int:
    """Put a model into force in place of the one that it was compared with; returns its version.

    It is one statement: what is interrupted has stored nothing.

    Raises:
        Overtaken: another one is in force by now.
    """
    version: int | None = await database.call(SqlFunction.PUT_LOCAL_MODEL, json.dumps(model), in_force.id)
    if version is None:
        raise Overtaken(
            "Another training, or a way back, came first: the model in force is not the one that the new one was "
            "compared with. Nothing was stored; run it again."
        )
    return version


async def put_back(database: Database, who: str) -> tuple[int, int | None]:
    """Put the model before the one in force back.

    Returns:
        The version that was left, and the one that is in force now; None is the shipped model.

    Raises:
        Refused: no trained one is in force.
        Overtaken: it is not in force any more.
    """
    left = json_value(await database.call(SqlFunction.LOCAL_MODEL_IN_FORCE))
    if left is None:
        raise Refused("No trained model is in force: workers use the shipped one. There is nothing to go back to.")
    if not await database.call(SqlFunction.PUT_BACK_LOCAL_MODEL, left["id"], who):
        raise Overtaken(f"Model {left['version']} is not in force any more: somebody was faster. Nothing was changed.")
    now = json_value(await database.call(SqlFunction.LOCAL_MODEL_IN_FORCE))
    return left["version"], now and now["version"]
