"""What `fieldcare ai train --back` does: the model that the one in force replaced is in force again."""

from __future__ import annotations

from models.sql_functions import SqlFunction
from starter.addresses import read_settings
from starter.cli.terminal.display import print_json, show
from starter.cli.terminal.run import out
from starter.failures import Refused
from starter.reading.plain import json_value
from starter.services import database_only


async def go_back(by: str, as_json: bool) -> int:
    """Put the model before into force, print which one that is, and return the exit code."""
    async with database_only(read_settings(), as_owner=True) as database:
        left = json_value(await database.call(SqlFunction.LOCAL_MODEL_IN_FORCE))
        if left is None:
            raise Refused("No trained model is in force: workers use the shipped one. There is nothing to go back to.")
        if not await database.call(SqlFunction.PUT_BACK_LOCAL_MODEL, left["id"], by):
            raise Refused(
                f"Model {left['version']} is not in force any more: somebody was faster. Nothing was changed."
            )
        now = json_value(await database.call(SqlFunction.LOCAL_MODEL_IN_FORCE))
    if as_json:
        print_json({"left": left["version"], "version": now and now["version"]})
    else:
        name = f"model {now['version']}" if now else "the shipped model"
        show(out, f"Model {left['version']} is out of force; {name} is in force again, from the next question on.")
    return 0
