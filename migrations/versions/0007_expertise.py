"""What engineers can do and when: expertise, certifications, absences; business calendars."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE business_calendars (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9_]*$'),
        version integer NOT NULL CHECK (version > 0),
        name text NOT NULL CHECK (name <> ''),
        description text NOT NULL DEFAULT '',
        always_open boolean NOT NULL DEFAULT false,
        holiday_country text CHECK (holiday_country ~ '^[A-Z]{2}$'),
        holiday_region text CHECK (holiday_region <> ''),
        active boolean NOT NULL DEFAULT true,
        valid_from timestamptz NOT NULL DEFAULT now(),
        valid_to timestamptz CHECK (valid_to > valid_from),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (code, version),
        CONSTRAINT business_calendars_region_of_country CHECK (
            holiday_region IS NULL OR holiday_country IS NOT NULL
        )
    )
    """,
    # Closing at or before opening is on the next day: a night shift is one row, a break lies between two. The week
    # is a circle: hours stand in it twice, a week apart, so that Sunday's night meets Monday's morning.
    """
    CREATE TABLE business_calendar_hours (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        calendar_id uuid NOT NULL REFERENCES business_calendars (id) ON DELETE CASCADE,
        weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
        opens time NOT NULL CHECK (opens < '24:00'),
        closes time NOT NULL CHECK (closes < '24:00'),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (calendar_id, weekday, opens),
        CONSTRAINT business_calendar_hours_no_overlap EXCLUDE USING gist (
            calendar_id WITH =,
            int4multirange(
                int4range(
                    (weekday * 86400 + extract(epoch FROM opens))::integer,
                    (weekday * 86400 + extract(epoch FROM closes)
                        + CASE WHEN closes <= opens THEN 86400 ELSE 0 END)::integer
                ),
                int4range(
                    ((weekday - 7) * 86400 + extract(epoch FROM opens))::integer,
                    ((weekday - 7) * 86400 + extract(epoch FROM closes)
                        + CASE WHEN closes <= opens THEN 86400 ELSE 0 END)::integer
                )
            ) WITH &&
        )
    )
    """,
    """
    CREATE TABLE business_calendar_holidays (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        calendar_id uuid NOT NULL REFERENCES business_calendars (id) ON DELETE CASCADE,
        day date NOT NULL,
        name text NOT NULL CHECK (name <> ''),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (calendar_id, day)
    )
    """,
    """
    ALTER TABLE engineers
        ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
        -- A new column without a default is all NULL: nothing is scanned, and the other table was made just now.
        -- squawk-ignore adding-foreign-key-constraint
        ADD COLUMN shift_calendar_id uuid REFERENCES business_calendars (id)
    """,
    """
    CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON engineers
        FOR EACH ROW EXECUTE FUNCTION check_time_zone()
    """,
    """
    CREATE TABLE engineer_equipment_expertise (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        engineer_id uuid NOT NULL REFERENCES engineers (id) ON DELETE CASCADE,
        equipment_type_id uuid NOT NULL REFERENCES equipment_catalog (id),
        manufacturer_id uuid REFERENCES manufacturers (id),
        support_level text NOT NULL CHECK (support_level IN ('L1', 'L2', 'L3')),
        capabilities text[] NOT NULL CHECK (
            cardinality(capabilities) > 0
            AND array_position(capabilities, NULL) IS NULL
            AND capabilities <@ ARRAY['diagnose', 'repair', 'install', 'train', 'calibrate']
        ),
        years_of_experience numeric(4, 1) NOT NULL DEFAULT 0 CHECK (years_of_experience BETWEEN 0 AND 60),
        required_certification text CHECK (required_certification <> ''),
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT engineer_equipment_expertise_scope_key
            UNIQUE NULLS NOT DISTINCT (engineer_id, equipment_type_id, manufacturer_id)
    )
    """,
    # get_qualified_engineers(): who knows a type of equipment.
    """
    CREATE INDEX engineer_equipment_expertise_of_type ON engineer_equipment_expertise (equipment_type_id, support_level)
        WHERE active
    """,
    # get_qualified_engineers() by capability.
    """
    CREATE INDEX engineer_equipment_expertise_capabilities ON engineer_equipment_expertise USING gin (capabilities)
    """,
    """
    CREATE TABLE engineer_certifications (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        engineer_id uuid NOT NULL REFERENCES engineers (id) ON DELETE CASCADE,
        certification text NOT NULL CHECK (certification <> ''),
        equipment_type_id uuid REFERENCES equipment_catalog (id),
        manufacturer_id uuid REFERENCES manufacturers (id),
        issuing_organization text NOT NULL CHECK (issuing_organization <> ''),
        certificate_number text NOT NULL CHECK (certificate_number <> ''),
        issued_on date NOT NULL,
        expires_on date,
        renewal_requested_on date,
        renews_id uuid UNIQUE,
        revoked_on date,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (issuing_organization, certificate_number),
        -- Target of the key that holds a renewal to the same engineer.
        UNIQUE (id, engineer_id),
        FOREIGN KEY (renews_id, engineer_id) REFERENCES engineer_certifications (id, engineer_id),
        CONSTRAINT engineer_certifications_expires CHECK (expires_on > issued_on),
        CONSTRAINT engineer_certifications_renewal CHECK (renewal_requested_on >= issued_on),
        CONSTRAINT engineer_certifications_revoked CHECK (revoked_on >= issued_on),
        CONSTRAINT engineer_certifications_renews_another CHECK (renews_id <> id)
    )
    """,
    # get_engineer_certifications(), and the certification that get_qualified_engineers() asks for.
    """
    CREATE INDEX engineer_certifications_of_engineer ON engineer_certifications (engineer_id, certification, expires_on)
    """,
    # engineer_certification_status: what expires next.
    """
    CREATE INDEX engineer_certifications_expiring ON engineer_certifications (expires_on) WHERE revoked_on IS NULL
    """,
    """
    CREATE TABLE engineer_absences (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        engineer_id uuid NOT NULL REFERENCES engineers (id) ON DELETE CASCADE,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        reason text NOT NULL CHECK (reason IN ('leave', 'sick', 'training', 'other')),
        notes text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT engineer_absences_span CHECK (ends_at > starts_at),
        CONSTRAINT engineer_absences_no_overlap EXCLUDE USING gist (
            engineer_id WITH =, tstzrange(starts_at, ends_at) WITH &&
        )
    )
    """,
    "COMMENT ON TABLE business_calendars IS 'Opening hours by code and version; a reference to any version of a code "
    "means the highest one in force at that moment.'",
    "COMMENT ON TABLE business_calendar_hours IS 'Weekly opening hours, in the zone of whoever uses the calendar.'",
    "COMMENT ON TABLE business_calendar_holidays IS 'Days on which a calendar is closed, beside those of its country.'",
    "COMMENT ON TABLE engineer_equipment_expertise IS "
    "'What an engineer can do on a type of equipment, of one make or any.'",
    "COMMENT ON TABLE engineer_certifications IS "
    "'Certificates of engineers. Active or expired follows from the dates.'",
    "COMMENT ON TABLE engineer_absences IS 'When an engineer is away, [starts_at, ends_at).'",
    "COMMENT ON COLUMN business_calendars.holiday_country IS 'ISO 3166-1 country whose public holidays are closed.'",
    "COMMENT ON COLUMN business_calendars.holiday_region IS 'Its subdivision, where holidays differ.'",
    "COMMENT ON COLUMN business_calendar_hours.weekday IS 'ISO: 1 is Monday, 7 is Sunday.'",
    "COMMENT ON COLUMN business_calendar_hours.closes IS 'At or before opens: on the next day.'",
    "COMMENT ON COLUMN engineers.shift_calendar_id IS 'When the engineer works; NULL: at any time.'",
    "COMMENT ON COLUMN engineer_equipment_expertise.manufacturer_id IS 'The make that it is for; NULL: any make.'",
    "COMMENT ON COLUMN engineer_equipment_expertise.required_certification IS "
    "'The certification without which this expertise may not be used on that day; NULL: none.'",
    "COMMENT ON COLUMN engineer_certifications.expires_on IS 'The last day on which it is valid; NULL: no end.'",
    "COMMENT ON COLUMN engineer_certifications.renews_id IS 'The certificate that this one follows.'",
)
CHANGING = (
    "business_calendars",
    "business_calendar_hours",
    "business_calendar_holidays",
    "engineer_equipment_expertise",
    "engineer_certifications",
    "engineer_absences",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in CHANGING:
        op.execute(
            f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION set_updated_at()"
        )
