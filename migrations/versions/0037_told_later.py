"""What is told after it happened: within which time a template takes it, and what it does to the events of clocks."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE workflow_templates
        ADD COLUMN late_within interval NOT NULL DEFAULT '24 hours' CHECK (late_within >= interval '0')
    """,
    "COMMENT ON COLUMN workflow_templates.late_within IS "
    "'How long after it happened something may be told and still count from then; zero: not at all.'",
    """
    ALTER TABLE sla_events
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT sla_events_kind_check,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_events_kind_check CHECK (
            kind IN (
                'started', 'paused', 'resumed', 'threshold', 'stopped', 'cancelled', 'retargeted', 'overrun',
                'reopened', 'corrected'
            )
        ),
        ADD COLUMN told_at timestamptz,
        ADD COLUMN lifted integer[] NOT NULL DEFAULT '{}',
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_events_told_later CHECK (told_at > occurred_at),
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_events_lifted_by_correction CHECK ((lifted <> '{}') = (kind = 'corrected'))
    """,
    "COMMENT ON COLUMN sla_events.told_at IS "
    "'When the ticket learned of it, where that was after it happened; NULL: as it happened.'",
    "COMMENT ON COLUMN sla_events.lifted IS "
    "'Of a correction: the thresholds that were reported and, as it was told later, had not been reached.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
