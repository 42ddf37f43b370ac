"""Which calendar a ticket's clocks run by: what contract, service configuration or template says, frozen at intake."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AGREEMENTS = {
    "customers": "Opening hours that the contract agrees on; NULL: none.",
    "manufacturer_service_config": "Opening hours of this service, unless the contract has its own; NULL: none.",
    "workflow_templates": "Opening hours, unless contract or service configuration have their own; NULL: none.",
}

STATEMENTS = (
    *(
        f"""
        ALTER TABLE {table}
            -- A new column without a default is all NULL: nothing is scanned, and calendars are a handful of rows.
            -- squawk-ignore adding-foreign-key-constraint
            ADD COLUMN calendar_id uuid REFERENCES business_calendars (id)
        """
        for table in AGREEMENTS
    ),
    *(f"COMMENT ON COLUMN {table}.calendar_id IS '{comment}'" for table, comment in AGREEMENTS.items()),
    # Tickets that are open have run around the clock.
    """
    ALTER TABLE ticket_workflow_instances
        ADD COLUMN calendar_snapshot jsonb NOT NULL DEFAULT '{"code": "24x7", "version": 1, "always_open": true}'
            CHECK (jsonb_typeof(calendar_snapshot) = 'object')
    """,
    "COMMENT ON COLUMN ticket_workflow_instances.calendar_snapshot IS "
    "'The calendar of the ticket''s clocks as it was at intake, with its zone and every holiday.'",
    # At commit: the hours are inserted after their calendar.
    """
    CREATE FUNCTION check_calendar_opens() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        -- The calendar that has changed, or the one that has lost hours.
        v_id uuid := to_jsonb(COALESCE(OLD, NEW)) ->> TG_ARGV[0];
        v_code text;
        v_version integer;
    BEGIN
        SELECT c.code, c.version
        INTO v_code, v_version
        FROM business_calendars AS c
        WHERE c.id = v_id
            AND NOT c.always_open
            AND NOT EXISTS (SELECT FROM business_calendar_hours AS h WHERE h.calendar_id = c.id);
        IF FOUND THEN
            RAISE EXCEPTION 'version % of the calendar "%" is never open', v_version, v_code
                USING ERRCODE = 'check_violation',
                HINT = 'Give it opening hours in the same transaction, or make it always open.';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION check_calendar_opens() IS "
    "'Trigger: at commit, a calendar that is not always open has opening hours.'",
    """
    CREATE CONSTRAINT TRIGGER check_calendar_opens AFTER INSERT OR UPDATE OF always_open ON business_calendars
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_calendar_opens('id')
    """,
    """
    CREATE CONSTRAINT TRIGGER check_calendar_opens AFTER DELETE OR UPDATE OF calendar_id ON business_calendar_hours
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_calendar_opens('calendar_id')
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
