-- requires: registry_document, registry_row, registry_touched, registry_version
-- A row of the registry as an administrator reads it: {id, version, open_tickets, row}. p_reference as registry_row()
-- takes it. NULL where there is none.
CREATE OR REPLACE FUNCTION read_registry(p_kind text, p_reference text)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := registry_row(p_kind, p_reference);
    v_document jsonb := registry_document(p_kind, v_id);
BEGIN
    IF v_document IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object(
        'id', v_id,
        'version', registry_version(p_kind, v_id, v_document),
        'open_tickets', registry_touched(p_kind, v_id),
        'row', v_document
    );
END
$$;

COMMENT ON FUNCTION read_registry(text, text) IS
    'A row of the registry: its id, version, what it says, and how many open tickets are about it; NULL: none.';
