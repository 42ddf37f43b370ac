-- Writes one movement down; what it means for balances is its table's rule. Returns its id.
CREATE OR REPLACE FUNCTION move_part(
    p_kind text, p_part_id uuid, p_from uuid, p_to uuid, p_lot_id uuid, p_quantity integer, p_event uuid,
    p_ticket_id uuid DEFAULT NULL, p_transfer_id uuid DEFAULT NULL
)
RETURNS uuid
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    INSERT INTO stock_movements (
        part_id, kind, from_location_id, to_location_id, lot_id, quantity, ticket_id, transfer_id, event_id, reason,
        actor_code, actor_role
    )
    VALUES (
        p_part_id, p_kind, p_from, p_to, p_lot_id, p_quantity, p_ticket_id, p_transfer_id, p_event,
        COALESCE(current_setting('fieldcare.reason', true), ''),
        current_setting('fieldcare.actor_code'), current_setting('fieldcare.actor_role')
    )
    RETURNING id
$$;

COMMENT ON FUNCTION move_part(text, uuid, uuid, uuid, uuid, integer, uuid, uuid, uuid) IS
    'Writes one movement of a part down, by whom and why as the transaction says; returns its id.';
