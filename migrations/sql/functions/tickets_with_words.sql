-- The tickets that have all words of a search (`search_query`); NULL where they are too many to be told by a list: then
-- they are found among the newest.
CREATE OR REPLACE FUNCTION tickets_with_words(p_query tsquery)
RETURNS uuid[]
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
AS $$
DECLARE
    c_many CONSTANT integer := 3000;
    v_tickets uuid[] := ARRAY(SELECT w.ticket_id FROM ticket_words AS w WHERE w.words @@ p_query LIMIT c_many);
BEGIN
    RETURN CASE WHEN cardinality(v_tickets) < c_many THEN v_tickets END;
END
$$;

COMMENT ON FUNCTION tickets_with_words(tsquery) IS
    'Ids of the tickets that have all words of a search; NULL where they are too many.';
