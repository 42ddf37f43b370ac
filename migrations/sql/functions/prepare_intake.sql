-- Everything that intake asks the database for, in one round trip. The unit is named by id, serial, UDI or QR token.
-- A key that is known gives the ticket that it belongs to. A number is taken only if a ticket can start: the unit is
-- known, has a template with stages and a service configuration, is not decommissioned, and the key is new. The program
-- knows more of what can't start (a time zone that its machine lacks, deadlines too far ahead): with p_usable a number is
-- taken only if "terms", the digest of template, service configuration and calendar, is one of those that it has found
-- usable; else it looks at them and asks again, so that a report that is refused takes none.
-- Should the reference fit several units, "unit" is null and "ambiguous" lists their serials. With the owner's rights:
-- nobody else takes a number.
CREATE OR REPLACE FUNCTION prepare_intake(
    p_unit text, p_key text, p_at timestamptz DEFAULT NULL, p_usable text[] DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid;
    v_units uuid[];
    v_unit jsonb;
    v_existing jsonb;
    v_template jsonb;
    v_service jsonb;
    v_calendar jsonb;
    v_terms text;
    v_sequence bigint;
    v_startable boolean;
BEGIN
    p_at := COALESCE(p_at, now());
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

    -- In a CASE the planner would try the cast on what is no uuid.
    IF pg_input_is_valid(p_unit, 'uuid') THEN
        v_id := p_unit::uuid;
    END IF;
    SELECT array_agg(e.id)
    INTO v_units
    FROM equipment_registry AS e
    WHERE e.serial = p_unit
        OR e.udi = p_unit
        OR e.qr_token = p_unit
        OR e.id = v_id;

    IF cardinality(v_units) = 1 THEN
        v_unit := unit_snapshot(v_units[1]);
        IF v_existing IS NULL THEN
            SELECT template_snapshot(s.template_id, s.selected_by)
            INTO v_template
            FROM select_workflow_template(v_units[1], p_at) AS s;
            v_service := service_snapshot(v_units[1], p_at);
            v_calendar := agreed_calendar(
                (v_unit ->> 'customer_id')::uuid,
                (v_service ->> 'configuration_id')::uuid,
                (v_template ->> 'template_id')::uuid,
                p_at,
                v_unit ->> 'time_zone'
            );
            v_terms := md5(jsonb_build_array(v_template, v_service, v_calendar)::text);
        END IF;
    END IF;

    v_startable := v_existing IS NULL
        AND v_unit ->> 'status' = 'active'
        AND v_template -> 'stages' <> '[]'
        AND v_service IS NOT NULL
        AND (p_usable IS NULL OR v_terms = ANY (p_usable));
    IF v_startable THEN
        v_sequence := nextval('ticket_numbers');
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
        'terms', v_terms,
        'ticket_id', CASE WHEN v_startable THEN uuidv7() END,
        'number', CASE WHEN v_startable THEN
            'FC-' || to_char(p_at AT TIME ZONE 'UTC', 'YYYY')
            || '-' || lpad(v_sequence::text, greatest(6, length(v_sequence::text)), '0')
        END
    );
END
$$;

COMMENT ON FUNCTION prepare_intake(text, text, timestamptz, text[]) IS
    'Intake in one round trip: the existing ticket of a key, the unit, its template, service configuration and calendar, a number.';
