-- requires: check_registry_words, read_registry, registry_row, registry_version, tell_registry_lines, told_by
-- What is done about a row of the registry, as p_doing says:
--   add      a new row of what p_said has
--   change   the fields that p_said has; what stands in no field stays
--   retire   it stays on record, for whatever refers to it, and takes nothing new
--   restore  into use again
-- p_by in the capacity p_role, and why (p_reason; not asked for of a new one). Of a row that is there, p_version says which
-- state whoever asks has seen: another one is refused (FC013), and nothing is changed. The owner's alone. Returns the
-- row as read_registry() does.
CREATE OR REPLACE FUNCTION change_registry(
    p_kind text, p_doing text, p_reference text, p_version text, p_said jsonb, p_by text, p_role text, p_reason text
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
    v_before jsonb;
    v_row jsonb;
    v_fixed text;
BEGIN
    PERFORM told_by(p_by, p_role);
    PERFORM set_config('fieldcare.reason', COALESCE(btrim(p_reason), ''), true);
    PERFORM check_registry_words(p_kind, COALESCE(p_said, '{}'));
    IF p_doing IS NULL OR p_doing NOT IN ('add', 'change', 'retire', 'restore') THEN
        RAISE EXCEPTION 'nobody can % a row of the registry', left(p_doing, 100) USING ERRCODE = 'FC014';
    ELSIF p_doing <> 'add' AND COALESCE(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION 'the reason is missing' USING ERRCODE = 'FC014', HINT = 'Say why: the history shows it.';
    ELSIF length(p_reason) > 1000 THEN
        RAISE EXCEPTION 'the reason is too long' USING ERRCODE = 'FC014', HINT = 'Say it in at most 1000 characters.';
    ELSIF p_doing IN ('retire', 'restore') AND COALESCE(p_said, '{}') <> '{}' THEN
        RAISE EXCEPTION 'nothing else is changed where a row is retired or restored'
            USING ERRCODE = 'FC014', HINT = 'Change it first.';
    END IF;
    IF p_doing = 'add' THEN
        v_row := COALESCE(p_said, '{}') || '{"in_use": true}';
    ELSE
        v_id := registry_row(p_kind, p_reference);
        CASE p_kind
            WHEN 'customers' THEN PERFORM FROM customers AS r WHERE r.id = v_id FOR UPDATE;
            WHEN 'sites' THEN PERFORM FROM customer_sites AS r WHERE r.id = v_id FOR UPDATE;
            WHEN 'units' THEN PERFORM FROM equipment_registry AS r WHERE r.id = v_id FOR UPDATE;
            WHEN 'calendars' THEN
                PERFORM
                FROM business_calendars AS r
                WHERE r.code = (SELECT n.code FROM business_calendars AS n WHERE n.id = v_id)
                ORDER BY r.id
                FOR UPDATE;
            WHEN 'parts' THEN PERFORM FROM equipment_parts AS r WHERE r.id = v_id FOR UPDATE;
            WHEN 'engineers' THEN PERFORM FROM engineers AS r WHERE r.id = v_id FOR UPDATE;
            WHEN 'absences' THEN PERFORM FROM engineer_absences AS r WHERE r.id = v_id FOR UPDATE;
            WHEN 'manufacturers' THEN PERFORM FROM manufacturers AS r WHERE r.id = v_id FOR UPDATE;
            WHEN 'equipment_types' THEN PERFORM FROM equipment_catalog AS r WHERE r.id = v_id FOR UPDATE;
        END CASE;
        v_before := registry_document(p_kind, v_id);
        IF v_before IS NULL THEN
            RAISE EXCEPTION 'the registry has none of % called %', p_kind, left(p_reference, 100)
                USING ERRCODE = 'FC015', HINT = 'Look it up in the list.';
        ELSIF p_version IS DISTINCT FROM registry_version(p_kind, v_id, v_before) THEN
            RAISE EXCEPTION 'it was changed meanwhile'
                USING ERRCODE = 'FC013', HINT = 'Look at it again.';
        END IF;
        v_row := v_before || COALESCE(p_said, '{}');
        FOREACH v_fixed IN ARRAY ARRAY['code', 'part_number', 'customer', 'engineer']
        LOOP
            IF NOT (p_kind = 'units' AND v_fixed = 'customer')
                AND v_row -> v_fixed IS DISTINCT FROM v_before -> v_fixed
            THEN
                RAISE EXCEPTION 'the % of % never changes', replace(v_fixed, '_', ' '), p_kind
                    USING ERRCODE = 'FC014', HINT = 'Add another one and retire this one.';
            END IF;
        END LOOP;
        IF p_doing IN ('retire', 'restore') THEN
            v_row := jsonb_set(v_row, '{in_use}', to_jsonb(p_doing = 'restore'));
        END IF;
    END IF;
    CASE p_kind
        WHEN 'customers' THEN v_id := put_registry_customer(v_id, v_row);
        WHEN 'sites' THEN v_id := put_registry_site(v_id, v_row);
        WHEN 'units' THEN v_id := put_registry_unit(v_id, v_row);
        WHEN 'calendars' THEN v_id := put_registry_calendar(v_id, v_row);
        WHEN 'parts' THEN v_id := put_registry_part(v_id, v_row);
        WHEN 'engineers' THEN v_id := put_registry_engineer(v_id, v_row);
        WHEN 'absences' THEN v_id := put_registry_absence(v_id, v_row);
        WHEN 'manufacturers' THEN v_id := put_registry_manufacturer(v_id, v_row);
        WHEN 'equipment_types' THEN v_id := put_registry_equipment_type(v_id, v_row);
    END CASE;
    PERFORM tell_registry_lines(p_kind, v_id, v_before);
    RETURN read_registry(p_kind, v_id::text);
END
$$;

COMMENT ON FUNCTION change_registry(text, text, text, text, jsonb, text, text, text) IS
    'What is done about a row of the registry: add, change, retire, restore; returns the row. Raises FC013 to FC015.';
