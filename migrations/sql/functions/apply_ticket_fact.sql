-- Applies one fact of a ticket to its record: what the fact means, and nothing of the order, the lock and the audit trail,
-- which are its callers'. What was told after it happened means what it would have meant then. Returns the old values for the audit trail. An unknown kind is an error.
CREATE OR REPLACE FUNCTION apply_ticket_fact(p_ticket_id uuid, p_instance_id uuid, p_fact jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_old jsonb;
BEGIN
    IF jsonb_typeof(p_fact -> 'happened_at') = 'string' THEN
        p_fact := p_fact || jsonb_build_object('at', p_fact -> 'happened_at');
    END IF;
    CASE p_fact ->> 'kind'
        WHEN 'stages_moved' THEN
            SELECT jsonb_build_object('current_stages', i.current_stages)
            INTO v_old
            FROM ticket_workflow_instances AS i
            WHERE i.id = p_instance_id;
            PERFORM transition_to_next_stage(
                p_ticket_id,
                p_fact -> 'finished',
                p_fact -> 'planned',
                p_fact -> 'entered',
                (p_fact ->> 'at')::timestamptz,
                p_fact -> 'actor',
                p_fact ->> 'reason'
            );
        WHEN 'engineer_assigned' THEN
            v_old := record_engineer_assigned(p_instance_id, p_fact);
        WHEN 'engineer_released' THEN
            v_old := record_engineer_released(p_instance_id, p_fact);
        WHEN 'stage_offered' THEN
            PERFORM record_stage_offered(p_instance_id, p_fact);
        WHEN 'offer_accepted', 'offer_declined', 'offer_expired', 'offer_withdrawn', 'offer_exhausted' THEN
            PERFORM record_offer_answer(p_ticket_id, p_instance_id, p_fact);
        WHEN 'support_level_raised' THEN
            v_old := record_support_level_raised(p_instance_id, p_fact);
        WHEN 'clock_moved' THEN
            v_old := record_clock_moved(p_ticket_id, p_instance_id, p_fact);
        WHEN 'ticket_held' THEN
            v_old := record_ticket_held(p_ticket_id, p_fact);
        WHEN 'ticket_resumed' THEN
            v_old := record_ticket_resumed(p_ticket_id, p_fact);
        WHEN 'priority_changed' THEN
            v_old := record_priority_changed(p_ticket_id, p_fact);
        WHEN 'contract_changed' THEN
            v_old := record_contract_changed(p_ticket_id, p_instance_id, p_fact);
        WHEN 'travel_started', 'arrived_on_site' THEN
            PERFORM record_journey(p_instance_id, p_fact);
        WHEN 'ticket_reopened' THEN
            v_old := record_ticket_reopened(p_ticket_id, p_instance_id, p_fact);
        WHEN 'notification_raised' THEN
            PERFORM record_notification_raised(p_ticket_id, p_fact);
        WHEN 'command_refused', 'ai_unanswered' THEN
            NULL; -- the audit trail is all that a refusal leaves, or that nobody could answer
        WHEN 'ticket_rescued' THEN
            PERFORM raise_issue(
                p_ticket_id,
                'Rescued: ' || COALESCE(NULLIF(p_fact ->> 'reason', ''), 'workflow ' || (p_fact ->> 'found')),
                (p_fact ->> 'at')::timestamptz
            );
        WHEN 'ticket_ended' THEN
            v_old := record_ticket_ended(p_ticket_id, p_instance_id, p_fact);
        ELSE
            RAISE EXCEPTION 'facts of the kind "%" are not known', p_fact ->> 'kind' USING ERRCODE = 'FC003';
    END CASE;
    RETURN v_old;
END
$$;

COMMENT ON FUNCTION apply_ticket_fact(uuid, uuid, jsonb) IS
    'Applies one fact to the record of a ticket; returns the old values for the audit trail. Raises FC003.';
