-- Begins a draft for somebody (p_begun: the plan and its problem as they are now). A door. Returns its id; NULL where they
-- have one already: that has to be ended first, so that nothing is lost by a second window.
CREATE OR REPLACE FUNCTION begin_dispatch_draft(p_owner_code text, p_begun jsonb)
RETURNS uuid
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    INSERT INTO dispatch_drafts (owner_code, begun)
    VALUES (p_owner_code, p_begun)
    ON CONFLICT (owner_code) DO NOTHING
    RETURNING id
$$;

COMMENT ON FUNCTION begin_dispatch_draft(text, jsonb) IS
    'Begins the draft of a plan for somebody; returns its id, NULL where they have one already.';
