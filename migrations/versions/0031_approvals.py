"""Approvals: that somebody with an account has allowed what another one asks for, once.

docs/adr/0031-signed-sign-off.md says why.
"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE approvals (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        hold_reason text NOT NULL CHECK (hold_reason ~ '^[a-z][a-z0-9_]{0,62}$'),
        account_id uuid NOT NULL REFERENCES accounts (id),
        remark text NOT NULL DEFAULT '',
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        used_by_account_id uuid REFERENCES accounts (id),
        used_by_command text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT approvals_used_whole CHECK (num_nulls(used_at, used_by_account_id, used_by_command) IN (0, 3)),
        CONSTRAINT approvals_four_eyes CHECK (used_by_account_id <> account_id)
    )
    """,
    "COMMENT ON TABLE approvals IS 'That somebody has approved a hold of a ticket that somebody else asks for, once.'",
    "COMMENT ON COLUMN approvals.hold_reason IS 'For which reason the ticket may be put on hold.'",
    "COMMENT ON COLUMN approvals.account_id IS 'Who has approved it.'",
    "COMMENT ON COLUMN approvals.used_by_account_id IS 'Who has put the ticket on hold by it.'",
    "COMMENT ON COLUMN approvals.used_by_command IS 'The id of the command that did; sent again, it is the same one.'",
    "CREATE INDEX approvals_of_ticket ON approvals (ticket_id)",
    "COMMENT ON INDEX approvals_of_ticket IS 'use_approval: those of a ticket.'",
    "CREATE TRIGGER set_updated_at BEFORE UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION set_updated_at()",
    "CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON approvals "
    "FOR EACH ROW EXECUTE FUNCTION audit_change()",
    "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
