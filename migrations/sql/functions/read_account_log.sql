-- requires: known_account
-- What the audit trail says of an account, newest first: itself, its roles, tokens, logins and links, and what else it has.
-- `role` and `whose` name a role that was given or taken, `named` what else has a name. p_before: the number of the entry
-- that the page before ended with.
CREATE OR REPLACE FUNCTION read_account_log(p_code text, p_limit integer DEFAULT 50, p_before bigint DEFAULT NULL)
RETURNS TABLE (
    entry_number bigint,
    recorded_at timestamptz,
    actor_code text,
    subject_table text,
    action text,
    role text,
    whose text,
    named text,
    kind text,
    old_value jsonb,
    new_value jsonb
)
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    v_id uuid := known_account(p_code);
    v_ids uuid[];
BEGIN
    v_ids := v_id || ARRAY(
        SELECT a.subject_id
        FROM audit_events AS a
        WHERE a.subject_table ^@ 'account_' AND a.action = 'row_inserted' AND a.new_value ->> 'account_id' = v_id::text
    );
    RETURN QUERY
    SELECT
        a.entry_number, a.recorded_at, a.actor_code, a.subject_table, a.action, r.row ->> 'role',
        COALESCE(
            (SELECT e.code FROM engineers AS e WHERE e.id = (r.row ->> 'engineer_id')::uuid),
            (SELECT m.code FROM manufacturers AS m WHERE m.id = (r.row ->> 'manufacturer_id')::uuid),
            concat_ws(
                '/',
                (SELECT c.code FROM customers AS c WHERE c.id = (r.row ->> 'customer_id')::uuid),
                (SELECT s.code FROM customer_sites AS s WHERE s.id = (r.row ->> 'site_id')::uuid)
            )
        ),
        r.row ->> 'name', r.row ->> 'kind', a.old_value, a.new_value
    FROM audit_events AS a
    JOIN audit_events AS f ON f.subject_id = a.subject_id AND f.sequence = 0
    CROSS JOIN LATERAL (SELECT COALESCE(f.new_value, '{}') AS row) AS r
    WHERE a.subject_id = ANY (v_ids) AND (p_before IS NULL OR a.entry_number < p_before)
    ORDER BY a.entry_number DESC
    LIMIT greatest(1, least(p_limit, 1000));
END
$$;

COMMENT ON FUNCTION read_account_log(text, integer, bigint) IS
    'The entries of the audit trail about an account and all that is its, newest first.';
