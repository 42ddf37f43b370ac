-- Units whose serial number looks like a reference that none has, the likeliest first, at most three. p_variants are the
-- spellings that are one slip away from it (see models/spelling.py).
CREATE OR REPLACE FUNCTION resembling_units(p_reference text, p_variants text[])
RETURNS TABLE (serial text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT n.serial
    FROM (
        SELECT e.serial, 1 AS place
        FROM equipment_registry AS e
        WHERE spelling_look(e.serial) = spelling_look(p_reference) AND spelling_look(p_reference) <> ''
        UNION ALL
        SELECT e.serial, 2
        FROM equipment_registry AS e
        WHERE spelling_key(e.serial) = ANY (p_variants)
        UNION ALL
        (
            -- What was cut off at its end.
            SELECT e.serial, 3
            FROM equipment_registry AS e
            WHERE length(p_reference) >= 4
                AND spelling_key(e.serial) >= spelling_key(p_reference)
                AND spelling_key(e.serial) < spelling_key(p_reference) || U&'\+10FFFD'
            ORDER BY spelling_key(e.serial)
            LIMIT 3
        )
    ) AS n
    GROUP BY n.serial
    ORDER BY min(n.place), abs(length(n.serial) - length(p_reference)), n.serial
    LIMIT 3
$$;

COMMENT ON FUNCTION resembling_units(text, text[]) IS
    'At most three serial numbers that a reference which no unit has may mean, the likeliest first.';
