-- requires: registry_id, share_make
-- A part of the catalog as p_row says it, all of it: a new one where p_id is NULL. A retired one is discontinued. The
-- owner's alone. Returns its id.
CREATE OR REPLACE FUNCTION put_registry_part(p_id uuid, p_row jsonb)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_new equipment_parts;
    v_old equipment_parts;
BEGIN
    v_new := jsonb_populate_record(
        v_new,
        p_row - ARRAY[
            'equipment_type', 'manufacturer', 'lifespan_days', 'lead_time_days', 'contexts', 'alternatives', 'in_use'
        ]
    );
    v_new.description := COALESCE(v_new.description, '');
    v_new.models := COALESCE(v_new.models, '{}');
    v_new.stock_quantity := COALESCE(v_new.stock_quantity, 0);
    v_new.reorder_level := COALESCE(v_new.reorder_level, 0);
    v_new.currency := COALESCE(v_new.currency, 'USD');
    SELECT r.* INTO v_old FROM equipment_parts AS r WHERE r.id = p_id;
    v_new.discontinued := NOT (p_row ->> 'in_use')::boolean;
    PERFORM share_make(p_row ->> 'manufacturer', p_row ->> 'equipment_type');
    -- One that comes back into use is as a new one.
    v_new.equipment_type_id := registry_id(
        'equipment_catalog', p_row ->> 'equipment_type',
        CASE WHEN NOT v_old.discontinued OR v_new.discontinued THEN v_old.equipment_type_id END
    );
    v_new.manufacturer_id := registry_id(
        'manufacturers', p_row ->> 'manufacturer',
        CASE WHEN NOT v_old.discontinued OR v_new.discontinued THEN v_old.manufacturer_id END
    );
    -- A month stays a month as long as nobody says another number of days.
    v_new.lifespan := CASE
        WHEN extract(epoch FROM v_old.lifespan)::float8 / 86400 = (p_row ->> 'lifespan_days')::float8 THEN v_old.lifespan
        ELSE interval '1 day' * (p_row ->> 'lifespan_days')::float8
    END;
    v_new.lead_time := CASE
        WHEN extract(epoch FROM v_old.lead_time)::float8 / 86400 = (p_row ->> 'lead_time_days')::float8
            THEN v_old.lead_time
        ELSE interval '1 day' * (p_row ->> 'lead_time_days')::float8
    END;
    IF p_id IS NULL THEN
        INSERT INTO equipment_parts (
            part_number, name, description, equipment_type_id, manufacturer_id, models, category, is_oem, lifespan,
            stock_quantity, reorder_level, unit_price, currency, lead_time, discontinued
        )
        VALUES (
            v_new.part_number, v_new.name, v_new.description, v_new.equipment_type_id, v_new.manufacturer_id,
            v_new.models, v_new.category, v_new.is_oem, v_new.lifespan, v_new.stock_quantity, v_new.reorder_level,
            v_new.unit_price, v_new.currency, v_new.lead_time, v_new.discontinued
        )
        RETURNING id INTO p_id;
    ELSE
        UPDATE equipment_parts AS r
        SET name = v_new.name,
            description = v_new.description,
            equipment_type_id = v_new.equipment_type_id,
            manufacturer_id = v_new.manufacturer_id,
            models = v_new.models,
            category = v_new.category,
            is_oem = v_new.is_oem,
            lifespan = v_new.lifespan,
            stock_quantity = v_new.stock_quantity,
            reorder_level = v_new.reorder_level,
            unit_price = v_new.unit_price,
            currency = v_new.currency,
            lead_time = v_new.lead_time,
            discontinued = v_new.discontinued
        WHERE r.id = p_id;
    END IF;
    PERFORM put_registry_compatibility(p_id, p_row);
    RETURN p_id;
END
$$;

COMMENT ON FUNCTION put_registry_part(uuid, jsonb) IS 'A part as an administrator says it; returns its id.';
