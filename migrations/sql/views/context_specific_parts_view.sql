-- Which parts a type of equipment needs where it is installed: one row per part and installation context.
-- priority_order sorts: 1 required, 2 preferred, 3 optional, 4 alternative. alternatives_count: parts that may stand in
-- for it in that context, as get_compatible_parts() finds them (both ways where interchangeable, discontinued ones
-- never); alternatives_in_stock: those of them with stock.
CREATE VIEW context_specific_parts_view AS
SELECT
    k.code AS equipment_type_code,
    k.name AS equipment_type_name,
    c.installed_context,
    c.priority,
    CASE c.priority WHEN 'required' THEN 1 WHEN 'preferred' THEN 2 WHEN 'optional' THEN 3 ELSE 4 END AS priority_order,
    p.id AS part_id,
    p.part_number,
    p.name AS part_name,
    p.category,
    m.code AS manufacturer_code,
    m.name AS manufacturer_name,
    p.models,
    p.is_oem,
    c.quantity,
    c.requirements,
    c.notes,
    p.stock_quantity,
    stock_status(p.stock_quantity, p.reorder_level, p.discontinued) AS stock_status,
    p.unit_price,
    p.currency,
    p.lead_time,
    a.alternatives_count,
    a.alternatives_in_stock
FROM equipment_parts_context AS c
JOIN equipment_parts AS p ON p.id = c.part_id
JOIN equipment_catalog AS k ON k.id = p.equipment_type_id
LEFT JOIN manufacturers AS m ON m.id = p.manufacturer_id
CROSS JOIN LATERAL (
    SELECT count(*) AS alternatives_count, count(*) FILTER (WHERE o.stock_quantity > 0) AS alternatives_in_stock
    FROM (
        SELECT f.alternative_part_id AS part_id
        FROM equipment_compatibility AS f
        WHERE f.part_id = p.id AND (f.contexts = '{}' OR c.installed_context = ANY (f.contexts))
        UNION
        SELECT b.part_id
        FROM equipment_compatibility AS b
        WHERE b.alternative_part_id = p.id
            AND b.is_interchangeable
            AND (b.contexts = '{}' OR c.installed_context = ANY (b.contexts))
    ) AS one
    JOIN equipment_parts AS o ON o.id = one.part_id AND NOT o.discontinued
) AS a;

COMMENT ON VIEW context_specific_parts_view IS
    'One row per part and installation context: priority, quantity, requirements, stock and how many alternatives.';
