-- requires: parts_on_order, registry_row
-- A part with all that is known of its stock, as JSON: where it lies, what is kept for which ticket, what is on its way
-- between places, its levels, and the last p_limit movements, newest first. NULL where there is no such part.
CREATE OR REPLACE FUNCTION read_stock(p_part text, p_limit integer DEFAULT 50)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'part_number', p.part_number,
        'name', p.name,
        'on_hand', p.stock_quantity,
        'reorder_level', p.reorder_level,
        'discontinued', p.discontinued,
        'lead_time_days', extract(epoch FROM p.lead_time)::float8 / 86400,
        'on_order', o.quantity,
        'expected_at', o.expected_at,
        'balances', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'location', l.code, 'kind', l.kind, 'lot', k.code, 'is_serial', COALESCE(k.is_serial, false),
                    'expires_on', k.expires_on, 'blocked', k.block_reason, 'quantity', b.quantity,
                    'reserved', b.reserved, 'version', b.version
                )
                ORDER BY l.code, k.expires_on NULLS LAST, k.code
            )
            FROM stock_balances AS b
            JOIN stock_locations AS l ON l.id = b.location_id
            LEFT JOIN stock_lots AS k ON k.id = b.lot_id
            WHERE b.part_id = p.id
        ), '[]'),
        'reservations', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'ticket', t.number, 'location', l.code, 'lot', k.code, 'quantity', r.quantity,
                    'until', r.held_until, 'by', r.reserved_by_code, 'at', r.reserved_at
                )
                ORDER BY r.id
            )
            FROM stock_reservations AS r
            JOIN service_tickets AS t ON t.id = r.ticket_id
            JOIN stock_locations AS l ON l.id = r.location_id
            LEFT JOIN stock_lots AS k ON k.id = r.lot_id
            WHERE r.part_id = p.id AND r.status = 'held'
        ), '[]'),
        'transfers', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'transfer', m.id, 'from', f.code, 'to', l.code, 'lot', k.code,
                    'quantity', m.quantity - g.arrived, 'at', m.moved_at, 'by', m.actor_code
                )
                ORDER BY m.id
            )
            FROM stock_movements AS m
            JOIN stock_locations AS f ON f.id = m.from_location_id
            JOIN stock_locations AS l ON l.id = m.to_location_id
            LEFT JOIN stock_lots AS k ON k.id = m.lot_id
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(i.quantity), 0) AS arrived FROM stock_movements AS i WHERE i.transfer_id = m.id
            ) AS g
            WHERE m.part_id = p.id AND m.kind = 'transfer_out' AND m.quantity > g.arrived
        ), '[]'),
        'levels', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object('location', l.code, 'minimum', v.minimum, 'reorder_point', v.reorder_point)
                ORDER BY l.code
            )
            FROM stock_levels AS v
            JOIN stock_locations AS l ON l.id = v.location_id
            WHERE v.part_id = p.id
        ), '[]'),
        'movements', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'kind', m.kind, 'from', f.code, 'to', l.code, 'lot', k.code, 'quantity', m.quantity,
                    'ticket', t.number, 'reason', m.reason, 'by', m.actor_code, 'at', m.moved_at
                )
                ORDER BY m.id DESC
            )
            FROM (
                SELECT n.* FROM stock_movements AS n WHERE n.part_id = p.id ORDER BY n.id DESC LIMIT p_limit
            ) AS m
            LEFT JOIN stock_locations AS f ON f.id = m.from_location_id
            LEFT JOIN stock_locations AS l ON l.id = m.to_location_id
            LEFT JOIN stock_lots AS k ON k.id = m.lot_id
            LEFT JOIN service_tickets AS t ON t.id = m.ticket_id
        ), '[]')
    )
    FROM equipment_parts AS p
    CROSS JOIN LATERAL parts_on_order(p.id) AS o
    WHERE p.id = registry_row('parts', p_part)
$$;

COMMENT ON FUNCTION read_stock(text, integer) IS
    'A part with balances, reservations, transfers, levels and its last movements, as JSON; NULL: no such part.';
