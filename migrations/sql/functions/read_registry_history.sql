-- requires: registry_subjects, registry_values
-- Who has changed a row of the registry, from what to what, when and why; newest first. p_before: the number of the entry
-- that the page before ended with..
CREATE OR REPLACE FUNCTION read_registry_history(p_kind text, p_id uuid, p_limit integer, p_before bigint)
RETURNS TABLE (
    entry_number bigint,
    at timestamptz,
    actor text,
    actor_role text,
    doing text,
    reason text,
    old_value jsonb,
    new_value jsonb
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    SELECT
        a.entry_number, a.recorded_at, a.actor_code, a.actor_role,
        CASE
            WHEN a.action = 'row_inserted' OR (a.action = 'registry_changed' AND a.old_value = '{}') THEN 'added'
            WHEN a.action = 'row_recorded' THEN 'recorded'
            ELSE 'changed'
        END,
        a.reason, registry_values(a.old_value), registry_values(a.new_value)
    FROM audit_events AS a
    WHERE a.subject_id = ANY (registry_subjects(p_kind, p_id))
        AND (p_before IS NULL OR a.entry_number < p_before)
        -- A new row with what belongs to it is told by the entry that follows.
        AND NOT (
            a.action = 'row_inserted'
            AND EXISTS (
                SELECT
                FROM audit_events AS n
                WHERE n.subject_id = a.subject_id AND n.sequence = a.sequence + 1 AND n.action = 'registry_changed'
                    AND n.old_value = '{}'
            )
        )
    ORDER BY a.entry_number DESC
    LIMIT greatest(1, least(p_limit, 1000))
$$;

COMMENT ON FUNCTION read_registry_history(text, uuid, integer, bigint) IS
    'Who has changed a row of the registry, from what to what, when and why; newest first.';
