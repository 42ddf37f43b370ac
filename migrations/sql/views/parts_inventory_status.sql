-- What is in stock, what is on its way, how fast it goes: one row per part.
-- stock_value = stock_quantity × unit_price, in currency. Used: quantity_used of all tickets; in 90 days: of what was
-- used (used_at) in the last 90 days. tickets_used: tickets that used at least one.
-- quantity_outstanding: on order, that is ordered and not received, unless cancelled. quantity_to_order: what running
-- tickets have identified or requested and nobody has ordered yet.
-- days_of_stock_left = stock_quantity ÷ (quantity_used_90_days ÷ 90); NULL where none was used in 90 days.
CREATE VIEW parts_inventory_status AS
SELECT
    p.id AS part_id,
    p.part_number,
    p.name,
    p.category,
    k.code AS equipment_type_code,
    k.name AS equipment_type_name,
    m.code AS manufacturer_code,
    m.name AS manufacturer_name,
    p.is_oem,
    p.discontinued,
    p.stock_quantity,
    p.reorder_level,
    stock_status(p.stock_quantity, p.reorder_level, p.discontinued) AS stock_status,
    p.unit_price,
    p.currency,
    p.stock_quantity * p.unit_price AS stock_value,
    p.lead_time,
    p.lifespan,
    u.tickets_used,
    u.quantity_used_90_days,
    u.quantity_used,
    u.quantity_wasted,
    u.quantity_returned,
    u.quantity_outstanding,
    u.quantity_to_order,
    round(p.stock_quantity * 90.0 / NULLIF(u.quantity_used_90_days, 0), 2) AS days_of_stock_left
FROM equipment_parts AS p
JOIN equipment_catalog AS k ON k.id = p.equipment_type_id
LEFT JOIN manufacturers AS m ON m.id = p.manufacturer_id
CROSS JOIN LATERAL (
    SELECT
        count(DISTINCT r.ticket_id) FILTER (WHERE r.quantity_used > 0) AS tickets_used,
        COALESCE(sum(r.quantity_used) FILTER (WHERE r.used_at >= now() - interval '90 days'), 0)
            AS quantity_used_90_days,
        COALESCE(sum(r.quantity_used), 0) AS quantity_used,
        COALESCE(sum(r.quantity_wasted), 0) AS quantity_wasted,
        COALESCE(sum(r.quantity_returned), 0) AS quantity_returned,
        COALESCE(sum(r.quantity_ordered - r.quantity_received) FILTER (WHERE r.status <> 'cancelled'), 0)
            AS quantity_outstanding,
        COALESCE(
            sum(greatest(r.quantity_identified - r.quantity_ordered, 0)) FILTER (
                WHERE r.status IN ('identified', 'requested')
                    AND EXISTS (
                        SELECT FROM service_tickets AS t WHERE t.id = r.ticket_id AND t.status IN ('open', 'on_hold')
                    )
            ),
            0
        ) AS quantity_to_order
    FROM ticket_parts_required AS r
    WHERE r.part_id = p.id
) AS u;

COMMENT ON VIEW parts_inventory_status IS
    'One row per part: stock, its state and value, use, what is on order, days of stock left at the 90-day rate.';
