"""What reconciling workflow, record and audit trail has found, and how far it has come."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE reconciliation_findings (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        kind text NOT NULL CHECK (
            kind IN (
                'task_fails', 'workflow_gone', 'can_not_replay', 'record_changed', 'workflow_differs', 'record_behind',
                'not_on_record', 'still_runs'
            )
        ),
        workflow_id text NOT NULL CHECK (workflow_id <> ''),
        ticket_id uuid REFERENCES service_tickets (id),
        number text,
        detail text NOT NULL DEFAULT '',
        found_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        resolved_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT reconciliation_findings_time_order CHECK (seen_at >= found_at AND resolved_at >= seen_at)
    )
    """,
    """
    CREATE UNIQUE INDEX reconciliation_findings_open ON reconciliation_findings (workflow_id, kind)
        WHERE resolved_at IS NULL
    """,
    "CREATE INDEX reconciliation_findings_of_ticket ON reconciliation_findings (ticket_id)",
    """
    CREATE TABLE reconciliation_rounds (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        began_at timestamptz NOT NULL,
        ended_at timestamptz,
        newest_batch_at timestamptz NOT NULL,
        position uuid,
        tickets integer NOT NULL DEFAULT 0 CHECK (tickets >= 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT reconciliation_rounds_time_order CHECK (newest_batch_at >= began_at AND ended_at >= newest_batch_at)
    )
    """,
    """
    CREATE UNIQUE INDEX reconciliation_rounds_one_goes_on ON reconciliation_rounds ((ended_at IS NULL))
        WHERE ended_at IS NULL
    """,
    "CREATE INDEX reconciliation_rounds_newest ON reconciliation_rounds (began_at DESC)",
    "COMMENT ON TABLE reconciliation_findings IS "
    "'Where a ticket''s workflow, its record and the audit trail do not say the same, until they do again.'",
    "COMMENT ON COLUMN reconciliation_findings.workflow_id IS 'Of the ticket, which may not be on record.'",
    "COMMENT ON COLUMN reconciliation_findings.detail IS 'What exactly; nothing that people wrote.'",
    "COMMENT ON COLUMN reconciliation_findings.seen_at IS 'When it was found last.'",
    "COMMENT ON COLUMN reconciliation_findings.resolved_at IS 'When it was not there any more; NULL: it is.'",
    "COMMENT ON INDEX reconciliation_findings_open IS 'A ticket has each kind of finding once.'",
    "COMMENT ON INDEX reconciliation_findings_of_ticket IS 'record_reconciliation: what is open of a ticket.'",
    "COMMENT ON TABLE reconciliation_rounds IS "
    "'Ways through all tickets, a batch at a time: all tickets of before a finished one were compared since it began.'",
    "COMMENT ON COLUMN reconciliation_rounds.position IS 'The id of the last ticket that was compared.'",
    "COMMENT ON COLUMN reconciliation_rounds.tickets IS 'How many were compared.'",
    "COMMENT ON INDEX reconciliation_rounds_one_goes_on IS 'One round at a time.'",
    "COMMENT ON INDEX reconciliation_rounds_newest IS 'get_reconciliation: the newest rounds.'",
    """
    CREATE TRIGGER set_updated_at BEFORE UPDATE ON reconciliation_findings
        FOR EACH ROW EXECUTE FUNCTION set_updated_at()
    """,
    """
    CREATE TRIGGER set_updated_at BEFORE UPDATE ON reconciliation_rounds
        FOR EACH ROW EXECUTE FUNCTION set_updated_at()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
