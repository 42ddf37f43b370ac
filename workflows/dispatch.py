"""Plans of visits by themselves: looked after on a schedule, made anew when something has overtaken them."""

from __future__ import annotations

from uuid import UUID

from temporalio import workflow

from activities.dispatch.replanning import DispatchActivities
from models.contracts.dispatch import MakePlan, Replan, Replanned
from models.identity import DISPATCH_WORKFLOW
from workflows.options import MAKE_PLAN, RECORD_GLANCE


@workflow.defn(name=DISPATCH_WORKFLOW)
class DispatchWorkflow:
    """Looks whether the plan of visits still holds, and makes a new one if not; applies it where a setting says so."""

    @workflow.run
    async def run(self, replan: Replan) -> Replanned:
        why = await workflow.execute_activity_method(DispatchActivities.look, replan, **RECORD_GLANCE)
        if not why.reasons:
            return Replanned()
        because = "; ".join(why.reasons)[:500]
        done = await workflow.execute_activity_method(
            DispatchActivities.make,
            MakePlan(plan_id=UUID(workflow.info().run_id), because=because),
            summary=because[:200],
            **MAKE_PLAN,
        )
        if not why.apply_it:
            return done
        return await workflow.execute_activity_method(DispatchActivities.apply, done, **MAKE_PLAN)
