-- The parts that matter where a unit is installed, most needed first: an ICU ventilator requires the high-flow tube. Of
-- equally needed parts those that are in stock come first. Which parts fit is what get_parts_by_equipment() says;
-- discontinued ones are never proposed, nor compatible ones (not OEM) where only OEM parts are allowed.
CREATE OR REPLACE FUNCTION get_context_specific_parts(
    p_equipment_type text,
    p_installed_context text,
    p_manufacturer text DEFAULT NULL,
    p_model text DEFAULT NULL,
    p_oem_only boolean DEFAULT false
)
RETURNS TABLE (
    part_id uuid,
    part_number text,
    name text,
    category text,
    is_oem boolean,
    manufacturer text,
    priority text,
    quantity integer,
    requirements text,
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
    SELECT
        p.part_id, p.part_number, p.name, p.category, p.is_oem, p.manufacturer, c.priority, c.quantity,
        c.requirements, c.notes, p.unit_price, p.currency, p.stock_quantity, p.stock_status, p.lead_time
    FROM get_parts_by_equipment(p_equipment_type, p_manufacturer, p_model) AS p
    JOIN equipment_parts_context AS c ON c.part_id = p.part_id AND c.installed_context = p_installed_context
    WHERE p.is_oem OR NOT p_oem_only
    ORDER BY
        array_position(ARRAY['required', 'preferred', 'optional', 'alternative'], c.priority),
        p.stock_quantity = 0,
        p.part_number
$$;

COMMENT ON FUNCTION get_context_specific_parts(text, text, text, text, boolean) IS
    'Parts that an installation context requires, prefers, allows or takes as an alternative, in that order.';
