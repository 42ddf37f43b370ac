-- requires: change_registry, verify_account_token
-- The same as change_registry() for whoever shows, by the SHA-256 of a token, that they may: the token is in force and good
-- for administering, and its account is an administrator's; a coordinator's may correct units and sites and keep absences,
-- a parts clerk's may do all about parts. models/access.py has the same table for the program. A door.
CREATE OR REPLACE FUNCTION administer_registry(
    p_digest bytea, p_kind text, p_doing text, p_reference text, p_version text, p_said jsonb, p_reason text
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_principal jsonb := verify_account_token(p_digest);
    v_roles text[] := ARRAY(SELECT g ->> 'role' FROM jsonb_array_elements(v_principal -> 'grants') AS g);
    v_role text;
BEGIN
    IF v_principal -> 'scopes' ? 'administer' THEN
        v_role := CASE
            WHEN 'administrator' = ANY (v_roles) THEN 'operator'
            WHEN 'coordinator' = ANY (v_roles) AND p_kind IN ('units', 'sites') AND p_doing = 'change'
                THEN 'coordinator'
            WHEN 'coordinator' = ANY (v_roles) AND p_kind = 'absences' THEN 'coordinator'
            WHEN 'parts_clerk' = ANY (v_roles) AND p_kind = 'parts' THEN 'operator'
        END;
    END IF;
    IF v_role IS NULL THEN
        RAISE EXCEPTION 'it takes somebody who administers the registry' USING ERRCODE = 'FC012';
    END IF;
    RETURN change_registry(
        p_kind, p_doing, p_reference, p_version, p_said, v_principal ->> 'code', v_role, p_reason
    );
END
$$;

COMMENT ON FUNCTION administer_registry(bytea, text, text, text, text, jsonb, text) IS
    'What is done about a row of the registry, for whoever shows a token of one who may. Raises FC012 to FC015.';
