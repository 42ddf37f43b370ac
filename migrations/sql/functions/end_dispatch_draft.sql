-- Ends the draft of somebody. A door. Returns its id; NULL where there was none of it.
CREATE OR REPLACE FUNCTION end_dispatch_draft(p_owner_code text, p_draft_id uuid)
RETURNS uuid
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    DELETE FROM dispatch_drafts AS d
    WHERE d.owner_code = p_owner_code AND d.id = p_draft_id
    RETURNING d.id
$$;

COMMENT ON FUNCTION end_dispatch_draft(text, uuid) IS 'Ends the draft of a plan; returns its id, NULL where there was none.';
