-- Applies a ticket's facts in their order, each exactly once: the next one is applied, one that was applied is skipped,
-- a gap, an unknown kind or a time before that of the fact before is an error that changes nothing, and so is another
-- fact under a number that is taken: it comes from a run whose place a rescued one has taken. Every fact is one entry of
-- the audit trail. With the owner's rights: nobody else writes the record.
-- Returns the sequence number up to which the ticket now stands.
CREATE OR REPLACE FUNCTION apply_ticket_facts(p_ticket_id uuid, p_facts jsonb)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_last bigint;
    v_before bigint;
    v_instance_id uuid;
    v_fact jsonb;
    v_sequence bigint;
    v_applied jsonb[] := '{}';
    v_olds jsonb[] := '{}';
    v_at timestamptz;
    v_at_before timestamptz;
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
        IF v_sequence <= v_last THEN
            IF NOT EXISTS (
                SELECT
                FROM audit_events AS a
                WHERE a.subject_id = p_ticket_id
                    AND a.sequence = v_sequence
                    AND a.action = v_fact ->> 'kind'
                    AND a.occurred_at = (v_fact ->> 'at')::timestamptz
                    AND a.command_id IS NOT DISTINCT FROM v_fact ->> 'command_id'
            ) THEN
                RAISE EXCEPTION 'ticket % has another fact % already: "%" comes from a run that is not its newest one',
                    p_ticket_id, v_sequence, v_fact ->> 'kind'
                    USING ERRCODE = 'FC005';
            END IF;
            CONTINUE;
        END IF;
        IF v_sequence IS DISTINCT FROM v_last + 1 THEN
            RAISE EXCEPTION 'ticket % stands at fact %: fact % can''t follow it', p_ticket_id, v_last, v_sequence
                USING ERRCODE = 'FC002';
        END IF;
        v_at := v_fact ->> 'at';
        IF v_at_before IS NULL THEN
            SELECT a.occurred_at
            INTO v_at_before
            FROM audit_events AS a
            WHERE a.subject_id = p_ticket_id AND a.sequence = v_last;
        END IF;
        -- The hosts of a Temporal cluster never agree to the second: a clock that was set back must not stop a ticket.
        IF v_at < v_at_before - interval '5 minutes' THEN
            RAISE EXCEPTION 'fact % of ticket % is of %, before the one that it follows (%)',
                v_sequence, p_ticket_id, v_at, v_at_before
                USING ERRCODE = 'FC009', HINT = 'Set the clocks of Temporal''s hosts by one source of time.';
        END IF;
        v_at_before := v_at;
        v_olds := array_append(v_olds, apply_ticket_fact(p_ticket_id, v_instance_id, v_fact));
        v_applied := array_append(v_applied, v_fact);
        v_last := v_sequence;
    END LOOP;

    IF v_last > v_before THEN
        PERFORM record_clock_events(p_ticket_id, v_applied);
        -- One statement for all of them: what a statement costs by itself, its table's rules above all, is paid once.
        INSERT INTO audit_events (
            subject_table, subject_id, ticket_id, sequence, occurred_at, actor_code, actor_role, action, reason,
            command_id, new_value, old_value
        )
        SELECT
            'service_tickets',
            p_ticket_id,
            p_ticket_id,
            (a.fact ->> 'sequence')::bigint,
            (a.fact ->> 'at')::timestamptz,
            a.fact #>> '{actor,code}',
            a.fact #>> '{actor,role}',
            a.fact ->> 'kind',
            COALESCE(a.fact ->> 'reason', ''),
            a.fact ->> 'command_id',
            a.fact,
            a.old
        FROM unnest(v_applied, v_olds) WITH ORDINALITY AS a (fact, old, position)
        ORDER BY a.position; -- each entry holds the hash of the one before
        UPDATE service_tickets SET last_sequence = v_last WHERE id = p_ticket_id;
    END IF;
    RETURN v_last;
END
$$;

COMMENT ON FUNCTION apply_ticket_facts(uuid, jsonb) IS
    'Applies facts of a ticket exactly once, in order; returns the newest sequence number. Raises FC001, FC002, FC003, FC005, FC009.';
