-- Of which kind the event is that other houses are told of a fact: `models.vocabulary.webhooks.WebhookKind`. NULL: of none.
CREATE OR REPLACE FUNCTION webhook_kind(p_action text, p_fact jsonb)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE p_action
        WHEN 'ticket_opened' THEN 'ticket.opened'
        WHEN 'stages_moved' THEN 'ticket.moved'
        WHEN 'engineer_assigned' THEN 'ticket.assigned'
        WHEN 'ticket_held' THEN 'ticket.held'
        WHEN 'ticket_resumed' THEN 'ticket.resumed'
        WHEN 'ticket_reopened' THEN 'ticket.reopened'
        WHEN 'ticket_ended' THEN CASE p_fact ->> 'status'
            WHEN 'closed' THEN 'ticket.closed'
            WHEN 'cancelled' THEN 'ticket.cancelled'
        END
        WHEN 'clock_moved' THEN CASE WHEN p_fact ->> 'event' IN ('threshold', 'overrun', 'corrected') THEN 'ticket.clock' END
    END
$$;

COMMENT ON FUNCTION webhook_kind(text, jsonb) IS 'The kind of event that other houses are told of a fact; NULL: none.';
