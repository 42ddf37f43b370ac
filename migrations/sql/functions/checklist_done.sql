-- How many of the required actions have a valid answer, by the rules of the workflow: a check is true, a text is not
-- blank, nor is the name of who signed, a rating is a whole number from 0 to 10.
CREATE OR REPLACE FUNCTION checklist_done(p_criteria jsonb, p_actions jsonb)
RETURNS integer
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = public, pg_temp
AS $$
    SELECT count(*)::integer
    FROM jsonb_array_elements(p_criteria) AS c
    CROSS JOIN LATERAL (SELECT p_actions -> (c.value ->> 'key') AS answer) AS given
    WHERE CASE COALESCE(c.value ->> 'kind', 'check')
        WHEN 'check' THEN given.answer = 'true'
        WHEN 'rating' THEN jsonb_typeof(given.answer) = 'number' AND given.answer #>> '{}' ~ '^(10|[0-9])$'
        ELSE jsonb_typeof(given.answer) = 'string' AND given.answer #>> '{}' ~ '\S' -- text, signature
    END
$$;

COMMENT ON FUNCTION checklist_done(jsonb, jsonb) IS 'How many of a stage''s required actions have a valid answer.';
