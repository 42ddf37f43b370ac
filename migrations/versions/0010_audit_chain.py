"""The audit trail becomes a chain of hashes, and covers every table that people decide on.

Every subject (a ticket, or a row of an audited table) has a chain of its own, so that writers of different subjects
never wait for each other. Seals over the whole trail give the global order: docs/adr/0012-audit-chains-and-seals.md.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The columns are in no entry if nothing else changed: what the program notes about a provider while it works.
AUDITED: dict[str, tuple[str, ...]] = {
    "manufacturers": (),
    "customers": (),
    "customer_sites": (),
    "equipment_catalog": (),
    "equipment_registry": (),
    "engineers": (),
    "manufacturer_service_config": (),
    "workflow_templates": (),
    "stage_configuration_templates": (),
    "equipment_parts": (),
    "equipment_parts_context": (),
    "equipment_compatibility": (),
    "business_calendars": (),
    "business_calendar_hours": (),
    "business_calendar_holidays": (),
    "engineer_equipment_expertise": (),
    "engineer_certifications": (),
    "engineer_absences": (),
    "ai_providers": (
        "health",
        "circuit",
        "circuit_opened_at",
        "consecutive_failures",
        "last_checked_at",
        "last_error",
    ),
    "ai_models": (),
    "workflow_ai_configuration": (),
    "ticket_parts_required": (),
    "stage_attachments": (),
    "ai_feedback": (),
}

# "squawk-ignore": every entry is written anew here, under the lock that adding the columns takes; what is checked and
# built after that in the same transaction blocks nobody who is not blocked already.
COLUMNS = (
    "ALTER TABLE audit_events DISABLE TRIGGER append_only",
    # A ticket's entries have its facts' numbers; an entry of no ticket, which no version wrote, is its own subject.
    """
    ALTER TABLE audit_events
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT audit_events_ticket_id_sequence_key,
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT audit_events_check,
        ADD COLUMN subject_table text,
        ADD COLUMN subject_id uuid,
        ADD COLUMN entry_number bigint,
        ADD COLUMN previous_hash text,
        ADD COLUMN hash text
    """,
    # Independent of session settings: instants are whole microseconds, the values are as they were stored.
    """
    CREATE FUNCTION audit_payload(p_entry audit_events) RETURNS text LANGUAGE sql STABLE
    RETURN COALESCE((p_entry).previous_hash, '') || E'\\n' || jsonb_build_array(
        (p_entry).subject_table,
        (p_entry).subject_id,
        (p_entry).sequence,
        (p_entry).entry_number,
        (p_entry).id,
        (extract(epoch FROM (p_entry).occurred_at) * 1000000)::bigint,
        (extract(epoch FROM (p_entry).recorded_at) * 1000000)::bigint,
        (p_entry).actor_code,
        (p_entry).actor_role,
        (p_entry).action,
        (p_entry).reason,
        (p_entry).command_id,
        (p_entry).old_value,
        (p_entry).new_value,
        (p_entry).ticket_id
    )::text
    """,
    "COMMENT ON FUNCTION audit_payload(audit_events) IS 'The text whose SHA-256 is the hash of an entry.'",
    # Every entry is written once: a first one that is chained to nothing, then each to the one before.
    """
    DO $$
    DECLARE
        v_row record;
        v_entry audit_events;
        v_before audit_events;
    BEGIN
        FOR v_row IN
            SELECT a AS entry, row_number() OVER (ORDER BY a.recorded_at, a.ticket_id, a.sequence, a.id) AS number
            FROM audit_events AS a
            ORDER BY COALESCE(a.ticket_id, a.id), a.sequence
        LOOP
            v_entry := v_row.entry;
            v_entry.subject_table := CASE WHEN v_entry.ticket_id IS NULL THEN 'audit_events' ELSE 'service_tickets' END;
            v_entry.subject_id := COALESCE(v_entry.ticket_id, v_entry.id);
            v_entry.sequence := COALESCE(v_entry.sequence, 0);
            v_entry.entry_number := v_row.number;
            IF v_entry.sequence > 0 AND v_before.subject_id = v_entry.subject_id THEN
                v_entry.previous_hash := v_before.hash;
            END IF;
            v_entry.hash := encode(sha256(convert_to(audit_payload(v_entry), 'UTF8')), 'hex');
            UPDATE audit_events
            SET subject_table = v_entry.subject_table,
                subject_id = v_entry.subject_id,
                sequence = v_entry.sequence,
                entry_number = v_entry.entry_number,
                previous_hash = v_entry.previous_hash,
                hash = v_entry.hash
            WHERE id = v_entry.id;
            v_before := v_entry;
        END LOOP;
    END
    $$
    """,
    # The check of the hash is no regular expression: one with a count of 64 takes longer than the hash itself.
    """
    ALTER TABLE audit_events
        -- squawk-ignore adding-not-nullable-field
        ALTER COLUMN subject_table SET NOT NULL,
        -- squawk-ignore adding-not-nullable-field
        ALTER COLUMN subject_id SET NOT NULL,
        -- squawk-ignore adding-not-nullable-field
        ALTER COLUMN sequence SET NOT NULL,
        -- squawk-ignore adding-not-nullable-field
        ALTER COLUMN entry_number SET NOT NULL,
        -- squawk-ignore ban-alter-identity
        ALTER COLUMN entry_number ADD GENERATED ALWAYS AS IDENTITY,
        -- squawk-ignore adding-not-nullable-field
        ALTER COLUMN hash SET NOT NULL,
        -- squawk-ignore constraint-missing-not-valid, disallowed-unique-constraint
        ADD CONSTRAINT audit_events_subject_id_sequence_key UNIQUE (subject_id, sequence),
        -- squawk-ignore constraint-missing-not-valid, disallowed-unique-constraint
        ADD CONSTRAINT audit_events_entry_number_key UNIQUE (entry_number),
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT audit_events_subject CHECK (subject_table <> ''),
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT audit_events_of_its_ticket CHECK (
            subject_table <> 'service_tickets' OR ticket_id IS NOT DISTINCT FROM subject_id
        ),
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT audit_events_first_link CHECK ((sequence = 0) = (previous_hash IS NULL)),
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT audit_events_hash CHECK (
            length(hash) = 64 AND translate(hash, '0123456789abcdef', '') = ''
        )
    """,
    """
    SELECT setval(pg_get_serial_sequence('audit_events', 'entry_number'), COALESCE(max(entry_number), 0) + 1, false)
    FROM audit_events
    """,
    "ALTER TABLE audit_events ENABLE TRIGGER append_only",
    # read_audit_log() of a ticket: what changed in its parts, attachments and feedback.
    """
    CREATE INDEX audit_events_of_ticket_rows ON audit_events (ticket_id, entry_number)
        WHERE subject_table <> 'service_tickets'
    """,
)

CHAIN = (
    # Writers of one subject follow each other: they hold the lock of its row, and the UNIQUE catches who does not.
    # Without sorting, the end of a chain is read from the index, also by a plan that was made when the trail was small.
    """
    CREATE FUNCTION chain_audit_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET enable_sort = off AS $$
    DECLARE
        v_table text;
        v_sequence bigint;
    BEGIN
        IF NEW.sequence IS NULL THEN
            SELECT a.subject_table, a.sequence, a.hash
            INTO v_table, v_sequence, NEW.previous_hash
            FROM audit_events AS a
            WHERE a.subject_id = NEW.subject_id
            ORDER BY a.sequence DESC
            LIMIT 1;
            NEW.sequence := COALESCE(v_sequence + 1, 0);
        ELSIF NEW.sequence > 0 THEN
            SELECT a.subject_table, a.hash
            INTO v_table, NEW.previous_hash
            FROM audit_events AS a
            WHERE a.subject_id = NEW.subject_id AND a.sequence = NEW.sequence - 1;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'entry % of % % has none before it', NEW.sequence, NEW.subject_table, NEW.subject_id
                    USING ERRCODE = 'integrity_constraint_violation', HINT = 'Entries follow each other without a gap.';
            END IF;
        ELSE
            NEW.previous_hash := NULL;
        END IF;
        IF v_table <> NEW.subject_table THEN
            RAISE EXCEPTION 'the id % of a row of % was one of % before', NEW.subject_id, NEW.subject_table, v_table
                USING ERRCODE = 'integrity_constraint_violation', HINT = 'Leave ids to the database.';
        END IF;
        NEW.hash := encode(sha256(convert_to(audit_payload(NEW), 'UTF8')), 'hex');
        RETURN NEW;
    END
    $$
    """,
    "COMMENT ON FUNCTION chain_audit_event() IS "
    "'Trigger: an entry of the audit trail gets its place in the chain of its subject, and its hash.'",
    """
    CREATE TRIGGER chain BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION chain_audit_event()
    """,
    # With the owner's rights: whoever may change a table leaves an entry, and needs no right to write the trail.
    """
    CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    DECLARE
        v_id uuid;
        v_action text;
        v_old jsonb;
        v_new jsonb;
        v_ticket_id uuid;
    BEGIN
        CASE TG_OP
            WHEN 'INSERT' THEN
                v_id := NEW.id;
                v_action := 'row_inserted';
                v_new := to_jsonb(NEW);
                v_ticket_id := v_new ->> 'ticket_id';
            WHEN 'DELETE' THEN
                v_id := OLD.id;
                v_action := 'row_deleted';
                v_old := to_jsonb(OLD);
                v_ticket_id := v_old ->> 'ticket_id';
            ELSE
                IF NEW.id <> OLD.id THEN
                    RAISE EXCEPTION 'the id of a row of % never changes', TG_TABLE_NAME
                        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Its history would be lost.';
                END IF;
                v_id := NEW.id;
                v_action := 'row_updated';
                v_old := to_jsonb(OLD);
                v_new := to_jsonb(NEW);
                v_ticket_id := v_new ->> 'ticket_id';
                SELECT jsonb_object_agg(n.key, v_old -> n.key), jsonb_object_agg(n.key, n.value)
                INTO v_old, v_new
                FROM jsonb_each(v_new) AS n
                WHERE n.value <> v_old -> n.key AND n.key <> ALL (array_append(TG_ARGV, 'updated_at'));
                IF v_new IS NULL THEN
                    RETURN NULL;
                END IF;
        END CASE;
        INSERT INTO audit_events (
            subject_table, subject_id, ticket_id, occurred_at, actor_code, actor_role, action, reason, new_value,
            old_value
        )
        VALUES (
            TG_TABLE_NAME,
            v_id,
            v_ticket_id,
            clock_timestamp(),
            COALESCE(NULLIF(current_setting('fieldcare.actor_code', true), ''), session_user),
            COALESCE(NULLIF(current_setting('fieldcare.actor_role', true), ''), 'operator'),
            v_action,
            COALESCE(current_setting('fieldcare.reason', true), ''),
            v_new,
            v_old
        );
        RETURN NULL;
    END
    $$
    """,
    "COMMENT ON FUNCTION audit_change() IS "
    "'Trigger: a change of a row is an entry of the audit trail. Arguments: columns that count for nothing.'",
    """
    CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION '% is audited row by row: TRUNCATE is refused', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege', HINT = 'Use DELETE, which leaves an entry for each row.';
    END
    $$
    """,
    "COMMENT ON FUNCTION refuse_truncate() IS 'Trigger: rows of an audited table go one by one.'",
)

SEALS = (
    """
    CREATE TABLE audit_seals (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        seal_number bigint NOT NULL UNIQUE CHECK (seal_number > 0),
        from_entry bigint NOT NULL CHECK (from_entry > 0),
        to_entry bigint NOT NULL,
        entries bigint NOT NULL CHECK (entries > 0),
        previous_hash text,
        hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
        sealed_at timestamptz NOT NULL,
        CONSTRAINT audit_seals_range CHECK (to_entry >= from_entry),
        CONSTRAINT audit_seals_first_link CHECK ((seal_number = 1) = (previous_hash IS NULL))
    )
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_seals
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_seals
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    "COMMENT ON TABLE audit_seals IS "
    "'Hashes over all entries of the audit trail in the order of their numbers: what is under a seal can be neither "
    "changed nor removed unseen, not even with the rest of its chain.'",
    "COMMENT ON COLUMN audit_seals.entries IS "
    "'How many entries there are from from_entry to to_entry; numbers of transactions that failed are not used.'",
    "COMMENT ON COLUMN audit_events.subject_table IS 'The table of the row that the entry is about.'",
    "COMMENT ON COLUMN audit_events.subject_id IS 'Its id; the entries of a subject are a chain.'",
    "COMMENT ON COLUMN audit_events.sequence IS 'Place in the chain, from 0; for a ticket the number of the fact.'",
    "COMMENT ON COLUMN audit_events.ticket_id IS 'The ticket that the entry belongs to, if any.'",
    "COMMENT ON COLUMN audit_events.entry_number IS 'Rises over the whole trail; seals go by it. It may have gaps.'",
    "COMMENT ON COLUMN audit_events.previous_hash IS 'The hash of the entry before in the same chain.'",
    "COMMENT ON COLUMN audit_events.hash IS 'SHA-256 of audit_payload() of the entry, in hexadecimal digits.'",
)


def upgrade() -> None:
    for statement in (*COLUMNS, *CHAIN, *SEALS):
        op.execute(statement)
    for table, ignored in AUDITED.items():
        arguments = ", ".join(f"'{column}'" for column in ignored)
        op.execute(
            f"CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_change({arguments})"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
        )
        op.execute(_record_rows(table))


def _record_rows(table: str) -> str:
    """The statement that begins a chain for every row that is there already."""
    return f"""
        INSERT INTO audit_events (
            subject_table, subject_id, ticket_id, occurred_at, actor_code, actor_role, action, reason, new_value
        )
        SELECT '{table}', t.id, (to_jsonb(t) ->> 'ticket_id')::uuid, clock_timestamp(), 'migration', 'system',
            'row_recorded', 'It was there when its changes began to be recorded', to_jsonb(t)
        FROM {table} AS t
        ORDER BY t.id
    """  # noqa: S608 - the name is one of the table above
