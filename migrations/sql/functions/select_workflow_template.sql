-- Which template serves a unit at a moment. The most specific scope wins: type and manufacturer, type, manufacturer,
-- neither (the default); within a scope the highest active version in force. Constraints leave one winner.
CREATE OR REPLACE FUNCTION select_workflow_template(p_equipment_id uuid, p_at timestamptz DEFAULT now())
RETURNS TABLE (template_id uuid, selected_by text)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        t.id,
        CASE
            WHEN t.equipment_type_id IS NOT NULL THEN 'equipment'
            WHEN t.manufacturer_id IS NOT NULL THEN 'manufacturer'
            ELSE 'default'
        END
    FROM equipment_registry AS e
    JOIN workflow_templates AS t
        ON (t.equipment_type_id IS NULL OR t.equipment_type_id = e.equipment_type_id)
        AND (t.manufacturer_id IS NULL OR t.manufacturer_id = e.manufacturer_id)
    WHERE e.id = p_equipment_id
        AND t.active
        AND t.valid_from <= p_at
        AND (t.valid_to IS NULL OR p_at < t.valid_to)
    ORDER BY t.equipment_type_id IS NULL, t.manufacturer_id IS NULL, t.version DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION select_workflow_template(uuid, timestamptz) IS
    'The template for a unit at a moment and the level it was found at; no row where nothing fits.';
