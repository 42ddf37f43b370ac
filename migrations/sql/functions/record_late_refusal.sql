-- Puts on record that a ticket which has ended was sent a command: its workflow takes none any more, so this is no fact of
-- its story, and the ticket stays as it is. It is an entry of the audit trail of its own, the same for the same command
-- however often it is sent; a ticket that has 500 of them gets no more. Of a ticket that is open its workflow tells.
-- Returns whether an entry was made. With the owner's rights: nobody else writes the trail.
CREATE OR REPLACE FUNCTION record_late_refusal(p_workflow_id text, p_refusal jsonb)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_ticket_id uuid;
BEGIN
    SELECT t.id
    INTO v_ticket_id
    FROM service_tickets AS t
    WHERE t.workflow_id = p_workflow_id AND t.status IN ('closed', 'cancelled');
    IF NOT FOUND OR (
        SELECT count(*) >= 500
        FROM audit_events AS a
        WHERE a.ticket_id = v_ticket_id AND a.subject_table = 'audit_events'
    ) THEN
        RETURN false;
    END IF;
    IF p_refusal #>> '{actor,role}' = 'system'
        OR COALESCE(length(p_refusal ->> 'reason'), 2001) > 2000
        OR COALESCE(length(p_refusal ->> 'delivery_id'), 301) > 300
        OR COALESCE(p_refusal ->> 'command_id', '') = ''
        OR COALESCE(p_refusal ->> 'command', '') !~ '^[A-Z][A-Za-z]{1,62}$'
    THEN
        RAISE EXCEPTION 'this is no refusal of a command that somebody sent' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO audit_events (
        subject_table, subject_id, ticket_id, sequence, occurred_at, actor_code, actor_role, action, reason, command_id,
        new_value
    )
    VALUES (
        'audit_events',
        md5(v_ticket_id::text || ':' || (p_refusal ->> 'delivery_id'))::uuid,
        v_ticket_id,
        0,
        clock_timestamp(),
        p_refusal #>> '{actor,code}',
        p_refusal #>> '{actor,role}',
        'command_refused',
        p_refusal ->> 'reason',
        p_refusal ->> 'command_id',
        jsonb_build_object('kind', 'command_refused', 'command', p_refusal ->> 'command')
    )
    ON CONFLICT (subject_id, sequence) DO NOTHING;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION record_late_refusal(text, jsonb) IS
    'Puts on record that a ticket which has ended refused a command; returns whether there is a new entry.';
