"""Notifications have a kind and facts: words are made where they are delivered. Those of before keep their text."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# The CHECKs cost one pass over the table, under the lock that ADD COLUMN takes (docs/adr/0011). Which kinds there are
# is known to the program alone, so that another one needs no revision. Nothing writes without a text until the program
# that writes kinds is there, and it reads both.
STATEMENTS = (
    """
    ALTER TABLE notifications
        ADD COLUMN kind text CHECK (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
        ADD COLUMN facts jsonb CHECK (jsonb_typeof(facts) = 'object'),
        -- squawk-ignore ban-drop-not-null
        ALTER COLUMN subject DROP NOT NULL,
        -- squawk-ignore ban-drop-not-null
        ALTER COLUMN body DROP NOT NULL,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT notifications_told_one_way CHECK (
            num_nonnulls(kind, facts) IN (0, 2)
            AND num_nonnulls(subject, body) IN (0, 2)
            AND num_nonnulls(kind, subject) = 1
        )
    """,
    "COMMENT ON COLUMN notifications.kind IS 'What there is to know; NULL: it was raised before there were kinds.'",
    "COMMENT ON COLUMN notifications.facts IS 'What its words are made of, by its kind; nothing that people wrote.'",
    "COMMENT ON COLUMN notifications.subject IS 'Of one from before there were kinds: what it said.'",
    "COMMENT ON COLUMN notifications.body IS 'Of one from before there were kinds: what it said below that.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
