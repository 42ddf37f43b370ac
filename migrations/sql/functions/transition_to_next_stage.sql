-- Stages end and stages begin, in one step. p_finished: [{key, visit, status, outcome, reason, actions, signature,
-- by}], with what was done in the completed ones, who signed them, and by: whose doing it was, where it was not p_actor's; p_planned: [{key, visit}], further visits; p_entered: [{key, visit, support_level,
-- engineer, since}], since: when it began, where that was not at p_at. Keeps the instance's current stages and completion percentage: stages whose latest visit is completed or
-- skipped ÷ stages. A visit's reason is its own, else that of the whole step (p_reason); notes keep the reason of the step
-- where a finished visit has another one, and for a further visit why it is made. A visit that ends with a failed test is
-- an issue. A diagnosis of AI that was recorded and that nobody has seen (proposed names the one that people saw) is
-- superseded by the end of the visit. Returns the current stages. Called again with the same arguments it changes nothing;
-- but a visit that is over can't end again, in another way or at another time: what was done in it stays as it was said.
CREATE OR REPLACE FUNCTION transition_to_next_stage(
    p_ticket_id uuid,
    p_finished jsonb,
    p_planned jsonb,
    p_entered jsonb,
    p_at timestamptz,
    p_actor jsonb,
    p_reason text
)
RETURNS text[]
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_instance_id uuid;
    v_stage jsonb;
    v_visit_id uuid;
    v_was_open boolean;
    v_reason text;
    v_current text[];
BEGIN
    SELECT i.id INTO v_instance_id FROM ticket_workflow_instances AS i WHERE i.ticket_id = p_ticket_id;
    IF v_instance_id IS NULL THEN
        RAISE EXCEPTION 'ticket % is not on record', p_ticket_id USING ERRCODE = 'FC001';
    END IF;

    FOR v_stage IN SELECT value FROM jsonb_array_elements(p_finished) LOOP
        UPDATE workflow_stage_transitions
        SET status = v_stage ->> 'status',
            finished_at = p_at,
            finished_by_code = COALESCE(v_stage #>> '{by,code}', p_actor ->> 'code'),
            finished_by_role = COALESCE(v_stage #>> '{by,role}', p_actor ->> 'role'),
            outcome = v_stage ->> 'outcome',
            reason = COALESCE(NULLIF(v_stage ->> 'reason', ''), p_reason, ''),
            notes = CASE
                WHEN v_stage ->> 'reason' <> '' AND v_stage ->> 'reason' <> p_reason THEN p_reason
                ELSE notes
            END
        WHERE instance_id = v_instance_id
            AND stage_key = v_stage ->> 'key'
            AND visit = (v_stage ->> 'visit')::integer
            AND (finished_at IS NULL OR finished_at = p_at AND status = v_stage ->> 'status')
        RETURNING id, old.finished_at IS NULL INTO v_visit_id, v_was_open;
        IF NOT FOUND THEN
            PERFORM stage_visit_id(v_instance_id, v_stage); -- says so where there is no such visit
            RAISE EXCEPTION 'visit % of stage "%" is over: it can''t be % again', v_stage ->> 'visit', v_stage ->> 'key',
                v_stage ->> 'status'
                USING ERRCODE = 'FC007', HINT = 'Work that is done again is a further visit.';
        END IF;
        -- What people could not see when they ended the visit waits for no decision; earlier releases don't say what that is.
        IF v_stage ? 'proposed' THEN
            UPDATE ai_diagnosis_results AS d
            SET status = 'superseded'
            WHERE d.ticket_id = p_ticket_id
                AND d.transition_id = v_visit_id
                AND d.status = 'proposed'
                AND d.session_id IS DISTINCT FROM (v_stage ->> 'proposed')::uuid;
        END IF;
        PERFORM end_engineer_recommendation(v_visit_id, v_stage ->> 'status', p_at);
        -- A visit that is left out because of something told later may have had its engineer since.
        UPDATE stage_assignments SET status = 'released', ended_at = GREATEST(p_at, assigned_at)
        WHERE transition_id = v_visit_id AND status = 'active';
        IF v_stage ->> 'status' = 'completed' THEN
            PERFORM record_stage_execution(
                v_visit_id, COALESCE(v_stage -> 'actions', '{}'), v_stage -> 'signature', p_at
            );
            v_reason := COALESCE(NULLIF(v_stage ->> 'reason', ''), p_reason, '');
            PERFORM record_diagnosis_decision(p_ticket_id, v_stage -> 'diagnosis', p_at, p_actor, v_reason);
            PERFORM record_verified_outcome(p_ticket_id, v_stage -> 'verified', p_at, p_actor, v_reason);
        END IF;
        IF v_was_open AND v_stage ->> 'outcome' = 'test_failed' THEN
            PERFORM raise_issue(p_ticket_id, 'Test failed: ' || (v_stage ->> 'key'), p_at);
        END IF;
    END LOOP;

    IF jsonb_array_length(p_planned) > 0 THEN
        INSERT INTO workflow_stage_transitions (
            instance_id, stage_key, name, stage_type, position, visit, support_level, target_duration, notes
        )
        SELECT v_instance_id, first.stage_key, first.name, first.stage_type, first.position, planned.visit,
            first.support_level, first.target_duration, COALESCE(p_reason, '')
        FROM jsonb_to_recordset(p_planned) AS planned (key text, visit integer)
        JOIN workflow_stage_transitions AS first
            ON first.instance_id = v_instance_id AND first.stage_key = planned.key AND first.visit = 1
        ON CONFLICT (instance_id, stage_key, visit) DO NOTHING;
    END IF;

    FOR v_stage IN SELECT value FROM jsonb_array_elements(p_entered) LOOP
        UPDATE workflow_stage_transitions
        SET status = 'in_progress',
            entered_at = COALESCE((v_stage ->> 'since')::timestamptz, p_at),
            support_level = v_stage ->> 'support_level'
        WHERE instance_id = v_instance_id
            AND stage_key = v_stage ->> 'key'
            AND visit = (v_stage ->> 'visit')::integer
            AND status IN ('pending', 'blocked')
        RETURNING id INTO v_visit_id;
        IF NOT FOUND THEN
            v_visit_id := stage_visit_id(v_instance_id, v_stage);
        END IF;
        IF jsonb_typeof(v_stage -> 'engineer') = 'object' THEN
            PERFORM put_primary_engineer(
                v_visit_id,
                (v_stage #>> '{engineer,engineer_id}')::uuid,
                COALESCE((v_stage ->> 'since')::timestamptz, p_at),
                p_actor
            );
        END IF;
    END LOOP;

    UPDATE ticket_workflow_instances AS i
    SET current_stages = now_at.current_stages, completion_percentage = now_at.completion
    FROM (
        SELECT
            COALESCE(
                array_agg(latest.stage_key ORDER BY latest.position) FILTER (WHERE latest.status = 'in_progress'), '{}'
            ) AS current_stages,
            round(100.0 * count(*) FILTER (WHERE latest.status IN ('completed', 'skipped')) / count(*), 2) AS completion
        FROM (
            SELECT DISTINCT ON (t.stage_key) t.stage_key, t.position, t.status
            FROM workflow_stage_transitions AS t
            WHERE t.instance_id = v_instance_id
            ORDER BY t.stage_key, t.visit DESC
        ) AS latest
    ) AS now_at
    WHERE i.id = v_instance_id
    RETURNING i.current_stages INTO v_current;
    RETURN v_current;
END
$$;

COMMENT ON FUNCTION transition_to_next_stage(uuid, jsonb, jsonb, jsonb, timestamptz, jsonb, text) IS
    'Finishes, plans and enters stage visits of a ticket in one step; returns the stages now in progress. Raises FC007.';
