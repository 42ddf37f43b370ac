-- Engineers × types of equipment: one row per expertise on record (engineer, type, make; no make: any make).
-- certification_valid: the engineer has the required certificate today (UTC), active or expiring by
-- certification_status(), for this type and make or more; NULL where none is required. A certificate of one make does
-- not cover an expertise in any make. usable_today: engineer and expertise are active, and no certificate is missing.
CREATE VIEW engineer_expertise_matrix AS
SELECT
    x.id AS expertise_id,
    e.id AS engineer_id,
    e.code AS engineer_code,
    e.name AS engineer_name,
    k.code AS equipment_type_code,
    k.name AS equipment_type,
    m.code AS manufacturer_code,
    m.name AS manufacturer,
    x.support_level,
    x.capabilities,
    x.years_of_experience,
    x.required_certification,
    c.certification_valid,
    x.active AS expertise_active,
    e.active AS engineer_active,
    x.active AND e.active AND COALESCE(c.certification_valid, true) AS usable_today
FROM engineer_equipment_expertise AS x
JOIN engineers AS e ON e.id = x.engineer_id
JOIN equipment_catalog AS k ON k.id = x.equipment_type_id
LEFT JOIN manufacturers AS m ON m.id = x.manufacturer_id
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN x.required_certification IS NOT NULL THEN EXISTS (
            SELECT
            FROM engineer_certifications AS f
            WHERE f.engineer_id = x.engineer_id
                AND f.certification = x.required_certification
                AND (f.equipment_type_id IS NULL OR f.equipment_type_id = x.equipment_type_id)
                AND (f.manufacturer_id IS NULL OR f.manufacturer_id = x.manufacturer_id)
                AND certification_status(f.issued_on, f.expires_on, f.revoked_on, (now() AT TIME ZONE 'UTC')::date)
                    IN ('active', 'expiring')
        )
    END AS certification_valid
) AS c;

COMMENT ON VIEW engineer_expertise_matrix IS
    'One row per engineer, type of equipment and make: level, capabilities, certificate, whether it may be used today.';
