"""What the tables stand on: the extension, the trigger functions, the register of managed SQL objects.

Trigger functions are made here and not as managed objects, because tables depend on them: a revision never refers to
an object that is dropped and made anew.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    # For exclusion constraints that combine equality with overlapping validity.
    "CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public",
    """
    CREATE TABLE managed_sql_objects (
        name text PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('function', 'view', 'materialized view')),
        identity text NOT NULL,
        hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
        creation_order bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    COMMENT ON TABLE managed_sql_objects IS
        'Functions and views as applied from migrations/sql: what to drop (identity) and in which order they were made.'
    """,
    """
    CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW IS DISTINCT FROM OLD THEN
            NEW.updated_at := now();
        END IF;
        RETURN NEW;
    END
    $$
    """,
    "COMMENT ON FUNCTION set_updated_at() IS 'Trigger: a row that really changes gets its updated_at.'",
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'insufficient_privilege', HINT = 'Add a further entry that corrects the earlier one.';
    END
    $$
    """,
    "COMMENT ON FUNCTION refuse_change() IS 'Trigger: keeps a table append-only.'",
    # A CHECK can't ask pg_timezone_names (it must be immutable), so a trigger does. The excluded names are files that
    # some systems add to the IANA database and that other readers of it don't know.
    """
    CREATE FUNCTION check_time_zone() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.time_zone ~ '^(posix/|right/|localtime$|posixrules$|Factory$)'
           OR NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = NEW.time_zone) THEN
            RAISE EXCEPTION '"%" is not an IANA time zone', NEW.time_zone
                USING ERRCODE = 'check_violation', HINT = 'Use a name such as Asia/Kolkata.';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    "COMMENT ON FUNCTION check_time_zone() IS 'Trigger: time_zone is a name of the IANA database.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
