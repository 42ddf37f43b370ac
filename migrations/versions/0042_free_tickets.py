"""The tickets that run and nobody is on stand in a table of their own: few, and in every engineer's list."""

from __future__ import annotations

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

ROWS = """
    SELECT t.id
    FROM service_tickets AS t
    WHERE t.status IN ('open', 'on_hold')
        AND NOT EXISTS (
            SELECT
            FROM ticket_workflow_instances AS i
            JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
            JOIN stage_assignments AS a ON a.transition_id = v.id AND a.ended_at IS NULL
            WHERE i.ticket_id = t.id
        )
"""

STATEMENTS = (
    """
    CREATE TABLE free_tickets (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL UNIQUE REFERENCES service_tickets (id)
    )
    """,
    "COMMENT ON TABLE free_tickets IS 'The tickets that run and that nobody is on.'",
    "COMMENT ON INDEX free_tickets_ticket_id_key IS 'A ticket is there once; note_free_ticket looks it up.'",
    f"INSERT INTO free_tickets (ticket_id) {ROWS}",
    f"""
    CREATE FUNCTION note_free_ticket() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    DECLARE
        v_ticket_id uuid;
    BEGIN
        IF TG_TABLE_NAME = 'service_tickets' THEN
            v_ticket_id := NEW.id;
        ELSE
            SELECT i.ticket_id
            INTO v_ticket_id
            FROM workflow_stage_transitions AS v
            JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
            WHERE v.id = COALESCE(NEW.transition_id, OLD.transition_id);
        END IF;
        IF EXISTS ({ROWS} AND t.id = v_ticket_id) THEN
            INSERT INTO free_tickets (ticket_id) VALUES (v_ticket_id) ON CONFLICT (ticket_id) DO NOTHING;
        ELSE
            DELETE FROM free_tickets AS f WHERE f.ticket_id = v_ticket_id;
        END IF;
        RETURN NULL;
    END
    $$
    """,  # noqa: S608 - a constant
    "COMMENT ON FUNCTION note_free_ticket() IS 'Trigger: free_tickets has the tickets that run and nobody is on.'",
    # At the commit: what one takes from a visit and gives to the next is neither here nor there in between.
    """
    CREATE CONSTRAINT TRIGGER note_free_ticket AFTER INSERT OR DELETE ON stage_assignments
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_free_ticket()
    """,
    """
    CREATE CONSTRAINT TRIGGER note_freed_ticket AFTER UPDATE OF ended_at ON stage_assignments
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at)
        EXECUTE FUNCTION note_free_ticket()
    """,
    """
    CREATE CONSTRAINT TRIGGER note_free_ticket AFTER INSERT ON service_tickets
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_free_ticket()
    """,
    """
    CREATE CONSTRAINT TRIGGER note_freed_ticket AFTER UPDATE OF status ON service_tickets
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN ((OLD.status IN ('open', 'on_hold')) IS DISTINCT FROM (NEW.status IN ('open', 'on_hold')))
        EXECUTE FUNCTION note_free_ticket()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
