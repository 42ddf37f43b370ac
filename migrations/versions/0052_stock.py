"""Stock: where parts lie, every movement of them, what each place holds by that, and what is kept for which ticket.

Movements are added and never changed; balances and `equipment_parts.stock_quantity` are kept by triggers in the same
transaction. docs/adr/0046-stock.md says why it is so.
"""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

ROLES = "('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')"

TABLES = (
    """
    CREATE TABLE stock_locations (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9][A-Z0-9._-]{0,39}$'),
        name text NOT NULL CHECK (name <> ''),
        kind text NOT NULL CHECK (kind IN ('store', 'van', 'consignment', 'quarantine')),
        engineer_id uuid REFERENCES engineers (id),
        site_id uuid REFERENCES customer_sites (id),
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT stock_locations_whose CHECK (
            (kind = 'van') = (engineer_id IS NOT NULL) AND (kind = 'consignment') = (site_id IS NOT NULL)
        )
    )
    """,
    "CREATE INDEX stock_locations_of_engineer ON stock_locations (engineer_id) WHERE engineer_id IS NOT NULL",
    """
    CREATE TABLE stock_lots (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        part_id uuid NOT NULL REFERENCES equipment_parts (id),
        code text NOT NULL CHECK (code ~ '^[!-~]([ -~]{0,38}[!-~])?$'),
        is_serial boolean NOT NULL DEFAULT false,
        expires_on date,
        blocked_at timestamptz,
        block_reason text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT stock_lots_part_id_code_key UNIQUE (part_id, code),
        CONSTRAINT stock_lots_id_part_id_key UNIQUE (id, part_id),
        CONSTRAINT stock_lots_blocked CHECK ((blocked_at IS NULL) = (block_reason = ''))
    )
    """,
    """
    CREATE TABLE stock_levels (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        part_id uuid NOT NULL REFERENCES equipment_parts (id),
        location_id uuid NOT NULL REFERENCES stock_locations (id),
        minimum integer NOT NULL CHECK (minimum >= 0),
        reorder_point integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT stock_levels_part_id_location_id_key UNIQUE (part_id, location_id),
        CONSTRAINT stock_levels_in_order CHECK (reorder_point >= minimum)
    )
    """,
    f"""
    CREATE TABLE stock_events (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        doing text NOT NULL CHECK (doing <> ''),
        said jsonb NOT NULL CHECK (jsonb_typeof(said) = 'object'),
        answer jsonb NOT NULL CHECK (jsonb_typeof(answer) = 'object'),
        actor_code text NOT NULL CHECK (actor_code <> ''),
        actor_role text NOT NULL CHECK (actor_role IN {ROLES}),
        occurred_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    f"""
    CREATE TABLE stock_movements (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        part_id uuid NOT NULL REFERENCES equipment_parts (id),
        kind text NOT NULL CHECK (
            kind IN ('receipt', 'issue', 'return', 'transfer_out', 'transfer_in', 'correction', 'waste')
        ),
        from_location_id uuid REFERENCES stock_locations (id),
        to_location_id uuid REFERENCES stock_locations (id),
        lot_id uuid,
        quantity integer NOT NULL CHECK (quantity > 0),
        ticket_id uuid REFERENCES service_tickets (id),
        transfer_id uuid REFERENCES stock_movements (id),
        event_id uuid,
        reason text NOT NULL DEFAULT '',
        actor_code text NOT NULL CHECK (actor_code <> ''),
        actor_role text NOT NULL CHECK (actor_role IN {ROLES}),
        moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT stock_movements_lot_id_part_id_fkey
            FOREIGN KEY (lot_id, part_id) REFERENCES stock_lots (id, part_id),
        CONSTRAINT stock_movements_ends CHECK (
            CASE kind
                WHEN 'receipt' THEN from_location_id IS NULL AND to_location_id IS NOT NULL
                WHEN 'return' THEN from_location_id IS NULL AND to_location_id IS NOT NULL
                WHEN 'issue' THEN from_location_id IS NOT NULL AND to_location_id IS NULL
                WHEN 'waste' THEN from_location_id IS NOT NULL AND to_location_id IS NULL
                WHEN 'correction' THEN num_nonnulls(from_location_id, to_location_id) = 1
                ELSE num_nonnulls(from_location_id, to_location_id) = 2 AND from_location_id <> to_location_id
            END
        ),
        CONSTRAINT stock_movements_of_transfer CHECK ((kind = 'transfer_in') = (transfer_id IS NOT NULL)),
        CONSTRAINT stock_movements_of_ticket CHECK (kind NOT IN ('issue', 'return') OR ticket_id IS NOT NULL),
        CONSTRAINT stock_movements_why CHECK (kind NOT IN ('correction', 'waste') OR reason <> '')
    )
    """,
    "CREATE INDEX stock_movements_of_part ON stock_movements (part_id, id DESC)",
    "CREATE INDEX stock_movements_of_ticket_parts ON stock_movements (ticket_id, part_id) WHERE ticket_id IS NOT NULL",
    "CREATE INDEX stock_movements_received ON stock_movements (transfer_id) WHERE transfer_id IS NOT NULL",
    """
    CREATE TABLE stock_balances (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        part_id uuid NOT NULL REFERENCES equipment_parts (id),
        location_id uuid NOT NULL REFERENCES stock_locations (id),
        lot_id uuid,
        quantity integer NOT NULL CHECK (quantity >= 0),
        reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
        version bigint NOT NULL DEFAULT 1,
        CONSTRAINT stock_balances_lot_id_part_id_fkey FOREIGN KEY (lot_id, part_id) REFERENCES stock_lots (id, part_id),
        CONSTRAINT stock_balances_once UNIQUE NULLS NOT DISTINCT (part_id, location_id, lot_id),
        CONSTRAINT stock_balances_allocated CHECK (reserved <= quantity)
    )
    """,
    "CREATE INDEX stock_balances_at ON stock_balances (location_id, part_id)",
    f"""
    CREATE TABLE stock_reservations (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        ticket_part_id uuid REFERENCES ticket_parts_required (id),
        part_id uuid NOT NULL REFERENCES equipment_parts (id),
        location_id uuid NOT NULL REFERENCES stock_locations (id),
        lot_id uuid,
        quantity integer NOT NULL CHECK (quantity > 0),
        status text NOT NULL DEFAULT 'held' CHECK (status IN ('held', 'consumed', 'released')),
        held_until timestamptz,
        event_id uuid,
        reserved_by_code text NOT NULL CHECK (reserved_by_code <> ''),
        reserved_by_role text NOT NULL CHECK (reserved_by_role IN {ROLES}),
        reserved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        end_reason text NOT NULL DEFAULT '',
        CONSTRAINT stock_reservations_lot_id_part_id_fkey
            FOREIGN KEY (lot_id, part_id) REFERENCES stock_lots (id, part_id),
        CONSTRAINT stock_reservations_ended CHECK ((status = 'held') = (ended_at IS NULL))
    )
    """,
    "CREATE INDEX stock_reservations_of_ticket ON stock_reservations (ticket_id, part_id)",
    "CREATE INDEX stock_reservations_held ON stock_reservations (part_id, location_id) WHERE status = 'held'",
)

TRIGGERS = (
    # The part's row is the one lock of all that concerns its stock: whoever has several parts takes them by id.
    """
    CREATE FUNCTION post_stock_movement() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        v_part text;
        v_sent stock_movements;
        v_there bigint;
    BEGIN
        SELECT p.part_number INTO v_part FROM equipment_parts AS p WHERE p.id = NEW.part_id FOR NO KEY UPDATE;
        IF NEW.kind = 'transfer_in' THEN
            SELECT m.* INTO v_sent FROM stock_movements AS m WHERE m.id = NEW.transfer_id;
            IF v_sent.kind <> 'transfer_out'
                OR (v_sent.part_id, v_sent.from_location_id, v_sent.to_location_id)
                    <> (NEW.part_id, NEW.from_location_id, NEW.to_location_id)
                OR v_sent.lot_id IS DISTINCT FROM NEW.lot_id
                OR v_sent.quantity < (
                    SELECT sum(m.quantity) FROM stock_movements AS m WHERE m.transfer_id = NEW.transfer_id
                )
            THEN
                RAISE EXCEPTION 'of part % that is not what was sent, or more', v_part
                    USING ERRCODE = 'check_violation', HINT = 'Receive what is on its way.';
            END IF;
        END IF;
        IF NEW.from_location_id IS NOT NULL AND NEW.kind <> 'transfer_in' THEN
            UPDATE stock_balances AS b
            SET quantity = b.quantity - NEW.quantity, version = b.version + 1
            WHERE b.part_id = NEW.part_id
                AND b.location_id = NEW.from_location_id
                AND b.lot_id IS NOT DISTINCT FROM NEW.lot_id;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'there is none of part % there', v_part
                    USING ERRCODE = 'check_violation', HINT = 'Look where it lies.';
            END IF;
        END IF;
        IF NEW.to_location_id IS NOT NULL AND NEW.kind <> 'transfer_out' THEN
            INSERT INTO stock_balances AS b (part_id, location_id, lot_id, quantity)
            VALUES (NEW.part_id, NEW.to_location_id, NEW.lot_id, NEW.quantity)
            ON CONFLICT ON CONSTRAINT stock_balances_once
                DO UPDATE SET quantity = b.quantity + NEW.quantity, version = b.version + 1;
        END IF;
        IF EXISTS (SELECT FROM stock_lots AS l WHERE l.id = NEW.lot_id AND l.is_serial) THEN
            SELECT
                (SELECT COALESCE(sum(b.quantity), 0) FROM stock_balances AS b WHERE b.lot_id = NEW.lot_id)
                + (
                    SELECT COALESCE(sum(CASE m.kind WHEN 'transfer_out' THEN m.quantity ELSE -m.quantity END), 0)
                    FROM stock_movements AS m
                    WHERE m.lot_id = NEW.lot_id AND m.kind IN ('transfer_out', 'transfer_in')
                )
            INTO v_there;
            IF v_there > 1 THEN
                RAISE EXCEPTION 'of part % with this serial number there is one already', v_part
                    USING ERRCODE = 'check_violation', HINT = 'Read the serial number again.';
            END IF;
        END IF;
        SELECT sum(b.quantity) INTO v_there FROM stock_balances AS b WHERE b.part_id = NEW.part_id;
        UPDATE equipment_parts AS p
        SET stock_quantity = v_there
        WHERE p.id = NEW.part_id AND p.stock_quantity <> v_there;
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION post_stock_movement() IS "
    "'Trigger: a movement changes what its places hold, and how many of the part there are.'",
    """
    CREATE TRIGGER post_stock_movement AFTER INSERT ON stock_movements
        FOR EACH ROW EXECUTE FUNCTION post_stock_movement()
    """,
    """
    CREATE FUNCTION hold_stock() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a reservation is never deleted'
                USING ERRCODE = 'check_violation', HINT = 'Release it.';
        ELSIF TG_OP = 'UPDATE' THEN
            IF OLD.status <> 'held'
                AND to_jsonb(NEW) - 'ticket_part_id' <> to_jsonb(OLD) - 'ticket_part_id' THEN
                RAISE EXCEPTION 'a reservation that has ended stays as it is'
                    USING ERRCODE = 'check_violation', HINT = 'Reserve anew.';
            ELSIF (NEW.ticket_id, NEW.part_id, NEW.location_id) <> (OLD.ticket_id, OLD.part_id, OLD.location_id)
                OR NEW.lot_id IS DISTINCT FROM OLD.lot_id THEN
                RAISE EXCEPTION 'a reservation stays with its ticket, part, place and lot'
                    USING ERRCODE = 'check_violation', HINT = 'Release it and reserve anew.';
            END IF;
            UPDATE stock_balances AS b
            SET reserved = b.reserved
                - CASE OLD.status WHEN 'held' THEN OLD.quantity ELSE 0 END
                + CASE NEW.status WHEN 'held' THEN NEW.quantity ELSE 0 END
            WHERE b.part_id = NEW.part_id
                AND b.location_id = NEW.location_id
                AND b.lot_id IS NOT DISTINCT FROM NEW.lot_id
                AND (OLD.status = 'held' OR NEW.status = 'held');
            RETURN NULL;
        END IF;
        IF NEW.status <> 'held' THEN -- a part of one that was held, written down by itself
            RETURN NULL;
        END IF;
        UPDATE stock_balances AS b
        SET reserved = b.reserved + NEW.quantity
        WHERE b.part_id = NEW.part_id
            AND b.location_id = NEW.location_id
            AND b.lot_id IS NOT DISTINCT FROM NEW.lot_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is nothing there that could be reserved'
                USING ERRCODE = 'check_violation', HINT = 'Look where the part lies.';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION hold_stock() IS 'Trigger: what a reservation holds is counted where it lies.'",
    """
    CREATE TRIGGER hold_stock AFTER INSERT OR UPDATE OR DELETE ON stock_reservations
        FOR EACH ROW EXECUTE FUNCTION hold_stock()
    """,
    # Whoever keeps the catalog says how many there are: seeds and imports at first, the registry later.
    """
    CREATE FUNCTION correct_stock() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        v_there bigint;
        v_moved boolean;
        v_main uuid;
        v_free bigint;
    BEGIN
        SELECT COALESCE(sum(b.quantity), 0) INTO v_there FROM stock_balances AS b WHERE b.part_id = NEW.id;
        IF NEW.stock_quantity = v_there THEN
            RETURN NULL;
        END IF;
        v_moved := EXISTS (SELECT FROM stock_movements AS m WHERE m.part_id = NEW.id);
        INSERT INTO stock_locations (code, name, kind) VALUES ('MAIN', 'Main store', 'store')
        ON CONFLICT ON CONSTRAINT stock_locations_code_key DO NOTHING;
        SELECT l.id INTO v_main FROM stock_locations AS l WHERE l.code = 'MAIN';
        IF NEW.stock_quantity < v_there THEN
            SELECT COALESCE(sum(b.quantity - b.reserved), 0)
            INTO v_free
            FROM stock_balances AS b
            WHERE b.part_id = NEW.id AND b.location_id = v_main AND b.lot_id IS NULL;
            IF v_free < v_there - NEW.stock_quantity THEN
                RAISE EXCEPTION 'of part % only % without a lot lie free in the main store, and % are to go',
                    NEW.part_number, v_free, v_there - NEW.stock_quantity
                    USING ERRCODE = 'check_violation', HINT = 'Count the part where it lies.';
            END IF;
        END IF;
        INSERT INTO stock_movements (
            part_id, kind, from_location_id, to_location_id, quantity, reason, actor_code, actor_role
        )
        VALUES (
            NEW.id,
            CASE WHEN v_moved THEN 'correction' ELSE 'receipt' END,
            CASE WHEN NEW.stock_quantity < v_there THEN v_main END,
            CASE WHEN NEW.stock_quantity > v_there THEN v_main END,
            abs(NEW.stock_quantity - v_there),
            COALESCE(
                NULLIF(current_setting('fieldcare.reason', true), ''),
                CASE WHEN v_moved THEN 'The catalog says another number.' ELSE 'Opening stock.' END
            ),
            COALESCE(NULLIF(current_setting('fieldcare.actor_code', true), ''), session_user),
            COALESCE(NULLIF(current_setting('fieldcare.actor_role', true), ''), 'operator')
        );
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION correct_stock() IS "
    "'Trigger: another stock_quantity than the places hold is a movement in the main store.'",
    """
    CREATE TRIGGER correct_stock AFTER INSERT OR UPDATE OF stock_quantity ON equipment_parts
        FOR EACH ROW EXECUTE FUNCTION correct_stock()
    """,
    """
    CREATE FUNCTION release_ended_ticket() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        PERFORM FROM equipment_parts AS p
        WHERE p.id IN (
            SELECT r.part_id FROM stock_reservations AS r WHERE r.ticket_id = NEW.id AND r.status = 'held'
        )
        ORDER BY p.id
        FOR NO KEY UPDATE;
        UPDATE stock_reservations AS r
        SET status = 'released', ended_at = GREATEST(clock_timestamp(), r.reserved_at),
            end_reason = 'The ticket is ' || NEW.status || '.'
        WHERE r.ticket_id = NEW.id AND r.status = 'held';
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION release_ended_ticket() IS 'Trigger: a ticket that ends gives back what is kept for it.'",
    """
    CREATE TRIGGER release_ended_ticket AFTER UPDATE OF status ON service_tickets
        FOR EACH ROW WHEN (NEW.status IN ('closed', 'cancelled')) EXECUTE FUNCTION release_ended_ticket()
    """,
)

COMMENTS = (
    "COMMENT ON TABLE stock_locations IS 'Where parts lie: stores, vans, consignment at a site, quarantine.'",
    "COMMENT ON TABLE stock_lots IS 'Lots and serial numbers of parts; a blocked or expired one is not used.'",
    "COMMENT ON TABLE stock_levels IS 'How many of a part a place should have at least, and when to reorder.'",
    "COMMENT ON TABLE stock_events IS 'What was done about stock, once for each id; its answer is given again.'",
    "COMMENT ON TABLE stock_movements IS "
    "'Every movement of parts, added and never changed. Their sum is what the places hold.'",
    "COMMENT ON TABLE stock_balances IS 'What a place holds of a part and lot: kept by triggers alone.'",
    "COMMENT ON TABLE stock_reservations IS 'What is kept for a ticket, where; it ends with the ticket.'",
    "COMMENT ON COLUMN stock_lots.code IS 'The lot, or the serial number where is_serial.'",
    "COMMENT ON COLUMN stock_lots.expires_on IS 'The last day on which it may be used.'",
    "COMMENT ON COLUMN stock_movements.from_location_id IS 'NULL: from outside.'",
    "COMMENT ON COLUMN stock_movements.to_location_id IS 'NULL: to outside. Of a transfer the place it is meant for.'",
    "COMMENT ON COLUMN stock_movements.transfer_id IS 'Of a transfer_in: the transfer_out whose parts arrived.'",
    "COMMENT ON COLUMN stock_movements.event_id IS 'The event that it belongs to; NULL: the catalog said a number.'",
    "COMMENT ON COLUMN stock_balances.version IS 'Rises with each movement: who counts says which one they saw.'",
    "COMMENT ON COLUMN stock_balances.reserved IS 'How many of quantity are kept for tickets.'",
    "COMMENT ON COLUMN stock_reservations.held_until IS 'It lapses then; NULL: with its ticket.'",
    "COMMENT ON COLUMN equipment_parts.stock_quantity IS "
    "'How many all places hold together: kept by a trigger. Another value is a movement in the main store.'",
    "COMMENT ON INDEX stock_locations_code_key IS 'A place by its code.'",
    "COMMENT ON INDEX stock_locations_of_engineer IS 'The vans of an engineer.'",
    "COMMENT ON INDEX stock_lots_part_id_code_key IS 'A lot of a part by its code.'",
    "COMMENT ON INDEX stock_lots_id_part_id_key IS 'What has a lot has one of its own part.'",
    "COMMENT ON INDEX stock_levels_part_id_location_id_key IS 'A part has one level at a place.'",
    "COMMENT ON INDEX stock_movements_of_part IS 'read_stock: the movements of a part, newest first.'",
    "COMMENT ON INDEX stock_movements_of_ticket_parts IS 'return_part: what a ticket has used of a part.'",
    "COMMENT ON INDEX stock_movements_received IS 'What of a transfer has arrived.'",
    "COMMENT ON INDEX stock_balances_once IS 'A place has one balance of a part and lot.'",
    "COMMENT ON INDEX stock_balances_at IS 'list_stock: what lies at a place.'",
    "COMMENT ON INDEX stock_reservations_of_ticket IS 'What is kept for a ticket.'",
    "COMMENT ON INDEX stock_reservations_held IS 'What is kept of a part.'",
)

AUDITED = ("stock_locations", "stock_lots", "stock_levels", "stock_movements", "stock_reservations")

# The stock of before is where the program thought it was: in one store.
OPENING = """
    DO $$
    BEGIN
        IF EXISTS (SELECT FROM equipment_parts AS p WHERE p.stock_quantity > 0) THEN
            INSERT INTO stock_locations (code, name, kind) VALUES ('MAIN', 'Main store', 'store');
            INSERT INTO stock_movements (part_id, kind, to_location_id, quantity, reason, actor_code, actor_role)
            SELECT p.id, 'receipt', l.id, p.stock_quantity, 'Opening stock.', session_user, 'system'
            FROM equipment_parts AS p
            CROSS JOIN stock_locations AS l
            WHERE p.stock_quantity > 0
            ORDER BY p.id;
        END IF;
    END
    $$
"""


def upgrade() -> None:
    for statement in (*TABLES, *TRIGGERS, *COMMENTS):
        op.execute(statement)
    for table in AUDITED:
        op.execute(
            f"CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
        )
    for table in ("stock_locations", "stock_lots", "stock_levels"):
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
    for table in ("stock_movements", "stock_events"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON stock_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(OPENING)
