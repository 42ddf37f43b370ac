"""What whoever sends a command looks up beforehand, so that the ticket need not."""

from __future__ import annotations

from typing import TypeVar

from models.contracts.base import Actor, Command
from models.contracts.commands import AssignEngineer, EngineerRef
from models.database import Database, DatabaseUnavailable
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role

Asked = TypeVar("Asked", bound=Command)


async def looked_up(database: Database, command: Asked) -> Asked:
    """The command, with the engineer whom it names, and their code, as the registry has them.

    Without, where the registry has none of that code or is away: then the ticket looks for itself, for as long as it
    takes, and refuses one who is not there.

    Raises:
        DatabaseRefused: its schema is another one.
    """
    if not isinstance(command, AssignEngineer) or command.engineer is not None:
        return command
    try:
        rows = await database.rows(SqlFunction.FIND_ENGINEER, command.engineer_code)
    except DatabaseUnavailable:
        return command
    if not rows:
        return command
    found = EngineerRef.model_validate(rows[0])
    return command.model_copy(update={"engineer": found, "engineer_code": found.code})


async def as_known(
    database: Database, actor: Actor, workflow_id: str | None = None, *, role_said: bool = False
) -> Actor:
    """Who acts, as the registry or the ticket knows them; as given, where nobody does.

    Args:
        workflow_id: of the ticket; None where there is none yet.
        role_said: whether the capacity stays as it is, because somebody said it.

    Raises:
        DatabaseUnavailable: nobody can say.
        DatabaseRefused: its schema is another one.
    """
    rows = await database.rows(SqlFunction.KNOWN_ACTOR, workflow_id, actor.code)
    if not rows:
        return actor
    [known] = rows
    return Actor(code=known["code"], role=actor.role if role_said else Role(known["role"]))
