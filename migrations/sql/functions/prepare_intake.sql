-- requires: find_units, take_ticket_number
-- Everything that intake asks the database for, in one round trip. The unit is named as find_units() takes it. A key that
-- is known gives the ticket that it belongs to. A number is taken only if a ticket can start: the unit is known, has a
-- template with stages and a service configuration, is not decommissioned, and the key is new; and only if p_number
-- says so: whoever may refuse the report for other reasons takes one by take_ticket_number() when there are none left.
-- Should the reference fit several units, "unit" is null and "ambiguous" lists their serials. With the owner's rights:
-- nobody else takes a number.
CREATE OR REPLACE FUNCTION prepare_intake(
    p_unit text, p_key text, p_at timestamptz DEFAULT now(), p_number boolean DEFAULT true
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_at timestamptz := coalesce(p_at, now());
    v_units uuid[] := find_units(p_unit);
    v_unit jsonb;
    v_existing jsonb;
    v_template jsonb;
    v_service jsonb;
    v_calendar jsonb;
    v_ticket_id uuid;
    v_number text;
BEGIN
    IF p_key IS NOT NULL THEN
        SELECT jsonb_build_object(
            'ticket_id', t.id,
            'number', t.number,
            'workflow_id', t.workflow_id,
            'workflow_type', i.workflow_type,
            'serial', e.serial,
            'priority', t.priority,
            'description', t.description,
            'template', i.template_snapshot ->> 'code',
            'opened_at', t.opened_at
        )
        INTO v_existing
        FROM service_tickets AS t
        JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
        JOIN equipment_registry AS e ON e.id = t.equipment_id
        WHERE t.idempotency_key = p_key;
    END IF;

    IF cardinality(v_units) = 1 THEN
        v_unit := unit_snapshot(v_units[1]);
        IF v_existing IS NULL THEN
            SELECT template_snapshot(s.template_id, s.selected_by)
            INTO v_template
            FROM select_workflow_template(v_units[1], v_at) AS s;
            v_service := service_snapshot(v_units[1], v_at);
            v_calendar := agreed_calendar(
                (v_unit ->> 'customer_id')::uuid,
                (v_service ->> 'configuration_id')::uuid,
                (v_template ->> 'template_id')::uuid,
                v_at,
                v_unit ->> 'time_zone'
            );
        END IF;
    END IF;

    IF p_number
        AND v_existing IS NULL
        AND v_unit ->> 'status' = 'active'
        AND v_template -> 'stages' <> '[]'
        AND v_service IS NOT NULL
    THEN
        SELECT n.ticket_id, n.number INTO v_ticket_id, v_number FROM take_ticket_number(v_at) AS n;
    END IF;
    RETURN jsonb_build_object(
        'existing', v_existing,
        'unit', v_unit,
        'ambiguous', CASE WHEN cardinality(v_units) > 1 THEN (
            SELECT jsonb_agg(e.serial ORDER BY e.serial) FROM equipment_registry AS e WHERE e.id = ANY (v_units)
        ) END,
        'template', v_template,
        'service', v_service,
        'calendar', v_calendar,
        'ticket_id', v_ticket_id,
        'number', v_number
    );
END
$$;

COMMENT ON FUNCTION prepare_intake(text, text, timestamptz, boolean) IS
    'Intake in one round trip: the existing ticket of a key, the unit, its template, service configuration and calendar, a number.';
