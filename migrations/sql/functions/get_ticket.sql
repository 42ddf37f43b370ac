-- Everything about one ticket, as `ticket show` prints it. Durations are in seconds, lists in their order. NULL where the
-- reference (number, workflow id, key or id) names no ticket.
CREATE OR REPLACE FUNCTION get_ticket(p_reference text)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'ticket', to_jsonb(t) || jsonb_build_object(
            'workflow_type', i.workflow_type,
            'run_id', i.run_id,
            'template', i.template_snapshot ->> 'code',
            'template_name', i.template_snapshot ->> 'name',
            'template_version', i.template_snapshot -> 'version',
            'instance_status', i.status,
            'current_stages', i.current_stages,
            'completion_percentage', i.completion_percentage,
            'issues_raised', i.issues_raised,
            'latest_issue', i.latest_issue,
            'latest_issue_at', i.latest_issue_at,
            'sla', CASE WHEN t.status IN ('open', 'on_hold') THEN sla.state END,
            'due_at', CASE WHEN t.status IN ('open', 'on_hold') THEN sla.due_at END,
            'clocks_met', sla.clocks_met,
            'clocks_breached', sla.clocks_breached
        ),
        'unit', unit_snapshot(t.equipment_id),
        'calendar', i.calendar_snapshot,
        'template_stages', i.template_snapshot -> 'stages',
        'stages', COALESCE((
            SELECT jsonb_agg(
                to_jsonb(v) || jsonb_build_object(
                    'target_duration', seconds(v.target_duration),
                    'assignments', COALESCE((
                        SELECT jsonb_agg(
                            jsonb_build_object(
                                'engineer_code', e.code,
                                'engineer_name', e.name,
                                'support_level', e.support_level,
                                'assignment_type', a.assignment_type,
                                'status', a.status,
                                'work_location', a.work_location,
                                'travel_distance_km', a.travel_distance_km,
                                'travel_requirements', a.travel_requirements,
                                'notes', a.notes,
                                'assigned_at', a.assigned_at,
                                'ended_at', a.ended_at,
                                'assigned_by_code', a.assigned_by_code,
                                'assigned_by_role', a.assigned_by_role
                            )
                            ORDER BY a.assigned_at, a.id
                        )
                        FROM stage_assignments AS a
                        JOIN engineers AS e ON e.id = a.engineer_id
                        WHERE a.transition_id = v.id
                    ), '[]'),
                    'execution', (
                        SELECT jsonb_build_object(
                            'actions', x.actions,
                            'forms', x.forms,
                            'completion_criteria', x.completion_criteria,
                            'diagnosis_summary', x.diagnosis_summary,
                            'work_performed', x.work_performed,
                            'test_results', x.test_results,
                            'customer_signature', x.customer_signature,
                            'signed_at', x.signed_at,
                            'signature_meaning', x.signature_meaning,
                            'signature', x.signature,
                            'customer_rating', x.customer_rating,
                            'customer_feedback', x.customer_feedback
                        )
                        FROM stage_execution_data AS x
                        WHERE x.transition_id = v.id
                    )
                )
                ORDER BY v.position, v.visit
            )
            FROM workflow_stage_transitions AS v
            WHERE v.instance_id = i.id
        ), '[]'),
        'clocks', COALESCE((
            SELECT jsonb_agg(
                to_jsonb(c) || jsonb_build_object(
                    'target', seconds(c.target),
                    'elapsed', seconds(c.elapsed),
                    'stage_key', v.stage_key,
                    'visit', v.visit,
                    'events', COALESCE((
                        SELECT jsonb_agg(
                            jsonb_build_object(
                                'sequence', n.sequence,
                                'kind', n.kind,
                                'percent', n.percent,
                                'reason', n.reason,
                                'occurred_at', n.occurred_at,
                                'elapsed', seconds(n.elapsed),
                                'due_at', n.due_at,
                                'state', n.state,
                                'target', seconds(n.target),
                                'counts_from', n.counts_from,
                                'told_at', n.told_at,
                                'lifted', n.lifted
                            )
                            ORDER BY n.sequence
                        )
                        FROM sla_events AS n
                        WHERE n.ticket_id = t.id AND n.clock_id = c.id
                    ), '[]')
                )
                ORDER BY c.started_at, c.kind, c.name
            )
            FROM sla_clocks AS c
            LEFT JOIN workflow_stage_transitions AS v ON v.id = c.transition_id
            WHERE c.ticket_id = t.id
        ), '[]'),
        'diagnoses', COALESCE((
            SELECT jsonb_agg(to_jsonb(d) ORDER BY d.proposed_at) FROM get_ai_diagnosis(t.id) AS d
        ), '[]'),
        'recommendations', COALESCE((
            SELECT jsonb_agg(to_jsonb(r)) FROM get_ai_engineer_recommendations(t.id) AS r
        ), '[]'),
        'notifications', COALESCE((
            SELECT jsonb_agg(to_jsonb(n) ORDER BY n.sequence) FROM notifications AS n WHERE n.ticket_id = t.id
        ), '[]'),
        'timeline', COALESCE((
            SELECT jsonb_agg(a.entry ORDER BY a.entry_number)
            FROM (
                SELECT
                    f.entry_number,
                    to_jsonb(f) - ARRAY['subject_table', 'subject_id', 'previous_hash'] AS entry
                FROM audit_events AS f
                WHERE f.subject_id = t.id
                UNION ALL
                -- What was sent when it had ended is no fact of its story, and has no place among them.
                SELECT
                    l.entry_number,
                    to_jsonb(l) - ARRAY['subject_table', 'subject_id', 'previous_hash'] || '{"sequence": null}'
                FROM audit_events AS l
                WHERE l.ticket_id = t.id AND l.subject_table = 'audit_events' AND l.action = 'command_refused'
            ) AS a
        ), '[]')
    )
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    CROSS JOIN LATERAL ticket_sla(t.id) AS sla
    WHERE t.id = find_ticket(p_reference)
$$;

COMMENT ON FUNCTION get_ticket(text) IS
    'A ticket with unit, calendar, stages, clocks, notifications and timeline as JSON; NULL where there is none.';
