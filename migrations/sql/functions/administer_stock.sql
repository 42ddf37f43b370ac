-- requires: change_stock, find_ticket, ticket_in_scope, verify_account_token
-- The same as change_stock() for whoever shows, by the SHA-256 of a token, that they may: a parts clerk does
-- all of it, an administrator what is about no ticket; a coordinator reserves and releases; an engineer reserves, releases, uses and returns on the tickets that
-- they are or were on, and moves, counts and wastes what is in their own van. models/access.py has the same table for the
-- program. A door.
CREATE OR REPLACE FUNCTION administer_stock(p_digest bytea, p_event uuid, p_doing text, p_said jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_principal jsonb := verify_account_token(p_digest);
    v_roles text[] := ARRAY(SELECT g ->> 'role' FROM jsonb_array_elements(v_principal -> 'grants') AS g);
    v_engineers text[] := ARRAY(
        SELECT g ->> 'engineer' FROM jsonb_array_elements(v_principal -> 'grants') AS g WHERE g ->> 'role' = 'engineer'
    );
    v_place text;
    v_role text;
BEGIN
    IF v_principal -> 'scopes' ? 'act' THEN
        v_place := CASE p_doing
            WHEN 'send' THEN p_said ->> 'from'
            WHEN 'count' THEN p_said ->> 'location'
            WHEN 'waste' THEN p_said ->> 'location'
            WHEN 'return' THEN p_said ->> 'to'
            WHEN 'use' THEN p_said ->> 'location'
            WHEN 'reserve' THEN p_said ->> 'location'
        END;
        IF p_doing = 'take_in' AND pg_input_is_valid(COALESCE(p_said ->> 'transfer', ''), 'uuid') THEN
            SELECT l.code
            INTO v_place
            FROM stock_movements AS m
            JOIN stock_locations AS l ON l.id = m.to_location_id
            WHERE m.id = (p_said ->> 'transfer')::uuid;
        END IF;
        v_role := CASE
            WHEN 'parts_clerk' = ANY (v_roles) THEN 'operator'
            WHEN 'administrator' = ANY (v_roles) AND p_doing NOT IN ('reserve', 'release', 'use', 'return')
                THEN 'operator'
            WHEN 'coordinator' = ANY (v_roles) AND p_doing IN ('reserve', 'release') THEN 'coordinator'
            WHEN 'engineer' = ANY (v_roles)
                AND CASE
                    WHEN p_doing IN ('reserve', 'release', 'use', 'return') THEN ticket_in_scope(
                        find_ticket(p_said ->> 'ticket'),
                        (SELECT jsonb_agg(jsonb_build_object('engineer', e.code)) FROM unnest(v_engineers) AS e (code))
                    )
                    ELSE p_doing IN ('send', 'take_in', 'count', 'waste')
                END
                AND (
                    p_doing = 'release'
                    OR (p_doing IN ('use', 'reserve') AND v_place IS NULL)
                    OR EXISTS (
                        SELECT
                        FROM stock_locations AS l
                        LEFT JOIN engineers AS e ON e.id = l.engineer_id
                        WHERE l.code = upper(v_place COLLATE "C")
                            AND (e.code = ANY (v_engineers) OR (p_doing IN ('use', 'return', 'reserve') AND l.kind <> 'van'))
                    )
                )
                THEN 'engineer'
        END;
    END IF;
    IF v_role IS NULL THEN
        RAISE EXCEPTION 'that is not theirs to do: it takes a parts clerk, or whoever is on the ticket or drives the van'
            USING ERRCODE = 'FC012';
    END IF;
    RETURN change_stock(p_event, p_doing, p_said, v_principal ->> 'code', v_role);
END
$$;

COMMENT ON FUNCTION administer_stock(bytea, uuid, text, jsonb) IS
    'What is done about stock, for whoever shows a token of one who may. Raises FC012 to FC015.';
