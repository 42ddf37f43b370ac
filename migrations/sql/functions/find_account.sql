-- The account that a code names, in whatever case and width; NULL where there is none. What only looks like its code is
-- another's.
CREATE OR REPLACE FUNCTION find_account(p_code text)
RETURNS uuid
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT a.id
    FROM accounts AS a
    WHERE spelling_look(a.code) = spelling_look(p_code) AND spelling_key(a.code) = spelling_key(p_code)
$$;

COMMENT ON FUNCTION find_account(text) IS 'The id of the account with a code, however that is spelled; NULL: none.';
