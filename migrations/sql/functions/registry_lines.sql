-- What a row of the registry has several of, by the field: objects in their order. {} where a kind has nothing such.
CREATE OR REPLACE FUNCTION registry_lines(p_kind text, p_id uuid)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_lines jsonb := '{}';
BEGIN
    CASE p_kind
        WHEN 'calendars' THEN
            SELECT jsonb_build_object(
                'hours', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)
                        ORDER BY h.weekday, h.opens
                    )
                    FROM business_calendar_hours AS h
                    WHERE h.calendar_id = p_id
                ), '[]'),
                'holidays', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object('day', f.day, 'name', f.name, 'opens', f.opens, 'closes', f.closes)
                        ORDER BY f.day
                    )
                    FROM business_calendar_holidays AS f
                    WHERE f.calendar_id = p_id
                ), '[]'),
                'special_days', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object('day', e.day, 'opens', e.opens, 'closes', e.closes, 'name', e.name)
                        ORDER BY e.day, e.opens
                    )
                    FROM business_calendar_exceptions AS e
                    WHERE e.calendar_id = p_id
                ), '[]')
            )
            INTO v_lines;
        WHEN 'parts' THEN
            SELECT jsonb_build_object(
                'contexts', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object(
                            'installed_context', x.installed_context, 'priority', x.priority, 'quantity', x.quantity,
                            'requirements', x.requirements, 'notes', x.notes
                        )
                        ORDER BY x.installed_context
                    )
                    FROM equipment_parts_context AS x
                    WHERE x.part_id = p_id
                ), '[]'),
                'alternatives', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object(
                            'part', o.part_number, 'kind', a.kind, 'is_interchangeable', a.is_interchangeable,
                            'contexts', a.contexts, 'notes', a.notes
                        )
                        ORDER BY o.part_number
                    )
                    FROM equipment_compatibility AS a
                    JOIN equipment_parts AS o ON o.id = a.alternative_part_id
                    WHERE a.part_id = p_id
                ), '[]')
            )
            INTO v_lines;
        WHEN 'engineers' THEN
            SELECT jsonb_build_object(
                'qualifications', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object(
                            'equipment_type', t.code, 'manufacturer', m.code, 'support_level', x.support_level,
                            'capabilities', x.capabilities, 'years_of_experience', x.years_of_experience,
                            'required_certification', x.required_certification
                        )
                        ORDER BY t.code, m.code
                    )
                    FROM engineer_equipment_expertise AS x
                    JOIN equipment_catalog AS t ON t.id = x.equipment_type_id
                    LEFT JOIN manufacturers AS m ON m.id = x.manufacturer_id
                    WHERE x.engineer_id = p_id AND x.active
                ), '[]'),
                'certificates', COALESCE((
                    SELECT jsonb_agg(
                        jsonb_build_object(
                            'certification', c.certification, 'issuing_organization', c.issuing_organization,
                            'certificate_number', c.certificate_number, 'issued_on', c.issued_on,
                            'expires_on', c.expires_on, 'equipment_type', t.code, 'manufacturer', m.code,
                            'revoked_on', c.revoked_on
                        )
                        ORDER BY c.certification, c.issued_on, c.certificate_number
                    )
                    FROM engineer_certifications AS c
                    LEFT JOIN equipment_catalog AS t ON t.id = c.equipment_type_id
                    LEFT JOIN manufacturers AS m ON m.id = c.manufacturer_id
                    WHERE c.engineer_id = p_id
                ), '[]')
            )
            INTO v_lines;
        ELSE
            NULL;
    END CASE;
    RETURN v_lines;
END
$$;

COMMENT ON FUNCTION registry_lines(text, uuid) IS 'What a row of the registry has several of, by the field.';
