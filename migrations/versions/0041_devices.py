"""Devices from which somebody has signed in: who comes from one does not wait for what strangers have tried.

docs/adr/0038-identity.md says why.
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE account_devices (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        digest bytea NOT NULL CHECK (octet_length(digest) = 32),
        used_at timestamptz NOT NULL,
        CONSTRAINT account_devices_digest_key UNIQUE (account_id, digest)
    )
    """,
    "COMMENT ON TABLE account_devices IS 'From where somebody has signed in to an account. No role may read it.'",
    "COMMENT ON COLUMN account_devices.digest IS 'SHA-256 of a secret of 256 random bits, which the device keeps.'",
    "COMMENT ON COLUMN account_devices.used_at IS 'When somebody last signed in from it; 180 days, and it is gone.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
