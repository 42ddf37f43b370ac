-- A template with its stages, whole, as intake freezes it into a ticket.
CREATE OR REPLACE FUNCTION template_snapshot(p_template_id uuid, p_selected_by text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'template_id', t.id,
        'code', t.code,
        'name', t.name,
        'version', t.version,
        'workflow_type', t.workflow_type,
        'selected_by', p_selected_by,
        'resolution_target', seconds(t.resolution_target),
        'thresholds', t.thresholds,
        'stages', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'stage_id', s.id,
                        'key', s.key,
                        'name', s.name,
                        'stage_type', s.stage_type,
                        'position', s.position,
                        'target', seconds(s.target_duration),
                        'prerequisites', s.prerequisites,
                        'required_actions', s.required_actions,
                        'support_level', s.support_level,
                        'performer', s.performer,
                        'skippable', s.skippable
                    )
                    ORDER BY s.position
                )
                FROM stage_configuration_templates AS s
                WHERE s.template_id = t.id
            ),
            '[]'
        )
    )
    FROM workflow_templates AS t
    WHERE t.id = p_template_id
$$;

COMMENT ON FUNCTION template_snapshot(uuid, text) IS
    'A template and its stages as JSON, durations in seconds; NULL where there is none.';
