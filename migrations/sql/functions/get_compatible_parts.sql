-- What may stand in for a part, by the compatibility matrix: forwards as an entry says, backwards where the two are
-- interchangeable. An entry that names contexts holds in those alone, in both directions; without p_installed_context
-- every entry is shown, and the column contexts says where it holds. An alternative that two entries name comes once, by
-- the better entry. Discontinued alternatives are left out; the part itself may be discontinued, which is when one asks.
CREATE OR REPLACE FUNCTION get_compatible_parts(
    p_part_number text,
    p_installed_context text DEFAULT NULL,
    p_oem_only boolean DEFAULT false
)
RETURNS TABLE (
    part_id uuid,
    part_number text,
    name text,
    category text,
    is_oem boolean,
    manufacturer text,
    kind text,
    direction text,
    contexts text[],
    notes text,
    unit_price numeric,
    currency text,
    stock_quantity integer,
    stock_status text,
    lead_time interval
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH entries AS (
        SELECT c.alternative_part_id AS other_id, 'forwards' AS direction, c.kind, c.contexts, c.notes
        FROM equipment_parts AS asked
        JOIN equipment_compatibility AS c ON c.part_id = asked.id
        WHERE asked.part_number = p_part_number
        UNION ALL
        SELECT c.part_id, 'backwards', c.kind, c.contexts, c.notes
        FROM equipment_parts AS asked
        JOIN equipment_compatibility AS c ON c.alternative_part_id = asked.id AND c.is_interchangeable
        WHERE asked.part_number = p_part_number
    ),
    best AS (
        SELECT DISTINCT ON (e.other_id) e.*, ranked.rank
        FROM entries AS e
        CROSS JOIN LATERAL (
            SELECT array_position(ARRAY['identical', 'equivalent', 'with_adapter', 'temporary'], e.kind) AS rank
        ) AS ranked
        WHERE p_installed_context IS NULL OR e.contexts = '{}' OR p_installed_context = ANY (e.contexts)
        ORDER BY e.other_id, ranked.rank, e.direction DESC
    )
    SELECT
        p.id, p.part_number, p.name, p.category, p.is_oem, m.code, b.kind, b.direction, b.contexts, b.notes,
        p.unit_price, p.currency, p.stock_quantity, stock_status(p.stock_quantity, p.reorder_level, p.discontinued),
        p.lead_time
    FROM best AS b
    JOIN equipment_parts AS p ON p.id = b.other_id
    LEFT JOIN manufacturers AS m ON m.id = p.manufacturer_id
    WHERE NOT p.discontinued AND (p.is_oem OR NOT p_oem_only)
    ORDER BY p.stock_quantity = 0, b.rank, p.lead_time, p.part_number
$$;

COMMENT ON FUNCTION get_compatible_parts(text, text, boolean) IS
    'Parts that may stand in for a part (by number), in stock first, then the best kind; never itself.';
