-- A ticket's first write: the ticket, its audit entry with the sequence number 0, and the facts of its opening. The entry
-- keeps a hash of the frozen template and of the calendar in their place: find_record_differences() asks.
-- Idempotent: the ticket by its id, the facts by their sequence numbers. An id that another ticket has is an error.
-- With the owner's rights: nobody else writes the record.
CREATE OR REPLACE FUNCTION record_ticket_opening(p_ticket jsonb, p_facts jsonb)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_ticket_id uuid := p_ticket ->> 'ticket_id';
BEGIN
    PERFORM start_workflow(p_ticket);
    IF NOT EXISTS (
        SELECT
        FROM service_tickets AS t
        WHERE t.id = v_ticket_id AND t.number = p_ticket ->> 'number' AND t.workflow_id = p_ticket ->> 'workflow_id'
    ) THEN
        RAISE EXCEPTION 'the id % is another ticket''s, not that of %', v_ticket_id, p_ticket ->> 'number'
            USING ERRCODE = 'FC006', HINT = 'Open the ticket anew: it gets an id of its own.';
    END IF;
    INSERT INTO audit_events (
        subject_table, subject_id, ticket_id, sequence, occurred_at, actor_code, actor_role, action, new_value
    )
    VALUES (
        'service_tickets',
        v_ticket_id,
        v_ticket_id,
        0,
        (p_ticket ->> 'opened_at')::timestamptz,
        p_ticket #>> '{reporter,code}',
        p_ticket #>> '{reporter,role}',
        'ticket_opened',
        p_ticket - ARRAY['template_snapshot', 'calendar_snapshot'] || (
            SELECT jsonb_build_object(
                'hashes', jsonb_build_object(
                    'template_snapshot', encode(sha256(convert_to(i.template_snapshot::text, 'UTF8')), 'hex'),
                    'calendar_snapshot', encode(sha256(convert_to(i.calendar_snapshot::text, 'UTF8')), 'hex')
                )
            )
            FROM ticket_workflow_instances AS i
            WHERE i.ticket_id = v_ticket_id
        )
    )
    ON CONFLICT (subject_id, sequence) DO NOTHING;
    RETURN apply_ticket_facts(v_ticket_id, p_facts);
END
$$;

COMMENT ON FUNCTION record_ticket_opening(jsonb, jsonb) IS
    'Stores a ticket (TicketRow) and the facts of its opening; returns the newest sequence number. Idempotent. Raises FC006.';
