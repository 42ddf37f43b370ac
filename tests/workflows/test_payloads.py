"""Payloads are walked through only where something is done on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import temporalio.bridge.worker as bridge
from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, PayloadCodec

from workflows import payloads

SAID = Payload(metadata={"encoding": b"json/plain"}, data=b'{"stage":"onsite_repair"}')
CODED = Payload(metadata={"encoding": b"test/coded"}, data=b"...")


class Codec(PayloadCodec):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [CODED for _ in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [SAID for _ in payloads]


WITH_CODEC = dataclasses.replace(pydantic_data_converter, payload_codec=Codec())


@pytest.fixture(autouse=True)
def as_the_sdk_has_them() -> Iterator[None]:
    before = bridge.decode_activation, bridge.encode_completion
    yield
    bridge.decode_activation, bridge.encode_completion = before


def given(payload: Payload) -> WorkflowActivation:
    activation = WorkflowActivation(run_id="run")
    update, answer = activation.jobs.add(), activation.jobs.add()
    update.do_update.input.add().CopyFrom(payload)
    answer.resolve_activity.result.completed.result.CopyFrom(payload)
    return activation


def done(payload: Payload) -> WorkflowActivationCompletion:
    completion = WorkflowActivationCompletion(run_id="run")
    answer, write = completion.successful.commands.add(), completion.successful.commands.add()
    answer.update_response.completed.CopyFrom(payload)
    write.schedule_activity.arguments.add().CopyFrom(payload)
    write.user_metadata.summary.CopyFrom(payload)
    return completion


async def walked(converter: DataConverter, activation: Any, completion: Any) -> tuple[int, int]:
    """What the SDK counts as moved from and to a storage; both messages are changed in place."""
    came = await bridge.decode_activation(activation, converter, decode_headers=False, storage_concurrency_limit=3)
    went = await bridge.encode_completion(completion, converter, encode_headers=False, storage_concurrency_limit=3)
    return came.payload_count, went.payload_count


@pytest.mark.parametrize("spared", [False, True], ids=["the SDK's walks", "none"])
async def test_without_a_codec_all_payloads_stay_as_they_are(spared: bool) -> None:
    bridge.decode_activation, bridge.encode_completion = payloads._decode, payloads._encode
    if spared:
        payloads.walk_where_needed()
    activation, completion = given(SAID), done(SAID)
    assert await walked(pydantic_data_converter, activation, completion) == (0, 0)
    assert (activation, completion) == (given(SAID), done(SAID))


async def test_a_codec_sees_every_payload_all_the_same() -> None:
    payloads.walk_where_needed()
    activation, completion = given(CODED), done(SAID)
    await walked(WITH_CODEC, activation, completion)
    assert (activation, completion) == (given(SAID), done(CODED))
