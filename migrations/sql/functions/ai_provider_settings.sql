-- What a process that serves AI goes by, in the order of asking: whom it asks, with which key, where, how often. Workers look
-- at it every few seconds, so that a row which comes, changes or goes counts at once; it is two small tables and no sum.
CREATE OR REPLACE FUNCTION ai_provider_settings()
RETURNS TABLE (
    code text,
    active boolean,
    api_key_variable text,
    api_base_url text,
    requests_per_minute integer,
    models text[]
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        p.code,
        p.active,
        p.api_key_variable,
        p.api_base_url,
        p.requests_per_minute,
        ARRAY(SELECT m.code FROM ai_models AS m WHERE m.provider_id = p.id AND m.active ORDER BY m.code)
    FROM ai_providers AS p
    ORDER BY p.fallback_priority, p.code
$$;

COMMENT ON FUNCTION ai_provider_settings() IS
    'Whom a worker may ask, with which key, where and how often: cheap enough to be looked at all the time.';
