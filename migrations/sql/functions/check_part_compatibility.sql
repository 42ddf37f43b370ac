-- Whether a part may go into a unit. reasons are everything that speaks against it (type, make, model, discontinued, OEM
-- parts only by the service configuration at p_at); warnings are what a person should weigh. It warns where the unit's
-- context requires another part for the same purpose, that is one of the same category or one that the compatibility
-- matrix puts beside it, and this one is an alternative there or not spoken of. Always one row: a part or unit that does
-- not exist is not compatible, and reasons says so.
CREATE OR REPLACE FUNCTION check_part_compatibility(
    p_part_number text,
    p_equipment_id uuid,
    p_at timestamptz DEFAULT now()
)
RETURNS TABLE (is_compatible boolean, reasons text[], warnings text[])
LANGUAGE sql
STABLE
ROWS 1
SET search_path = public, pg_temp
AS $$
    WITH part AS (
        SELECT p.*, t.code AS type_code, t.name AS type_name, m.name AS make
        FROM equipment_parts AS p
        JOIN equipment_catalog AS t ON t.id = p.equipment_type_id
        LEFT JOIN manufacturers AS m ON m.id = p.manufacturer_id
        WHERE p.part_number = p_part_number
    ),
    unit AS (
        SELECT
            e.*, t.code AS type_code, t.name AS type_name, m.code AS make_code, m.name AS make,
            replace(e.installed_context, '_', ' ') AS place, s.configuration_id, s.oem_parts_only
        FROM equipment_registry AS e
        JOIN equipment_catalog AS t ON t.id = e.equipment_type_id
        JOIN manufacturers AS m ON m.id = e.manufacturer_id
        LEFT JOIN LATERAL get_service_configuration(e.id, p_at) AS s ON true
        WHERE e.id = p_equipment_id
    ),
    against AS (
        SELECT array_remove(ARRAY[
            CASE WHEN p.id IS NULL THEN
                format('There is no part %s in the catalog: check the part number.', p_part_number)
            END,
            CASE WHEN u.id IS NULL THEN
                format('There is no unit %s in the registry: check its id.', p_equipment_id)
            END,
            CASE WHEN p.equipment_type_id <> u.equipment_type_id THEN
                format('Part %s is for the type %s; the unit is of the type %s.', p.part_number, p.type_name, u.type_name)
            END,
            CASE WHEN p.manufacturer_id <> u.manufacturer_id THEN
                format('Part %s fits units of %s; the unit is one of %s.', p.part_number, p.make, u.make)
            END,
            CASE WHEN p.models <> '{}' AND NOT EXISTS (
                SELECT FROM unnest(p.models) AS fitting WHERE lower(fitting) = lower(u.model)
            ) THEN
                format(
                    'Part %s fits the models %s; the model of the unit is %s.',
                    p.part_number, array_to_string(p.models, ', '), u.model
                )
            END,
            CASE WHEN p.discontinued THEN
                format('Part %s is discontinued: choose one that stands in for it.', p.part_number)
            END,
            CASE WHEN u.oem_parts_only AND NOT p.is_oem THEN
                format(
                    'The unit takes OEM parts only by its service configuration; part %s is a compatible one.',
                    p.part_number
                )
            END
        ], NULL) AS reasons
        FROM (VALUES (1)) AS always
        LEFT JOIN part AS p ON true
        LEFT JOIN unit AS u ON true
    ),
    doubts AS (
        SELECT array_remove(ARRAY[
            CASE WHEN u.configuration_id IS NULL AND NOT p.is_oem THEN
                'No service configuration is in force for the unit: nothing says whether it takes compatible parts.'
            END,
            CASE WHEN p.equipment_type_id = u.equipment_type_id AND COALESCE(here.priority, 'alternative') = 'alternative'
            THEN (
                SELECT format(
                    'In the context %s the unit requires %s; part %s is %s there.',
                    u.place,
                    string_agg(r.name || ' (' || r.part_number || ')', ' or ' ORDER BY r.part_number),
                    p.part_number,
                    CASE WHEN here.priority IS NULL THEN 'not listed' ELSE 'only an alternative' END
                )
                FROM get_context_specific_parts(
                    u.type_code, u.installed_context, u.make_code, u.model, COALESCE(u.oem_parts_only, false)
                ) AS r
                WHERE r.priority = 'required'
                    AND (
                        r.category = p.category
                        OR EXISTS (
                            SELECT FROM equipment_compatibility AS c
                            WHERE (c.part_id, c.alternative_part_id) IN ((p.id, r.part_id), (r.part_id, p.id))
                        )
                    )
                HAVING count(*) > 0
            ) END
        ], NULL) AS warnings
        FROM part AS p
        CROSS JOIN unit AS u
        LEFT JOIN equipment_parts_context AS here
            ON here.part_id = p.id AND here.installed_context = u.installed_context
    )
    SELECT a.reasons = '{}', a.reasons, COALESCE(d.warnings, '{}')
    FROM against AS a
    LEFT JOIN doubts AS d ON true
$$;

COMMENT ON FUNCTION check_part_compatibility(text, uuid, timestamptz) IS
    'Whether a part may go into a unit: one row with every reason against it and what to weigh.';
