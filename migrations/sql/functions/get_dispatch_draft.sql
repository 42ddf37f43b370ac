-- The draft of somebody as JSON; NULL where they have none. What it began from is large and never changes: it is left out
-- for whoever knows the draft of this id already (p_known).
CREATE OR REPLACE FUNCTION get_dispatch_draft(p_owner_code text, p_known uuid DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'id', d.id,
        'steps', d.steps,
        'done', d.done,
        'version', d.version,
        'changed_at', d.changed_at,
        'begun', CASE WHEN d.id IS DISTINCT FROM p_known THEN d.begun END
    )
    FROM dispatch_drafts AS d
    WHERE d.owner_code = p_owner_code
$$;

COMMENT ON FUNCTION get_dispatch_draft(text, uuid) IS
    'The draft of a plan that somebody has, as JSON; without what it began from for whoever knows that already.';
