-- Keeps what somebody has done to their draft (p_steps, of which the first p_done hold), if it is still as they have seen it
-- (p_version). A door. Returns its version then; NULL where it has changed meanwhile or there is none of this id.
CREATE OR REPLACE FUNCTION keep_dispatch_steps(
    p_owner_code text, p_draft_id uuid, p_version integer, p_steps jsonb, p_done integer
)
RETURNS integer
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    UPDATE dispatch_drafts AS d
    SET steps = p_steps, done = p_done, version = d.version + 1, changed_at = clock_timestamp()
    WHERE d.owner_code = p_owner_code AND d.id = p_draft_id AND d.version = p_version
    RETURNING d.version
$$;

COMMENT ON FUNCTION keep_dispatch_steps(text, uuid, integer, jsonb, integer) IS
    'Keeps the steps of a draft that is as somebody has seen it; returns its new version, NULL where it has changed.';
