-- requires: known_account, told_by
-- What is done about endpoints, as p_doing says, and by whom; p_said names the endpoint by `name`.
--   add      {name, account, url, events, key}: a new one; it is told of what comes from now on. retry_after, in seconds:
--            other times than the usual ones after which what failed is sent again
--   disable, enable: enabled again it is told of what comes from then on, and what was on its way goes on
--   rotate   {key, overlap}: another key; the one before signs as well for so many seconds
--   replay   {delivery} or {since, until}: deliveries that have ended are sent again, under their ids
-- Keys are hexadecimal. The owner's alone. Returns {name, changed: how many rows}.
CREATE OR REPLACE FUNCTION change_webhook(p_doing text, p_said jsonb, p_by text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_name text := p_said ->> 'name';
    v_id uuid;
    v_newest bigint;
    v_changed bigint := 1;
BEGIN
    PERFORM told_by(p_by, 'operator');
    SELECT COALESCE(max(a.entry_number), 0) INTO v_newest FROM audit_events AS a;
    SELECT w.id INTO v_id FROM webhook_endpoints AS w WHERE w.name = v_name FOR UPDATE;
    IF p_doing = 'add' THEN
        IF FOUND THEN
            RAISE EXCEPTION 'there is a webhook % already', left(v_name, 100)
                USING ERRCODE = 'unique_violation', HINT = 'Choose another name.';
        END IF;
        INSERT INTO webhook_endpoints (account_id, name, url, events, position)
        VALUES (
            known_account(p_said ->> 'account'),
            v_name,
            p_said ->> 'url',
            ARRAY(SELECT jsonb_array_elements_text(p_said -> 'events')),
            v_newest
        )
        RETURNING id INTO v_id;
        UPDATE webhook_endpoints AS w
        SET retry_after = ARRAY(
            SELECT make_interval(secs => n.seconds::double precision)
            FROM jsonb_array_elements_text(p_said -> 'retry_after') WITH ORDINALITY AS n (seconds, place)
            ORDER BY n.place
        )
        WHERE w.id = v_id AND p_said ? 'retry_after';
        INSERT INTO webhook_secrets (endpoint_id, key) VALUES (v_id, decode(p_said ->> 'key', 'hex'));
    ELSIF NOT FOUND THEN
        RAISE EXCEPTION 'there is no webhook %', left(v_name, 100)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Look its name up in the list of webhooks.';
    ELSIF p_doing = 'disable' THEN
        UPDATE webhook_endpoints AS w
        SET disabled_at = now(), disabled_because = 'switched_off'
        WHERE w.id = v_id AND w.disabled_at IS NULL;
        GET DIAGNOSTICS v_changed = ROW_COUNT;
    ELSIF p_doing = 'enable' THEN
        UPDATE webhook_endpoints AS w
        SET disabled_at = NULL, disabled_because = NULL, position = greatest(w.position, v_newest)
        WHERE w.id = v_id AND w.disabled_at IS NOT NULL;
        GET DIAGNOSTICS v_changed = ROW_COUNT;
        UPDATE webhook_deliveries AS d SET due_at = now() WHERE d.endpoint_id = v_id AND d.state = 'pending';
    ELSIF p_doing = 'rotate' THEN
        DELETE FROM webhook_secrets AS s WHERE s.endpoint_id = v_id AND s.ends_at IS NOT NULL;
        UPDATE webhook_secrets AS s
        SET ends_at = now() + make_interval(secs => (p_said ->> 'overlap')::double precision)
        WHERE s.endpoint_id = v_id;
        INSERT INTO webhook_secrets (endpoint_id, key) VALUES (v_id, decode(p_said ->> 'key', 'hex'));
    ELSIF p_doing = 'replay' THEN
        UPDATE webhook_deliveries AS d
        SET state = 'pending', attempts = 0, due_at = now(), ended_at = NULL
        WHERE d.endpoint_id = v_id
            AND d.state <> 'pending'
            AND (
                d.id = (p_said ->> 'delivery')::uuid
                OR (
                    p_said ->> 'delivery' IS NULL
                    AND d.created_at >= (p_said ->> 'since')::timestamptz
                    AND d.created_at < COALESCE((p_said ->> 'until')::timestamptz, 'infinity')
                )
            );
        GET DIAGNOSTICS v_changed = ROW_COUNT;
    ELSE
        RAISE EXCEPTION 'nobody can % a webhook', left(p_doing, 100) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_notify('fieldcare_webhooks', v_id::text);
    RETURN jsonb_build_object('name', v_name, 'changed', v_changed);
END
$$;

COMMENT ON FUNCTION change_webhook(text, jsonb, text) IS
    'What is done about endpoints of webhooks: add, disable, enable, rotate, replay; returns how many rows changed.';
