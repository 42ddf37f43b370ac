-- requires: list_stock
-- What should be ordered or moved now. A part whose free ones, with those on their way and on order, are at its reorder
-- level or below is to be ordered, up to one more than that. A place that is at its own reorder point or below is to be
-- filled up from a store that has some, or by an order where none has. location NULL: of the house as a whole.
CREATE OR REPLACE FUNCTION propose_reorders()
RETURNS TABLE (
    part_number text, name text, location text, free bigint, coming bigint, on_order bigint, point integer,
    quantity bigint, move_from text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        s.part_number, s.name, NULL, s.free, s.in_transit, s.on_order, s.reorder_level,
        s.reorder_level + 1 - s.free - s.in_transit - s.on_order, NULL
    FROM list_stock(NULL, NULL, true, 1000000) AS s
    UNION ALL
    SELECT
        p.part_number, p.name, l.code, s.free, s.in_transit, s.on_order, v.reorder_point,
        v.reorder_point + 1 - s.free - s.in_transit,
        (
            SELECT o.code
            FROM stock_balances AS b
            JOIN stock_locations AS o ON o.id = b.location_id AND o.kind = 'store' AND o.active AND o.id <> l.id
            LEFT JOIN stock_lots AS k ON k.id = b.lot_id
            WHERE b.part_id = p.id
                AND k.blocked_at IS NULL
                AND COALESCE(k.expires_on >= (now() AT TIME ZONE 'UTC')::date, true)
            GROUP BY o.code
            HAVING sum(b.quantity - b.reserved) >= v.reorder_point + 1 - s.free - s.in_transit
            ORDER BY sum(b.quantity - b.reserved) DESC, o.code
            LIMIT 1
        )
    FROM stock_levels AS v
    JOIN stock_locations AS l ON l.id = v.location_id AND l.active
    JOIN equipment_parts AS p ON p.id = v.part_id AND NOT p.discontinued
    CROSS JOIN LATERAL (
        SELECT
            (
                SELECT COALESCE(sum(b.quantity - b.reserved), 0)
                FROM stock_balances AS b
                LEFT JOIN stock_lots AS k ON k.id = b.lot_id
                WHERE b.part_id = p.id
                    AND b.location_id = l.id
                    AND k.blocked_at IS NULL
                    AND COALESCE(k.expires_on >= (now() AT TIME ZONE 'UTC')::date, true)
            ) AS free,
            (
                SELECT COALESCE(sum(CASE m.kind WHEN 'transfer_out' THEN m.quantity ELSE -m.quantity END), 0)
                FROM stock_movements AS m
                WHERE m.part_id = p.id AND m.to_location_id = l.id AND m.kind IN ('transfer_out', 'transfer_in')
            ) AS in_transit,
            (SELECT o.quantity FROM parts_on_order(p.id) AS o) AS on_order
    ) AS s
    WHERE s.free + s.in_transit <= v.reorder_point
    ORDER BY 1, 3 NULLS FIRST
$$;

COMMENT ON FUNCTION propose_reorders() IS 'What should be ordered, or moved to a place, and how many, as stock stands now.';
