"""A password is looked at only where its try has been counted by a transaction that has ended well.

docs/adr/0040-commit-then-show.md says why.
"""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0043"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE password_guesses (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code_digest bytea NOT NULL CHECK (octet_length(code_digest) = 32),
        guess bytea NOT NULL CHECK (octet_length(guess) = 32),
        transaction bigint NOT NULL,
        told_at timestamptz NOT NULL
    )
    """,
    "COMMENT ON TABLE password_guesses IS 'Passwords that are about to be tried, and counted. No role may read it.'",
    "COMMENT ON COLUMN password_guesses.code_digest IS 'Under which of `sign_in_tries` it is counted.'",
    "COMMENT ON COLUMN password_guesses.guess IS "
    "'SHA-256 of the code, the device and the SHA-256 of the verifier that the password would have.'",
    "COMMENT ON COLUMN password_guesses.transaction IS 'Which has counted it; the one that looks at it is another.'",
    "COMMENT ON COLUMN password_guesses.told_at IS 'When; a minute, and it is over.'",
    "CREATE INDEX password_guesses_guess ON password_guesses (guess)",
    "COMMENT ON INDEX password_guesses_guess IS 'check_account_password: what was told before it is looked at.'",
    "CREATE INDEX password_guesses_old ON password_guesses (told_at)",
    "COMMENT ON INDEX password_guesses_old IS 'announce_password: what is over and goes.'",
    "COMMENT ON TABLE sign_in_tries IS 'Passwords that were tried and did not fit, or have not fitted yet, by the code "
    "that was given, known or not. Kept for a day. No role may read it.'",
    "COMMENT ON INDEX sign_in_tries_old IS 'announce_password: what is a day old and goes.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
