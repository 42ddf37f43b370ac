-- Closed tickets like a fault that is described, whose diagnosis is known: verified at sign-off, else by people's newest
-- word (of AI's proposal: accepted, or what an engineer put in its place; or written down in a completed diagnosis). What
-- AI proposed and people corrected, refused or proved wrong is never told. The same make and model first, then the type.
--
-- similarity, 0 to 1: three quarters of it the share of the description's words that the ticket has too, each word
-- weighted by its rarity, ln(1/frequency), at most 7; a word that no candidate has counts 1, for it tells them not
-- apart. One quarter is the likeness of the two texts in trigrams (pg_trgm). What has less than a fifth of the weight in
-- common is left out.
--
-- With p_before, what was found at that moment: tickets that had closed, with what was verified by then.
--
-- How it stays quick on any number of tickets: candidates are limited before anything is ranked. A word is rare when
-- fewer than 10,000 tickets have it, by the planner's statistics (ANALYZE keeps them): the rare words of the description
-- are looked up in the GIN index, with model or type, those that share two of them before those that share one. Words
-- that every other ticket has ("alarm") would find half of the table; they count among the newest tickets of the model
-- and of the type. A word that the statistics don't know is searched as it is, and as the known words that it is spelt
-- almost like (trigrams, for typing errors after the first letter).
CREATE OR REPLACE FUNCTION find_similar_tickets(
    p_description text,
    p_equipment_type text,
    p_manufacturer text DEFAULT NULL,
    p_model text DEFAULT NULL,
    p_limit integer DEFAULT 5,
    p_except uuid DEFAULT NULL,
    p_before timestamptz DEFAULT NULL
)
RETURNS TABLE (
    ticket_id uuid,
    number text,
    closed_at timestamptz,
    manufacturer_code text,
    model text,
    same_model boolean,
    description text,
    cause text,
    problem_code text,
    issue_category text,
    verified boolean,
    similarity real
)
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    c_rare CONSTANT real := 10000;
    c_enough CONSTANT integer := 150;
    v_before CONSTANT timestamptz := COALESCE(p_before, 'infinity');
    v_type_id uuid;
    v_manufacturer_id uuid;
    v_tickets real;
    v_words tsquery[];
    v_weights double precision[]; -- sums of `real` in two orders differ: a ticket was alike by 1.0000001
    v_rare tsquery[];
    v_singles tsquery;
    v_pairs tsquery;
    v_facet tsquery;
    v_wanted tsquery;
    v_found uuid[] := '{}';
    v_more uuid[];
BEGIN
    SELECT c.id INTO v_type_id FROM equipment_catalog AS c WHERE c.code = p_equipment_type;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no type of equipment %', p_equipment_type USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT m.id INTO v_manufacturer_id FROM manufacturers AS m WHERE m.code = p_manufacturer;
    -- A young table has no statistics: then every word is as rare as one in a hundred.
    SELECT greatest(r.reltuples, 100) INTO v_tickets FROM pg_class AS r WHERE r.oid = 'ticket_search'::regclass;

    WITH statistics AS (
        SELECT s.most_common_elems::text::text[] AS words, s.most_common_elem_freqs AS frequencies
        FROM pg_stats AS s
        WHERE s.schemaname = 'public' AND s.tablename = 'ticket_search' AND s.attname = 'terms'
    ),
    known AS MATERIALIZED (
        SELECT k.word, k.frequency
        FROM statistics AS s, unnest(s.words, s.frequencies[: cardinality(s.words)]) AS k (word, frequency)
        WHERE k.word NOT LIKE '=%'
    ),
    unknown AS (
        -- Rarer than the rarest of the known ones.
        SELECT COALESCE(min(k.frequency) / 2, 1 / v_tickets) AS frequency FROM known AS k
    ),
    asked AS (
        SELECT w.word, k.frequency
        FROM unnest(tsvector_to_array(to_tsvector('english', left(p_description, 4000)))) AS w (word)
        LEFT JOIN known AS k ON k.word = w.word
        ORDER BY k.frequency NULLS FIRST, length(w.word) DESC, w.word
        LIMIT 24
    ),
    spelt AS (
        -- A few of those that nobody knows, as known ones; a word and its likes count once, by its own weight.
        SELECT a.word, nearest.word AS other
        FROM (SELECT u.word FROM asked AS u WHERE u.frequency IS NULL AND u.word ~ '^[[:alpha:]]{4,}$' LIMIT 4) AS a,
        LATERAL (
            SELECT near.word FROM (
                SELECT k.word, similarity(k.word, a.word) AS alike FROM known AS k
                WHERE left(k.word, 1) = left(a.word, 1) AND abs(length(k.word) - length(a.word)) <= 2
                OFFSET 0 -- works out the likeness once
            ) AS near
            WHERE near.alike >= 0.35 AND near.word <> a.word
            ORDER BY near.alike DESC, near.word
            LIMIT 1
        ) AS nearest
    ),
    weighed AS (
        SELECT
            one.query,
            one.frequency,
            least(ln(1 / least(one.frequency, 0.9)), 7) AS weight
        FROM (
            SELECT
                ('''' || replace(replace(a.word, '\', '\\'), '''', '''''') || '''')::tsquery
                || COALESCE(('''' || replace(replace(s.other, '\', '\\'), '''', '''''') || '''')::tsquery, ''::tsquery)
                    AS query,
                COALESCE(a.frequency, like_known.frequency, u.frequency) AS frequency
            FROM asked AS a
            LEFT JOIN spelt AS s ON s.word = a.word
            LEFT JOIN known AS like_known ON like_known.word = s.other
            CROSS JOIN unknown AS u
        ) AS one
    )
    SELECT
        array_agg(w.query ORDER BY w.frequency, w.query),
        array_agg(w.weight::double precision ORDER BY w.frequency, w.query),
        (array_agg(w.query ORDER BY w.frequency, w.query) FILTER (WHERE w.frequency * v_tickets <= c_rare))[:5]
    INTO v_words, v_weights, v_rare
    FROM weighed AS w;
    IF v_words IS NULL THEN
        RETURN; -- nothing but words that say nothing
    END IF;

    FOR i IN 1 .. COALESCE(cardinality(v_rare), 0) LOOP
        v_singles := CASE WHEN v_singles IS NULL THEN v_rare[i] ELSE v_singles || v_rare[i] END;
        FOR j IN i + 1 .. cardinality(v_rare) LOOP
            v_pairs := CASE WHEN v_pairs IS NULL THEN v_rare[i] && v_rare[j]
                ELSE v_pairs || (v_rare[i] && v_rare[j]) END;
        END LOOP;
    END LOOP;
    FOREACH v_facet IN ARRAY ARRAY[
        ('''=m:' || v_type_id || ':' || md5(v_manufacturer_id || ':' || lower(p_model)) || '''')::tsquery,
        ('''=t:' || v_type_id || '''')::tsquery
    ] LOOP
        FOREACH v_wanted IN ARRAY ARRAY[v_pairs, v_singles] LOOP
            CONTINUE WHEN v_facet IS NULL OR v_wanted IS NULL OR cardinality(v_found) >= 2 * c_enough;
            v_wanted := v_facet && v_wanted;
            SELECT array_agg(f.ticket_id) INTO v_more
            FROM (SELECT s.ticket_id FROM ticket_search AS s
                WHERE s.terms @@ v_wanted AND s.closed_at < v_before LIMIT c_enough) AS f;
            v_found := v_found || v_more;
        END LOOP;
    END LOOP;

    RETURN QUERY
    WITH candidates AS (
        SELECT s.ticket_id, s.terms, s.closed_at, s.manufacturer_id, s.model
        FROM ticket_search AS s WHERE s.ticket_id = ANY (v_found)
        UNION
        (
            SELECT s.ticket_id, s.terms, s.closed_at, s.manufacturer_id, s.model
            FROM ticket_search AS s
            WHERE s.equipment_type_id = v_type_id AND s.manufacturer_id = v_manufacturer_id
                AND lower(s.model) = lower(p_model) AND s.closed_at < v_before
            ORDER BY s.closed_at DESC LIMIT 120
        )
        UNION
        (
            SELECT s.ticket_id, s.terms, s.closed_at, s.manufacturer_id, s.model
            FROM ticket_search AS s WHERE s.equipment_type_id = v_type_id AND s.closed_at < v_before
            ORDER BY s.closed_at DESC LIMIT 120
        )
    ),
    hits AS MATERIALIZED (
        SELECT c.ticket_id, w.position, w.weight
        FROM candidates AS c, unnest(v_words, v_weights) WITH ORDINALITY AS w (query, weight, position)
        WHERE c.terms @@ w.query AND c.ticket_id IS DISTINCT FROM p_except
    ),
    total AS (
        SELECT sum(CASE WHEN EXISTS (SELECT FROM hits AS h WHERE h.position = w.position) THEN w.weight ELSE 1 END)
            AS weight
        FROM unnest(v_weights) WITH ORDINALITY AS w (weight, position)
    ),
    weighed AS (
        SELECT
            c.ticket_id,
            c.closed_at,
            c.manufacturer_id,
            c.model,
            COALESCE(c.manufacturer_id = v_manufacturer_id AND lower(c.model) = lower(p_model), false) AS is_same,
            least(h.weight / t.weight, 1) AS common
        FROM (SELECT one.ticket_id, sum(one.weight) AS weight FROM hits AS one GROUP BY one.ticket_id) AS h
        JOIN candidates AS c ON c.ticket_id = h.ticket_id
        CROSS JOIN total AS t
    ),
    best AS (
        (SELECT w.* FROM weighed AS w WHERE w.is_same AND w.common >= 0.2
            ORDER BY w.common DESC, w.closed_at DESC LIMIT greatest(20, 2 * p_limit))
        UNION ALL
        (SELECT w.* FROM weighed AS w WHERE NOT w.is_same AND w.common >= 0.2
            ORDER BY w.common DESC, w.closed_at DESC LIMIT greatest(20, 2 * p_limit))
    )
    SELECT
        t.id, t.number, t.closed_at, m.code, b.model, b.is_same, t.description,
        COALESCE(t.verified_cause, d.cause, x.diagnosis_summary),
        CASE WHEN t.verified_cause IS NOT NULL THEN t.verified_code ELSE d.problem_code END,
        d.issue_category,
        t.verified_at IS NOT NULL OR COALESCE(d.verified, false),
        (0.75 * b.common + 0.25 * similarity(left(t.description, 2000), left(p_description, 2000)))::real AS alike
    FROM best AS b
    JOIN service_tickets AS t ON t.id = b.ticket_id AND t.status = 'closed'
    JOIN manufacturers AS m ON m.id = b.manufacturer_id
    LEFT JOIN LATERAL (
        SELECT e.diagnosis_summary, v.finished_at
        FROM ticket_workflow_instances AS i
        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id AND v.status = 'completed'
        JOIN stage_execution_data AS e ON e.transition_id = v.id
        WHERE i.ticket_id = t.id AND e.diagnosis_summary <> ''
        ORDER BY v.finished_at DESC
        LIMIT 1
    ) AS x ON t.verified_cause IS NULL
    -- The newest verdict or decision that no later word of a person has overtaken. What proved wrong and what was refused
    -- is there with no cause, so that it hides what was said before it.
    LEFT JOIN LATERAL (
        SELECT
            CASE
                WHEN r.verified_cause IS NOT NULL THEN r.verified_cause
                WHEN r.was_correct OR (r.was_correct IS NULL AND r.status = 'accepted') THEN r.root_cause
                WHEN r.was_correct IS NULL AND r.status = 'edited' THEN f.correction ->> 'cause'
            END AS cause,
            CASE
                WHEN r.verified_cause IS NOT NULL THEN r.verified_code
                WHEN r.was_correct OR (r.was_correct IS NULL AND r.status = 'accepted') THEN r.problem_code
                WHEN r.was_correct IS NULL AND r.status = 'edited' THEN f.correction ->> 'problem_code'
            END AS problem_code,
            CASE WHEN r.was_correct OR (r.was_correct IS NULL AND r.status = 'accepted') THEN r.issue_category END
                AS issue_category,
            r.verified_at IS NOT NULL AS verified,
            -- A summary that was taken over from what proved wrong says the same.
            COALESCE(NOT r.was_correct, false) AS is_refuted
        FROM ai_diagnosis_results AS r
        LEFT JOIN ai_feedback AS f
            ON f.diagnosis_id = r.id AND f.kind = 'human' AND f.given_by_code = r.decided_by_code
        WHERE r.ticket_id = t.id
            AND (
                r.verified_at IS NOT NULL
                OR (
                    r.status IN ('accepted', 'edited', 'refused')
                    AND (x.finished_at IS NULL OR r.decided_at >= x.finished_at)
                )
            )
        ORDER BY r.verified_at IS NOT NULL DESC, r.proposed_at DESC
        LIMIT 1
    ) AS d ON true
    WHERE COALESCE(t.verified_cause, d.cause, CASE WHEN NOT COALESCE(d.is_refuted, false) THEN x.diagnosis_summary END)
        IS NOT NULL
        AND COALESCE(t.verified_at, '-infinity') < v_before
    ORDER BY b.is_same DESC, alike DESC, t.closed_at DESC, t.id
    LIMIT greatest(1, least(p_limit, 50));
END
$$;

COMMENT ON FUNCTION find_similar_tickets(text, text, text, text, integer, uuid, timestamptz) IS
    'Closed tickets with a known diagnosis like a described fault, 1 to 50: the same model first, then the same type.';
