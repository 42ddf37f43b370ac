-- requires: registry_document
-- A page of the registry by what its rows are called. p_search: each of its words stands somewhere in what a row is
-- called; p_after is the key that the page before ended with; retired rows come along only where p_retired.
CREATE OR REPLACE FUNCTION list_registry(
    p_kind text, p_search text, p_limit integer, p_after text, p_retired boolean
)
RETURNS TABLE (id uuid, key text, document jsonb)
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    v_limit integer := greatest(1, least(p_limit, 1000));
    v_words text[] := ARRAY(
        SELECT '%' || regexp_replace(w, '([\\%_])', '\\\1', 'g') || '%'
        FROM regexp_split_to_table(btrim(COALESCE(p_search, '')), '\s+') AS w
        WHERE w <> ''
    );
    v_small text[] := ARRAY(SELECT lower(w) FROM unnest(v_words) AS w);
BEGIN
    CASE p_kind
        WHEN 'customers' THEN
            RETURN QUERY
            SELECT r.id, r.code, registry_document(p_kind, r.id)
            FROM customers AS r
            WHERE (p_after IS NULL OR r.code > p_after)
                AND (p_retired OR r.active)
                AND concat_ws(' ', r.code, r.name) ILIKE ALL (v_words)
            ORDER BY r.code
            LIMIT v_limit;
        WHEN 'sites' THEN
            RETURN QUERY
            SELECT r.id, c.code || '.' || r.code, registry_document(p_kind, r.id)
            FROM customer_sites AS r
            JOIN customers AS c ON c.id = r.customer_id
            WHERE (p_after IS NULL OR (c.code, r.code) > (split_part(p_after, '.', 1), split_part(p_after, '.', 2)))
                AND (p_retired OR r.active)
                AND concat_ws(' ', c.code, c.name, r.code, r.name, r.location) ILIKE ALL (v_words)
            ORDER BY c.code, r.code
            LIMIT v_limit;
        WHEN 'units' THEN
            RETURN QUERY
            -- What many units have in common is put into words once: half of the time where no unit fits.
            WITH places AS MATERIALIZED (
                SELECT s.id, lower(concat_ws(' ', c.code, c.name, s.code, s.name)) AS words
                FROM customer_sites AS s
                JOIN customers AS c ON c.id = s.customer_id
            ),
            makers AS MATERIALIZED (
                SELECT m.id, lower(concat_ws(' ', m.code, m.name)) AS words FROM manufacturers AS m
            )
            SELECT page.id, page.serial, registry_document(p_kind, page.id)
            FROM (
                SELECT r.id, r.serial
                FROM equipment_registry AS r
                JOIN equipment_catalog AS t ON t.id = r.equipment_type_id
                JOIN makers AS m ON m.id = r.manufacturer_id
                JOIN places AS s ON s.id = r.site_id
                WHERE (p_after IS NULL OR r.serial > p_after)
                    AND (p_retired OR r.status = 'active')
                    AND concat_ws(' ', lower(r.serial || ' ' || r.model), t.code, m.words, s.words) LIKE ALL (v_small)
                ORDER BY r.serial
                LIMIT v_limit
            ) AS page
            ORDER BY page.serial;
        WHEN 'calendars' THEN
            RETURN QUERY
            SELECT r.id, r.code, registry_document(p_kind, r.id)
            FROM (
                SELECT DISTINCT ON (b.code) b.*
                FROM business_calendars AS b
                ORDER BY b.code, b.active DESC, b.version DESC
            ) AS r
            WHERE (p_after IS NULL OR r.code > p_after)
                AND (p_retired OR r.active)
                AND concat_ws(' ', r.code, r.name, r.description, r.holiday_country) ILIKE ALL (v_words)
            ORDER BY r.code
            LIMIT v_limit;
        WHEN 'parts' THEN
            RETURN QUERY
            SELECT r.id, r.part_number, registry_document(p_kind, r.id)
            FROM equipment_parts AS r
            JOIN equipment_catalog AS t ON t.id = r.equipment_type_id
            LEFT JOIN manufacturers AS m ON m.id = r.manufacturer_id
            WHERE (p_after IS NULL OR r.part_number > p_after)
                AND (p_retired OR NOT r.discontinued)
                AND concat_ws(' ', r.part_number, r.name, t.code, m.code, m.name) ILIKE ALL (v_words)
            ORDER BY r.part_number
            LIMIT v_limit;
        WHEN 'engineers' THEN
            RETURN QUERY
            SELECT r.id, r.code, registry_document(p_kind, r.id)
            FROM engineers AS r
            WHERE (p_after IS NULL OR r.code > p_after)
                AND (p_retired OR r.active)
                AND concat_ws(' ', r.code, r.name, r.support_level) ILIKE ALL (v_words)
            ORDER BY r.code
            LIMIT v_limit;
        WHEN 'absences' THEN
            -- The latest first: what is to come stands before what is over.
            RETURN QUERY
            SELECT r.id, extract(epoch FROM r.starts_at) || '/' || r.id, registry_document(p_kind, r.id)
            FROM engineer_absences AS r
            JOIN engineers AS e ON e.id = r.engineer_id
            WHERE (
                    p_after IS NULL
                    OR (r.starts_at, r.id) < (
                        to_timestamp(split_part(p_after, '/', 1)::float8), split_part(p_after, '/', 2)::uuid
                    )
                )
                AND (p_retired OR r.active)
                AND concat_ws(' ', e.code, e.name, r.reason, r.notes) ILIKE ALL (v_words)
            ORDER BY r.starts_at DESC, r.id DESC
            LIMIT v_limit;
        WHEN 'manufacturers' THEN
            RETURN QUERY
            SELECT r.id, r.code, registry_document(p_kind, r.id)
            FROM manufacturers AS r
            WHERE (p_after IS NULL OR r.code > p_after)
                AND (p_retired OR r.active)
                AND concat_ws(' ', r.code, r.name, array_to_string(r.synonyms, ' ')) ILIKE ALL (v_words)
            ORDER BY r.code
            LIMIT v_limit;
        WHEN 'equipment_types' THEN
            RETURN QUERY
            SELECT r.id, r.code, registry_document(p_kind, r.id)
            FROM equipment_catalog AS r
            WHERE (p_after IS NULL OR r.code > p_after)
                AND (p_retired OR r.active)
                AND concat_ws(' ', r.code, r.name, r.category, array_to_string(r.synonyms, ' ')) ILIKE ALL (v_words)
            ORDER BY r.code
            LIMIT v_limit;
        ELSE
            NULL;
    END CASE;
END
$$;

COMMENT ON FUNCTION list_registry(text, text, integer, text, boolean) IS
    'A page of the registry by what its rows are called; p_after is the key that the page before ended with.';
