-- The files of a ticket, by stage and category; deleted ones never. p_visibility is the audience: internal sees
-- everything, customer and manufacturer only what is marked for them; any other sees nothing; NULL does not ask.
-- With each the newest analysis, if there is one. Files of the ticket as a whole (no stage) come last.
CREATE OR REPLACE FUNCTION get_stage_attachments(
    p_ticket_id uuid, p_stage_key text DEFAULT NULL, p_category text DEFAULT NULL, p_visibility text DEFAULT NULL
)
RETURNS TABLE (
    attachment_id uuid,
    stage_key text,
    stage_name text,
    visit integer,
    category text,
    file_name text,
    media_type text,
    size_bytes bigint,
    sha256 text,
    storage_key text,
    description text,
    uploaded_by_code text,
    uploaded_by_role text,
    uploaded_at timestamptz,
    visibility text,
    contains_personal_data boolean,
    metadata_stripped boolean,
    retention_until date,
    deletion_requested_at timestamptz,
    quality_score numeric,
    analysis_status text,
    analyzed_at timestamptz,
    analysis_summary text,
    analysis_confidence numeric,
    analysis_quality_score numeric,
    is_blurry boolean,
    is_dark boolean
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        a.id,
        v.stage_key,
        v.name,
        v.visit,
        a.category,
        a.file_name,
        a.media_type,
        a.size_bytes,
        a.sha256,
        a.storage_key,
        a.description,
        a.uploaded_by_code,
        a.uploaded_by_role,
        a.uploaded_at,
        a.visibility,
        a.contains_personal_data,
        a.metadata_stripped,
        a.retention_until,
        a.deletion_requested_at,
        a.quality_score,
        a.analysis_status,
        newest.proposed_at,
        newest.summary,
        newest.confidence,
        newest.quality_score,
        newest.is_blurry,
        newest.is_dark
    FROM stage_attachments AS a
    LEFT JOIN workflow_stage_transitions AS v ON v.id = a.transition_id
    LEFT JOIN LATERAL (
        SELECT n.proposed_at, n.summary, n.confidence, n.quality_score, n.is_blurry, n.is_dark
        FROM ai_attachment_analysis AS n
        WHERE n.attachment_id = a.id
        ORDER BY n.proposed_at DESC, n.id DESC
        LIMIT 1
    ) AS newest ON true
    WHERE a.ticket_id = p_ticket_id
        AND a.deleted_at IS NULL
        AND (p_stage_key IS NULL OR v.stage_key = p_stage_key)
        AND (p_category IS NULL OR a.category = p_category)
        AND (p_visibility IS NULL OR p_visibility = 'internal' OR a.visibility = p_visibility)
    ORDER BY v.position, v.visit, a.uploaded_at, a.id
$$;

COMMENT ON FUNCTION get_stage_attachments(uuid, text, text, text) IS
    'Files of a ticket by stage, category and audience, each with its newest analysis; deleted ones never.';
