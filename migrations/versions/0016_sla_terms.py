"""What SLA clocks need: reasons for holds as data, targets by priority, arrival on site, retargets and reopening."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NEW_TABLES = ("hold_reasons", "workflow_template_targets")

STATEMENTS = (
    """
    CREATE TABLE hold_reasons (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]{0,62}$'),
        name text NOT NULL CHECK (name <> ''),
        description text NOT NULL DEFAULT '',
        pauses text[] NOT NULL DEFAULT '{}' CHECK (
            array_position(pauses, NULL) IS NULL AND pauses <@ ARRAY['response', 'arrival', 'resolution', 'stage']
        ),
        party text NOT NULL CHECK (
            party IN ('triage', 'engineer', 'hospital', 'parts', 'manufacturer', 'transport')
        ),
        needs_approval boolean NOT NULL DEFAULT false,
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON TABLE hold_reasons IS 'Why a ticket may wait, and what that means for its clocks; frozen at intake.'",
    "COMMENT ON COLUMN hold_reasons.pauses IS 'The kinds of clocks that stand still meanwhile.'",
    "COMMENT ON COLUMN hold_reasons.party IS 'Whose time the wait is, in the delay ledger.'",
    "COMMENT ON COLUMN hold_reasons.needs_approval IS 'Whether somebody else than the one who asks has to approve.'",
    """
    CREATE TABLE workflow_template_targets (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        template_id uuid NOT NULL REFERENCES workflow_templates (id) ON DELETE CASCADE,
        priority text NOT NULL CHECK (priority IN ('P1', 'P2', 'P3', 'P4')),
        response_target interval CHECK (response_target > interval '0'),
        arrival_target interval CHECK (arrival_target > interval '0'),
        resolution_target interval CHECK (resolution_target > interval '0'),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (template_id, priority),
        CONSTRAINT workflow_template_targets_some CHECK (
            num_nonnulls(response_target, arrival_target, resolution_target) > 0
        )
    )
    """,
    "COMMENT ON TABLE workflow_template_targets IS 'Targets of one priority, where they are not the usual ones.'",
    "COMMENT ON COLUMN workflow_template_targets.response_target IS "
    "'Business time from the report on; NULL: that of the service configuration.'",
    "COMMENT ON COLUMN workflow_template_targets.arrival_target IS "
    "'Business time from the report on; NULL: that of the template, which must have one.'",
    "COMMENT ON COLUMN workflow_template_targets.resolution_target IS "
    "'Business time from the report on; NULL: that of the template.'",
    """
    ALTER TABLE workflow_templates
        ADD COLUMN arrival_target interval CHECK (arrival_target > interval '0'),
        ADD COLUMN reopen_policy text NOT NULL DEFAULT 'exclude_solved'
            CHECK (reopen_policy IN ('exclude_solved', 'count_solved', 'restart')),
        ADD COLUMN reopen_within interval NOT NULL DEFAULT '7 days' CHECK (reopen_within >= interval '0')
    """,
    "COMMENT ON COLUMN workflow_templates.arrival_target IS "
    "'Business time from the report to the arrival on site; NULL: no clock for it.'",
    "COMMENT ON COLUMN workflow_templates.reopen_policy IS "
    "'What becomes of the solved time of a reopened ticket on its resolution clock.'",
    "COMMENT ON COLUMN workflow_templates.reopen_within IS "
    "'How long after its end a ticket may be reopened; zero: never.'",
    """
    ALTER TABLE stage_configuration_templates
        ADD COLUMN on_site boolean,
        ADD COLUMN party text CHECK (
            party IN ('triage', 'engineer', 'hospital', 'parts', 'manufacturer', 'transport')
        )
    """,
    "COMMENT ON COLUMN stage_configuration_templates.on_site IS "
    "'Whether the work is done at the unit; NULL: repairs are.'",
    "COMMENT ON COLUMN stage_configuration_templates.party IS "
    "'Whose time the stage is in the delay ledger; NULL: it follows from its type and performer.'",
    """
    ALTER TABLE sla_clocks
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT sla_clocks_kind_check,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_clocks_kind_check CHECK (kind IN ('response', 'arrival', 'resolution', 'stage')),
        ADD COLUMN calendar_snapshot jsonb CHECK (jsonb_typeof(calendar_snapshot) = 'object')
    """,
    "COMMENT ON COLUMN sla_clocks.calendar_snapshot IS "
    "'The calendar that it ended under, where the ticket''s has been another one since; NULL: the ticket''s.'",
    """
    ALTER TABLE sla_events
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT sla_events_kind_check,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_events_kind_check CHECK (
            kind IN (
                'started', 'paused', 'resumed', 'threshold', 'stopped', 'cancelled', 'retargeted', 'overrun', 'reopened'
            )
        ),
        ADD COLUMN target interval CHECK (target > interval '0'),
        ADD COLUMN counts_from timestamptz,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_events_target_of_retarget CHECK (target IS NOT NULL OR kind <> 'retargeted'),
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_events_target_of_change CHECK (target IS NULL OR kind IN ('started', 'retargeted')),
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT sla_events_counted_reopening CHECK (
            counts_from IS NULL OR (kind = 'reopened' AND counts_from <= occurred_at)
        )
    """,
    "COMMENT ON COLUMN sla_events.target IS "
    "'Of the start and of a retarget: the target, from the clock''s start on; NULL of starts before revision 0016.'",
    "COMMENT ON COLUMN sla_events.counts_from IS "
    "'Of a reopening: since when it runs, if solved time counts; else from occurred_at on.'",
    """
    ALTER TABLE service_tickets
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT service_tickets_hold_reason_check,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT service_tickets_hold_reason_check CHECK (
            hold_reason ~ '^[a-z][a-z0-9_]*(, [a-z][a-z0-9_]*)*$'
        ),
        ADD COLUMN reopened integer NOT NULL DEFAULT 0 CHECK (reopened >= 0)
    """,
    "COMMENT ON COLUMN service_tickets.hold_reason IS 'All reasons for which it waits.'",
    "COMMENT ON COLUMN service_tickets.reopened IS 'How often it was taken up again after its end.'",
    # closed_tickets(), in the order of their ends.
    "CREATE INDEX service_tickets_closed ON service_tickets (closed_at, id) WHERE status = 'closed'",
    "COMMENT ON INDEX service_tickets_closed IS 'closed_tickets: those of a period, in the order of their ends.'",
    """
    ALTER TABLE workflow_stage_transitions
        ADD COLUMN travel_started_at timestamptz,
        ADD COLUMN arrived_at timestamptz,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT workflow_stage_transitions_journey CHECK (
            (travel_started_at IS NULL OR travel_started_at >= entered_at)
            AND (arrived_at IS NULL OR arrived_at >= COALESCE(travel_started_at, entered_at))
        )
    """,
    "COMMENT ON COLUMN workflow_stage_transitions.travel_started_at IS 'When somebody set out for the unit.'",
    "COMMENT ON COLUMN workflow_stage_transitions.arrived_at IS 'When somebody arrived there.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in NEW_TABLES:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
        op.execute(
            f"CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()"
        )
