-- requires: registry_id
-- What an engineer can do, as p_row says it: what is not there any more is put out of use, and comes back as it was named.
-- The owner's alone.
CREATE OR REPLACE FUNCTION put_registry_qualifications(p_engineer_id uuid, p_row jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_said jsonb;
    v_new engineer_equipment_expertise;
    v_kept uuid[] := '{}';
    v_id uuid;
BEGIN
    FOR v_said IN SELECT q FROM jsonb_array_elements(p_row -> 'qualifications') AS q
    LOOP
        v_new := jsonb_populate_record(
            NULL::engineer_equipment_expertise, v_said - ARRAY['equipment_type', 'manufacturer']
        );
        -- What somebody can do they can still do where nothing new of it is taken.
        v_new.equipment_type_id := registry_id(
            'equipment_catalog', v_said ->> 'equipment_type',
            (SELECT t.id FROM equipment_catalog AS t WHERE t.code = lower(v_said ->> 'equipment_type'))
        );
        v_new.manufacturer_id := registry_id(
            'manufacturers', v_said ->> 'manufacturer',
            (SELECT m.id FROM manufacturers AS m WHERE m.code = upper(v_said ->> 'manufacturer'))
        );
        INSERT INTO engineer_equipment_expertise AS r (
            engineer_id, equipment_type_id, manufacturer_id, support_level, capabilities, years_of_experience,
            required_certification
        )
        VALUES (
            p_engineer_id, v_new.equipment_type_id, v_new.manufacturer_id, v_new.support_level, v_new.capabilities,
            COALESCE(v_new.years_of_experience, 0), v_new.required_certification
        )
        ON CONFLICT ON CONSTRAINT engineer_equipment_expertise_scope_key DO UPDATE
        SET support_level = EXCLUDED.support_level,
            capabilities = EXCLUDED.capabilities,
            years_of_experience = EXCLUDED.years_of_experience,
            required_certification = EXCLUDED.required_certification,
            active = true
        RETURNING r.id INTO v_id;
        IF v_id = ANY (v_kept) THEN
            RAISE EXCEPTION 'the qualification for % % is there twice', v_said ->> 'equipment_type',
                COALESCE(v_said ->> 'manufacturer', 'of any make')
                USING ERRCODE = 'FC014', HINT = 'Keep one.';
        END IF;
        v_kept := v_kept || v_id;
    END LOOP;
    UPDATE engineer_equipment_expertise AS r
    SET active = false
    WHERE r.engineer_id = p_engineer_id AND r.active AND r.id <> ALL (v_kept);
END
$$;

COMMENT ON FUNCTION put_registry_qualifications(uuid, jsonb) IS
    'What an engineer can do, as an administrator says it; what is not said any more is put out of use.';
