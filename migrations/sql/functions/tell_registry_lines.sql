-- requires: registry_document, registry_lines
-- What was done to the things that a row of the registry has several of, as one entry in the trail of the row itself: of a
-- new row all that it says, of one that is there the fields that differ from p_before. Their own rows have entries of
-- their own. The owner's alone.
CREATE OR REPLACE FUNCTION tell_registry_lines(p_kind text, p_id uuid, p_before jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_lines jsonb := registry_lines(p_kind, p_id);
    v_old jsonb := '{}';
    v_new jsonb;
BEGIN
    IF v_lines = '{}' THEN
        RETURN;
    END IF;
    IF p_before IS NULL THEN
        v_new := registry_document(p_kind, p_id);
    ELSE
        SELECT jsonb_object_agg(l.key, p_before -> l.key), jsonb_object_agg(l.key, l.value)
        INTO v_old, v_new
        FROM jsonb_each(v_lines) AS l
        WHERE l.value IS DISTINCT FROM p_before -> l.key;
        IF v_new IS NULL THEN
            RETURN;
        END IF;
    END IF;
    INSERT INTO audit_events (
        subject_table, subject_id, occurred_at, actor_code, actor_role, action, reason, new_value, old_value
    )
    VALUES (
        CASE p_kind
            WHEN 'calendars' THEN 'business_calendars' WHEN 'parts' THEN 'equipment_parts' WHEN 'engineers' THEN 'engineers'
        END,
        p_id,
        clock_timestamp(),
        current_setting('fieldcare.actor_code'),
        current_setting('fieldcare.actor_role'),
        'registry_changed',
        current_setting('fieldcare.reason'),
        v_new,
        v_old
    );
END
$$;

COMMENT ON FUNCTION tell_registry_lines(text, uuid, jsonb) IS
    'What was done to the things that a row of the registry has several of, as an entry in its own trail.';
