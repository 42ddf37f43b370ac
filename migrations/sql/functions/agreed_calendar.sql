-- The calendar that a ticket's clocks run by. The most specific agreement wins: the customer's contract, else the service
-- configuration, else the template, else around the clock. An agreement whose calendar is not in force is as none.
CREATE OR REPLACE FUNCTION agreed_calendar(
    p_customer_id uuid, p_configuration_id uuid, p_template_id uuid, p_at timestamptz, p_zone text
)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(
        (SELECT calendar_snapshot(c.calendar_id, p_at, p_zone) FROM customers AS c WHERE c.id = p_customer_id),
        (
            SELECT calendar_snapshot(s.calendar_id, p_at, p_zone)
            FROM manufacturer_service_config AS s
            WHERE s.id = p_configuration_id
        ),
        (SELECT calendar_snapshot(t.calendar_id, p_at, p_zone) FROM workflow_templates AS t WHERE t.id = p_template_id),
        (
            SELECT calendar_snapshot(b.id, p_at, p_zone)
            FROM business_calendars AS b
            WHERE b.code = '24x7'
            ORDER BY b.version
            LIMIT 1
        )
    )
$$;

COMMENT ON FUNCTION agreed_calendar(uuid, uuid, uuid, timestamptz, text) IS
    'The calendar of a ticket as JSON: of contract, service configuration or template, else 24x7; NULL without that one.';
