-- Who an account is and what it may act as, as `models.access.Principal` reads it. NULL where there is none.
CREATE OR REPLACE FUNCTION account_principal(p_account_id uuid)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'code', a.code,
        'name', a.name,
        'grants', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'role', r.role,
                    'customer', c.code,
                    'site', s.code,
                    'manufacturer', m.code,
                    'engineer', e.code
                )
                ORDER BY r.role, c.code, s.code, m.code, e.code
            )
            FROM account_roles AS r
            LEFT JOIN customers AS c ON c.id = r.customer_id
            LEFT JOIN customer_sites AS s ON s.id = r.site_id
            LEFT JOIN manufacturers AS m ON m.id = r.manufacturer_id
            LEFT JOIN engineers AS e ON e.id = r.engineer_id
            WHERE r.account_id = a.id
        ), '[]')
    )
    FROM accounts AS a
    WHERE a.id = p_account_id
$$;

COMMENT ON FUNCTION account_principal(uuid) IS 'Who an account is and what it may act as, as JSON; NULL: none.';
