"""Accounts: who may come in, in which roles, and by what they prove who they are.

What proves it stands in tables of its own (`account_passwords`, `account_keys`, `sign_in_tries`) that no role may read
and no trigger copies: docs/adr/0029-accounts.md.
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

# Ignored columns: when a token was last used is nobody's decision.
AUDITED: dict[str, tuple[str, ...]] = {
    "accounts": (),
    "account_roles": (),
    "account_tokens": ("last_used_at",),
    "account_links": (),
}

STATEMENTS = (
    """
    CREATE TABLE accounts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$'),
        name text NOT NULL CHECK (name ~ '\\S'),
        email text CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
        password_set_at timestamptz,
        disabled_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON TABLE accounts IS 'Who may come in: a person, or a program that acts for some.'",
    "COMMENT ON COLUMN accounts.password_set_at IS 'When the password was set; NULL: there is none.'",
    "COMMENT ON COLUMN accounts.disabled_at IS 'Since when nobody comes in by it; NULL: it is in use.'",
    "CREATE UNIQUE INDEX accounts_look ON accounts (spelling_look(code))",
    "COMMENT ON INDEX accounts_look IS 'find_account; no two accounts have codes that are taken for each other.'",
    """
    CREATE TABLE account_roles (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        role text NOT NULL CHECK (role IN (
            'hospital', 'engineer', 'coordinator', 'manufacturer', 'parts_clerk', 'manager', 'administrator'
        )),
        customer_id uuid REFERENCES customers (id),
        site_id uuid,
        manufacturer_id uuid REFERENCES manufacturers (id),
        engineer_id uuid REFERENCES engineers (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT account_roles_site_id_customer_id_fkey
            FOREIGN KEY (site_id, customer_id) REFERENCES customer_sites (id, customer_id),
        CONSTRAINT account_roles_scope CHECK (
            (role = 'hospital') = (customer_id IS NOT NULL)
            AND (site_id IS NULL OR customer_id IS NOT NULL)
            AND (role = 'manufacturer') = (manufacturer_id IS NOT NULL)
            AND (role = 'engineer') = (engineer_id IS NOT NULL)
        ),
        CONSTRAINT account_roles_once
            UNIQUE NULLS NOT DISTINCT (account_id, role, customer_id, site_id, manufacturer_id, engineer_id)
    )
    """,
    "COMMENT ON TABLE account_roles IS 'What an account may act as, and for whom; one may be several things.'",
    "COMMENT ON COLUMN account_roles.site_id IS 'Of a hospital, one of its sites; NULL: all of them.'",
    "CREATE UNIQUE INDEX account_roles_one_engineer ON account_roles (engineer_id)",
    "COMMENT ON INDEX account_roles_one_engineer IS 'An engineer of the registry is one account alone.'",
    """
    CREATE TABLE account_passwords (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
        salt bytea NOT NULL CHECK (octet_length(salt) BETWEEN 16 AND 64),
        memory_kib integer NOT NULL CHECK (memory_kib BETWEEN 7168 AND 1048576),
        passes integer NOT NULL CHECK (passes BETWEEN 1 AND 20),
        lanes integer NOT NULL CHECK (lanes BETWEEN 1 AND 16),
        verifier bytea NOT NULL CHECK (octet_length(verifier) = 32)
    )
    """,
    "COMMENT ON TABLE account_passwords IS 'By what a password is known again. No role may read it.'",
    "COMMENT ON COLUMN account_passwords.memory_kib IS 'Memory that argon2id takes for it, in KiB.'",
    "COMMENT ON COLUMN account_passwords.passes IS 'Passes of argon2id over that memory.'",
    "COMMENT ON COLUMN account_passwords.lanes IS 'Lanes of argon2id.'",
    "COMMENT ON COLUMN account_passwords.verifier IS 'SHA-256 of what argon2id makes of the password.'",
    """
    CREATE TABLE account_tokens (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('api', 'login')),
        name text NOT NULL CHECK (name ~ '\\S' AND length(name) <= 100),
        scopes text[] NOT NULL CHECK (scopes <@ ARRAY['read', 'act', 'administer'] AND cardinality(scopes) > 0),
        expires_at timestamptz NOT NULL,
        last_used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON TABLE account_tokens IS 'What an account has given to programs, and its logins; no secret is in them.'",
    "COMMENT ON COLUMN account_tokens.last_used_at IS 'To about ten minutes; NULL: never.'",
    "CREATE INDEX account_tokens_of_account ON account_tokens (account_id)",
    "COMMENT ON INDEX account_tokens_of_account IS 'list_account_tokens: those of an account.'",
    """
    CREATE TABLE account_links (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        purpose text NOT NULL CHECK (purpose = ANY (ARRAY['set_password'])),
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON TABLE account_links IS 'One-time links: who has one may do one thing, once.'",
    "COMMENT ON COLUMN account_links.expires_at IS 'A newer link for the same ends it, and so does disabling.'",
    "CREATE INDEX account_links_of_account ON account_links (account_id)",
    "COMMENT ON INDEX account_links_of_account IS 'end_account_links: those of an account.'",
    """
    CREATE TABLE account_keys (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        token_id uuid UNIQUE REFERENCES account_tokens (id) ON DELETE CASCADE,
        link_id uuid UNIQUE REFERENCES account_links (id) ON DELETE CASCADE,
        digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
        CONSTRAINT account_keys_of_one CHECK (num_nonnulls(token_id, link_id) = 1)
    )
    """,
    "COMMENT ON TABLE account_keys IS 'By what a token or a link is known again. No role may read it.'",
    "COMMENT ON COLUMN account_keys.digest IS 'SHA-256 of a secret of 256 random bits (32 bytes).'",
    """
    CREATE TABLE sign_in_tries (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code_digest bytea NOT NULL UNIQUE CHECK (octet_length(code_digest) = 32),
        failed integer NOT NULL CHECK (failed > 0),
        failed_at timestamptz NOT NULL,
        wait_until timestamptz NOT NULL
    )
    """,
    "COMMENT ON TABLE sign_in_tries IS 'Passwords that did not fit, by the code that was given, known or not. Kept for "
    "a day. No role may read it.'",
    "COMMENT ON COLUMN sign_in_tries.code_digest IS 'SHA-256 of spelling_key() of the code.'",
    "COMMENT ON COLUMN sign_in_tries.failed IS 'How many in a row.'",
    "COMMENT ON COLUMN sign_in_tries.wait_until IS 'Until then no password is looked at.'",
    "CREATE INDEX sign_in_tries_old ON sign_in_tries (failed_at)",
    "COMMENT ON INDEX sign_in_tries_old IS 'check_account_password: what is a day old and goes.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table, ignored in AUDITED.items():
        arguments = ", ".join(f"'{column}'" for column in ignored)
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
        op.execute(
            f"CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_change({arguments})"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
        )
