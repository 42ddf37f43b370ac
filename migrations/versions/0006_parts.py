"""Parts: the catalog of parts, in which context a part is needed, what may stand in for what."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE equipment_catalog
        ADD COLUMN maintenance_requirements text NOT NULL DEFAULT '',
        ADD COLUMN synonyms text[] NOT NULL DEFAULT '{}' CHECK (
            array_position(synonyms, NULL) IS NULL AND '' <> ALL (synonyms)
        ),
        ADD COLUMN product_codes text[] NOT NULL DEFAULT '{}' CHECK (
            array_position(product_codes, NULL) IS NULL
            AND array_to_string(product_codes, ',') ~ '^([A-Z]{3}(,[A-Z]{3})*)?$'
        )
    """,
    """
    ALTER TABLE manufacturers
        ADD COLUMN synonyms text[] NOT NULL DEFAULT '{}' CHECK (
            array_position(synonyms, NULL) IS NULL AND '' <> ALL (synonyms)
        )
    """,
    """
    CREATE TABLE equipment_parts (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        part_number text NOT NULL UNIQUE CHECK (part_number ~ '^[A-Z0-9][A-Z0-9./-]*$'),
        name text NOT NULL CHECK (name <> ''),
        description text NOT NULL DEFAULT '',
        equipment_type_id uuid NOT NULL REFERENCES equipment_catalog (id),
        manufacturer_id uuid REFERENCES manufacturers (id),
        models text[] NOT NULL DEFAULT '{}' CHECK (
            array_position(models, NULL) IS NULL AND '' <> ALL (models)
        ),
        category text NOT NULL CHECK (
            category IN (
                'primary_component', 'secondary_component', 'consumable', 'sensor', 'accessory', 'power_supply'
            )
        ),
        is_oem boolean NOT NULL,
        lifespan interval CHECK (lifespan > interval '0'),
        stock_quantity integer NOT NULL DEFAULT 0 CHECK (stock_quantity >= 0),
        reorder_level integer NOT NULL DEFAULT 0 CHECK (reorder_level >= 0),
        unit_price numeric(12, 2) NOT NULL CHECK (unit_price >= 0 AND unit_price <> 'NaN'),
        currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
        lead_time interval NOT NULL CHECK (lead_time >= interval '0'),
        discontinued boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # get_parts_by_equipment(), get_context_specific_parts(), and the views over the catalog.
    "CREATE INDEX equipment_parts_of_type ON equipment_parts (equipment_type_id, part_number)",
    """
    CREATE TABLE equipment_parts_context (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        part_id uuid NOT NULL REFERENCES equipment_parts (id) ON DELETE CASCADE,
        installed_context text NOT NULL CHECK (
            installed_context IN ('icu', 'ward', 'operating_room', 'emergency', 'imaging', 'laboratory')
        ),
        priority text NOT NULL CHECK (priority IN ('required', 'preferred', 'optional', 'alternative')),
        quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
        requirements text NOT NULL DEFAULT '',
        notes text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (part_id, installed_context)
    )
    """,
    """
    CREATE TABLE equipment_compatibility (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        part_id uuid NOT NULL REFERENCES equipment_parts (id) ON DELETE CASCADE,
        alternative_part_id uuid NOT NULL REFERENCES equipment_parts (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('identical', 'equivalent', 'with_adapter', 'temporary')),
        is_interchangeable boolean NOT NULL DEFAULT false,
        contexts text[] NOT NULL DEFAULT '{}' CHECK (
            array_position(contexts, NULL) IS NULL
            AND contexts <@ ARRAY['icu', 'ward', 'operating_room', 'emergency', 'imaging', 'laboratory']
        ),
        notes text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (part_id, alternative_part_id),
        CONSTRAINT equipment_compatibility_not_itself CHECK (part_id <> alternative_part_id)
    )
    """,
    # get_compatible_parts() reads the matrix from its other side as well.
    "CREATE INDEX equipment_compatibility_backwards ON equipment_compatibility (alternative_part_id)",
    # Interchangeable holds in both directions: told once, it can't be told again the other way round.
    """
    CREATE UNIQUE INDEX equipment_compatibility_one_interchangeable ON equipment_compatibility
        (LEAST(part_id, alternative_part_id), GREATEST(part_id, alternative_part_id)) WHERE is_interchangeable
    """,
    """
    COMMENT ON TABLE equipment_parts IS
        'Parts by type of equipment, make and model, with stock, price, lifespan and lead time.'
    """,
    """
    COMMENT ON TABLE equipment_parts_context IS
        'How much a part is needed where a unit is installed: an ICU ventilator requires the high-flow tube.'
    """,
    """
    COMMENT ON TABLE equipment_compatibility IS
        'Which part may stand in for which, and whether that holds in both directions.'
    """,
    "COMMENT ON COLUMN equipment_catalog.synonyms IS 'Other names that a registry may use; matched without case.'",
    "COMMENT ON COLUMN equipment_catalog.product_codes IS 'FDA product codes of this type, three letters each.'",
    "COMMENT ON COLUMN manufacturers.synonyms IS 'Other names that a registry may use; matched without case.'",
    "COMMENT ON COLUMN equipment_parts.manufacturer_id IS 'The make of the units that it fits; NULL: any make.'",
    "COMMENT ON COLUMN equipment_parts.models IS 'The models that it fits; empty: every model.'",
    "COMMENT ON COLUMN equipment_parts.is_oem IS 'Made or approved by the make of the unit; otherwise compatible.'",
    "COMMENT ON COLUMN equipment_parts.unit_price IS 'Price of one, in currency.'",
    "COMMENT ON COLUMN equipment_parts.lead_time IS 'From order to arrival when it is not in stock.'",
    "COMMENT ON COLUMN equipment_compatibility.contexts IS 'Where the alternative may be used; empty: everywhere.'",
)
CHANGING = ("equipment_parts", "equipment_parts_context", "equipment_compatibility")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
