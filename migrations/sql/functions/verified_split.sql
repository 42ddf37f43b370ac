-- How closed tickets with a verified cause, of which p_since and p_until (half-open) say the time of verifying, divide in
-- time: the newest fifth is held back, at most p_most; the fifth before, at most p_most, is for tuning. Each begins at a
-- moment, so tickets of the same moment are never divided. tickets: how many there are; first: the oldest one's moment;
-- tune_from and held_from. NULL where there are none.
CREATE OR REPLACE FUNCTION verified_split(p_since timestamptz, p_until timestamptz, p_most integer)
RETURNS TABLE (tickets bigint, first timestamptz, tune_from timestamptz, held_from timestamptz)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH there AS (
        SELECT count(*) AS tickets, min(t.verified_at) AS first, LEAST(p_most, greatest(count(*) / 5, 1)) AS share
        FROM service_tickets AS t
        WHERE t.status = 'closed' AND t.verified_at >= p_since AND t.verified_at < p_until
    )
    SELECT
        a.tickets,
        a.first,
        (
            SELECT t.verified_at
            FROM service_tickets AS t
            WHERE t.status = 'closed' AND t.verified_at >= p_since AND t.verified_at < p_until
            ORDER BY t.verified_at DESC
            OFFSET 2 * a.share - 1
            LIMIT 1
        ),
        (
            SELECT t.verified_at
            FROM service_tickets AS t
            WHERE t.status = 'closed' AND t.verified_at >= p_since AND t.verified_at < p_until
            ORDER BY t.verified_at DESC
            OFFSET a.share - 1
            LIMIT 1
        )
    FROM there AS a
$$;

COMMENT ON FUNCTION verified_split(timestamptz, timestamptz, integer) IS
    'How many closed tickets were verified in a time, and the moments that divide them to fit, tune and judge a model.';
