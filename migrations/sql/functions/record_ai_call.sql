-- requires: record_ai_outcome, record_diagnosis, record_engineer_recommendation
-- How a call ended, exactly once: its end and cost in ai_calls, what was said in ai_conversations, the provider's circuit.
-- p_call: session_id, attempt, provider, task, ticket_id, stage (key, visit) where there is one, outcome, cost_usd (NULL:
-- may have been charged), retry_after (seconds), failures_to_open, cool_down (seconds), messages ([{role, content}]) and
-- answer (content, error, finish_reason, request_id, input_tokens, cached_input_tokens, output_tokens, latency in seconds,
-- prompt_hash). The messages of a session are stored once, the answer of attempt n at place count(messages) + n - 1.
-- Returns true, or false when it was on record already. A ticket or a visit that is not stored yet: try again (40001).
-- A call that was begun for one ticket is not recorded for another. With the owner's rights: nobody else writes AI's book.
CREATE OR REPLACE FUNCTION record_ai_call(p_call jsonb, p_at timestamptz DEFAULT clock_timestamp())
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_call ai_calls;
    v_ticket uuid := (p_call ->> 'ticket_id')::uuid;
    v_visit uuid;
    v_answer jsonb := p_call -> 'answer';
BEGIN
    UPDATE ai_calls AS c
    SET ended_at = GREATEST(p_at, c.began_at),
        outcome = p_call ->> 'outcome',
        cost_usd = (p_call ->> 'cost_usd')::numeric
    WHERE c.session_id = (p_call ->> 'session_id')::uuid
        AND c.attempt = (p_call ->> 'attempt')::integer
        AND c.ended_at IS NULL
    RETURNING c.* INTO v_call;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF v_call.ticket_id <> v_ticket THEN
        RAISE EXCEPTION 'this call was begun for ticket %, not for %', v_call.ticket_id, v_ticket USING ERRCODE = 'FC008';
    END IF;
    IF v_ticket IS NOT NULL AND NOT EXISTS (SELECT FROM service_tickets AS t WHERE t.id = v_ticket) THEN
        RAISE EXCEPTION 'ticket % is not on record yet', v_ticket USING ERRCODE = 'serialization_failure';
    END IF;
    SELECT v.id
    INTO v_visit
    FROM workflow_stage_transitions AS v
    JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
    WHERE i.ticket_id = v_ticket
        AND v.stage_key = p_call #>> '{stage,key}'
        AND v.visit = (p_call #>> '{stage,visit}')::integer;
    -- A further visit is asked about as soon as it is decided; what it is stored with may still be on its way.
    IF v_ticket IS NOT NULL AND v_visit IS NULL AND p_call #>> '{stage,key}' IS NOT NULL THEN
        RAISE EXCEPTION 'visit % of % is not on record yet', p_call #>> '{stage,visit}', p_call #>> '{stage,key}'
            USING ERRCODE = 'serialization_failure';
    END IF;

    INSERT INTO ai_conversations (
        session_id, message_index, ticket_id, transition_id, task, provider_id, model_id, role, content, prompt_hash,
        occurred_at
    )
    SELECT
        v_call.session_id, one.place - 1, v_ticket, v_visit, p_call ->> 'task', v_call.provider_id, v_call.model_id,
        one.message ->> 'role', one.message ->> 'content', v_answer ->> 'prompt_hash', v_call.began_at
    FROM jsonb_array_elements(p_call -> 'messages') WITH ORDINALITY AS one (message, place)
    ON CONFLICT (session_id, message_index) DO NOTHING;

    INSERT INTO ai_conversations (
        session_id, message_index, ticket_id, transition_id, task, provider_id, model_id, role, content, input_tokens,
        cached_input_tokens, output_tokens, cost_usd, latency, request_id, finish_reason, prompt_hash, error,
        occurred_at
    )
    VALUES (
        v_call.session_id, jsonb_array_length(p_call -> 'messages') + v_call.attempt - 1, v_ticket, v_visit,
        p_call ->> 'task', v_call.provider_id, v_call.model_id, 'assistant', COALESCE(v_answer ->> 'content', ''),
        COALESCE((v_answer ->> 'input_tokens')::integer, 0),
        COALESCE((v_answer ->> 'cached_input_tokens')::integer, 0),
        COALESCE((v_answer ->> 'output_tokens')::integer, 0),
        COALESCE(v_call.cost_usd, 0), (v_answer ->> 'latency')::numeric * interval '1 second',
        v_answer ->> 'request_id', v_answer ->> 'finish_reason', v_answer ->> 'prompt_hash', v_answer ->> 'error',
        v_call.ended_at
    )
    ON CONFLICT (session_id, message_index) DO NOTHING;

    -- What is told to each record_TASK() is the same.
    IF v_ticket IS NOT NULL AND jsonb_typeof(p_call -> 'result') = 'object' THEN
        CASE p_call ->> 'task'
            WHEN 'diagnosis' THEN
                PERFORM record_diagnosis(
                    v_call, v_ticket, v_visit, p_call -> 'result', p_call -> 'flags', v_answer ->> 'prompt_hash',
                    v_call.ended_at
                );
            WHEN 'engineer_recommendation' THEN
                PERFORM record_engineer_recommendation(
                    v_call, v_ticket, v_visit, p_call -> 'result', p_call -> 'flags', v_answer ->> 'prompt_hash',
                    v_call.ended_at
                );
            ELSE
                NULL; -- a task without results of its own: what was said is on record
        END CASE;
    END IF;

    PERFORM record_ai_outcome(
        v_call.provider_id, v_call.outcome, v_answer ->> 'error',
        (p_call ->> 'retry_after')::numeric * interval '1 second', (p_call ->> 'failures_to_open')::integer,
        (p_call ->> 'cool_down')::numeric * interval '1 second', p_at
    );
    RETURN true;
END
$$;

COMMENT ON FUNCTION record_ai_call(jsonb, timestamptz) IS
    'Records the end of an AI call exactly once: cost, what was said, the provider''s circuit; false: it had that.';
