-- requires: ai_model_for, ai_spend, ai_track_record, local_model_in_force
-- May this request be sent to this provider now? If so, the call is on record before anything is sent, with the most that
-- it can cost set aside. p_call: session_id, attempt, provider, task, model (code, optional), vision, input_tokens and
-- output_tokens (at the most), ticket_id and maximum_cost_usd (optional), auto_complete_confidence (optional: then track
-- says how often the model was right from that confidence on), local_model (id of the trained model that the worker has,
-- optional). Asked again for the same attempt, it says the same.
-- verdict: granted; answered (an earlier attempt got the answer, here it is: don't ask again); or why not: unknown
-- (no such provider in use), no_model, too_expensive (for this request), circuit_open, spend_limit (of the UTC day).
-- A circuit that is not closed lets one request through at its circuit_retry_at, which claims the next such moment: after
-- the request's time is over, and half a minute for a worker that died with it. With the owner's rights: nobody else
-- writes AI's book.
CREATE OR REPLACE FUNCTION begin_ai_call(p_call jsonb, p_at timestamptz DEFAULT clock_timestamp())
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_session uuid := (p_call ->> 'session_id')::uuid;
    v_attempt integer := (p_call ->> 'attempt')::integer;
    v_provider ai_providers;
    v_model ai_models;
    v_answer ai_conversations;
    v_output integer := (p_call ->> 'output_tokens')::integer;
    v_reserve numeric;
BEGIN
    SELECT c.*
    INTO v_answer
    FROM ai_conversations AS c
    WHERE c.session_id = v_session AND c.role = 'assistant' AND c.error IS NULL
    ORDER BY c.message_index
    LIMIT 1;
    IF FOUND THEN
        RETURN jsonb_build_object(
            'verdict', 'answered',
            'model', (SELECT m.code FROM ai_models AS m WHERE m.id = v_answer.model_id),
            'content', v_answer.content,
            'input_tokens', v_answer.input_tokens,
            'cached_input_tokens', v_answer.cached_input_tokens,
            'output_tokens', v_answer.output_tokens,
            'cost_usd', v_answer.cost_usd::text,
            'latency', seconds(v_answer.latency),
            'request_id', v_answer.request_id,
            'track', ai_track_record(
                v_answer.provider_id, v_answer.model_id, (p_call ->> 'auto_complete_confidence')::numeric
            )
        );
    END IF;

    SELECT p.* INTO v_provider FROM ai_providers AS p WHERE p.code = p_call ->> 'provider' AND p.active;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('verdict', 'unknown');
    END IF;
    SELECT m.*
    INTO v_model
    FROM ai_models AS m
    WHERE m.id = ai_model_for(
        v_provider.id, p_call ->> 'task', p_call ->> 'model', COALESCE((p_call ->> 'vision')::boolean, false), p_at
    );
    IF NOT FOUND THEN
        RETURN jsonb_build_object('verdict', 'no_model');
    END IF;
    v_output := LEAST(v_output, v_model.max_output_tokens);
    -- Rounded up to a millionth: it must never be less than the cost.
    v_reserve := ceil(
        (p_call ->> 'input_tokens')::numeric * v_model.input_price + v_output * v_model.output_price
    ) / 1000000;
    IF v_reserve > (p_call ->> 'maximum_cost_usd')::numeric THEN
        RETURN jsonb_build_object('verdict', 'too_expensive');
    END IF;

    IF NOT EXISTS (SELECT FROM ai_calls AS c WHERE c.session_id = v_session AND c.attempt = v_attempt) THEN
        -- A closed circuit and nothing to add up: no call has to wait for another.
        IF v_provider.circuit <> 'closed' OR (v_reserve > 0 AND v_provider.daily_spend_limit_usd IS NOT NULL) THEN
            SELECT p.* INTO v_provider FROM ai_providers AS p WHERE p.id = v_provider.id FOR NO KEY UPDATE;
            IF v_provider.circuit <> 'closed' AND v_provider.circuit_retry_at > p_at THEN
                RETURN jsonb_build_object('verdict', 'circuit_open');
            END IF;
            IF v_reserve > 0 AND v_provider.daily_spend_limit_usd < v_reserve + (
                SELECT s.spent_usd + s.reserved_usd FROM ai_spend(v_provider.id, p_at) AS s
            ) THEN
                RETURN jsonb_build_object('verdict', 'spend_limit');
            END IF;
            IF v_provider.circuit <> 'closed' THEN
                UPDATE ai_providers AS p
                SET circuit = 'half_open', circuit_retry_at = p_at + p.request_timeout + interval '30 seconds'
                WHERE p.id = v_provider.id;
            END IF;
        END IF;
        INSERT INTO ai_calls (session_id, attempt, provider_id, model_id, began_at, reserved_usd, ticket_id)
        VALUES (
            v_session, v_attempt, v_provider.id, v_model.id, p_at, v_reserve,
            (SELECT t.id FROM service_tickets AS t WHERE t.id = (p_call ->> 'ticket_id')::uuid)
        )
        ON CONFLICT (session_id, attempt) DO NOTHING;
    END IF;
    RETURN jsonb_build_object(
        'verdict', 'granted',
        'model', v_model.code,
        'input_price', v_model.input_price::text,
        'output_price', v_model.output_price::text,
        'cached_input_price', v_model.cached_input_price::text,
        'output_tokens', v_output,
        'reserved_usd', v_reserve::text,
        'request_timeout', seconds(v_provider.request_timeout),
        'local_model', CASE
            WHEN v_provider.code = 'local' AND p_call ->> 'task' = 'diagnosis'
                THEN local_model_in_force((p_call ->> 'local_model')::uuid)
        END,
        'track', ai_track_record(v_provider.id, v_model.id, (p_call ->> 'auto_complete_confidence')::numeric)
    );
END
$$;

COMMENT ON FUNCTION begin_ai_call(jsonb, timestamptz) IS
    'Grants or refuses an AI request before it is sent: circuit, probe, spend limit; or gives the answer it has.';
