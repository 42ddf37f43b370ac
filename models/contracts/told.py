"""What every fact says: its place in the ticket's story, its times, and whose doing it was."""

from __future__ import annotations

from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from models.contracts.base import Actor, Message, Moment


class Answered(Message):
    """A command has been answered.

    Attributes:
        command: what kind of command it was.
        digest: of what was asked and by whom: its id belongs to that alone.
        message: the words; of a refusal they are the fact's reason, and not said twice.
    """

    command: str
    digest: str
    message: str = ""


class BaseFact(Message):
    """Something that happened.

    Attributes:
        at: when the ticket learned of it; never before the fact that it follows.
        happened_at: when it was, where that was before; it counts from then.
        claimed_at: when it was by what the command said, where that is not what counts.
        untaken: why that does not count; empty where it lay within what clocks may differ.
    """

    sequence: int
    at: Moment
    happened_at: Moment | None = None
    claimed_at: Moment | None = None
    untaken: str = ""
    actor: Actor
    command_id: str | None = None
    reason: str = ""
    answered: Answered | None = None
    """On the last fact of each command, so that it can be answered again from the record alone; facts of before have
    none."""

    @property
    def when(self) -> Moment:
        """When it was, and from when it counts."""
        return self.happened_at or self.at

    @property
    def words(self) -> str:
        """What has happened, in the few words that a timeline has room for; empty where it need not be said."""
        return ""

    @model_serializer(mode="wrap")
    def _as_before(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What was told as it happened is written as it was before anything could be told later."""
        said: dict[str, Any] = serialize(self)
        for name in ("happened_at", "claimed_at", "untaken", "lifted"):
            if not said.get(name):
                said.pop(name, None)
        return said


class RemarkedFact(BaseFact):
    """What a command left that has a reason, and may have a remark beside it.

    Attributes:
        note: the remark; facts of before have none.
    """

    note: str = ""


class StageRef(Message):
    key: str
    visit: int
