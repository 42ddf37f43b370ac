-- Engineers × types of equipment: one row per expertise on record (engineer, type, make; no make: any make).
-- certification_active: the engineer holds the required certification today (the day where the engineer lives), for
-- this type and make or more, as certificate_on_day() finds it; NULL where none is required. A certificate of one make
-- does not cover an expertise in any make. certified_until: its last day, NULL without end or without certificate.
-- usable_today: engineer and expertise are active, and no certificate is missing.
CREATE VIEW engineer_expertise_matrix AS
SELECT
    x.id AS expertise_id,
    e.id AS engineer_id,
    e.code AS engineer_code,
    e.name AS engineer_name,
    k.code AS equipment_type_code,
    k.name AS equipment_type_name,
    m.code AS manufacturer_code,
    m.name AS manufacturer_name,
    x.support_level,
    x.capabilities,
    x.years_of_experience,
    x.required_certification,
    CASE WHEN x.required_certification IS NOT NULL THEN c.certificate_id IS NOT NULL END AS certification_active,
    c.certified_until,
    x.active AS expertise_active,
    e.active AS engineer_active,
    x.active AND e.active AND (x.required_certification IS NULL OR c.certificate_id IS NOT NULL) AS usable_today
FROM engineer_equipment_expertise AS x
JOIN engineers AS e ON e.id = x.engineer_id
JOIN equipment_catalog AS k ON k.id = x.equipment_type_id
LEFT JOIN manufacturers AS m ON m.id = x.manufacturer_id
LEFT JOIN LATERAL certificate_on_day(
    x.engineer_id,
    x.required_certification,
    x.equipment_type_id,
    x.manufacturer_id,
    (now() AT TIME ZONE e.time_zone)::date
) AS c ON true;

COMMENT ON VIEW engineer_expertise_matrix IS
    'One row per engineer, type of equipment and make: level, capabilities, certificate, whether it may be used today.';
