-- What two lists of ids have in common, each once; a list that is NULL has all that there are.
CREATE OR REPLACE FUNCTION common_ids(p_these uuid[], p_those uuid[])
RETURNS uuid[]
LANGUAGE sql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN p_these IS NULL THEN p_those
        WHEN p_those IS NULL THEN p_these
        ELSE ARRAY(SELECT unnest(p_these) INTERSECT SELECT unnest(p_those))
    END
$$;

COMMENT ON FUNCTION common_ids(uuid[], uuid[]) IS 'Ids that are in both lists; NULL stands for all that there are.';
