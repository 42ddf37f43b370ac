"""Who services what, and how: service configurations, workflow templates, their stages.

A scope is a type of equipment, a manufacturer, both, or neither (the default). Of one scope, no two service
configurations and no two templates of the same version are in force at the same moment: exclusion constraints see to
it, so that a selection has one winner by construction.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE manufacturer_service_config (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
        equipment_type_id uuid REFERENCES equipment_catalog (id),
        manufacturer_id uuid REFERENCES manufacturers (id),
        service_provider text NOT NULL CHECK (service_provider IN ('manufacturer', 'geneqr')),
        parts_provider text NOT NULL CHECK (parts_provider IN ('manufacturer', 'geneqr')),
        response_target interval NOT NULL CHECK (response_target > interval '0'),
        parts_lead_time interval NOT NULL CHECK (parts_lead_time > interval '0'),
        oem_parts_only boolean NOT NULL,
        manufacturer_desk text CHECK (manufacturer_desk <> ''),
        active boolean NOT NULL DEFAULT true,
        valid_from timestamptz NOT NULL DEFAULT now(),
        valid_to timestamptz CHECK (valid_to > valid_from),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT manufacturer_service_config_one_in_force EXCLUDE USING gist (
            (COALESCE(equipment_type_id, '00000000-0000-0000-0000-000000000000'::uuid)) WITH =,
            (COALESCE(manufacturer_id, '00000000-0000-0000-0000-000000000000'::uuid)) WITH =,
            tstzrange(valid_from, valid_to) WITH &&
        ) WHERE (active)
    )
    """,
    """
    CREATE TABLE workflow_templates (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]*$'),
        name text NOT NULL CHECK (name <> ''),
        description text NOT NULL DEFAULT '',
        version integer NOT NULL CHECK (version > 0),
        workflow_type text NOT NULL CHECK (workflow_type <> ''),
        equipment_type_id uuid REFERENCES equipment_catalog (id),
        manufacturer_id uuid REFERENCES manufacturers (id),
        resolution_target interval NOT NULL CHECK (resolution_target > interval '0'),
        thresholds integer[] NOT NULL DEFAULT '{50,75,100}' CHECK (
            cardinality(thresholds) > 0
            AND array_position(thresholds, NULL) IS NULL
            AND 0 < ALL (thresholds)
            AND 100 >= ALL (thresholds)
        ),
        active boolean NOT NULL DEFAULT true,
        valid_from timestamptz NOT NULL DEFAULT now(),
        valid_to timestamptz CHECK (valid_to > valid_from),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT workflow_templates_code_version_scope_key
            UNIQUE NULLS NOT DISTINCT (code, version, equipment_type_id, manufacturer_id),
        CONSTRAINT workflow_templates_one_in_force EXCLUDE USING gist (
            (COALESCE(equipment_type_id, '00000000-0000-0000-0000-000000000000'::uuid)) WITH =,
            (COALESCE(manufacturer_id, '00000000-0000-0000-0000-000000000000'::uuid)) WITH =,
            version WITH =,
            tstzrange(valid_from, valid_to) WITH &&
        ) WHERE (active)
    )
    """,
    """
    CREATE TABLE stage_configuration_templates (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        template_id uuid NOT NULL REFERENCES workflow_templates (id),
        key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
        name text NOT NULL CHECK (name <> ''),
        stage_type text NOT NULL CHECK (
            stage_type IN ('diagnosis', 'assessment', 'procurement', 'repair', 'testing', 'completion')
        ),
        position integer NOT NULL CHECK (position > 0),
        target_duration interval NOT NULL CHECK (target_duration > interval '0'),
        prerequisites text[] NOT NULL DEFAULT '{}' CHECK (array_position(prerequisites, NULL) IS NULL),
        required_actions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(required_actions) = 'array'),
        support_level text NOT NULL DEFAULT 'L1' CHECK (support_level IN ('L1', 'L2', 'L3')),
        performer text NOT NULL DEFAULT 'engineer' CHECK (performer IN ('engineer', 'manufacturer', 'coordinator')),
        skippable boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (template_id, key),
        -- Deferred, so that two stages can change places in one transaction.
        UNIQUE (template_id, position) DEFERRABLE INITIALLY DEFERRED,
        CHECK (key <> ALL (prerequisites))
    )
    """,
)
CHANGING = ("manufacturer_service_config", "workflow_templates", "stage_configuration_templates")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
