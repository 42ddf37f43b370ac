"""What a failure in Temporal says, also where it is sealed."""

from __future__ import annotations

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter
from temporalio.exceptions import FailureError

UNREADABLE = "it is sealed, and can't be opened here"


async def message_of(failure: Failure, converter: DataConverter) -> str:
    """The sentence of a failure as Temporal keeps it.

    Args:
        converter: opens what is sealed; of what it can't open is said that it is so.
    """
    if not failure.HasField("encoded_attributes"):
        return failure.message
    opened = Failure()
    opened.CopyFrom(failure)
    opened.ClearField("cause")
    try:
        error = await converter.decode_failure(opened)
    except Exception:
        return UNREADABLE
    return error.message if isinstance(error, FailureError) else str(error)
