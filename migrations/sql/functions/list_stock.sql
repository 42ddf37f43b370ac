-- requires: parts_on_order, stock_status
-- Parts with what there is of them, by part number after p_after: those whose number or name has each word of p_search; with
-- p_location (a code) what lies there alone; with p_low those at their reorder level or below, counting what is on its way
-- and on order. free = on hand − reserved, without what is blocked, expired or in quarantine (unusable).
CREATE OR REPLACE FUNCTION list_stock(
    p_search text, p_location text, p_low boolean, p_limit integer, p_after text DEFAULT NULL
)
RETURNS TABLE (
    part_number text,
    name text,
    on_hand bigint,
    reserved bigint,
    unusable bigint,
    free bigint,
    in_transit bigint,
    on_order bigint,
    reorder_level integer,
    stock_status text,
    discontinued boolean
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        p.part_number, p.name, b.on_hand, b.reserved, b.unusable, b.on_hand - b.unusable - b.reserved_usable,
        w.in_transit, o.quantity, p.reorder_level,
        stock_status(b.on_hand::integer, p.reorder_level, p.discontinued), p.discontinued
    FROM equipment_parts AS p
    CROSS JOIN LATERAL (
        SELECT
            COALESCE(sum(b.quantity), 0) AS on_hand,
            COALESCE(sum(b.reserved), 0) AS reserved,
            COALESCE(sum(b.quantity) FILTER (WHERE u.unusable), 0) AS unusable,
            COALESCE(sum(b.reserved) FILTER (WHERE NOT u.unusable), 0) AS reserved_usable
        FROM stock_balances AS b
        JOIN stock_locations AS l ON l.id = b.location_id
        LEFT JOIN stock_lots AS k ON k.id = b.lot_id
        CROSS JOIN LATERAL (
            SELECT l.kind = 'quarantine'
                OR k.blocked_at IS NOT NULL
                OR COALESCE(k.expires_on < (now() AT TIME ZONE 'UTC')::date, false) AS unusable
        ) AS u
        WHERE b.part_id = p.id AND (p_location IS NULL OR l.code = upper(p_location COLLATE "C"))
    ) AS b
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(CASE m.kind WHEN 'transfer_out' THEN m.quantity ELSE -m.quantity END), 0) AS in_transit
        FROM stock_movements AS m
        JOIN stock_locations AS l ON l.id = m.to_location_id
        WHERE m.part_id = p.id
            AND m.kind IN ('transfer_out', 'transfer_in')
            AND (p_location IS NULL OR l.code = upper(p_location COLLATE "C"))
    ) AS w
    CROSS JOIN LATERAL parts_on_order(p.id) AS o
    WHERE (p_after IS NULL OR p.part_number > p_after)
        AND NOT EXISTS (
            SELECT
            FROM regexp_split_to_table(btrim(COALESCE(p_search, '')), '\s+') AS s (word)
            WHERE position(lower(s.word) IN lower(p.part_number || ' ' || p.name)) = 0
        )
        AND (p_location IS NULL OR b.on_hand > 0 OR w.in_transit > 0)
        AND (
            NOT p_low
            OR (
                NOT p.discontinued
                AND b.on_hand - b.unusable - b.reserved_usable + w.in_transit + o.quantity <= p.reorder_level
            )
        )
    ORDER BY p.part_number
    LIMIT p_limit
$$;

COMMENT ON FUNCTION list_stock(text, text, boolean, integer, text) IS
    'Parts with what is there, kept, free, on its way and on order; by words, by place, or what is low.';
