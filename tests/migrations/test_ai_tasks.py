"""An AI task names its functions by convention, and a template asks for nothing that nobody serves."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import pytest

from activities.ai.tasks.registry import ENGINES, TASKS
from migrations.grants import CASE, NOT_FOR_REPORTING
from models.refusals import Refusal
from models.vocabulary.ai import AiTask
from workflows.proposal import PROPOSALS

NOT_SERVED = sorted(set(AiTask) - TASKS.keys())
RECORD = "(ai_calls, uuid, uuid, jsonb, jsonb, text, timestamptz)"
"""What each record_TASK() is told: the call, its ticket and visit, the answer, its flags, the prompt, when."""


async def body(sql: Any, function: str) -> str:
    """A function's body without comments."""
    text: str = await sql.fetchval("SELECT prosrc FROM pg_proc WHERE proname = $1", function)
    return re.sub(r"--[^\n]*", "", text)


@pytest.mark.parametrize("task", TASKS)
async def test_a_task_on_the_registry_has_its_functions(seeded: Any, task: AiTask) -> None:
    case, record = f"{task}{CASE}", f"record_{task}"
    assert await seeded.fetchval("SELECT to_regproc($1)", case) is not None
    assert await seeded.fetchval("SELECT to_regprocedure($1)", record + RECORD) is not None
    assert f"WHEN '{task}' THEN v_subject := {case}(p_ticket_id);" in await body(seeded, "prepare_ai_question")
    assert re.search(rf"WHEN '{task}' THEN\s+PERFORM {record}\(", await body(seeded, "record_ai_call"))
    assert case not in NOT_FOR_REPORTING, "its name says so"
    assert not await seeded.fetchval(
        "SELECT has_function_privilege('fieldcare_reporting', to_regproc($1)::oid, 'EXECUTE')", case
    )


def test_what_is_answered_here_or_shown_in_a_ticket_is_on_the_registry() -> None:
    assert ENGINES.keys() <= TASKS.keys()
    assert PROPOSALS.keys() <= TASKS.keys()


@pytest.mark.parametrize("task", NOT_SERVED)
async def test_a_task_that_is_not_on_the_registry_has_none(seeded: Any, task: AiTask) -> None:
    for function in (f"{task}{CASE}", f"record_{task}"):
        assert await seeded.fetchval("SELECT to_regproc($1)", function) is None


@pytest.mark.parametrize("task", NOT_SERVED)
async def test_a_stage_is_not_told_to_ask_what_nobody_serves(seeded: Any, task: AiTask) -> None:
    change = "UPDATE workflow_ai_configuration SET enabled = true WHERE task = $1"
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await seeded.execute(change, task.value)
    stage = await seeded.fetchval("SELECT min(stage_key) FROM workflow_ai_configuration WHERE task = $1", task.value)
    assert stage is not None
    assert re.fullmatch(
        f"nobody serves the AI task {task} of the stage [a-z_]+: leave it out, or set enabled to false",
        Refusal.of(refused.value).sentence,
    )


async def test_a_new_row_is_asked_the_same(seeded: Any) -> None:
    add = """
        INSERT INTO workflow_ai_configuration (template_id, stage_key, task, enabled)
        SELECT template_id, key, 'parts_recommendation', $1
        FROM stage_configuration_templates
        WHERE key = 'completion_sign_off'
    """
    with pytest.raises(asyncpg.CheckViolationError, match="parts_recommendation of the stage completion_sign_off"):
        await seeded.execute(add, True)
    transaction = seeded.transaction()
    await transaction.start()
    assert (await seeded.execute(add, False)).startswith("INSERT 0 ")
    await transaction.rollback()
