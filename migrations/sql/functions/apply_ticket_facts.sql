-- Applies a ticket's facts in their order, each exactly once: the next one is applied, one that was applied is skipped,
-- a gap or an unknown kind is an error that changes nothing. Every fact is one entry of the audit trail.
-- Returns the sequence number up to which the ticket now stands.
CREATE OR REPLACE FUNCTION apply_ticket_facts(p_ticket_id uuid, p_facts jsonb)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_last bigint;
    v_before bigint;
    v_instance_id uuid;
    v_fact jsonb;
    v_sequence bigint;
    v_old jsonb;
BEGIN
    -- The lock makes appliers of one ticket follow each other.
    SELECT t.last_sequence, i.id
    INTO v_last, v_instance_id
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    WHERE t.id = p_ticket_id
    FOR NO KEY UPDATE OF t;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ticket % is not on record', p_ticket_id USING ERRCODE = 'FC001';
    END IF;
    v_before := v_last;

    FOR v_fact IN SELECT value FROM jsonb_array_elements(p_facts) ORDER BY (value ->> 'sequence')::bigint LOOP
        v_sequence := v_fact ->> 'sequence';
        CONTINUE WHEN v_sequence <= v_last;
        IF v_sequence IS DISTINCT FROM v_last + 1 THEN
            RAISE EXCEPTION 'ticket % stands at fact %: fact % can''t follow it', p_ticket_id, v_last, v_sequence
                USING ERRCODE = 'FC002';
        END IF;
        v_old := apply_ticket_fact(p_ticket_id, v_instance_id, v_fact);
        INSERT INTO audit_events (
            subject_table, subject_id, ticket_id, sequence, occurred_at, actor_code, actor_role, action, reason,
            command_id, new_value, old_value
        )
        VALUES (
            'service_tickets',
            p_ticket_id,
            p_ticket_id,
            v_sequence,
            (v_fact ->> 'at')::timestamptz,
            v_fact #>> '{actor,code}',
            v_fact #>> '{actor,role}',
            v_fact ->> 'kind',
            COALESCE(v_fact ->> 'reason', ''),
            v_fact ->> 'command_id',
            v_fact,
            v_old
        );
        v_last := v_sequence;
    END LOOP;

    IF v_last > v_before THEN
        UPDATE service_tickets SET last_sequence = v_last WHERE id = p_ticket_id;
    END IF;
    RETURN v_last;
END
$$;

COMMENT ON FUNCTION apply_ticket_facts(uuid, jsonb) IS
    'Applies facts of a ticket exactly once, in order; returns the newest sequence number. Raises FC001, FC002, FC003.';
