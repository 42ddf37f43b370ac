"""Plans of visits on record: who goes where and when, what is left out and why, and what became of each on applying.

They say what was proposed; tickets are changed by commands alone. docs/adr/0042-dispatch.md.
"""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0044"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE dispatch_plans (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        made_by_code text NOT NULL CHECK (length(made_by_code) BETWEEN 1 AND 200),
        because text NOT NULL DEFAULT '' CHECK (length(because) <= 500),
        from_at timestamptz NOT NULL,
        until_at timestamptz NOT NULL,
        engine text NOT NULL CHECK (engine IN ('greedy', 'vroom', 'pyvrp')),
        objective jsonb NOT NULL CHECK (jsonb_typeof(objective) = 'object'),
        notes text[] NOT NULL DEFAULT '{}',
        applied_at timestamptz,
        applied_by_code text,
        CONSTRAINT dispatch_plans_horizon CHECK (from_at < until_at),
        CONSTRAINT dispatch_plans_applied CHECK ((applied_at IS NULL) = (applied_by_code IS NULL))
    )
    """,
    "COMMENT ON TABLE dispatch_plans IS 'Proposed plans of visits, and which of them were applied.'",
    "COMMENT ON COLUMN dispatch_plans.because IS 'What it was made for: an event; empty: somebody asked.'",
    "COMMENT ON COLUMN dispatch_plans.objective IS 'What it costs by its parts, in seconds of travel.'",
    "CREATE INDEX dispatch_plans_newest ON dispatch_plans (made_at DESC)",
    "COMMENT ON INDEX dispatch_plans_newest IS 'get_dispatch_plan: the newest.'",
    "CREATE INDEX dispatch_plans_applied_newest ON dispatch_plans (applied_at DESC) WHERE applied_at IS NOT NULL",
    "COMMENT ON INDEX dispatch_plans_applied_newest IS 'dispatch_problem: what was agreed on last.'",
    """
    CREATE TABLE dispatch_plan_visits (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        plan_id uuid NOT NULL REFERENCES dispatch_plans (id) ON DELETE CASCADE,
        transition_id uuid NOT NULL REFERENCES workflow_stage_transitions (id),
        engineer_id uuid REFERENCES engineers (id),
        position integer NOT NULL CHECK (position >= 0),
        starts_at timestamptz,
        ends_at timestamptz,
        travel interval CHECK (travel >= interval '0'),
        travel_km double precision CHECK (travel_km >= 0),
        travel_assumed boolean NOT NULL DEFAULT false,
        present_engineer_id uuid REFERENCES engineers (id),
        reason_kind text NOT NULL DEFAULT '' CHECK (length(reason_kind) <= 40),
        reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 1000),
        outcome text CHECK (outcome IN ('applied', 'kept', 'skipped')),
        outcome_reason text NOT NULL DEFAULT '' CHECK (length(outcome_reason) <= 1000),
        CONSTRAINT dispatch_plan_visits_once UNIQUE NULLS NOT DISTINCT (plan_id, transition_id, engineer_id),
        CONSTRAINT dispatch_plan_visits_placed CHECK (
            (engineer_id IS NULL) = (starts_at IS NULL) AND (engineer_id IS NULL) = (ends_at IS NULL)
        ),
        CONSTRAINT dispatch_plan_visits_time_order CHECK (starts_at < ends_at)
    )
    """,
    "COMMENT ON TABLE dispatch_plan_visits IS 'The visits of a plan; those without an engineer are left out.'",
    "COMMENT ON COLUMN dispatch_plan_visits.position IS 'Its place on the route, or among those that are left out.'",
    "COMMENT ON COLUMN dispatch_plan_visits.travel_assumed IS 'Coordinates were missing: the way is an assumption.'",
    "COMMENT ON COLUMN dispatch_plan_visits.present_engineer_id IS 'Who had it when the plan was made.'",
    "COMMENT ON COLUMN dispatch_plan_visits.reason IS 'Why it is left out, or why somebody else gets it.'",
    "COMMENT ON COLUMN dispatch_plan_visits.outcome IS 'Of an applied plan: what became of it at its ticket.'",
    """
    COMMENT ON INDEX dispatch_plan_visits_once IS
        'get_dispatch_plan: the visits of a plan; an engineer has a visit once in it.'
    """,
    "CREATE INDEX dispatch_plan_visits_of_visit ON dispatch_plan_visits (transition_id, plan_id)",
    "COMMENT ON INDEX dispatch_plan_visits_of_visit IS 'dispatch_problem: when a visit was planned for.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
