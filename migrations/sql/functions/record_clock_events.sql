-- The events of clocks among a ticket's facts, in their order: an event for each fact clock_moved. Called when the facts have
-- been applied, so that their clocks are there.
CREATE OR REPLACE FUNCTION record_clock_events(p_ticket_id uuid, p_facts jsonb[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO sla_events (
        clock_id, ticket_id, sequence, kind, percent, reason, occurred_at, elapsed, due_at, state, target, counts_from,
        told_at, lifted
    )
    SELECT
        (f.fact ->> 'clock_id')::uuid,
        p_ticket_id,
        (f.fact ->> 'sequence')::bigint,
        f.fact ->> 'event',
        (f.fact ->> 'percent')::integer,
        COALESCE(f.fact ->> 'reason', ''),
        COALESCE(f.fact ->> 'happened_at', f.fact ->> 'at')::timestamptz,
        interval_from_json(f.fact -> 'elapsed'),
        (f.fact ->> 'due_at')::timestamptz,
        f.fact ->> 'state',
        CASE WHEN f.fact ->> 'event' IN ('started', 'retargeted') THEN interval_from_json(f.fact -> 'target') END,
        (f.fact ->> 'counts_from')::timestamptz,
        CASE WHEN f.fact ->> 'happened_at' IS NOT NULL THEN (f.fact ->> 'at')::timestamptz END,
        CASE
            WHEN jsonb_typeof(f.fact -> 'lifted') = 'array' THEN ARRAY(
                SELECT jsonb_array_elements_text(f.fact -> 'lifted')::integer
            )
            ELSE '{}'
        END
    FROM unnest(p_facts) WITH ORDINALITY AS f (fact, position)
    WHERE f.fact ->> 'kind' = 'clock_moved'
    ORDER BY f.position;
END
$$;

COMMENT ON FUNCTION record_clock_events(uuid, jsonb[]) IS 'Keeps the events of a ticket''s clocks that its facts tell of.';
