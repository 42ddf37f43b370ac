"""Closed tickets by the words of their descriptions: what find_similar_tickets searches."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Type and model stand among the words, as lexemes that no text yields ("=" begins no word), so that one GIN index
# answers "these words, of this model". The function find_similar_tickets makes the same two.
ROW_OF_A_TICKET = """
    SELECT t.id, e.equipment_type_id, e.manufacturer_id, e.model, t.closed_at,
        strip(to_tsvector('english', t.description))
        || array_to_tsvector(
            ARRAY[
                '=t:' || e.equipment_type_id,
                '=m:' || e.equipment_type_id || ':' || md5(e.manufacturer_id || ':' || lower(e.model))
            ]
        )
    FROM service_tickets AS t
    JOIN equipment_registry AS e ON e.id = t.equipment_id
    WHERE t.status = 'closed'
"""
INSERT = "INSERT INTO ticket_search (ticket_id, equipment_type_id, manufacturer_id, model, closed_at, terms)"

STATEMENTS = (
    # Trigrams: how alike two texts or two words are, letter by letter.
    "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public",
    """
    CREATE TABLE ticket_search (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL UNIQUE REFERENCES service_tickets (id),
        equipment_type_id uuid NOT NULL REFERENCES equipment_catalog (id),
        manufacturer_id uuid NOT NULL REFERENCES manufacturers (id),
        model text NOT NULL,
        closed_at timestamptz NOT NULL,
        terms tsvector NOT NULL
    )
    """,
    f"{INSERT} {ROW_OF_A_TICKET}",
    # No pending list (fastupdate): a search never has to read it through. A ticket closes once, so writing is rare.
    "CREATE INDEX ticket_search_terms ON ticket_search USING gin (terms) WITH (fastupdate = off)",
    """
    CREATE INDEX ticket_search_of_model
        ON ticket_search (equipment_type_id, manufacturer_id, lower(model), closed_at DESC)
    """,
    "CREATE INDEX ticket_search_of_type ON ticket_search (equipment_type_id, closed_at DESC)",
    # How common a word is, find_similar_tickets reads from the planner's statistics: of 3,000 words instead of 1,000.
    "ALTER TABLE ticket_search ALTER COLUMN terms SET STATISTICS 300",
    f"""
    CREATE FUNCTION index_closed_ticket() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        {INSERT} {ROW_OF_A_TICKET} AND t.id = NEW.id
        ON CONFLICT (ticket_id) DO UPDATE SET closed_at = excluded.closed_at, terms = excluded.terms;
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION index_closed_ticket() IS 'Trigger: a ticket that is closed can be found by its words.'",
    """
    CREATE TRIGGER index_closed_ticket AFTER INSERT OR UPDATE OF status ON service_tickets
        FOR EACH ROW WHEN (NEW.status = 'closed') EXECUTE FUNCTION index_closed_ticket()
    """,
    "COMMENT ON TABLE ticket_search IS 'Closed tickets by the words of their descriptions, as they were when closed.'",
    "COMMENT ON COLUMN ticket_search.model IS 'Of the unit when the ticket was closed.'",
    "COMMENT ON COLUMN ticket_search.terms IS "
    "'The words of the description (English, stemmed), with =t:TYPE and =m:TYPE:MODEL for type and model.'",
    "COMMENT ON INDEX ticket_search_terms IS 'find_similar_tickets: rare words of one model or type.'",
    "COMMENT ON INDEX ticket_search_of_model IS 'find_similar_tickets: the newest tickets of a model.'",
    "COMMENT ON INDEX ticket_search_of_type IS 'find_similar_tickets: the newest tickets of a type.'",
    "COMMENT ON INDEX ticket_search_ticket_id_key IS 'A ticket is found once; index_closed_ticket looks it up.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
