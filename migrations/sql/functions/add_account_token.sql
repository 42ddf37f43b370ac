-- A token of an account: {kind, name, scopes, lasts (seconds), digest (hexadecimal)}. Returns when it expires.
CREATE OR REPLACE FUNCTION add_account_token(p_account_id uuid, p_token jsonb)
RETURNS timestamptz
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_lasts interval := make_interval(secs => (p_token ->> 'lasts')::double precision);
    v_id uuid;
    v_expires_at timestamptz;
BEGIN
    IF v_lasts IS NULL OR v_lasts <= interval '0' OR v_lasts > interval '366 days' THEN
        RAISE EXCEPTION 'a token lasts a year at the most' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (
        SELECT
        FROM account_tokens AS t
        WHERE t.account_id = p_account_id AND t.kind = 'api' AND p_token ->> 'kind' = 'api'
            AND t.name = p_token ->> 'name' AND t.revoked_at IS NULL AND t.expires_at > now()
    ) THEN
        RAISE EXCEPTION 'the account has a token % already', p_token ->> 'name'
            USING ERRCODE = 'unique_violation', HINT = 'Revoke it first, or choose another name.';
    END IF;
    INSERT INTO account_tokens (account_id, kind, name, scopes, expires_at)
    VALUES (
        p_account_id,
        p_token ->> 'kind',
        p_token ->> 'name',
        ARRAY(SELECT jsonb_array_elements_text(p_token -> 'scopes')),
        clock_timestamp() + v_lasts
    )
    RETURNING id, expires_at INTO v_id, v_expires_at;
    INSERT INTO account_keys (token_id, digest) VALUES (v_id, decode(p_token ->> 'digest', 'hex'));
    RETURN v_expires_at;
END
$$;

COMMENT ON FUNCTION add_account_token(uuid, jsonb) IS 'A token of an account; returns when it expires.';
