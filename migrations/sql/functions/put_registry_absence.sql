-- requires: registry_document
-- When an engineer is away as p_row says it, all of it, on their own wall clock: a new absence where p_id is NULL. Without an
-- end it is until further notice; one that is called off stays on record and keeps nobody away. The owner's alone. Returns
-- its id.
CREATE OR REPLACE FUNCTION put_registry_absence(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_before jsonb := registry_document('absences', p_id);
    v_new engineer_absences;
    v_zone text;
BEGIN
    SELECT r.* INTO v_new FROM engineer_absences AS r WHERE r.id = p_id;
    SELECT e.id, e.time_zone INTO v_new.engineer_id, v_zone FROM engineers AS e WHERE e.code = upper(p_row ->> 'engineer');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no engineer %', left(p_row ->> 'engineer', 100)
            USING ERRCODE = 'FC014', HINT = 'Name one that is on record, by their code.';
    END IF;
    -- What is said as it was stays the same instant, also in the hour that the clock has twice.
    IF (p_row ->> 'starts_at')::timestamp IS DISTINCT FROM (v_before ->> 'starts_at')::timestamp THEN
        v_new.starts_at := (p_row ->> 'starts_at')::timestamp AT TIME ZONE v_zone;
    END IF;
    IF p_id IS NULL OR (p_row ->> 'ends_at')::timestamp IS DISTINCT FROM (v_before ->> 'ends_at')::timestamp THEN
        v_new.ends_at := COALESCE((p_row ->> 'ends_at')::timestamp AT TIME ZONE v_zone, 'infinity');
    END IF;
    IF v_new.ends_at <= v_new.starts_at THEN
        RAISE EXCEPTION 'the absence ends before it begins'
            USING ERRCODE = 'FC014', HINT = 'Correct when it begins, or when it ends.';
    END IF;
    v_new.reason := p_row ->> 'kind';
    v_new.notes := COALESCE(p_row ->> 'notes', '');
    v_new.active := (p_row ->> 'in_use')::boolean;
    IF p_id IS NULL THEN
        INSERT INTO engineer_absences (engineer_id, starts_at, ends_at, reason, notes, active)
        VALUES (v_new.engineer_id, v_new.starts_at, v_new.ends_at, v_new.reason, v_new.notes, v_new.active)
        RETURNING id INTO p_id;
        RETURN p_id;
    END IF;
    UPDATE engineer_absences AS r
    SET starts_at = v_new.starts_at,
        ends_at = v_new.ends_at,
        reason = v_new.reason,
        notes = v_new.notes,
        active = v_new.active
    WHERE r.id = p_id;
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_absence(uuid, jsonb) IS
    'When an engineer is away, as who plans the day says it; returns its id.';
