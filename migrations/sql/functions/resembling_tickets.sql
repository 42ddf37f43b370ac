-- Tickets that a reference which names none may mean, the likeliest first, at most three, each by what it is called.
-- p_variants are the spellings that are one slip away from it (see models/spelling.py). A number may lack its zeros, its
-- year or its FC.
CREATE OR REPLACE FUNCTION resembling_tickets(p_reference text, p_variants text[])
RETURNS TABLE (reference text)
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_name text := lower(p_reference COLLATE "C");
    v_digits text := substring(p_reference FROM '(?i)^(?:FC)?[- ]?(?:20\d\d[- ]?)?0*(\d{1,12})$');
    v_year integer := coalesce(
        substring(p_reference FROM '(?i)^(?:FC)?[- ]?(20\d\d)[- ]?\d'), to_char(now() AT TIME ZONE 'UTC', 'YYYY')
    )::integer;
BEGIN
    RETURN QUERY
    SELECT n.name
    FROM (
        SELECT t.workflow_id AS name, 1 AS place
        FROM service_tickets AS t
        WHERE lower(t.workflow_id COLLATE "C") = v_name
        UNION ALL
        SELECT t.number, CASE WHEN t.number LIKE format('FC-%s-%%', v_year) THEN 2 ELSE 3 END
        FROM service_tickets AS t
        WHERE t.number = ANY (ARRAY[
            format('FC-%s-%s', v_year, lpad(v_digits, greatest(6, length(v_digits)), '0')),
            format('FC-%s-%s', v_year - 1, lpad(v_digits, greatest(6, length(v_digits)), '0'))
        ])
        UNION ALL
        SELECT t.number, 4
        FROM service_tickets AS t
        WHERE t.number = ANY (SELECT upper(v COLLATE "C") FROM unnest(p_variants) AS v)
        UNION ALL
        SELECT t.workflow_id, 4
        FROM service_tickets AS t
        WHERE lower(t.workflow_id COLLATE "C") = ANY (p_variants)
    ) AS n
    GROUP BY n.name
    ORDER BY min(n.place), n.name DESC
    LIMIT 3;
END
$$;

COMMENT ON FUNCTION resembling_tickets(text, text[]) IS
    'At most three tickets, by number or key, that a reference which names none may mean, the likeliest first.';
