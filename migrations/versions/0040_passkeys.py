"""Passkeys: what an account proves who it is with beside a password, and the challenges that they sign.

docs/adr/0038-identity.md says why the database looks at the signatures itself.
"""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE account_passkeys (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        name text NOT NULL CHECK (name ~ '\\S' AND length(name) <= 100),
        credential_id bytea NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 16 AND 1023),
        rp_id text NOT NULL CHECK (rp_id ~ '\\S' AND length(rp_id) <= 253),
        algorithm integer NOT NULL CHECK (algorithm = -7 OR algorithm = -257),
        key_first bytea NOT NULL CHECK (octet_length(key_first) BETWEEN 32 AND 1024),
        key_second bytea NOT NULL CHECK (octet_length(key_second) BETWEEN 1 AND 32),
        sign_count bigint NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
        last_used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT account_passkeys_name_key UNIQUE (account_id, name)
    )
    """,
    "COMMENT ON TABLE account_passkeys IS 'Passkeys of accounts. Their private keys never leave whoever has them.'",
    "COMMENT ON COLUMN account_passkeys.rp_id IS 'The host that it is for, as its browser knows it.'",
    "COMMENT ON COLUMN account_passkeys.algorithm IS 'Of COSE: -7 ECDSA on P-256 with SHA-256, -257 RSA with SHA-256.'",
    "COMMENT ON COLUMN account_passkeys.key_first IS 'Of the public key: x on the curve, or the modulus.'",
    "COMMENT ON COLUMN account_passkeys.key_second IS 'Of the public key: y on the curve, or the exponent.'",
    "COMMENT ON COLUMN account_passkeys.sign_count IS 'How often it has signed, it says; 0: it does not count.'",
    """
    CREATE TABLE passkey_challenges (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid REFERENCES accounts (id) ON DELETE CASCADE,
        digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
        expires_at timestamptz NOT NULL
    )
    """,
    "COMMENT ON TABLE passkey_challenges IS 'What a passkey is asked to sign, once and soon. No role may read it.'",
    "COMMENT ON COLUMN passkey_challenges.account_id IS 'Whose passkey is to be added; NULL: somebody is to sign in.'",
    "COMMENT ON COLUMN passkey_challenges.digest IS 'SHA-256 of 64 random bytes.'",
    "CREATE INDEX passkey_challenges_old ON passkey_challenges (expires_at)",
    "COMMENT ON INDEX passkey_challenges_old IS 'put_passkey_challenge: what is over and goes.'",
    "CREATE INDEX passkey_challenges_of_account ON passkey_challenges (account_id)",
    "COMMENT ON INDEX passkey_challenges_of_account IS 'put_passkey_challenge: the one before of an account.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER set_updated_at BEFORE UPDATE ON account_passkeys FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
    )
    # How often it has signed is nobody's decision.
    op.execute(
        "CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON account_passkeys "
        "FOR EACH ROW EXECUTE FUNCTION audit_change('sign_count', 'last_used_at')"
    )
    op.execute(
        "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON account_passkeys "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
    )
