-- Certificates of engineers and when they run out: one row per certificate. Today is the day where the engineer lives.
-- status: certification_status() today. days_until_expiry: days to the last valid day, 0 on it, negative after it, NULL
-- without end. renewal_state, as get_engineer_certifications() has it: renewed (a certificate that follows it is issued
-- and not revoked), requested, due (expiring or expired, and nobody has asked), not_due. Scope names are NULL where the
-- certificate is for any.
CREATE VIEW engineer_certification_status AS
SELECT
    c.id AS certification_id,
    e.id AS engineer_id,
    e.code AS engineer_code,
    e.name AS engineer_name,
    e.active AS engineer_active,
    c.certification,
    c.issuing_organization,
    c.certificate_number,
    k.code AS equipment_type_code,
    k.name AS equipment_type_name,
    m.code AS manufacturer_code,
    m.name AS manufacturer_name,
    c.issued_on,
    c.expires_on,
    c.revoked_on,
    s.status,
    c.expires_on - s.today AS days_until_expiry,
    CASE
        WHEN n.id IS NOT NULL THEN 'renewed'
        WHEN c.renewal_requested_on <= s.today THEN 'requested'
        WHEN s.status IN ('expiring', 'expired') THEN 'due'
        ELSE 'not_due'
    END AS renewal_state,
    c.renewal_requested_on,
    n.certificate_number AS renewed_by
FROM engineer_certifications AS c
JOIN engineers AS e ON e.id = c.engineer_id
LEFT JOIN equipment_catalog AS k ON k.id = c.equipment_type_id
LEFT JOIN manufacturers AS m ON m.id = c.manufacturer_id
CROSS JOIN LATERAL (
    SELECT d.today, certification_status(c.issued_on, c.expires_on, c.revoked_on, d.today) AS status
    FROM (SELECT (now() AT TIME ZONE e.time_zone)::date AS today) AS d
) AS s
LEFT JOIN engineer_certifications AS n
    ON n.renews_id = c.id AND n.issued_on <= s.today AND (n.revoked_on IS NULL OR s.today < n.revoked_on);

COMMENT ON VIEW engineer_certification_status IS
    'One row per certificate: whose, for what, its status today, days until it expires, how far its renewal is.';
