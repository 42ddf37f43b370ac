"""Plans of visits: who goes where and when, as it was proposed."""

from __future__ import annotations

from models.refusals.words.kind import Words

WORDS = Words(
    tables={
        "dispatch_drafts": "a draft of a plan",
        "dispatch_plan_visits": "a visit of a plan",
        "dispatch_plans": "a plan of visits",
    },
    column_rules={},
    rules={
        "dispatch_drafts_begun_check": "must be an object of at most 16 MB",
        "dispatch_drafts_done": "must not have done more steps than there are",
        "dispatch_drafts_owner_code_check": "must be 1 to 200 characters",
        "dispatch_drafts_steps_size": "must be a list of at most 500 steps and 300 kB",
        "dispatch_drafts_version_check": "must be 1 or more",
        "dispatch_plan_visits_outcome_reason_check": "must be at most 1000 characters long",
        "dispatch_plan_visits_placed": "must have an engineer, a start and an end, or none of them",
        "dispatch_plan_visits_position_check": "must not be negative",
        "dispatch_plan_visits_reason_check": "must be at most 1000 characters long",
        "dispatch_plan_visits_reason_kind_check": "must be at most 40 characters long",
        "dispatch_plan_visits_time_order": "must end after its start",
        "dispatch_plan_visits_travel_check": "must not be negative",
        "dispatch_plan_visits_travel_km_check": "must not be negative",
        "dispatch_plans_applied": "must say when and by whom it was applied, or neither",
        "dispatch_plans_because_check": "must be at most 500 characters long",
        "dispatch_plans_horizon": "must end after its beginning",
        "dispatch_plans_made_by_code_check": "must be 1 to 200 characters",
        "dispatch_plans_objective_check": "must be an object",
    },
    clashes={
        "dispatch_drafts_owner_code_key": "they have a draft already: end it first",
        "dispatch_plan_visits_once": "the plan has this visit for this engineer already",
    },
    strangers={},
)
