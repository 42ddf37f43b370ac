"""What AI can be asked here, and what the built-in provider can answer."""

from __future__ import annotations

from collections.abc import Mapping

from activities.ai.providers.local import LocalEngine
from activities.ai.tasks.diagnosis import DIAGNOSIS, engine
from activities.ai.tasks.engineer_recommendation import ENGINEER_RECOMMENDATION
from activities.ai.tasks.engineer_recommendation import engine as recommend
from activities.ai.tasks.task import AiTaskDefinition
from models.vocabulary.ai import AiTask

TASKS: Mapping[AiTask, AiTaskDefinition] = {
    AiTask.DIAGNOSIS: DIAGNOSIS,
    AiTask.ENGINEER_RECOMMENDATION: ENGINEER_RECOMMENDATION,
}
ENGINES: Mapping[AiTask, LocalEngine] = {AiTask.DIAGNOSIS: engine, AiTask.ENGINEER_RECOMMENDATION: recommend}
