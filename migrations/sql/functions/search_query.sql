-- What a search for words asks of `ticket_words`: all of its words, in any order. The last letters of a word may be left
-- out; one letter or digit alone is the whole word. NULL where there is no word in it.
CREATE OR REPLACE FUNCTION search_query(p_search text)
RETURNS tsquery
LANGUAGE sql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT string_agg(
        quote_literal(w.word) || CASE WHEN length(w.word) > 1 THEN ':*' ELSE '' END, ' & ' ORDER BY w.word
    )::tsquery
    FROM unnest(search_words(p_search)) AS w (word)
$$;

COMMENT ON FUNCTION search_query(text) IS
    'The query that asks for all words of a text, each by its beginning; NULL where there is none.';
