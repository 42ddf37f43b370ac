"""The work of a stage: parts, attachments, and further facts of instances, visits, assignments and what was done."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# "squawk-ignore constraint-missing-not-valid": the new columns are checked in one pass, under the lock that adding them
# takes and that is held until the migration commits; NOT VALID and VALIDATE would scan as long under the same lock.
STATEMENTS = (
    """
    ALTER TABLE ticket_workflow_instances
        ADD COLUMN issues_raised integer NOT NULL DEFAULT 0 CHECK (issues_raised >= 0),
        ADD COLUMN latest_issue text CHECK (latest_issue <> ''),
        ADD COLUMN latest_issue_at timestamptz,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT ticket_workflow_instances_issues CHECK (
            num_nonnulls(latest_issue, latest_issue_at) = CASE WHEN issues_raised > 0 THEN 2 ELSE 0 END
        )
    """,
    "ALTER TABLE workflow_stage_transitions ADD COLUMN notes text NOT NULL DEFAULT ''",
    """
    ALTER TABLE stage_assignments
        ADD COLUMN work_location text NOT NULL DEFAULT 'remote' CHECK (work_location IN ('remote', 'onsite', 'hybrid')),
        ADD COLUMN travel_distance_km numeric(7, 1) CHECK (travel_distance_km >= 0 AND travel_distance_km <> 'NaN'),
        ADD COLUMN travel_requirements text NOT NULL DEFAULT '',
        ADD COLUMN notes text NOT NULL DEFAULT '',
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT stage_assignments_travel CHECK (travel_distance_km IS NULL OR work_location <> 'remote')
    """,
    """
    ALTER TABLE stage_execution_data
        ADD COLUMN forms jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(forms) = 'object'),
        ADD COLUMN completion_criteria jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(completion_criteria) = 'array'),
        ADD COLUMN customer_feedback text,
        ADD COLUMN signed_at timestamptz,
        ADD COLUMN signature_meaning text,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT stage_execution_data_signed CHECK (
            customer_signature IS NOT NULL OR num_nonnulls(signed_at, signature_meaning) = 0
        )
    """,
    """
    CREATE TABLE ticket_parts_required (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        transition_id uuid REFERENCES workflow_stage_transitions (id),
        part_id uuid NOT NULL REFERENCES equipment_parts (id),
        installed_context text CHECK (
            installed_context IN ('icu', 'ward', 'operating_room', 'emergency', 'imaging', 'laboratory')
        ),
        priority text NOT NULL DEFAULT 'required' CHECK (
            priority IN ('required', 'preferred', 'optional', 'alternative')
        ),
        source text NOT NULL DEFAULT 'engineer' CHECK (source IN ('engineer', 'coordinator', 'ai')),
        status text NOT NULL DEFAULT 'identified' CHECK (
            status IN ('identified', 'requested', 'ordered', 'received', 'used', 'cancelled')
        ),
        quantity_identified integer NOT NULL CHECK (quantity_identified > 0),
        quantity_ordered integer NOT NULL DEFAULT 0 CHECK (quantity_ordered >= 0),
        quantity_received integer NOT NULL DEFAULT 0 CHECK (quantity_received >= 0),
        quantity_used integer NOT NULL DEFAULT 0 CHECK (quantity_used >= 0),
        quantity_returned integer NOT NULL DEFAULT 0 CHECK (quantity_returned >= 0),
        quantity_wasted integer NOT NULL DEFAULT 0 CHECK (quantity_wasted >= 0),
        estimated_unit_price numeric(12, 2) CHECK (estimated_unit_price >= 0 AND estimated_unit_price <> 'NaN'),
        actual_unit_price numeric(12, 2) CHECK (actual_unit_price >= 0 AND actual_unit_price <> 'NaN'),
        currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
        estimated_lead_time interval CHECK (estimated_lead_time >= interval '0'),
        supplier text CHECK (supplier <> ''),
        purchase_order text CHECK (purchase_order <> ''),
        approved_by_code text CHECK (approved_by_code <> ''),
        approved_by_role text CHECK (
            approved_by_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        identified_at timestamptz NOT NULL,
        requested_at timestamptz,
        ordered_at timestamptz,
        expected_at timestamptz,
        received_at timestamptz,
        used_at timestamptz,
        cancelled_at timestamptz,
        notes text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ticket_parts_required_part_of_visit_key
            UNIQUE NULLS NOT DISTINCT (ticket_id, transition_id, part_id),
        CONSTRAINT ticket_parts_required_received CHECK (quantity_received <= quantity_ordered),
        CONSTRAINT ticket_parts_required_consumed CHECK (
            quantity_used + quantity_returned + quantity_wasted <= quantity_received
        ),
        CONSTRAINT ticket_parts_required_approved CHECK ((approved_by_code IS NULL) = (approved_by_role IS NULL)),
        CONSTRAINT ticket_parts_required_lifecycle CHECK (
            (status NOT IN ('requested', 'ordered', 'received', 'used') OR requested_at IS NOT NULL)
            AND (status NOT IN ('ordered', 'received', 'used') OR (ordered_at IS NOT NULL AND quantity_ordered > 0))
            AND (status NOT IN ('received', 'used') OR (received_at IS NOT NULL AND quantity_received > 0))
            AND (status <> 'used' OR (used_at IS NOT NULL AND quantity_used > 0))
            AND ((status = 'cancelled') = (cancelled_at IS NOT NULL))
            AND (status <> 'identified' OR requested_at IS NULL)
            AND (status <> 'requested' OR ordered_at IS NULL)
        ),
        CONSTRAINT ticket_parts_required_dated CHECK (
            (quantity_ordered = 0 OR ordered_at IS NOT NULL)
            AND (quantity_received = 0 OR received_at IS NOT NULL)
            AND (quantity_used = 0 OR used_at IS NOT NULL)
        ),
        -- A date that is there needs the one before it: a comparison with a missing one refuses nothing.
        CONSTRAINT ticket_parts_required_in_order CHECK (
            identified_at <= requested_at AND requested_at <= ordered_at AND ordered_at <= received_at
            AND received_at <= used_at AND identified_at <= cancelled_at
            AND (ordered_at IS NULL OR requested_at IS NOT NULL)
            AND (received_at IS NULL OR ordered_at IS NOT NULL)
            AND (used_at IS NULL OR received_at IS NOT NULL)
        )
    )
    """,
    # get_stage_parts(), get_stage_execution_summary() of one visit.
    "CREATE INDEX ticket_parts_required_of_visit ON ticket_parts_required (transition_id)",
    # parts_procurement_status of what is still to come.
    """
    CREATE INDEX ticket_parts_required_awaited ON ticket_parts_required (expected_at)
        WHERE status IN ('requested', 'ordered')
    """,
    # parts_inventory_status: how often a part was used.
    "CREATE INDEX ticket_parts_required_of_part ON ticket_parts_required (part_id)",
    # A visit knows its instance, not its ticket, so that a foreign key can't hold the two together.
    """
    CREATE FUNCTION check_visit_of_ticket() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF NEW.transition_id IS NOT NULL AND NEW.ticket_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM workflow_stage_transitions AS v
            JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
            WHERE v.id = NEW.transition_id AND i.ticket_id = NEW.ticket_id
        ) THEN
            RAISE EXCEPTION 'the stage visit % is not one of ticket %', NEW.transition_id,
                COALESCE((SELECT t.number FROM service_tickets AS t WHERE t.id = NEW.ticket_id), NEW.ticket_id::text)
                USING ERRCODE = 'check_violation', HINT = 'Name a stage visit of the same ticket.';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    "COMMENT ON FUNCTION check_visit_of_ticket() IS 'Trigger: transition_id is a visit of the row''s own ticket.'",
    # A part that the ticket's service configuration does not allow, or that is for another type or make of equipment.
    """
    CREATE FUNCTION check_part_allowed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        v_number text;
        v_oem_only boolean;
        v_type text;
        v_make_id uuid;
        v_part text;
        v_is_oem boolean;
        v_part_type text;
        v_part_make_id uuid;
    BEGIN
        SELECT t.number, c.oem_parts_only, k.name, e.manufacturer_id
        INTO v_number, v_oem_only, v_type, v_make_id
        FROM service_tickets AS t
        JOIN manufacturer_service_config AS c ON c.id = t.service_configuration_id
        JOIN equipment_registry AS e ON e.id = t.equipment_id
        JOIN equipment_catalog AS k ON k.id = e.equipment_type_id
        WHERE t.id = NEW.ticket_id;
        SELECT p.part_number, p.is_oem, k.name, p.manufacturer_id
        INTO v_part, v_is_oem, v_part_type, v_part_make_id
        FROM equipment_parts AS p
        JOIN equipment_catalog AS k ON k.id = p.equipment_type_id
        WHERE p.id = NEW.part_id;
        IF v_oem_only AND NOT v_is_oem THEN
            RAISE EXCEPTION 'ticket % takes OEM parts only, and part % is a compatible one', v_number, v_part
                USING ERRCODE = 'check_violation', HINT = 'Choose the OEM part that it stands in for.';
        END IF;
        IF v_type <> v_part_type THEN
            RAISE EXCEPTION 'part % is for the type %, and the unit of ticket % is a %',
                v_part, v_part_type, v_number, v_type
                USING ERRCODE = 'check_violation', HINT = 'Choose a part of the type of the unit.';
        END IF;
        IF v_make_id <> v_part_make_id THEN
            RAISE EXCEPTION 'part % is for another make than the unit of ticket %', v_part, v_number
                USING ERRCODE = 'check_violation', HINT = 'Choose a part for the make of the unit, or for any make.';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    "COMMENT ON FUNCTION check_part_allowed() IS "
    "'Trigger: a part fits the unit and the service configuration of its ticket.'",
    """
    CREATE TRIGGER check_part_allowed BEFORE INSERT OR UPDATE OF ticket_id, part_id
        ON ticket_parts_required FOR EACH ROW EXECUTE FUNCTION check_part_allowed()
    """,
    """
    CREATE TABLE stage_attachments (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL REFERENCES service_tickets (id),
        transition_id uuid REFERENCES workflow_stage_transitions (id),
        category text NOT NULL CHECK (category IN ('diagnostic', 'repair', 'completion', 'signoff')),
        file_name text NOT NULL CHECK (file_name <> '' AND file_name !~ '[/\\\\]'),
        media_type text NOT NULL CHECK (media_type ~ '^[a-z]+/[a-z0-9][a-z0-9.+-]*$'),
        size_bytes bigint NOT NULL CHECK (size_bytes > 0),
        sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        storage_key text NOT NULL UNIQUE CHECK (storage_key <> ''),
        description text NOT NULL DEFAULT '',
        uploaded_by_code text NOT NULL CHECK (uploaded_by_code <> ''),
        uploaded_by_role text NOT NULL CHECK (
            uploaded_by_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        uploaded_at timestamptz NOT NULL,
        visibility text NOT NULL DEFAULT 'internal' CHECK (visibility IN ('internal', 'customer', 'manufacturer')),
        contains_personal_data boolean NOT NULL DEFAULT false,
        metadata_stripped boolean NOT NULL DEFAULT false,
        retention_until date,
        deletion_requested_at timestamptz,
        deleted_at timestamptz,
        analysis_status text NOT NULL DEFAULT 'not_requested' CHECK (
            analysis_status IN ('not_requested', 'pending', 'done', 'failed')
        ),
        quality_score numeric(5, 2) CHECK (quality_score BETWEEN 0 AND 100),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        -- Target of the keys that hold an analysis to its attachment's ticket.
        UNIQUE (id, ticket_id),
        CONSTRAINT stage_attachments_same_file_key UNIQUE NULLS NOT DISTINCT (ticket_id, transition_id, sha256),
        CONSTRAINT stage_attachments_retention CHECK (
            retention_until >= (uploaded_at AT TIME ZONE 'UTC')::date
            AND (NOT contains_personal_data OR retention_until IS NOT NULL)
        ),
        CONSTRAINT stage_attachments_deleted CHECK (deleted_at >= uploaded_at AND deletion_requested_at >= uploaded_at)
    )
    """,
    # get_stage_attachments(), get_stage_execution_summary() of one visit.
    "CREATE INDEX stage_attachments_of_visit ON stage_attachments (transition_id)",
    # Retention: what has to be deleted next.
    "CREATE INDEX stage_attachments_to_delete ON stage_attachments (retention_until) WHERE deleted_at IS NULL",
    """
    COMMENT ON TABLE ticket_parts_required IS
        'Parts of a ticket from identified to used, with every quantity, price and date on the way.'
    """,
    """
    COMMENT ON TABLE stage_attachments IS
        'Files of a ticket, by reference: where they are stored, who may see them, until when they are kept.'
    """,
    "COMMENT ON COLUMN ticket_workflow_instances.issues_raised IS 'Holds, breaches and failed tests so far.'",
    "COMMENT ON COLUMN ticket_parts_required.transition_id IS "
    "'The stage visit that needs it; NULL: the ticket as a whole.'",
    "COMMENT ON COLUMN stage_attachments.storage_key IS 'Where the file is in the attachment store.'",
    "COMMENT ON COLUMN stage_attachments.metadata_stripped IS 'EXIF and the like were removed before it was stored.'",
    "COMMENT ON COLUMN stage_execution_data.completion_criteria IS 'The required actions that were asked for.'",
    "COMMENT ON COLUMN stage_execution_data.forms IS 'Forms and checklists that were filled in, by key.'",
)
CHANGING = ("ticket_parts_required", "stage_attachments")
OF_A_VISIT = ("ticket_parts_required", "stage_attachments")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
    for table in OF_A_VISIT:
        op.execute(
            f"CREATE TRIGGER check_visit_of_ticket BEFORE INSERT OR UPDATE OF ticket_id, transition_id ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION check_visit_of_ticket()"
        )
