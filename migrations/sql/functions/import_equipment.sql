-- Units in bulk, by serial: new ones are inserted, changed ones updated, and what can't be is refused with its reason.
-- A serial that is registered in another spelling (see spelling_key) is that unit, which keeps its own: "registered_as".
-- A new one that is easily taken for a registered one (see spelling_look) is new: "resembles".
-- A field that a row leaves empty (udi, installed_on) keeps what the registry has; status is never touched. Without
-- p_write nothing is stored and the answer is the same. One import at a time: the lock lasts as long as the caller's
-- transaction, which makes several calls one import. Within one call each serial and each UDI stands once.
CREATE OR REPLACE FUNCTION import_equipment(p_units jsonb, p_actor_code text, p_write boolean, p_overwrite boolean)
RETURNS TABLE (
    line bigint, outcome text, reason text, detail text, changed text[], decommissioned boolean, registered_as text,
    resembles text
)
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM set_config('fieldcare.actor_code', p_actor_code, true);
    PERFORM set_config('fieldcare.actor_role', 'operator', true);
    PERFORM pg_advisory_xact_lock(hashtextextended('import_equipment', 0));

    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT
            u.line, u.serial, u.udi, u.model, u.installed_context, u.installed_on,
            t.id AS equipment_type_id, m.id AS manufacturer_id, c.id AS customer_id, s.id AS site_id
        FROM jsonb_to_recordset(p_units) AS u (
            line bigint, serial text, udi text, equipment_type text, manufacturer text, model text, customer text,
            site text, installed_context text, installed_on date
        )
        LEFT JOIN equipment_catalog AS t ON t.code = u.equipment_type
        LEFT JOIN manufacturers AS m ON m.code = u.manufacturer
        LEFT JOIN customers AS c ON c.code = u.customer
        LEFT JOIN customer_sites AS s ON s.customer_id = c.id AND s.code = u.site
    ),
    compared AS MATERIALIZED (
        SELECT
            g.*,
            e.id AS unit_id,
            e.serial AS registered_serial,
            CASE
                WHEN g.udi <> e.udi AND spelling_key(g.udi) = spelling_key(e.udi) THEN e.udi
                ELSE coalesce(g.udi, e.udi)
            END AS new_udi,
            e.status = 'decommissioned' AS decommissioned,
            -- What the registry has it as, where that is another make or type.
            CASE WHEN e.equipment_type_id <> g.equipment_type_id
                OR e.manufacturer_id IS DISTINCT FROM g.manufacturer_id THEN e.manufacturer_id END AS other_make_id,
            e.equipment_type_id AS registered_type_id,
            e.model AS registered_model,
            other.serial AS udi_owner,
            g.installed_on > least(e.warranty_until, e.contract_until) AS after_warranty,
            least(e.warranty_until, e.contract_until) AS covered_until,
            CASE WHEN e.id IS NOT NULL THEN array_remove(ARRAY[
                CASE WHEN g.udi IS NOT NULL AND (
                    e.udi IS NULL OR (g.udi <> e.udi AND spelling_key(g.udi) <> spelling_key(e.udi))
                ) THEN 'udi' END,
                CASE WHEN g.equipment_type_id <> e.equipment_type_id THEN 'type' END,
                CASE WHEN g.manufacturer_id IS DISTINCT FROM e.manufacturer_id THEN 'manufacturer' END,
                CASE WHEN g.model <> e.model THEN 'model' END,
                CASE WHEN g.customer_id IS DISTINCT FROM e.customer_id THEN 'customer' END,
                CASE WHEN g.site_id IS DISTINCT FROM e.site_id THEN 'site' END,
                CASE WHEN g.installed_context <> e.installed_context THEN 'context' END,
                CASE WHEN g.installed_on <> e.installed_on OR (g.installed_on IS NOT NULL AND e.installed_on IS NULL)
                    THEN 'installed_on' END
            ], NULL) END AS changed
        FROM given AS g
        LEFT JOIN equipment_registry AS same ON same.serial = g.serial
        LEFT JOIN LATERAL (
            SELECT r.id
            FROM equipment_registry AS r
            WHERE same.id IS NULL AND spelling_key(r.serial) = spelling_key(g.serial)
            ORDER BY r.serial
            LIMIT 1
        ) AS otherwise ON true
        LEFT JOIN equipment_registry AS e ON e.id = coalesce(same.id, otherwise.id)
        LEFT JOIN equipment_registry AS other ON other.udi = g.udi AND other.id IS DISTINCT FROM e.id
    ),
    judged AS MATERIALIZED (
        SELECT
            r.*,
            CASE
                WHEN r.other_make_id IS NOT NULL AND NOT p_overwrite THEN 'registered_differently'
                WHEN r.udi_owner IS NOT NULL THEN 'udi_taken'
                WHEN r.after_warranty THEN 'after_warranty'
            END AS reason
        FROM compared AS r
    ),
    inserted AS (
        INSERT INTO equipment_registry (
            serial, udi, equipment_type_id, manufacturer_id, model, customer_id, site_id, installed_context, installed_on
        )
        SELECT
            j.serial, j.new_udi, j.equipment_type_id, j.manufacturer_id, j.model, j.customer_id, j.site_id,
            j.installed_context, j.installed_on
        FROM judged AS j
        WHERE p_write AND j.reason IS NULL AND j.unit_id IS NULL
        ORDER BY j.line
    ),
    updated AS (
        UPDATE equipment_registry AS e
        SET
            udi = j.new_udi,
            equipment_type_id = j.equipment_type_id,
            manufacturer_id = j.manufacturer_id,
            model = j.model,
            customer_id = j.customer_id,
            site_id = j.site_id,
            installed_context = j.installed_context,
            installed_on = coalesce(j.installed_on, e.installed_on)
        FROM judged AS j
        WHERE p_write AND j.reason IS NULL AND e.id = j.unit_id AND j.changed <> '{}'
    )
    SELECT
        j.line,
        CASE
            WHEN j.reason IS NOT NULL THEN 'refused'
            WHEN j.unit_id IS NULL THEN 'new'
            WHEN j.changed <> '{}' THEN 'updated'
            ELSE 'unchanged'
        END,
        j.reason,
        CASE j.reason
            WHEN 'registered_differently' THEN (
                SELECT concat_ws(
                    ', ',
                    nullif(j.registered_serial, j.serial),
                    format('%s %s (%s)', m.name, j.registered_model, t.name)
                )
                FROM manufacturers AS m, equipment_catalog AS t
                WHERE m.id = j.other_make_id AND t.id = j.registered_type_id
            )
            WHEN 'udi_taken' THEN j.udi_owner
            WHEN 'after_warranty' THEN j.covered_until::text
        END,
        coalesce(j.changed, '{}'),
        coalesce(j.decommissioned, false),
        nullif(j.registered_serial, j.serial),
        CASE WHEN j.unit_id IS NULL AND j.reason IS NULL THEN (
            SELECT r.serial
            FROM equipment_registry AS r, spelling_look(j.serial) AS seen
            WHERE spelling_look(r.serial) = seen AND seen <> ''
            ORDER BY r.serial
            LIMIT 1
        ) END
    FROM judged AS j
    ORDER BY j.line;
END
$$;

COMMENT ON FUNCTION import_equipment(jsonb, text, boolean, boolean) IS
    'Upserts units by serial and says of each line: new, updated (which fields), unchanged, or refused and why.';
