"""What whoever sends a command looks up beforehand, so that the ticket need not."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from models.contracts.base import Actor, Command
from models.contracts.commands import AssignEngineer, EngineerRef
from models.contracts.recommendation import EngineerCase
from models.database import Database, DatabaseUnavailable
from models.recommending.assigning import warnings_for
from models.sql_functions import SqlFunction
from models.vocabulary.people import Role

Asked = TypeVar("Asked", bound=Command)


class _AssignmentCase(BaseModel):
    engineer: EngineerRef | None
    known: EngineerCase | None


async def looked_up(database: Database, command: Asked, workflow_id: str) -> Asked:
    """The command, with the engineer whom it names, their code as the registry has it, and what speaks against them.

    Without, where the registry has none of that code or is away: then the ticket looks for itself, for as long as it
    takes, and refuses one who is not there.

    Args:
        workflow_id: of the ticket.

    Raises:
        DatabaseRefused: its schema is another one.
    """
    if not isinstance(command, AssignEngineer) or command.engineer is not None:
        return command
    try:
        document = await database.call(SqlFunction.ASSIGNMENT_CASE, workflow_id, command.engineer_code)
    except DatabaseUnavailable:
        return command
    found = _AssignmentCase.model_validate_json(document)
    if found.engineer is None:
        return command
    looked: dict[str, object] = {"engineer": found.engineer, "engineer_code": found.engineer.code}
    if found.known is not None:
        looked["warnings"] = warnings_for(found.known, command.stage)
    return command.model_copy(update=looked)


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
