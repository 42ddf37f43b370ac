"""The projection of tickets: ticket, workflow instance, stage visits, assignments, what was done."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Gaps are allowed: a number that was taken for an intake that did not start is never used again.
    "CREATE SEQUENCE ticket_numbers",
    """
    CREATE TABLE service_tickets (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        number text NOT NULL UNIQUE CHECK (number ~ '^FC-[0-9]{4}-[0-9]{6,}$'),
        idempotency_key text UNIQUE CHECK (idempotency_key <> ''),
        workflow_id text NOT NULL UNIQUE CHECK (workflow_id <> ''),
        equipment_id uuid NOT NULL REFERENCES equipment_registry (id),
        customer_id uuid NOT NULL REFERENCES customers (id),
        site_id uuid NOT NULL,
        service_configuration_id uuid NOT NULL REFERENCES manufacturer_service_config (id),
        description text NOT NULL CHECK (description <> ''),
        priority text NOT NULL CHECK (priority IN ('P1', 'P2', 'P3', 'P4')),
        reporter_code text NOT NULL,
        reporter_role text NOT NULL CHECK (
            reporter_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'on_hold', 'closed', 'cancelled')),
        opened_at timestamptz NOT NULL,
        closed_at timestamptz,
        end_reason text NOT NULL DEFAULT '',
        hold_reason text CHECK (
            hold_reason IN (
                'access_denied', 'waiting_for_customer', 'waiting_for_parts', 'waiting_for_manufacturer', 'other'
            )
        ),
        held_since timestamptz,
        resume_at timestamptz,
        last_sequence bigint NOT NULL DEFAULT 0 CHECK (last_sequence >= 0),
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        FOREIGN KEY (site_id, customer_id) REFERENCES customer_sites (id, customer_id),
        CONSTRAINT service_tickets_ended CHECK ((status IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)),
        CONSTRAINT service_tickets_held CHECK (
            num_nonnulls(hold_reason, held_since, resume_at) = CASE WHEN status = 'on_hold' THEN 3 ELSE 0 END
        )
    )
    """,
    # list_tickets(), newest first.
    "CREATE INDEX service_tickets_newest ON service_tickets (opened_at, id)",
    # list_tickets() by status open or on_hold, and by SLA state, which only running tickets have.
    """
    CREATE INDEX service_tickets_running ON service_tickets (opened_at, id) WHERE status IN ('open', 'on_hold')
    """,
    # list_tickets() of one customer.
    "CREATE INDEX service_tickets_of_customer ON service_tickets (customer_id, opened_at, id)",
    """
    CREATE TABLE ticket_workflow_instances (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        ticket_id uuid NOT NULL UNIQUE REFERENCES service_tickets (id),
        template_id uuid NOT NULL REFERENCES workflow_templates (id),
        template_snapshot jsonb NOT NULL CHECK (jsonb_typeof(template_snapshot) = 'object'),
        workflow_id text NOT NULL,
        run_id text NOT NULL,
        workflow_type text NOT NULL,
        status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed', 'cancelled')),
        current_stages text[] NOT NULL DEFAULT '{}',
        completion_percentage numeric(5, 2) NOT NULL DEFAULT 0 CHECK (completion_percentage BETWEEN 0 AND 100),
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ticket_workflow_instances_ended CHECK ((status = 'running') = (ended_at IS NULL))
    )
    """,
    # The stage itself is in the instance's frozen template: the live one may lose it.
    """
    CREATE TABLE workflow_stage_transitions (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        instance_id uuid NOT NULL REFERENCES ticket_workflow_instances (id),
        stage_key text NOT NULL,
        name text NOT NULL,
        stage_type text NOT NULL CHECK (
            stage_type IN ('diagnosis', 'assessment', 'procurement', 'repair', 'testing', 'completion')
        ),
        position integer NOT NULL,
        visit integer NOT NULL DEFAULT 1 CHECK (visit > 0),
        status text NOT NULL DEFAULT 'pending' CHECK (
            status IN ('pending', 'in_progress', 'completed', 'blocked', 'skipped')
        ),
        support_level text NOT NULL CHECK (support_level IN ('L1', 'L2', 'L3')),
        target_duration interval NOT NULL CHECK (target_duration > interval '0'),
        entered_at timestamptz,
        finished_at timestamptz,
        finished_by_code text,
        finished_by_role text CHECK (
            finished_by_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        outcome text CHECK (outcome IN ('done', 'fixed_remotely', 'no_parts_needed', 'test_failed')),
        reason text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (instance_id, stage_key, visit),
        CONSTRAINT workflow_stage_transitions_finished CHECK (
            (status IN ('completed', 'skipped')) = (finished_at IS NOT NULL)
            AND (finished_at IS NULL) = (finished_by_code IS NULL)
            AND (finished_at IS NULL) = (finished_by_role IS NULL)
        )
    )
    """,
    """
    CREATE TABLE stage_assignments (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        transition_id uuid NOT NULL REFERENCES workflow_stage_transitions (id),
        engineer_id uuid NOT NULL REFERENCES engineers (id),
        assignment_type text NOT NULL DEFAULT 'primary' CHECK (
            assignment_type IN ('primary', 'secondary', 'support', 'supervisor')
        ),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'replaced', 'released')),
        assigned_at timestamptz NOT NULL,
        ended_at timestamptz,
        assigned_by_code text NOT NULL,
        assigned_by_role text NOT NULL CHECK (
            assigned_by_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT stage_assignments_ended CHECK ((status = 'active') = (ended_at IS NULL))
    )
    """,
    # get_ticket(), and the release of a visit's engineers when it ends.
    "CREATE INDEX stage_assignments_of_visit ON stage_assignments (transition_id)",
    """
    CREATE UNIQUE INDEX stage_assignments_one_primary ON stage_assignments (transition_id)
        WHERE assignment_type = 'primary' AND status = 'active'
    """,
    """
    CREATE TABLE stage_execution_data (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        transition_id uuid NOT NULL UNIQUE REFERENCES workflow_stage_transitions (id),
        actions jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(actions) = 'object'),
        diagnosis_summary text,
        work_performed text,
        test_results jsonb CHECK (jsonb_typeof(test_results) = 'object'),
        customer_signature text,
        customer_rating smallint CHECK (customer_rating BETWEEN 0 AND 10),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)
CHANGING = (
    "service_tickets",
    "ticket_workflow_instances",
    "workflow_stage_transitions",
    "stage_assignments",
    "stage_execution_data",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
