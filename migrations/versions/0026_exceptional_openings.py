"""Days with opening hours of their own, and time zones by the one name that they are spelled by."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Closing at or before opening is on the next day, as for weekly hours.
    """
    CREATE TABLE business_calendar_exceptions (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        calendar_id uuid NOT NULL REFERENCES business_calendars (id) ON DELETE CASCADE,
        day date NOT NULL,
        opens time NOT NULL CHECK (opens < '24:00'),
        closes time NOT NULL CHECK (closes < '24:00'),
        name text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (calendar_id, day, opens),
        CONSTRAINT business_calendar_exceptions_no_overlap EXCLUDE USING gist (
            calendar_id WITH =,
            tsrange(
                day + opens,
                day + closes + CASE WHEN closes <= opens THEN interval '1 day' ELSE interval '0' END
            ) WITH &&
        )
    )
    """,
    "COMMENT ON TABLE business_calendar_exceptions IS 'Exceptional openings: a day that has some has no other hours, "
    "whatever its weekday, holiday or not.'",
    "COMMENT ON COLUMN business_calendar_exceptions.closes IS 'At or before opens: on the next day.'",
    "COMMENT ON INDEX business_calendar_exceptions_no_overlap IS 'Exceptional openings of a calendar do not overlap.'",
    """
    CREATE TRIGGER set_updated_at BEFORE UPDATE ON business_calendar_exceptions
        FOR EACH ROW EXECUTE FUNCTION set_updated_at()
    """,
    """
    CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON business_calendar_exceptions
        FOR EACH ROW EXECUTE FUNCTION audit_change()
    """,
    """
    CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON business_calendar_exceptions
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()
    """,
    # A handful of rows, in which the new columns are NULL.
    """
    ALTER TABLE business_calendar_holidays
        ADD COLUMN opens time,
        ADD COLUMN closes time,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT business_calendar_holidays_half_day CHECK (
            (opens IS NULL) = (closes IS NULL)
            AND opens < '24:00' AND closes < '24:00' AND (closes > opens OR closes = '00:00')
        )
    """,
    "COMMENT ON TABLE business_calendar_holidays IS "
    "'Days on which a calendar is closed, or open for hours of their own, beside those of its country.'",
    "COMMENT ON COLUMN business_calendar_holidays.opens IS 'Of a half-day holiday, open from then on; NULL: closed.'",
    "COMMENT ON COLUMN business_calendar_holidays.closes IS 'Until when it is open; 00:00: until midnight.'",
    # PostgreSQL takes a zone in whatever case and tells how it is spelled; Python knows that spelling alone. Without a
    # digit no POSIX rule can be meant, and with a slash no abbreviation: what is taken then is a file of the IANA
    # database. Everything else is looked up in the list, which takes 15 ms.
    """
    CREATE OR REPLACE FUNCTION check_time_zone() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        v_hint text := 'Use a name such as Asia/Kolkata.';
        v_spelled text;
    BEGIN
        IF NEW.time_zone !~* '^(posix/|right/|localtime$|posixrules$|factory$)' THEN
            BEGIN
                v_spelled := set_config('timezone', NEW.time_zone, true);
            EXCEPTION WHEN invalid_parameter_value THEN
                NULL; -- the sentence below says it
            END;
            IF v_spelled IS NOT NULL AND (
                NEW.time_zone ~ '^[A-Za-z_]+(/[A-Za-z_-]+)+$'
                OR EXISTS (SELECT FROM pg_timezone_names WHERE name = v_spelled)
            ) THEN
                IF v_spelled = NEW.time_zone THEN
                    RETURN NEW;
                END IF;
                v_hint := format('Write it %s.', v_spelled);
            END IF;
        END IF;
        RAISE EXCEPTION '"%" is not an IANA time zone', NEW.time_zone
            USING ERRCODE = 'check_violation', HINT = v_hint;
    END
    $$
    """,
    "COMMENT ON FUNCTION check_time_zone() IS 'Trigger: time_zone is a name of the IANA database, spelled as there.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
