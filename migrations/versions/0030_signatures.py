"""Signatures of persons at sign-off: of what, and by what they have shown who they are; and one-time links to sign by.

docs/adr/0031-signed-sign-off.md says why.
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

AUDITED = ("signing_links", "signature_proofs")

STATEMENTS = (
    # NULL in every row that is there: nothing is looked at twice.
    """
    ALTER TABLE stage_execution_data
        ADD COLUMN signature jsonb,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT stage_execution_data_signature_check CHECK (
            signature IS NULL
            OR COALESCE(jsonb_typeof(signature) = 'object' AND signature ->> 'digest' ~ '^[0-9a-f]{64}$', false)
            AND num_nulls(customer_signature, signed_at, signature_meaning) = 0
        )
    """,
    "COMMENT ON COLUMN stage_execution_data.signature IS 'Of a person, whole: name, capacity, meaning, signed_at, "
    "method, drawing, digest, covers_until, proof. NULL: nobody signed, or by a text alone.'",
    # As before, with one more kind, which is for the stage that is signed off, and with what a signature means.
    """
    CREATE OR REPLACE FUNCTION check_stage_actions() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    DECLARE
        v_action jsonb;
    BEGIN
        IF jsonb_typeof(NEW.required_actions) = 'array' THEN
            SELECT a.value
            INTO v_action
            FROM jsonb_array_elements(NEW.required_actions) AS a
            WHERE (
                a.value ->> 'key' ~ '^[a-z][a-z0-9_]{0,62}$'
                AND jsonb_typeof(a.value -> 'label') = 'string'
                AND a.value ->> 'label' ~ '\\S'
                AND (NOT a.value ? 'meaning' OR jsonb_typeof(a.value -> 'meaning') = 'string')
                AND (
                    NOT a.value ? 'kind'
                    OR a.value ->> 'kind' IN ('check', 'text', 'rating')
                    OR (a.value ->> 'kind' = 'signature' AND NEW.stage_type = 'completion')
                )
            ) IS NOT TRUE
            LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'the stage % has a required action that can''t be asked for: %', NEW.key, v_action
                    USING ERRCODE = 'check_violation',
                    HINT = 'Give it a key (small letters, digits, underscores), a label, and a kind: '
                        'check, text or rating; signature in a stage of the type completion.';
            END IF;
        END IF;
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TABLE signing_links (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^SL-[0-9A-F]{12}$'),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        stage_key text NOT NULL CHECK (stage_key ~ '\\S'),
        printed_name text NOT NULL CHECK (printed_name ~ '\\S' AND length(printed_name) <= 200),
        capacity text NOT NULL CHECK (capacity ~ '\\S' AND length(capacity) <= 100),
        issued_by_code text NOT NULL CHECK (issued_by_code ~ '\\S'),
        issued_by_role text NOT NULL CHECK (
            issued_by_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON TABLE signing_links IS 'One-time links by which a named person signs a ticket off. No secret is in "
    "them.'",
    "COMMENT ON COLUMN signing_links.code IS 'What people call it; whoever signs by it is on record under this code.'",
    "COMMENT ON COLUMN signing_links.used_at IS 'When the person it is for has signed by it; NULL: not yet.'",
    "CREATE INDEX signing_links_of_ticket ON signing_links (ticket_id)",
    "COMMENT ON INDEX signing_links_of_ticket IS 'list_signing_links: those of a ticket.'",
    """
    CREATE TABLE signature_proofs (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        stage_key text NOT NULL CHECK (stage_key ~ '\\S'),
        printed_name text NOT NULL CHECK (printed_name ~ '\\S' AND length(printed_name) <= 200),
        digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
        account_id uuid REFERENCES accounts (id),
        signing_link_id uuid REFERENCES signing_links (id),
        proven_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT signature_proofs_of_one CHECK (num_nonnulls(account_id, signing_link_id) = 1)
    )
    """,
    "COMMENT ON TABLE signature_proofs IS 'That somebody has shown who they are at the moment in which they signed.'",
    "COMMENT ON COLUMN signature_proofs.digest IS 'SHA-256 of what they signed, in hexadecimal digits.'",
    "COMMENT ON COLUMN signature_proofs.account_id IS 'Whose password was given.'",
    "COMMENT ON COLUMN signature_proofs.signing_link_id IS 'By which link.'",
    "CREATE INDEX signature_proofs_of_link ON signature_proofs (signing_link_id)",
    "COMMENT ON INDEX signature_proofs_of_link IS 'sign_by_link: what was signed by a link already.'",
    "CREATE INDEX signature_proofs_of_ticket ON signature_proofs (ticket_id)",
    "COMMENT ON INDEX signature_proofs_of_ticket IS 'list_signatures: those of a ticket.'",
    # As small as the accounts are many: what is in the way of a sign-in for that moment is nobody.
    """
    ALTER TABLE account_keys
        ADD COLUMN signing_link_id uuid,
        -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
        ADD CONSTRAINT account_keys_signing_link_id_fkey
            FOREIGN KEY (signing_link_id) REFERENCES signing_links (id) ON DELETE CASCADE,
        -- squawk-ignore constraint-missing-not-valid, disallowed-unique-constraint
        ADD CONSTRAINT account_keys_signing_link_id_key UNIQUE (signing_link_id),
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT account_keys_of_one,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT account_keys_of_one CHECK (num_nonnulls(token_id, link_id, signing_link_id) = 1)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in AUDITED:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
        op.execute(
            f"CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
        )
