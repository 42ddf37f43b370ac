-- A template with its stages, targets and the reasons for holds, whole, as intake freezes it into a ticket.
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
        'arrival_target', seconds(t.arrival_target),
        'thresholds', t.thresholds,
        'reopen_policy', t.reopen_policy,
        'reopen_within', seconds(t.reopen_within),
        'late_within', seconds(t.late_within),
        'answer_within', seconds(t.answer_within),
        'priority_targets', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'priority', p.priority,
                        'response_target', seconds(p.response_target),
                        'arrival_target', seconds(p.arrival_target),
                        'resolution_target', seconds(p.resolution_target),
                        'answer_within', seconds(p.answer_within)
                    )
                    ORDER BY p.priority
                )
                FROM workflow_template_targets AS p
                WHERE p.template_id = t.id
            ),
            '[]'
        ),
        'hold_rules', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'reason', h.code,
                        'name', h.name,
                        'pauses', h.pauses,
                        'party', h.party,
                        'needs_approval', h.needs_approval
                    )
                    ORDER BY h.code
                )
                FROM hold_reasons AS h
                WHERE h.active
            ),
            '[]'
        ),
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
                        'skippable', s.skippable,
                        'on_site', COALESCE(s.on_site, s.stage_type = 'repair'),
                        'party', s.party,
                        'ai', COALESCE(
                            (
                                SELECT jsonb_agg(
                                    jsonb_build_object(
                                        'task', w.task,
                                        'providers', w.providers,
                                        'minimum_confidence', w.minimum_confidence,
                                        'auto_complete_confidence', w.auto_complete_confidence,
                                        'raises_priority', w.raises_priority,
                                        'maximum_cost_usd', w.maximum_cost_usd
                                    )
                                    ORDER BY w.task
                                )
                                FROM workflow_ai_configuration AS w
                                WHERE w.template_id = s.template_id AND w.stage_key = s.key AND w.enabled
                            ),
                            '[]'
                        )
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
