-- requires: record_engineer_outcome
-- Facts offer_accepted, offer_declined, offer_expired, offer_withdrawn, offer_exhausted: what came of asking a candidate, and
-- whether the offer is over by that. Nobody who was still to be asked is, then. That nobody took it is an issue. Of whoever
-- was recommended it is kept that they accepted or declined.
CREATE OR REPLACE FUNCTION record_offer_answer(p_ticket_id uuid, p_instance_id uuid, p_fact jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_visit_id CONSTANT uuid := stage_visit_id(p_instance_id, p_fact -> 'stage');
    v_offer CONSTANT integer := p_fact ->> 'offer';
    v_at CONSTANT timestamptz := p_fact ->> 'at';
    v_answer CONSTANT text := substr(p_fact ->> 'kind', length('offer_') + 1);
BEGIN
    IF v_answer <> 'exhausted' THEN
        UPDATE offer_answers AS a
        SET answer = v_answer,
            answered_at = GREATEST(v_at, a.asked_at),
            decline_reason = p_fact ->> 'why',
            ended_because = p_fact ->> 'cause',
            remark = COALESCE(p_fact ->> 'reason', '')
        WHERE a.transition_id = v_visit_id AND a.offer = v_offer AND a.answer = 'asked';
    END IF;
    IF v_answer IN ('accepted', 'declined') THEN
        PERFORM record_engineer_outcome(v_visit_id, (p_fact #>> '{engineer,engineer_id}')::uuid, v_answer, v_at);
    END IF;
    IF v_answer IN ('accepted', 'withdrawn', 'exhausted') THEN
        UPDATE offer_answers AS a
        SET answer = 'not_asked', ended_because = p_fact ->> 'cause'
        WHERE a.transition_id = v_visit_id AND a.offer = v_offer AND a.answer = 'waiting';
    END IF;
    IF v_answer = 'exhausted' THEN
        PERFORM raise_issue(p_ticket_id, 'Nobody takes ' || (p_fact #>> '{stage,key}'), v_at);
    END IF;
END
$$;

COMMENT ON FUNCTION record_offer_answer(uuid, uuid, jsonb) IS
    'Applies what came of an offer: offer_accepted, offer_declined, offer_expired, offer_withdrawn, offer_exhausted.';
