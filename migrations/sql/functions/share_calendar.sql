-- Nobody retires the calendar of that code until this transaction is over. Raises where it is retired already and whoever
-- agrees on it comes back into use (p_comes_back): their tickets would run by another one, and nobody would know. NULL is
-- no calendar. The owner's alone.
CREATE OR REPLACE FUNCTION share_calendar(p_code text, p_comes_back boolean)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM FROM business_calendars AS r WHERE r.code = p_code ORDER BY r.id FOR SHARE;
    IF p_comes_back AND FOUND AND NOT EXISTS (SELECT FROM business_calendars AS r WHERE r.code = p_code AND r.active)
    THEN
        RAISE EXCEPTION 'the calendar % is retired', left(p_code, 100)
            USING ERRCODE = 'FC014', HINT = 'Put it into use again first, or agree on another one.';
    END IF;
END
$$;

COMMENT ON FUNCTION share_calendar(text, boolean) IS
    'Keeps a calendar from being retired until the transaction ends; one that is retired takes nobody back.';
