-- Fact notification_raised: somebody has to know; it stands pending until it is sent. Facts of before have a text, later
-- ones a notice: its kind, and what its words are made of when it is delivered.
CREATE OR REPLACE FUNCTION record_notification_raised(p_ticket_id uuid, p_fact jsonb)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    INSERT INTO notifications (ticket_id, sequence, recipient_role, level, kind, facts, subject, body, raised_at)
    VALUES (
        p_ticket_id,
        (p_fact ->> 'sequence')::bigint,
        p_fact ->> 'recipient',
        p_fact ->> 'level',
        p_fact #>> '{notice,kind}',
        NULLIF(p_fact -> 'notice', 'null') - 'kind',
        p_fact ->> 'subject',
        p_fact ->> 'body',
        (p_fact ->> 'at')::timestamptz
    )
$$;

COMMENT ON FUNCTION record_notification_raised(uuid, jsonb) IS 'Applies the fact notification_raised.';
