"""Spares workers the SDK's walks through the payloads of a workflow task, where nothing would be done on them.

Before and after each task the SDK (temporalio 1.35) walks three times through all payloads: for a codec, for an
external storage, for references to what is in one. Each walk makes a task of the event loop for each payload, also
where there is neither codec nor storage and all come back as they were: 0.4 ms a workflow task, 4 ms a ticket.
"""

from __future__ import annotations

import temporalio.bridge.worker as bridge
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import DataConverter
from temporalio.converter._extstore import StorageOperationMetrics

_decode, _encode = bridge.decode_activation, bridge.encode_completion


async def _decode_where_needed(
    activation: WorkflowActivation, data_converter: DataConverter, decode_headers: bool, storage_concurrency_limit: int
) -> StorageOperationMetrics:
    if _is_plain(data_converter):
        return StorageOperationMetrics()
    return await _decode(activation, data_converter, decode_headers, storage_concurrency_limit)


async def _encode_where_needed(
    completion: WorkflowActivationCompletion,
    data_converter: DataConverter,
    encode_headers: bool,
    storage_concurrency_limit: int,
) -> StorageOperationMetrics:
    if _is_plain(data_converter):
        return StorageOperationMetrics()
    return await _encode(completion, data_converter, encode_headers, storage_concurrency_limit)


def walk_where_needed() -> None:
    """Let this process's workers walk only where a codec or a storage wants it. Called again it changes nothing.

    The SDK has no public way; `tests/workflows/test_payloads.py` holds that its walks still do nothing else.
    """
    bridge.decode_activation, bridge.encode_completion = _decode_where_needed, _encode_where_needed


def _is_plain(converter: DataConverter) -> bool:
    return converter.payload_codec is None and converter.external_storage is None
