-- requires: webhook_kind
-- What another house is told of a fact, as the JSON text that is signed and sent: the same whenever it is made, for it is
-- made of what does not change. Codes, numbers and times alone: nothing that anybody wrote, and nothing of a patient.
-- NULL where it is told of nothing.
CREATE OR REPLACE FUNCTION webhook_body(p_ticket_id uuid, p_sequence bigint)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'type', k.kind,
        'timestamp', to_char(a.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'data', jsonb_build_object('number', t.number, 'sequence', a.sequence, 'unit', e.serial) || CASE k.kind
            WHEN 'ticket.opened' THEN jsonb_build_object('priority', f ->> 'priority')
            WHEN 'ticket.moved' THEN jsonb_build_object(
                'finished', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object(
                            'stage', s ->> 'key', 'visit', s -> 'visit', 'status', s ->> 'status', 'outcome', s ->> 'outcome'
                        )
                    )
                    FROM jsonb_array_elements(f -> 'finished') AS s
                ), '[]'),
                'entered', COALESCE((
                    SELECT jsonb_agg(jsonb_build_object('stage', s ->> 'key', 'visit', s -> 'visit'))
                    FROM jsonb_array_elements(f -> 'entered') AS s
                ), '[]')
            )
            WHEN 'ticket.clock' THEN jsonb_build_object(
                'clock', f ->> 'name',
                'kind', f ->> 'clock',
                'stage', f #>> '{stage,key}',
                'state', CASE
                    WHEN f ->> 'event' = 'corrected' THEN 'corrected'
                    WHEN f ->> 'event' = 'overrun' OR (f ->> 'percent')::integer >= 100 THEN 'breached'
                    ELSE 'at_risk'
                END,
                'percent', f -> 'percent',
                'due_at', f ->> 'due_at'
            )
            WHEN 'ticket.assigned' THEN jsonb_build_object(
                'engineer', f #>> '{engineer,code}',
                'stages', COALESCE((SELECT jsonb_agg(s ->> 'key') FROM jsonb_array_elements(f -> 'stages') AS s), '[]')
            )
            WHEN 'ticket.held' THEN jsonb_build_object(
                'reason', f ->> 'hold_reason', 'until', COALESCE(f ->> 'until', f ->> 'resume_at')
            )
            WHEN 'ticket.resumed' THEN jsonb_build_object(
                'reason', f ->> 'hold_reason', 'left', COALESCE(f -> 'left', '[]')
            )
            WHEN 'ticket.reopened' THEN jsonb_build_object('reopened', f -> 'reopened')
            ELSE '{}'
        END
    )::text
    FROM audit_events AS a
    JOIN service_tickets AS t ON t.id = a.subject_id
    JOIN equipment_registry AS e ON e.id = t.equipment_id
    CROSS JOIN LATERAL (SELECT a.new_value AS f, webhook_kind(a.action, a.new_value) AS kind) AS k
    WHERE a.subject_id = p_ticket_id AND a.sequence = p_sequence AND k.kind IS NOT NULL
$$;

COMMENT ON FUNCTION webhook_body(uuid, bigint) IS
    'What another house is told of a fact of a ticket, as JSON text; NULL: nothing.';
