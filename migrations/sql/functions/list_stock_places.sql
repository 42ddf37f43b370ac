-- The places for parts, by their codes, with whose they are and how many parts they hold.
CREATE OR REPLACE FUNCTION list_stock_places()
RETURNS TABLE (code text, name text, kind text, engineer text, site text, active boolean, holds bigint)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        l.code, l.name, l.kind, e.code, c.code || '.' || s.code, l.active,
        (SELECT COALESCE(sum(b.quantity), 0) FROM stock_balances AS b WHERE b.location_id = l.id)
    FROM stock_locations AS l
    LEFT JOIN engineers AS e ON e.id = l.engineer_id
    LEFT JOIN customer_sites AS s ON s.id = l.site_id
    LEFT JOIN customers AS c ON c.id = s.customer_id
    ORDER BY l.code
$$;

COMMENT ON FUNCTION list_stock_places() IS 'The places for parts, with whose they are and how many parts they hold.';
