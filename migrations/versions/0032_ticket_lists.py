"""Lists of tickets: by words, by deadline, and for those who may see some of them only; what a code or token names."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# The words stand in a table of their own: service_tickets is written with every fact, and would carry them each time.
ROWS = """
    INSERT INTO ticket_words (ticket_id, words)
    SELECT t.id, array_to_tsvector(
        search_words(concat_ws(' ', t.number, t.description, u.serial, c.code, c.name, s.code, s.name))
        -- A number is told without its zeros as well.
        || substring(t.number FROM '0*([0-9]+)$')
    )
    FROM service_tickets AS t
    JOIN equipment_registry AS u ON u.id = t.equipment_id
    JOIN customers AS c ON c.id = t.customer_id
    JOIN customer_sites AS s ON s.id = t.site_id
"""

STATEMENTS = (
    # Sixty characters of a word are enough to tell it, and what tsvector takes has an end.
    """
    CREATE FUNCTION search_words(p_text text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT left(w.word, 60)
        FROM regexp_split_to_table(spelling_key(p_text) COLLATE pg_unicode_fast, '[^[:alnum:]]+') AS w (word)
        WHERE w.word <> ''
    )
    """,
    "COMMENT ON FUNCTION search_words(text) IS "
    "'The words of a text, of letters and digits of any script, each once, as spelling_key has them.'",
    """
    CREATE TABLE ticket_words (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL UNIQUE REFERENCES service_tickets (id),
        words tsvector NOT NULL
    )
    """,
    "COMMENT ON TABLE ticket_words IS "
    "'The words that a ticket is searched by: of number, description, serial number, customer and site, as they are.'",
    "COMMENT ON INDEX ticket_words_ticket_id_key IS 'A ticket is found once; index_ticket_words looks it up.'",
    ROWS,
    # No pending list (fastupdate): a search never has to read it through.
    "CREATE INDEX ticket_words_words ON ticket_words USING gin (words) WITH (fastupdate = off)",
    "COMMENT ON INDEX ticket_words_words IS 'list_tickets by words.'",
    f"""
    CREATE FUNCTION index_ticket_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    DECLARE
        v_tickets uuid[];
    BEGIN
        CASE TG_TABLE_NAME
            WHEN 'service_tickets' THEN
                v_tickets := ARRAY[NEW.id];
            WHEN 'equipment_registry' THEN
                SELECT array_agg(t.id) INTO v_tickets FROM service_tickets AS t WHERE t.equipment_id = NEW.id;
            WHEN 'customers' THEN
                SELECT array_agg(t.id) INTO v_tickets FROM service_tickets AS t WHERE t.customer_id = NEW.id;
            WHEN 'customer_sites' THEN
                SELECT array_agg(t.id) INTO v_tickets FROM service_tickets AS t WHERE t.site_id = NEW.id;
        END CASE;
        {ROWS}
        WHERE t.id = ANY (v_tickets)
        ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words;
        RETURN NULL;
    END
    $$
    """,  # noqa: S608 - a constant
    "COMMENT ON FUNCTION index_ticket_words() IS 'Trigger: a ticket can be found by its words, as they are now.'",
    """
    CREATE TRIGGER index_ticket_words AFTER INSERT ON service_tickets
        FOR EACH ROW EXECUTE FUNCTION index_ticket_words()
    """,
    """
    CREATE TRIGGER index_changed_ticket_words
        AFTER UPDATE OF number, description, equipment_id, customer_id, site_id ON service_tickets
        FOR EACH ROW WHEN (
            (OLD.number, OLD.description, OLD.equipment_id, OLD.customer_id, OLD.site_id)
            IS DISTINCT FROM (NEW.number, NEW.description, NEW.equipment_id, NEW.customer_id, NEW.site_id)
        )
        EXECUTE FUNCTION index_ticket_words()
    """,
    """
    CREATE TRIGGER index_ticket_words AFTER UPDATE OF serial ON equipment_registry
        FOR EACH ROW WHEN (OLD.serial IS DISTINCT FROM NEW.serial) EXECUTE FUNCTION index_ticket_words()
    """,
    """
    CREATE TRIGGER index_ticket_words AFTER UPDATE OF code, name ON customers
        FOR EACH ROW WHEN ((OLD.code, OLD.name) IS DISTINCT FROM (NEW.code, NEW.name))
        EXECUTE FUNCTION index_ticket_words()
    """,
    """
    CREATE TRIGGER index_ticket_words AFTER UPDATE OF code, name ON customer_sites
        FOR EACH ROW WHEN ((OLD.code, OLD.name) IS DISTINCT FROM (NEW.code, NEW.name))
        EXECUTE FUNCTION index_ticket_words()
    """,
    "CREATE INDEX IF NOT EXISTS service_tickets_of_site ON service_tickets (site_id, opened_at, id)",
    "COMMENT ON INDEX service_tickets_of_site IS 'list_tickets for somebody of one site.'",
    "CREATE INDEX IF NOT EXISTS service_tickets_of_priority ON service_tickets (priority, opened_at, id)",
    "COMMENT ON INDEX service_tickets_of_priority IS 'list_tickets of one priority.'",
    """
    CREATE INDEX IF NOT EXISTS service_tickets_of_reporter
        ON service_tickets (lower(reporter_code), customer_id, opened_at)
    """,
    "COMMENT ON INDEX service_tickets_of_reporter IS 'known_actor: who has reported a fault for a customer.'",
    "CREATE INDEX IF NOT EXISTS equipment_registry_by_token ON equipment_registry (spelling_key(qr_token))",
    "COMMENT ON INDEX equipment_registry_by_token IS 'find_units: a QR token that is typed otherwise than printed.'",
    "CREATE INDEX IF NOT EXISTS equipment_registry_of_manufacturer ON equipment_registry (manufacturer_id)",
    "COMMENT ON INDEX equipment_registry_of_manufacturer IS 'list_tickets and list_units for a manufacturer.'",
    "CREATE INDEX IF NOT EXISTS stage_assignments_ever ON stage_assignments (engineer_id)",
    "COMMENT ON INDEX stage_assignments_ever IS 'list_tickets for an engineer: all that they are or were on.'",
    """
    CREATE INDEX IF NOT EXISTS stage_assignments_now ON stage_assignments (engineer_id, transition_id)
        WHERE ended_at IS NULL
    """,
    "COMMENT ON INDEX stage_assignments_now IS 'list_tickets: whom somebody is on now, and whom nobody.'",
    """
    CREATE INDEX IF NOT EXISTS sla_clocks_due ON sla_clocks (due_at, ticket_id)
        WHERE ended_at IS NULL AND NOT (100 = ANY (thresholds_fired))
    """,
    "COMMENT ON INDEX sla_clocks_due IS 'list_tickets, the nearest deadline first.'",
    """
    CREATE INDEX IF NOT EXISTS sla_clocks_off_track ON sla_clocks (ticket_id)
        WHERE ended_at IS NULL AND (state = 'paused' OR thresholds_fired <> '{}')
    """,
    "COMMENT ON INDEX sla_clocks_off_track IS 'list_tickets with a clock that is paused, warned of or breached.'",
    """
    CREATE INDEX IF NOT EXISTS sla_clocks_breached ON sla_clocks (ticket_id)
        WHERE state = 'breached' OR 100 = ANY (thresholds_fired)
    """,
    "COMMENT ON INDEX sla_clocks_breached IS 'list_tickets with a breach, ended or not.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
