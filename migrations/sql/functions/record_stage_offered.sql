-- Fact stage_offered: a candidate is asked. The first fact of an offer brings all of its candidates, in their order.
CREATE OR REPLACE FUNCTION record_stage_offered(p_instance_id uuid, p_fact jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_visit_id CONSTANT uuid := stage_visit_id(p_instance_id, p_fact -> 'stage');
    v_offer CONSTANT integer := p_fact ->> 'offer';
    v_place CONSTANT integer := p_fact ->> 'place';
    v_at integer;
BEGIN
    INSERT INTO offer_answers (
        transition_id, engineer_id, offer, place, named, offered_by_code, offered_by_role, offered_at
    )
    SELECT
        v_visit_id,
        (c.value ->> 'engineer_id')::uuid,
        v_offer,
        v_place + c.ordinality - 1,
        (p_fact ->> 'named')::boolean,
        p_fact #>> '{actor,code}',
        p_fact #>> '{actor,role}',
        (p_fact ->> 'at')::timestamptz
    FROM jsonb_array_elements(jsonb_build_array(p_fact -> 'engineer') || (p_fact -> 'then'))
        WITH ORDINALITY AS c (value, ordinality)
    WHERE v_place = 1;
    UPDATE offer_answers AS a
    SET answer = 'asked',
        asked_at = (p_fact ->> 'at')::timestamptz,
        answer_until = (p_fact ->> 'until')::timestamptz
    WHERE a.transition_id = v_visit_id
        AND a.offer = v_offer
        AND a.engineer_id = (p_fact #>> '{engineer,engineer_id}')::uuid
    RETURNING a.place INTO v_at;
    -- Whoever was passed over, because the stage needs a higher level by now, is not asked any more.
    UPDATE offer_answers AS a
    SET answer = 'not_asked', ended_because = 'level_raised'
    WHERE a.transition_id = v_visit_id AND a.offer = v_offer AND a.place < v_at AND a.answer = 'waiting';
END
$$;

COMMENT ON FUNCTION record_stage_offered(uuid, jsonb) IS 'Applies the fact stage_offered.';
