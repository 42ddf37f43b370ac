-- Fact clock_moved: one event of one clock. The clock's row shows the figures right after it; the event itself is written
-- by record_clock_events(), with those of the facts around it. The threshold of 100 % is the breach, and an issue; so is a
-- correction that takes a breach back. After a retarget only thresholds that the clock is still beyond count as reached, and a
-- reopened clock has not ended. Returns the clock before.
CREATE OR REPLACE FUNCTION record_clock_moved(p_ticket_id uuid, p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_clock_id uuid := p_fact ->> 'clock_id';
    v_event text := p_fact ->> 'event';
    v_percent integer := p_fact ->> 'percent';
    v_at timestamptz := p_fact ->> 'at';
    v_due_at timestamptz := p_fact ->> 'due_at';
    v_state text := p_fact ->> 'state';
    v_target interval := interval_from_json(p_fact -> 'target');
    v_elapsed interval := interval_from_json(p_fact -> 'elapsed');
    v_old jsonb;
BEGIN
    UPDATE sla_clocks AS c
    SET state = v_state,
        target = v_target,
        due_at = v_due_at,
        elapsed = v_elapsed,
        ended_at = CASE
            WHEN v_event IN ('stopped', 'cancelled') THEN v_at
            WHEN v_event = 'reopened' THEN NULL
            ELSE c.ended_at
        END,
        calendar_snapshot = CASE WHEN v_event = 'reopened' THEN NULL ELSE c.calendar_snapshot END,
        thresholds_fired = CASE
            WHEN jsonb_typeof(p_fact -> 'standing') = 'array' THEN ARRAY(
                SELECT jsonb_array_elements_text(p_fact -> 'standing')::integer
            )
            WHEN v_percent IS NULL OR v_percent = ANY (c.thresholds_fired) THEN c.thresholds_fired
            ELSE c.thresholds_fired || v_percent
        END
    WHERE c.id = v_clock_id AND c.ticket_id = p_ticket_id -- another ticket's stays as it is: the row below is refused
    RETURNING jsonb_build_object('state', old.state, 'due_at', old.due_at, 'elapsed', seconds(old.elapsed))
    INTO v_old;
    IF NOT FOUND THEN
        INSERT INTO sla_clocks (
            id, ticket_id, transition_id, kind, name, target, state, started_at, due_at, elapsed, ended_at,
            thresholds_fired
        )
        VALUES (
            v_clock_id,
            p_ticket_id,
            CASE WHEN jsonb_typeof(p_fact -> 'stage') = 'object' THEN stage_visit_id(p_instance_id, p_fact -> 'stage') END,
            p_fact ->> 'clock',
            p_fact ->> 'name',
            v_target,
            v_state,
            v_at,
            v_due_at,
            v_elapsed,
            CASE WHEN v_event IN ('stopped', 'cancelled') THEN v_at END,
            CASE WHEN v_percent IS NULL THEN '{}'::integer[] ELSE ARRAY[v_percent] END
        );
    END IF;

    IF v_event = 'threshold' AND v_percent = 100 THEN
        PERFORM raise_issue(p_ticket_id, 'SLA breached: ' || (p_fact ->> 'name'), v_at);
    END IF;
    IF v_event = 'corrected' AND p_fact -> 'lifted' @> '100' THEN
        PERFORM raise_issue(p_ticket_id, 'SLA breach taken back: ' || (p_fact ->> 'name'), v_at);
    END IF;
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION record_clock_moved(uuid, uuid, jsonb) IS
    'Applies the fact clock_moved; returns the old value for the audit trail.';
