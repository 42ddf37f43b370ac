-- Closed tickets with all that their clocks were led by, in the order of their ends, a page at a time: those that ended
-- in [p_since, p_until), after the ticket that p_after_at and p_after_id name. For what-if. A record is whole where
-- facts_stored, of all kinds, is last_sequence.
CREATE OR REPLACE FUNCTION closed_tickets(
    p_since timestamptz, p_until timestamptz, p_after_at timestamptz, p_after_id uuid, p_limit integer
)
RETURNS TABLE (closed_at timestamptz, ticket_id uuid, template_code text, history jsonb)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        t.closed_at,
        t.id,
        i.template_snapshot ->> 'code',
        jsonb_build_object(
            'ticket_id', t.id,
            'number', t.number,
            'opened_at', t.opened_at,
            'template', i.template_snapshot,
            'configuration_id', t.service_configuration_id,
            'calendar', COALESCE(trail.first_calendar, i.calendar_snapshot),
            'priority', COALESCE(trail.first_priority, t.priority),
            'facts', trail.facts,
            'facts_stored', (
                SELECT count(*) FROM audit_events AS a WHERE a.subject_id = t.id AND a.sequence > 0
            ),
            'last_sequence', t.last_sequence
        )
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    CROSS JOIN LATERAL (
        SELECT
            jsonb_agg(a.new_value ORDER BY a.sequence) FILTER (WHERE a.sequence > 0) AS facts,
            (array_agg(a.old_value -> 'calendar' ORDER BY a.sequence)
                FILTER (WHERE a.action = 'contract_changed'))[1] AS first_calendar,
            (array_agg(a.old_value ->> 'priority' ORDER BY a.sequence)
                FILTER (WHERE a.action = 'priority_changed'))[1] AS first_priority
        FROM audit_events AS a
        WHERE a.subject_id = t.id
            AND a.ticket_id = t.id
            AND a.action IN (
                'clock_moved', 'ticket_held', 'ticket_resumed', 'priority_changed', 'contract_changed',
                'ticket_reopened', 'arrived_on_site', 'stages_moved', 'ticket_ended'
            )
    ) AS trail
    WHERE t.status = 'closed'
        AND t.closed_at >= p_since
        AND t.closed_at < p_until
        AND (t.closed_at, t.id) > (
            COALESCE(p_after_at, '-infinity'),
            COALESCE(p_after_id, '00000000-0000-0000-0000-000000000000')
        )
    ORDER BY t.closed_at, t.id
    LIMIT p_limit
$$;

COMMENT ON FUNCTION closed_tickets(timestamptz, timestamptz, timestamptz, uuid, integer) IS
    'A page of closed tickets with what their clocks were led by, in the order of their ends.';
