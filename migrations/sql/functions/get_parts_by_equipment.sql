-- The parts of a type of equipment, all of them or those that fit one make and model. A part without a make fits any
-- make (one that is not on record as well), one without models fits every model; models are compared without case.
CREATE OR REPLACE FUNCTION get_parts_by_equipment(
    p_equipment_type text,
    p_manufacturer text DEFAULT NULL,
    p_model text DEFAULT NULL,
    p_include_discontinued boolean DEFAULT false
)
RETURNS TABLE (
    part_id uuid,
    part_number text,
    name text,
    category text,
    is_oem boolean,
    manufacturer text,
    models text[],
    unit_price numeric,
    currency text,
    lifespan interval,
    stock_quantity integer,
    stock_status text,
    lead_time interval
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        p.id, p.part_number, p.name, p.category, p.is_oem, m.code, p.models, p.unit_price, p.currency, p.lifespan,
        p.stock_quantity, stock_status(p.stock_quantity, p.reorder_level, p.discontinued), p.lead_time
    FROM equipment_catalog AS t
    JOIN equipment_parts AS p ON p.equipment_type_id = t.id
    LEFT JOIN manufacturers AS m ON m.id = p.manufacturer_id
    WHERE t.code = p_equipment_type
        AND (p_manufacturer IS NULL OR m.code IS NULL OR m.code = p_manufacturer)
        AND (
            p_model IS NULL
            OR p.models = '{}'
            OR EXISTS (SELECT FROM unnest(p.models) AS fitting WHERE lower(fitting) = lower(p_model))
        )
        AND (p_include_discontinued OR NOT p.discontinued)
    ORDER BY
        p.discontinued,
        array_position(
            ARRAY['primary_component', 'secondary_component', 'power_supply', 'sensor', 'accessory', 'consumable'],
            p.category
        ),
        p.name,
        p.part_number
$$;

COMMENT ON FUNCTION get_parts_by_equipment(text, text, text, boolean) IS
    'Parts of a type of equipment (by code), or those that fit a make and model: main components first.';
