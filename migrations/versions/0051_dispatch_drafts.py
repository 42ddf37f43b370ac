"""Drafts of plans of visits: what somebody tries on the board before it is applied, step by step.

A working paper of one person, replaced by the next: what comes of it is a plan on record, and commands to tickets.
docs/adr/0045-dispatch-board.md.
"""

from __future__ import annotations

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE dispatch_drafts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        owner_code text NOT NULL UNIQUE CHECK (length(owner_code) BETWEEN 1 AND 200),
        begun jsonb NOT NULL CHECK (jsonb_typeof(begun) = 'object' AND octet_length(begun::text) <= 16000000),
        steps jsonb NOT NULL DEFAULT '[]',
        done integer NOT NULL DEFAULT 0,
        version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT dispatch_drafts_steps_size CHECK (
            CASE WHEN jsonb_typeof(steps) = 'array' THEN jsonb_array_length(steps) <= 500 ELSE false END
            AND octet_length(steps::text) <= 300000
        ),
        CONSTRAINT dispatch_drafts_done CHECK (
            done >= 0 AND CASE WHEN jsonb_typeof(steps) = 'array' THEN done <= jsonb_array_length(steps) ELSE true END
        )
    )
    """,
    "COMMENT ON TABLE dispatch_drafts IS 'What coordinators try with a plan of visits before they apply it; one each.'",
    "COMMENT ON COLUMN dispatch_drafts.begun IS 'The plan and the problem from which it began, as they were then.'",
    "COMMENT ON COLUMN dispatch_drafts.steps IS 'What was done to it, in order; after the first `done` it was undone.'",
    "COMMENT ON COLUMN dispatch_drafts.version IS 'Counts changes: whoever changes it says from which they start.'",
    "COMMENT ON INDEX dispatch_drafts_owner_code_key IS 'Somebody has one draft; get_dispatch_draft looks it up.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
