"""Manufacturers, customers and sites, types of equipment, units, engineers."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE manufacturers (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z][A-Z0-9-]*$'),
        name text NOT NULL UNIQUE CHECK (name <> ''),
        service_desk text CHECK (service_desk <> ''),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE customers (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z][A-Z0-9-]*$'),
        name text NOT NULL CHECK (name <> ''),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE customer_sites (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        customer_id uuid NOT NULL REFERENCES customers (id),
        code text NOT NULL CHECK (code ~ '^[A-Z][A-Z0-9-]*$'),
        name text NOT NULL CHECK (name <> ''),
        location text NOT NULL DEFAULT '',
        time_zone text NOT NULL,
        latitude double precision CHECK (latitude BETWEEN -90 AND 90),
        longitude double precision CHECK (longitude BETWEEN -180 AND 180),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (customer_id, code),
        -- Target of the keys that hold a unit's or ticket's site to its customer.
        UNIQUE (id, customer_id),
        CHECK ((latitude IS NULL) = (longitude IS NULL))
    )
    """,
    """
    CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON customer_sites
        FOR EACH ROW EXECUTE FUNCTION check_time_zone()
    """,
    """
    CREATE TABLE equipment_catalog (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
        name text NOT NULL UNIQUE CHECK (name <> ''),
        category text NOT NULL CHECK (category IN ('imaging', 'life_support', 'laboratory', 'surgical')),
        use_case text NOT NULL DEFAULT '',
        maintenance_interval interval CHECK (maintenance_interval > interval '0'),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE equipment_registry (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        serial text NOT NULL UNIQUE CHECK (serial <> ''),
        udi text UNIQUE CHECK (udi <> ''),
        qr_token text UNIQUE CHECK (length(qr_token) >= 8),
        equipment_type_id uuid NOT NULL REFERENCES equipment_catalog (id),
        manufacturer_id uuid NOT NULL REFERENCES manufacturers (id),
        model text NOT NULL CHECK (model <> ''),
        customer_id uuid NOT NULL REFERENCES customers (id),
        site_id uuid NOT NULL,
        installed_context text NOT NULL CHECK (
            installed_context IN ('icu', 'ward', 'operating_room', 'emergency', 'imaging', 'laboratory')
        ),
        installed_on date,
        warranty_until date CHECK (warranty_until >= installed_on),
        contract_until date CHECK (contract_until >= installed_on),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'decommissioned')),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        FOREIGN KEY (site_id, customer_id) REFERENCES customer_sites (id, customer_id)
    )
    """,
    """
    CREATE TABLE engineers (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z][A-Z0-9-]*$'),
        name text NOT NULL CHECK (name <> ''),
        support_level text NOT NULL CHECK (support_level IN ('L1', 'L2', 'L3')),
        active boolean NOT NULL DEFAULT true,
        home_latitude double precision CHECK (home_latitude BETWEEN -90 AND 90),
        home_longitude double precision CHECK (home_longitude BETWEEN -180 AND 180),
        monthly_capacity integer NOT NULL DEFAULT 30 CHECK (monthly_capacity > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((home_latitude IS NULL) = (home_longitude IS NULL))
    )
    """,
)
CHANGING = ("manufacturers", "customers", "customer_sites", "equipment_catalog", "equipment_registry", "engineers")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
