-- requires: find_units, ticket_in_scope
-- Units by their serial numbers, a page at a time, each with the numbers of its tickets that have not ended, as far as they
-- are those of whoever asks. Filters that are NULL filter nothing: p_customer a customer's code, p_reference what a unit is
-- named by (see find_units). p_after is the serial number and id that the page before ended with, as
-- `serial<newline>id`. p_scope: whose units they are, a list of {customer, site, manufacturer}, each with what it has to
-- be; one of them fits. {} fits every unit, [] none; what has another field fits none.
CREATE OR REPLACE FUNCTION list_units(
    p_customer text DEFAULT NULL,
    p_reference text DEFAULT NULL,
    p_limit integer DEFAULT 50,
    p_after text DEFAULT NULL,
    p_scope jsonb DEFAULT NULL
)
RETURNS TABLE (
    equipment_id uuid,
    serial text,
    udi text,
    equipment_type text,
    equipment_type_name text,
    category text,
    model text,
    manufacturer text,
    manufacturer_name text,
    customer text,
    customer_name text,
    site text,
    site_name text,
    time_zone text,
    installed_context text,
    status text,
    open_tickets text[]
)
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    v_customer_id uuid;
    v_serial text := split_part(p_after, E'\n', 1);
    v_id uuid := nullif(split_part(p_after, E'\n', 2), '')::uuid;
    v_units uuid[];
    v_all boolean := p_scope IS NULL OR EXISTS (SELECT FROM jsonb_array_elements(p_scope) AS g WHERE g = '{}');
BEGIN
    IF p_customer IS NOT NULL THEN
        SELECT c.id INTO v_customer_id FROM customers AS c WHERE c.code = upper(p_customer);
    END IF;
    IF p_reference IS NOT NULL THEN
        v_units := COALESCE(find_units(p_reference), '{}');
    END IF;
    RETURN QUERY
    SELECT
        e.id, e.serial, e.udi, t.code, t.name, t.category, e.model, m.code, m.name, c.code, c.name, s.code, s.name,
        s.time_zone, e.installed_context, e.status,
        ARRAY(
            SELECT k.number
            FROM service_tickets AS k
            WHERE k.equipment_id = e.id
                AND k.status IN ('open', 'on_hold')
                -- A unit that has moved has tickets of whoever had it before.
                AND (v_all OR ticket_in_scope(k.id, p_scope))
            ORDER BY k.opened_at DESC, k.id DESC
        )
    FROM equipment_registry AS e
    JOIN equipment_catalog AS t ON t.id = e.equipment_type_id
    JOIN manufacturers AS m ON m.id = e.manufacturer_id
    JOIN customers AS c ON c.id = e.customer_id
    JOIN customer_sites AS s ON s.id = e.site_id
    WHERE (p_after IS NULL OR (e.serial, e.id) > (v_serial, v_id))
        AND (p_customer IS NULL OR e.customer_id = v_customer_id)
        AND (p_reference IS NULL OR e.id = ANY (v_units))
        AND (
            p_scope IS NULL
            OR EXISTS (
                SELECT
                FROM jsonb_array_elements(p_scope) AS g
                WHERE g <@ jsonb_build_object('customer', c.code, 'site', s.code, 'manufacturer', m.code)
            )
        )
    ORDER BY e.serial, e.id
    LIMIT greatest(1, least(p_limit, 1000));
END
$$;

COMMENT ON FUNCTION list_units(text, text, integer, text, jsonb) IS
    'A page of units by serial number, with the numbers of their open tickets; p_after is where the page before ended.';
