"""Makes and types of equipment can be retired, and an absence can be called off: the registry has them, too.

docs/adr/0036-the-registry.md says how the registry is kept.
"""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE manufacturers ADD COLUMN active boolean NOT NULL DEFAULT true",
    "COMMENT ON COLUMN manufacturers.active IS 'False where it is retired: nothing new of it is taken.'",
    "ALTER TABLE equipment_catalog ADD COLUMN active boolean NOT NULL DEFAULT true",
    "COMMENT ON COLUMN equipment_catalog.active IS 'False where it is retired: nothing new of it is taken.'",
    "ALTER TABLE engineer_absences ADD COLUMN active boolean NOT NULL DEFAULT true",
    "COMMENT ON COLUMN engineer_absences.active IS 'False where it was called off.'",
    # An exclusion can't be NOT VALID, and the table has some absences an engineer; the other constraint comes at once.
    """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE engineer_absences DROP CONSTRAINT engineer_absences_no_overlap
    """,
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE engineer_absences ADD CONSTRAINT engineer_absences_no_overlap EXCLUDE USING gist (
        engineer_id WITH =, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (active)
    """,
    "CREATE INDEX engineer_absences_by_begin ON engineer_absences (starts_at DESC, id DESC)",
    "COMMENT ON INDEX engineer_absences_by_begin IS 'list_registry: absences, the latest first.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
