-- requires: registry_id
-- Where a part is needed and what may stand in for it, as p_row says it: what is not there any more goes, what is new comes,
-- and what stays is not touched. The owner's alone.
CREATE OR REPLACE FUNCTION put_registry_compatibility(p_part_id uuid, p_row jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_contexts equipment_parts_context[];
    v_others equipment_compatibility[];
BEGIN
    SELECT COALESCE(
        array_agg(
            jsonb_populate_record(
                NULL::equipment_parts_context,
                '{"quantity": 1, "requirements": "", "notes": ""}' || jsonb_strip_nulls(x.said)
            )
        ),
        '{}'
    )
    INTO v_contexts
    FROM jsonb_array_elements(p_row -> 'contexts') AS x (said);
    DELETE FROM equipment_parts_context AS r
    WHERE r.part_id = p_part_id
        AND NOT EXISTS (
            SELECT
            FROM unnest(v_contexts) AS n
            WHERE (n.installed_context, n.priority, n.quantity, n.requirements, n.notes)
                = (r.installed_context, r.priority, r.quantity, r.requirements, r.notes)
        );
    INSERT INTO equipment_parts_context (part_id, installed_context, priority, quantity, requirements, notes)
    SELECT p_part_id, n.installed_context, n.priority, n.quantity, n.requirements, n.notes
    FROM unnest(v_contexts) AS n
    WHERE NOT EXISTS (
        SELECT
        FROM equipment_parts_context AS r
        WHERE r.part_id = p_part_id
            AND (n.installed_context, n.priority, n.quantity, n.requirements, n.notes)
                = (r.installed_context, r.priority, r.quantity, r.requirements, r.notes)
    );

    SELECT COALESCE(
        array_agg(
            jsonb_populate_record(
                NULL::equipment_compatibility,
                '{"is_interchangeable": false, "contexts": [], "notes": ""}' || jsonb_strip_nulls(x.said - 'part')
                    || jsonb_build_object('alternative_part_id', registry_id('equipment_parts', x.said ->> 'part'))
            )
        ),
        '{}'
    )
    INTO v_others
    FROM jsonb_array_elements(p_row -> 'alternatives') AS x (said);
    DELETE FROM equipment_compatibility AS r
    WHERE r.part_id = p_part_id
        AND NOT EXISTS (
            SELECT
            FROM unnest(v_others) AS n
            WHERE (n.alternative_part_id, n.kind, n.is_interchangeable, n.contexts, n.notes)
                = (r.alternative_part_id, r.kind, r.is_interchangeable, r.contexts, r.notes)
        );
    INSERT INTO equipment_compatibility (part_id, alternative_part_id, kind, is_interchangeable, contexts, notes)
    SELECT p_part_id, n.alternative_part_id, n.kind, n.is_interchangeable, n.contexts, n.notes
    FROM unnest(v_others) AS n
    WHERE NOT EXISTS (
        SELECT
        FROM equipment_compatibility AS r
        WHERE r.part_id = p_part_id
            AND (n.alternative_part_id, n.kind, n.is_interchangeable, n.contexts, n.notes)
                = (r.alternative_part_id, r.kind, r.is_interchangeable, r.contexts, r.notes)
    );
END
$$;

COMMENT ON FUNCTION put_registry_compatibility(uuid, jsonb) IS
    'Where a part is needed and what may stand in for it, as an administrator says it.';
