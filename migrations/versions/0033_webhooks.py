"""Webhooks: which house is told of which events, what is on its way there, and how each try went.

What a signature is made with stands in a table of its own that no role may read and no trigger copies. What is to be
told is not written beside the record: it is read from the audit trail, from where an endpoint stands.
docs/adr/0033-streams-and-webhooks.md.
"""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE webhook_endpoints (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES accounts (id),
        name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
        url text NOT NULL CHECK (url ~ '^https?://[^[:space:]]+$' AND length(url) <= 2000),
        events text[] NOT NULL CHECK (
            events <@ ARRAY[
                'ticket.opened', 'ticket.moved', 'ticket.clock', 'ticket.assigned', 'ticket.held', 'ticket.resumed',
                'ticket.closed', 'ticket.cancelled', 'ticket.reopened'
            ]
            AND cardinality(events) > 0
        ),
        retry_after interval[] NOT NULL DEFAULT ARRAY[
            '5 seconds', '5 minutes', '30 minutes', '2 hours', '5 hours', '10 hours', '14 hours', '20 hours', '24 hours'
        ]::interval[] CHECK (
            cardinality(retry_after) <= 50 AND interval '0' < ALL (retry_after)
            AND array_position(retry_after, NULL) IS NULL
        ),
        position bigint NOT NULL CHECK (position >= 0),
        disabled_at timestamptz,
        disabled_because text CHECK (disabled_because IN ('switched_off', 'gone')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT webhook_endpoints_disabled CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
    )
    """,
    "COMMENT ON TABLE webhook_endpoints IS 'Addresses of other houses that are told of events of tickets.'",
    "COMMENT ON COLUMN webhook_endpoints.account_id IS 'It is told of the tickets that this account may see.'",
    "COMMENT ON COLUMN webhook_endpoints.retry_after IS 'How long after each try that failed the next one is made.'",
    "COMMENT ON COLUMN webhook_endpoints.position IS 'Entry of the audit trail up to which deliveries are made.'",
    "COMMENT ON COLUMN webhook_endpoints.disabled_because IS 'gone: it answered 410 itself.'",
    """
    CREATE TABLE webhook_secrets (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
        key bytea NOT NULL CHECK (octet_length(key) BETWEEN 24 AND 64),
        made_at timestamptz NOT NULL DEFAULT now(),
        ends_at timestamptz
    )
    """,
    "COMMENT ON TABLE webhook_secrets IS 'What deliveries are signed with. No role may read it.'",
    "COMMENT ON COLUMN webhook_secrets.ends_at IS 'Of one that was replaced: until then both sign; NULL: in force.'",
    "CREATE UNIQUE INDEX webhook_secrets_in_force ON webhook_secrets (endpoint_id) WHERE ends_at IS NULL",
    "COMMENT ON INDEX webhook_secrets_in_force IS 'begin_webhook; an endpoint has one that is in force.'",
    """
    CREATE TABLE webhook_deliveries (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        sequence bigint NOT NULL CHECK (sequence >= 0),
        kind text NOT NULL CHECK (kind IN (
            'ticket.opened', 'ticket.moved', 'ticket.clock', 'ticket.assigned', 'ticket.held', 'ticket.resumed',
            'ticket.closed', 'ticket.cancelled', 'ticket.reopened'
        )),
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
        attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        due_at timestamptz NOT NULL,
        ended_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (endpoint_id, ticket_id, sequence),
        CONSTRAINT webhook_deliveries_ended CHECK ((state = 'pending') = (ended_at IS NULL))
    )
    """,
    "COMMENT ON TABLE webhook_deliveries IS 'Events for an endpoint, each once; what they say is made of the facts.'",
    "COMMENT ON COLUMN webhook_deliveries.sequence IS 'Of the fact: of one ticket they are delivered in this order.'",
    "COMMENT ON COLUMN webhook_deliveries.attempts IS 'Since it was made or sent again: how many tries have failed.'",
    "COMMENT ON COLUMN webhook_deliveries.state IS 'dropped: the account may not see the ticket any more.'",
    """
    CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (endpoint_id, ticket_id, sequence)
        WHERE state = 'pending'
    """,
    "COMMENT ON INDEX webhook_deliveries_pending IS 'due_webhooks: the first that each ticket has.'",
    """
    CREATE TABLE webhook_attempts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        delivery_id uuid NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
        began_at timestamptz NOT NULL,
        took interval NOT NULL CHECK (took >= interval '0'),
        status integer CHECK (status BETWEEN 100 AND 599),
        error text NOT NULL DEFAULT '' CHECK (length(error) <= 500),
        answer text NOT NULL DEFAULT '' CHECK (octet_length(answer) <= 4096)
    )
    """,
    "COMMENT ON TABLE webhook_attempts IS 'How each try to deliver an event went.'",
    "COMMENT ON COLUMN webhook_attempts.status IS 'Of HTTP; NULL: there was no answer.'",
    "COMMENT ON COLUMN webhook_attempts.answer IS 'The beginning of what was answered: 1 kB of it at most.'",
    "CREATE INDEX webhook_attempts_of_delivery ON webhook_attempts (delivery_id)",
    "COMMENT ON INDEX webhook_attempts_of_delivery IS 'read_webhook_log: those of a delivery.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in ("webhook_endpoints", "webhook_deliveries"):
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
    # How far it has come is nobody's decision.
    op.execute(
        "CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON webhook_endpoints "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('position')"
    )
    op.execute(
        "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON webhook_endpoints "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
    )
