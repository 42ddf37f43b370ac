-- How the stages of each template go: one row per template code and stage key, over all versions and scopes of the
-- code, of stages that a template has now or that a ticket has had.
-- Visits: visits = pending + in_progress + blocked (of running tickets) + completed + skipped + abandoned (the ticket
-- ended before the visit did). further_visits: visits to a stage that the ticket had been at before.
-- Durations: of completed visits, from entry to finish by the wall clock. target: of the highest version that has the
-- stage, else of the newest visit. Clocks: stage clocks, each against its own target; met and breached are verdicts (a
-- breach is one at once, even while the stage goes on), running and paused ones are neither.
-- sla_compliance = met ÷ (met + breached) in percent; NULL where no clock has a verdict.
CREATE VIEW workflow_stage_summary AS
SELECT
    template_code,
    stage_key,
    COALESCE(d.name, n.name) AS stage_name,
    COALESCE(d.stage_type, n.stage_type) AS stage_type,
    COALESCE(d.position, n.position) AS position,
    COALESCE(d.target_duration, n.target_duration) AS target,
    COALESCE(v.visits, 0) AS visits,
    COALESCE(v.pending, 0) AS pending,
    COALESCE(v.in_progress, 0) AS in_progress,
    COALESCE(v.blocked, 0) AS blocked,
    COALESCE(v.completed, 0) AS completed,
    COALESCE(v.skipped, 0) AS skipped,
    COALESCE(v.abandoned, 0) AS abandoned,
    COALESCE(v.further_visits, 0) AS further_visits,
    v.average_duration,
    v.median_duration,
    v.p90_duration,
    COALESCE(v.clocks_met, 0) AS clocks_met,
    COALESCE(v.clocks_breached, 0) AS clocks_breached,
    round(100.0 * v.clocks_met / NULLIF(v.clocks_met + v.clocks_breached, 0), 2) AS sla_compliance
FROM (
    SELECT DISTINCT ON (t.code, c.key)
        t.code AS template_code, c.key AS stage_key, c.name, c.stage_type, c.position, c.target_duration
    FROM stage_configuration_templates AS c
    JOIN workflow_templates AS t ON t.id = c.template_id
    ORDER BY t.code, c.key, t.version DESC, t.valid_from DESC, t.id DESC
) AS d
FULL JOIN (
    SELECT
        t.code AS template_code,
        w.stage_key,
        count(*) AS visits,
        count(*) FILTER (WHERE w.status = 'pending' AND i.status = 'running') AS pending,
        count(*) FILTER (WHERE w.status = 'in_progress' AND i.status = 'running') AS in_progress,
        count(*) FILTER (WHERE w.status = 'blocked' AND i.status = 'running') AS blocked,
        count(*) FILTER (WHERE w.status = 'completed') AS completed,
        count(*) FILTER (WHERE w.status = 'skipped') AS skipped,
        count(*) FILTER (WHERE w.status NOT IN ('completed', 'skipped') AND i.status <> 'running') AS abandoned,
        count(*) FILTER (WHERE w.visit > 1) AS further_visits,
        avg(w.finished_at - w.entered_at) FILTER (WHERE w.status = 'completed') AS average_duration,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY w.finished_at - w.entered_at)
            FILTER (WHERE w.status = 'completed') AS median_duration,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY w.finished_at - w.entered_at)
            FILTER (WHERE w.status = 'completed') AS p90_duration,
        count(*) FILTER (WHERE k.state = 'met') AS clocks_met,
        count(*) FILTER (WHERE k.state = 'breached') AS clocks_breached
    FROM workflow_stage_transitions AS w
    JOIN ticket_workflow_instances AS i ON i.id = w.instance_id
    JOIN workflow_templates AS t ON t.id = i.template_id
    LEFT JOIN sla_clocks AS k ON k.transition_id = w.id AND k.ticket_id = i.ticket_id AND k.kind = 'stage'
    GROUP BY t.code, w.stage_key
) AS v USING (template_code, stage_key)
-- Only for a stage that no template has any more.
LEFT JOIN LATERAL (
    SELECT w.name, w.stage_type, w.position, w.target_duration
    FROM workflow_templates AS t
    JOIN ticket_workflow_instances AS i ON i.template_id = t.id
    JOIN workflow_stage_transitions AS w ON w.instance_id = i.id
    WHERE d.stage_key IS NULL AND t.code = v.template_code AND w.stage_key = v.stage_key
    ORDER BY w.id DESC
    LIMIT 1
) AS n ON true;

COMMENT ON VIEW workflow_stage_summary IS
    'One row per template code and stage: visits by status, durations of completed ones, clocks met and breached.';
