-- The certificates of an engineer that are valid on a day, or (p_include_expired) all of them: expired, revoked and not
-- yet valid ones too. days_left: 0 on the last day, negative after it, NULL without end. renewal: renewed (a certificate
-- that follows it is issued and not revoked), requested, due (expiring or expired, and nobody asked), not_due.
CREATE OR REPLACE FUNCTION get_engineer_certifications(
    p_engineer_code text,
    p_on date DEFAULT current_date,
    p_include_expired boolean DEFAULT false
)
RETURNS TABLE (
    certification text,
    equipment_type text,
    manufacturer text,
    issuing_organization text,
    certificate_number text,
    issued_on date,
    expires_on date,
    revoked_on date,
    status text,
    days_left integer,
    renewal text,
    renewal_requested_on date,
    renewed_by text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        c.certification, t.code, m.code, c.issuing_organization, c.certificate_number, c.issued_on, c.expires_on,
        c.revoked_on, found.status, c.expires_on - p_on,
        CASE
            WHEN next.id IS NOT NULL THEN 'renewed'
            WHEN c.renewal_requested_on <= p_on THEN 'requested'
            WHEN found.status IN ('expiring', 'expired') THEN 'due'
            ELSE 'not_due'
        END,
        c.renewal_requested_on,
        next.certificate_number
    FROM engineers AS e
    JOIN engineer_certifications AS c ON c.engineer_id = e.id
    CROSS JOIN LATERAL (
        SELECT certification_status(c.issued_on, c.expires_on, c.revoked_on, p_on) AS status
    ) AS found
    LEFT JOIN equipment_catalog AS t ON t.id = c.equipment_type_id
    LEFT JOIN manufacturers AS m ON m.id = c.manufacturer_id
    LEFT JOIN engineer_certifications AS next
        ON next.renews_id = c.id
        AND next.issued_on <= p_on
        AND (next.revoked_on IS NULL OR p_on < next.revoked_on)
    WHERE e.code = p_engineer_code
        AND (p_include_expired OR found.status IN ('active', 'expiring'))
    ORDER BY c.certification, c.expires_on NULLS LAST, c.issued_on, c.certificate_number
$$;

COMMENT ON FUNCTION get_engineer_certifications(text, date, boolean) IS
    'Certificates of an engineer (by code) on a day, with status, days left and how far the renewal is.';
