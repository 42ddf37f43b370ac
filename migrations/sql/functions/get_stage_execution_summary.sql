-- The stages of a ticket (or one of them) at a glance: a row for every visit.
-- duration: entered → finished, NULL until then. target and clock: those of the visit's own clock, as it last moved.
-- engineers_count: different engineers who were not replaced. parts_count: parts that were not cancelled;
-- parts_outstanding: pieces of them that were ordered and have not come. attachments_count: files that were not deleted.
-- checklist: of the required actions how many have a valid answer; nothing is required of a skipped visit.
-- tests: answers true and false among the test results, those inside a form of results as well.
CREATE OR REPLACE FUNCTION get_stage_execution_summary(p_ticket_id uuid, p_stage_key text DEFAULT NULL)
RETURNS TABLE (
    "position" integer,
    stage_key text,
    stage_name text,
    stage_type text,
    visit integer,
    status text,
    outcome text,
    reason text,
    entered_at timestamptz,
    finished_at timestamptz,
    duration interval,
    target interval,
    clock_state text,
    due_at timestamptz,
    primary_engineer_code text,
    primary_engineer_name text,
    engineers_count integer,
    parts_count integer,
    parts_outstanding integer,
    attachments_count integer,
    checklist_done integer,
    checklist_required integer,
    diagnosis_summary text,
    work_performed text,
    tests_passed integer,
    tests_failed integer,
    customer_rating integer,
    customer_feedback text,
    customer_signature text,
    signed_at timestamptz,
    signature_meaning text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        v.position,
        v.stage_key,
        v.name,
        v.stage_type,
        v.visit,
        v.status,
        v.outcome,
        v.reason,
        v.entered_at,
        v.finished_at,
        v.finished_at - v.entered_at,
        COALESCE(c.target, v.target_duration),
        c.state,
        c.due_at,
        first.code,
        first.name,
        (
            SELECT count(DISTINCT a.engineer_id)::integer
            FROM stage_assignments AS a
            WHERE a.transition_id = v.id AND a.status <> 'replaced'
        ),
        parts.count,
        parts.outstanding,
        (
            SELECT count(*)::integer FROM stage_attachments AS f WHERE f.transition_id = v.id AND f.deleted_at IS NULL
        ),
        checklist_done(asked.criteria, COALESCE(x.actions, '{}')),
        jsonb_array_length(asked.criteria),
        x.diagnosis_summary,
        x.work_performed,
        tests.passed,
        tests.failed,
        x.customer_rating::integer,
        x.customer_feedback,
        x.customer_signature,
        x.signed_at,
        x.signature_meaning
    FROM ticket_workflow_instances AS i
    JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
    LEFT JOIN stage_execution_data AS x ON x.transition_id = v.id
    LEFT JOIN sla_clocks AS c ON c.ticket_id = i.ticket_id AND c.transition_id = v.id AND c.kind = 'stage'
    LEFT JOIN LATERAL (
        SELECT e.code, e.name
        FROM stage_assignments AS a
        JOIN engineers AS e ON e.id = a.engineer_id
        WHERE a.transition_id = v.id AND a.assignment_type = 'primary' AND a.status <> 'replaced'
        ORDER BY a.assigned_at DESC, a.id DESC
        LIMIT 1
    ) AS first ON true
    CROSS JOIN LATERAL (
        SELECT
            count(*)::integer AS count,
            COALESCE(sum(r.quantity_ordered - r.quantity_received), 0)::integer AS outstanding
        FROM ticket_parts_required AS r
        WHERE r.transition_id = v.id AND r.status <> 'cancelled'
    ) AS parts
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN x.id IS NOT NULL THEN x.completion_criteria
            WHEN v.status = 'skipped' THEN '[]'
            ELSE jsonb_path_query_array(
                i.template_snapshot,
                '$.stages[*] ? (@.key == $key).required_actions[*]',
                jsonb_build_object('key', v.stage_key)
            )
        END AS criteria
    ) AS asked
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE one.result = 'true')::integer AS passed,
            count(*) FILTER (WHERE one.result = 'false')::integer AS failed
        FROM jsonb_path_query(x.test_results, 'strict $.**') AS one (result)
    ) AS tests
    WHERE i.ticket_id = p_ticket_id AND (p_stage_key IS NULL OR v.stage_key = p_stage_key)
    ORDER BY v.position, v.visit
$$;

COMMENT ON FUNCTION get_stage_execution_summary(uuid, text) IS
    'Every visit of a ticket''s stages with times, people, parts, files, checklist, tests and sign-off.';
