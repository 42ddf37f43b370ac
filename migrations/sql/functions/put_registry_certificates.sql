-- requires: registry_id
-- The certificates of an engineer as p_row says them, each known by its issuer and number. None goes: one that is not good
-- any more has the day on which it was revoked. One that is somebody else's is refused. The owner's alone.
CREATE OR REPLACE FUNCTION put_registry_certificates(p_engineer_id uuid, p_row jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_said jsonb;
    v_new engineer_certifications;
    v_found engineer_certifications;
    v_kept uuid[] := '{}';
BEGIN
    FOR v_said IN SELECT q FROM jsonb_array_elements(p_row -> 'certificates') AS q
    LOOP
        v_new := jsonb_populate_record(
            NULL::engineer_certifications, v_said - ARRAY['equipment_type', 'manufacturer']
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
        IF v_new.issued_on > current_date + 1 OR v_new.revoked_on > current_date + 1 THEN
            RAISE EXCEPTION 'the certificate % is of a day that is in the future', v_new.certificate_number
                USING ERRCODE = 'FC014', HINT = 'Correct its days of issue and revocation.';
        END IF;
        SELECT r.*
        INTO v_found
        FROM engineer_certifications AS r
        WHERE r.issuing_organization = v_new.issuing_organization AND r.certificate_number = v_new.certificate_number;
        IF v_found.id IS NULL THEN
            INSERT INTO engineer_certifications (
                engineer_id, certification, equipment_type_id, manufacturer_id, issuing_organization,
                certificate_number, issued_on, expires_on, revoked_on
            )
            VALUES (
                p_engineer_id, v_new.certification, v_new.equipment_type_id, v_new.manufacturer_id,
                v_new.issuing_organization, v_new.certificate_number, v_new.issued_on, v_new.expires_on,
                v_new.revoked_on
            )
            RETURNING id INTO v_found.id;
        ELSIF v_found.engineer_id <> p_engineer_id OR v_found.id = ANY (v_kept) THEN
            RAISE EXCEPTION 'the certificate % of % is on record already', v_new.certificate_number,
                v_new.issuing_organization
                USING ERRCODE = 'FC014', HINT = 'Correct its number.';
        ELSE
            UPDATE engineer_certifications AS r
            SET certification = v_new.certification,
                equipment_type_id = v_new.equipment_type_id,
                manufacturer_id = v_new.manufacturer_id,
                issued_on = v_new.issued_on,
                expires_on = v_new.expires_on,
                revoked_on = v_new.revoked_on
            WHERE r.id = v_found.id;
        END IF;
        v_kept := v_kept || v_found.id;
    END LOOP;
    SELECT r.*
    INTO v_found
    FROM engineer_certifications AS r
    WHERE r.engineer_id = p_engineer_id AND r.id <> ALL (v_kept)
    ORDER BY r.certificate_number
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the certificate % of % is missing', v_found.certificate_number, v_found.issuing_organization
            USING ERRCODE = 'FC014', HINT = 'Keep it and say when it was revoked: it stays on record.';
    END IF;
END
$$;

COMMENT ON FUNCTION put_registry_certificates(uuid, jsonb) IS
    'The certificates of an engineer, as an administrator says them; none goes.';
