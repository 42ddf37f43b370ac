-- The subjects of the audit trail that tell of a row of the registry: the row itself.
CREATE OR REPLACE FUNCTION registry_subjects(p_kind text, p_id uuid)
RETURNS uuid[]
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE WHEN registry_fields(p_kind) IS NOT NULL THEN ARRAY[p_id] ELSE '{}'::uuid[] END
$$;

COMMENT ON FUNCTION registry_subjects(text, uuid) IS 'Subjects of the audit trail that tell of a row of the registry.';
