-- requires: registry_fields
-- Whether what is said of a row of the registry can be taken at all: its fields are known, it is not too much, and nothing
-- in it is hidden (control and format characters, what stands for a lost one). Raises FC014.
CREATE OR REPLACE FUNCTION check_registry_words(p_kind text, p_said jsonb)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_field record;
BEGIN
    IF registry_fields(p_kind) IS NULL THEN
        RAISE EXCEPTION 'the registry has no %', left(p_kind, 100) USING ERRCODE = 'FC014';
    END IF;
    IF jsonb_typeof(p_said) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'what is said of a row is an object of its fields' USING ERRCODE = 'FC014';
    END IF;
    IF length(p_said::text) > 200000 THEN
        RAISE EXCEPTION 'that is too much for one row: % characters', length(p_said::text)
            USING ERRCODE = 'FC014', HINT = 'Say less than 200000.';
    END IF;
    FOR v_field IN SELECT f.key, f.value::text AS said FROM jsonb_each(p_said) AS f
    LOOP
        IF NOT v_field.key = ANY (registry_fields(p_kind)) THEN
            RAISE EXCEPTION '% have no field %', p_kind, left(v_field.key, 100)
                USING ERRCODE = 'FC014',
                    HINT = 'They have ' || array_to_string(registry_fields(p_kind), ', ') || '.';
        ELSIF v_field.said ~ '(^|[^\\])(\\\\)*\\u[01]'
            OR v_field.said ~ U&'[\007F-\009F\00AD\200B\200E\200F\202A-\202E\2060-\206F\FEFF\FFFC\FFFD]'
        THEN
            RAISE EXCEPTION 'the % has a character that can''t be seen', v_field.key
                USING ERRCODE = 'FC014', HINT = 'Remove it.';
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION check_registry_words(text, jsonb) IS
    'Whether what is said of a row of the registry can be taken: known fields, not too much, nothing hidden.';
