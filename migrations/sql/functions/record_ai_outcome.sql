-- What a call's outcome means for its provider's circuit and health: one statement; tests/ai_circuit.py holds it.
-- An outcome of the provider alive (answered, bad_answer, abstained, rejected) closes the circuit. A failure (rate_limited,
-- unavailable, timed_out) opens it when it is the p_failures_to_open-th in a row, when the provider itself asks for a
-- wait that is not shorter than p_cool_down, or when it was not closed; denied opens it at once. Opened, it lets one request
-- try again after the longer of p_cool_down and p_retry_after.
CREATE OR REPLACE FUNCTION record_ai_outcome(
    p_provider_id uuid,
    p_outcome text,
    p_error text,
    p_retry_after interval,
    p_failures_to_open integer,
    p_cool_down interval,
    p_at timestamptz DEFAULT clock_timestamp()
)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    UPDATE ai_providers AS p
    SET health = CASE WHEN n.alive THEN 'healthy' WHEN n.opens THEN 'down' ELSE 'degraded' END,
        circuit = CASE WHEN n.alive THEN 'closed' WHEN n.opens THEN 'open' ELSE p.circuit END,
        circuit_opened_at = CASE WHEN NOT n.alive AND n.opens THEN COALESCE(p.circuit_opened_at, p_at) END,
        circuit_retry_at = CASE
            WHEN NOT n.alive AND n.opens THEN GREATEST(
                p_at + GREATEST(p_cool_down, p_retry_after),
                -- While it is half-open, that moment only holds off other probes.
                CASE WHEN p.circuit = 'open' THEN p.circuit_retry_at END
            )
        END,
        consecutive_failures = CASE WHEN n.alive THEN 0 ELSE p.consecutive_failures + 1 END,
        last_checked_at = p_at,
        last_error = CASE WHEN p_outcome NOT IN ('answered', 'abstained') THEN p_error END
    FROM (
        SELECT
            one.id,
            p_outcome IN ('answered', 'bad_answer', 'abstained', 'rejected') AS alive,
            p_outcome = 'denied'
                OR one.circuit <> 'closed'
                OR one.consecutive_failures + 1 >= p_failures_to_open
                OR COALESCE(p_retry_after >= p_cool_down, false) AS opens
        FROM ai_providers AS one
        WHERE one.id = p_provider_id
        FOR NO KEY UPDATE
    ) AS n
    WHERE p.id = n.id
        -- An answer where all is well changes nothing that anybody has to wait for.
        AND NOT (
            p_outcome IN ('answered', 'abstained') AND p.health = 'healthy' AND p.circuit = 'closed' AND p.consecutive_failures = 0
            AND p.last_error IS NULL AND p.last_checked_at > p_at - interval '10 seconds'
        )
$$;

COMMENT ON FUNCTION record_ai_outcome(uuid, text, text, interval, integer, interval, timestamptz) IS
    'Moves the circuit and health of an AI provider by the outcome of a call: one that is alive closes it, failures open it.';
