"""Devices from which somebody has signed in: who comes from one does not wait for what strangers have tried.
And to whom at an OpenID Connect provider an account is linked.

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
    """
    CREATE TABLE account_identities (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        issuer text NOT NULL CHECK (issuer ~ '\\S' AND length(issuer) <= 500),
        subject text CHECK (subject ~ '\\S' AND length(subject) <= 255),
        email text CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
        last_used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT account_identities_of_somebody CHECK (num_nonnulls(subject, email) > 0),
        CONSTRAINT account_identities_issuer_key UNIQUE (account_id, issuer),
        CONSTRAINT account_identities_subject_key UNIQUE (issuer, subject)
    )
    """,
    "COMMENT ON TABLE account_identities IS 'To whom at an OpenID Connect provider an account is linked.'",
    "COMMENT ON COLUMN account_identities.subject IS 'Who it is there; NULL: whoever first comes with that address.'",
    "COMMENT ON COLUMN account_identities.email IS 'By which it was linked, in small letters; NULL: by the subject.'",
    "CREATE UNIQUE INDEX account_identities_email ON account_identities (issuer, email) WHERE subject IS NULL",
    "COMMENT ON INDEX account_identities_email IS 'sign_in_by_identity: by an address that nobody came with yet.'",
    """
    CREATE TABLE identity_states (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
        expires_at timestamptz NOT NULL
    )
    """,
    "COMMENT ON TABLE identity_states IS 'What who signs in at a provider comes back with. No role may read it.'",
    "COMMENT ON COLUMN identity_states.digest IS 'SHA-256 of the state.'",
    "CREATE INDEX identity_states_old ON identity_states (expires_at)",
    "COMMENT ON INDEX identity_states_old IS 'begin_identity_sign_in: what is over and goes.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER set_updated_at BEFORE UPDATE ON account_identities "
        "FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
    )
    # When somebody last came by it is nobody's decision.
    op.execute(
        "CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON account_identities "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('last_used_at')"
    )
    op.execute(
        "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON account_identities "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
    )
