-- Where stock is not what its movements and reservations make of it. Nothing, unless somebody wrote it by hand:
--   balance   a place holds another number than its movements add up to
--   reserved  another number is kept at a place than its reservations hold
--   total     a part has another stock_quantity than its places hold
--   orphan    something is kept for a ticket that has ended
CREATE OR REPLACE FUNCTION find_stock_breaks()
RETURNS TABLE (kind text, part_number text, place text, expected bigint, found bigint)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    WITH steps AS (
        SELECT m.part_id, m.from_location_id AS location_id, m.lot_id, -m.quantity AS quantity
        FROM stock_movements AS m
        WHERE m.from_location_id IS NOT NULL AND m.kind <> 'transfer_in'
        UNION ALL
        SELECT m.part_id, m.to_location_id, m.lot_id, m.quantity
        FROM stock_movements AS m
        WHERE m.to_location_id IS NOT NULL AND m.kind <> 'transfer_out'
        UNION ALL
        SELECT b.part_id, b.location_id, b.lot_id, 0 FROM stock_balances AS b
    ),
    ledger AS (
        SELECT s.part_id, s.location_id, s.lot_id, sum(s.quantity) AS quantity
        FROM steps AS s
        GROUP BY s.part_id, s.location_id, s.lot_id
    ),
    held AS (
        SELECT r.part_id, r.location_id, r.lot_id, sum(r.quantity) AS quantity
        FROM stock_reservations AS r
        WHERE r.status = 'held'
        GROUP BY r.part_id, r.location_id, r.lot_id
    ),
    found AS (
        SELECT 'balance' AS kind, e.part_id, l.code AS place, e.quantity AS expected, COALESCE(b.quantity, 0) AS found
        FROM ledger AS e
        JOIN stock_locations AS l ON l.id = e.location_id
        LEFT JOIN stock_balances AS b
            ON b.part_id = e.part_id AND b.location_id = e.location_id AND b.lot_id IS NOT DISTINCT FROM e.lot_id
        WHERE e.quantity <> COALESCE(b.quantity, 0)
        UNION ALL
        SELECT 'reserved', e.part_id, l.code, COALESCE(h.quantity, 0), COALESCE(b.reserved, 0)
        FROM ledger AS e
        JOIN stock_locations AS l ON l.id = e.location_id
        LEFT JOIN stock_balances AS b
            ON b.part_id = e.part_id AND b.location_id = e.location_id AND b.lot_id IS NOT DISTINCT FROM e.lot_id
        LEFT JOIN held AS h
            ON h.part_id = e.part_id AND h.location_id = e.location_id AND h.lot_id IS NOT DISTINCT FROM e.lot_id
        WHERE COALESCE(h.quantity, 0) <> COALESCE(b.reserved, 0)
        UNION ALL
        SELECT 'total', p.id, NULL, t.quantity, p.stock_quantity
        FROM equipment_parts AS p
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(b.quantity), 0) AS quantity FROM stock_balances AS b WHERE b.part_id = p.id
        ) AS t
        WHERE t.quantity <> p.stock_quantity
        UNION ALL
        SELECT 'orphan', r.part_id, t.number, 0, sum(r.quantity)
        FROM stock_reservations AS r
        JOIN service_tickets AS t ON t.id = r.ticket_id
        WHERE r.status = 'held' AND t.status IN ('closed', 'cancelled')
        GROUP BY r.part_id, t.number
    )
    SELECT f.kind, p.part_number, f.place, f.expected, f.found
    FROM found AS f
    JOIN equipment_parts AS p ON p.id = f.part_id
    ORDER BY 2, 1, 3
$$;

COMMENT ON FUNCTION find_stock_breaks() IS
    'Where stock is not what its movements and reservations make of it: balance, reserved, total, orphan.';
