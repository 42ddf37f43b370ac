-- How closed tickets with a cause that was verified since p_since divide in time: the newest fifth is held back, at most
-- p_most; the fifth before, at most p_most, is for tuning. Each part begins at a moment, so tickets of one moment are
-- never divided. tickets: how many there are; first and last: the moments of the oldest and the newest one.
CREATE OR REPLACE FUNCTION verified_split(p_since timestamptz, p_most integer)
RETURNS TABLE (
    tickets bigint, first timestamptz, tune_from timestamptz, held_from timestamptz, last timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH there AS (
        SELECT
            count(*) AS tickets,
            min(t.verified_at) AS first,
            max(t.verified_at) AS last,
            LEAST(p_most, greatest(count(*) / 5, 1)) AS share
        FROM service_tickets AS t
        WHERE t.status = 'closed' AND t.verified_at >= p_since
    )
    SELECT
        a.tickets,
        a.first,
        (
            SELECT t.verified_at
            FROM service_tickets AS t
            WHERE t.status = 'closed' AND t.verified_at >= p_since
            ORDER BY t.verified_at DESC
            OFFSET 2 * a.share - 1
            LIMIT 1
        ),
        (
            SELECT t.verified_at
            FROM service_tickets AS t
            WHERE t.status = 'closed' AND t.verified_at >= p_since
            ORDER BY t.verified_at DESC
            OFFSET a.share - 1
            LIMIT 1
        ),
        a.last
    FROM there AS a
$$;

COMMENT ON FUNCTION verified_split(timestamptz, integer) IS
    'How many closed tickets were verified since then, and the moments that divide them to fit, tune and judge a model.';
