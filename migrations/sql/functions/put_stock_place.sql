-- requires: registry_row
-- A place for parts as p_said has it: code, name, kind; engineer of a van, site (CUSTOMER.SITE) of consignment; active. Its
-- kind and whose it is never change. One that holds something, or that something is on its way to, stays in use.
-- {standing: placed}.
CREATE OR REPLACE FUNCTION put_stock_place(p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_code text := upper(COALESCE(p_said ->> 'code', '') COLLATE "C");
    v_active boolean := COALESCE((p_said ->> 'active')::boolean, true);
    v_engineer_id uuid;
    v_site_id uuid;
    v_old stock_locations;
BEGIN
    IF v_code !~ '^[A-Z0-9][A-Z0-9._-]{0,39}$' THEN
        RAISE EXCEPTION 'the code of a place has 1 to 40 capital letters, digits and . _ -'
            USING ERRCODE = 'FC014', HINT = 'For example VAN-7.';
    END IF;
    IF p_said ->> 'engineer' IS NOT NULL THEN
        v_engineer_id := registry_row('engineers', p_said ->> 'engineer');
    END IF;
    IF p_said ->> 'site' IS NOT NULL THEN
        v_site_id := registry_row('sites', p_said ->> 'site');
    END IF;
    SELECT l.* INTO v_old FROM stock_locations AS l WHERE l.code = v_code FOR UPDATE;
    IF v_old.id IS NULL THEN
        IF p_said ->> 'kind' NOT IN ('store', 'van', 'consignment', 'quarantine') OR p_said ->> 'kind' IS NULL THEN
            RAISE EXCEPTION 'a place is a store, a van, consignment or quarantine'
                USING ERRCODE = 'FC014', HINT = 'Say which.';
        ELSIF (p_said ->> 'kind' = 'van') <> (v_engineer_id IS NOT NULL)
            OR (p_said ->> 'kind' = 'consignment') <> (v_site_id IS NOT NULL)
        THEN
            RAISE EXCEPTION 'a van is an engineer''s, consignment is at a site, and other places are nobody''s'
                USING ERRCODE = 'FC014', HINT = 'Name the engineer of a van, the site of consignment.';
        END IF;
        INSERT INTO stock_locations (code, name, kind, engineer_id, site_id, active)
        VALUES (
            v_code, COALESCE(NULLIF(btrim(p_said ->> 'name'), ''), v_code), p_said ->> 'kind', v_engineer_id, v_site_id,
            v_active
        );
    ELSIF p_said ->> 'kind' <> v_old.kind
        OR v_engineer_id <> COALESCE(v_old.engineer_id, '00000000-0000-0000-0000-000000000000')
        OR v_site_id <> COALESCE(v_old.site_id, '00000000-0000-0000-0000-000000000000')
    THEN
        RAISE EXCEPTION 'a place stays what and whose it is'
            USING ERRCODE = 'FC014', HINT = 'Make another one and move the parts.';
    ELSE
        IF NOT v_active AND (
            EXISTS (SELECT FROM stock_balances AS b WHERE b.location_id = v_old.id AND b.quantity > 0)
            OR EXISTS (
                SELECT
                FROM stock_movements AS m
                WHERE m.kind = 'transfer_out'
                    AND m.to_location_id = v_old.id
                    AND m.quantity > (
                        SELECT COALESCE(sum(i.quantity), 0) FROM stock_movements AS i WHERE i.transfer_id = m.id
                    )
            )
        ) THEN
            RAISE EXCEPTION 'the place % still holds parts, or some are on their way to it', v_code
                USING ERRCODE = 'FC014', HINT = 'Move them first.';
        END IF;
        UPDATE stock_locations AS l
        SET name = COALESCE(NULLIF(btrim(p_said ->> 'name'), ''), l.name), active = v_active
        WHERE l.id = v_old.id;
    END IF;
    RETURN '{"standing": "placed"}';
END
$$;

COMMENT ON FUNCTION put_stock_place(jsonb) IS 'A place for parts: a new one, its name, whether it is in use. Raises FC014.';
