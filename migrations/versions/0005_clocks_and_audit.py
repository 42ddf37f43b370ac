"""SLA clocks and their events, the audit trail, notifications."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE sla_clocks (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        transition_id uuid REFERENCES workflow_stage_transitions (id),
        kind text NOT NULL CHECK (kind IN ('response', 'resolution', 'stage')),
        name text NOT NULL CHECK (name <> ''),
        target interval NOT NULL CHECK (target > interval '0'),
        state text NOT NULL CHECK (state IN ('running', 'paused', 'met', 'breached', 'cancelled')),
        started_at timestamptz NOT NULL,
        due_at timestamptz,
        elapsed interval NOT NULL CHECK (elapsed >= interval '0'),
        ended_at timestamptz,
        thresholds_fired integer[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (ticket_id, name)
    )
    """,
    """
    CREATE TABLE sla_events (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        clock_id uuid NOT NULL REFERENCES sla_clocks (id),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        sequence bigint NOT NULL CHECK (sequence > 0),
        kind text NOT NULL CHECK (kind IN ('started', 'paused', 'resumed', 'threshold', 'stopped', 'cancelled')),
        percent integer CHECK (percent BETWEEN 1 AND 100),
        reason text NOT NULL DEFAULT '',
        occurred_at timestamptz NOT NULL,
        elapsed interval NOT NULL CHECK (elapsed >= interval '0'),
        due_at timestamptz,
        state text NOT NULL CHECK (state IN ('running', 'paused', 'met', 'breached', 'cancelled')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (ticket_id, sequence),
        CHECK ((kind = 'threshold') = (percent IS NOT NULL))
    )
    """,
    """
    CREATE TABLE audit_events (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid REFERENCES service_tickets (id),
        sequence bigint CHECK (sequence >= 0),
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        actor_code text NOT NULL CHECK (actor_code <> ''),
        actor_role text NOT NULL CHECK (
            actor_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        action text NOT NULL CHECK (action <> ''),
        reason text NOT NULL DEFAULT '',
        command_id text,
        new_value jsonb,
        old_value jsonb,
        UNIQUE (ticket_id, sequence),
        CHECK ((ticket_id IS NULL) = (sequence IS NULL))
    )
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_events
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE notifications (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        sequence bigint NOT NULL CHECK (sequence > 0),
        recipient_role text NOT NULL CHECK (
            recipient_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        level text CHECK (level IN ('L1', 'L2', 'L3')),
        subject text NOT NULL,
        body text NOT NULL,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
        raised_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (ticket_id, sequence)
    )
    """,
)
CHANGING = ("sla_clocks", "sla_events", "notifications")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
