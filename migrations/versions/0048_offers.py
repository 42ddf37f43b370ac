"""Offers: whom a stage was offered to and what they answered, and how long a template gives them for that."""

from __future__ import annotations

from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE workflow_templates
        ADD COLUMN answer_within interval NOT NULL DEFAULT '15 minutes' CHECK (answer_within > interval '0')
    """,
    "COMMENT ON COLUMN workflow_templates.answer_within IS "
    "'How long an engineer may think about a stage that they are offered.'",
    """
    ALTER TABLE workflow_template_targets
        ADD COLUMN answer_within interval CHECK (answer_within > interval '0'),
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT workflow_template_targets_some,
        -- squawk-ignore constraint-missing-not-valid
        ADD CONSTRAINT workflow_template_targets_some CHECK (
            num_nonnulls(response_target, arrival_target, resolution_target, answer_within) > 0
        )
    """,
    "COMMENT ON COLUMN workflow_template_targets.answer_within IS "
    "'How long an engineer may think about an offer; NULL: as the template has it.'",
    """
    CREATE TABLE offer_answers (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        transition_id uuid NOT NULL REFERENCES workflow_stage_transitions (id),
        engineer_id uuid NOT NULL REFERENCES engineers (id),
        offer integer NOT NULL CHECK (offer > 0),
        place integer NOT NULL CHECK (place > 0),
        answer text NOT NULL DEFAULT 'waiting' CHECK (
            answer IN ('waiting', 'asked', 'accepted', 'declined', 'expired', 'withdrawn', 'not_asked')
        ),
        named boolean NOT NULL,
        offered_by_code text NOT NULL,
        offered_by_role text NOT NULL CHECK (
            offered_by_role IN ('hospital', 'coordinator', 'engineer', 'manufacturer', 'operator', 'system')
        ),
        offered_at timestamptz NOT NULL,
        asked_at timestamptz,
        answer_until timestamptz,
        answered_at timestamptz,
        decline_reason text CHECK (decline_reason IN ('distance', 'skill', 'busy', 'ill', 'other')),
        ended_because text CHECK (
            ended_because IN ('withdrawn', 'assigned', 'stage_over', 'ticket_over', 'level_raised')
        ),
        remark text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (transition_id, offer, place),
        UNIQUE (transition_id, offer, engineer_id),
        CONSTRAINT offer_answers_asked CHECK (
            num_nonnulls(asked_at, answer_until) = CASE WHEN answer IN ('waiting', 'not_asked') THEN 0 ELSE 2 END
        ),
        CONSTRAINT offer_answers_answered CHECK ((answered_at IS NULL) = (answer IN ('waiting', 'asked', 'not_asked'))),
        CONSTRAINT offer_answers_time_order CHECK (answered_at >= asked_at),
        CONSTRAINT offer_answers_declined CHECK ((decline_reason IS NULL) = (answer <> 'declined'))
    )
    """,
    "COMMENT ON TABLE offer_answers IS 'Whom a visit was offered to, one after the other, and what they said.'",
    "COMMENT ON COLUMN offer_answers.offer IS 'Which offer of the visit, from 1.'",
    "COMMENT ON COLUMN offer_answers.place IS 'Of the engineer among the candidates of the offer, from 1.'",
    "COMMENT ON COLUMN offer_answers.named IS 'Whether whoever made the offer named the candidates.'",
    "COMMENT ON COLUMN offer_answers.answer_until IS 'Until when they may answer.'",
    "COMMENT ON COLUMN offer_answers.ended_because IS 'Why the offer ended without an answer.'",
    "COMMENT ON COLUMN offer_answers.remark IS 'What they said beside the reason for declining, or beside accepting.'",
    "CREATE UNIQUE INDEX offer_answers_one_asked ON offer_answers (transition_id) WHERE answer = 'asked'",
    "CREATE INDEX offer_answers_of_engineer ON offer_answers (engineer_id, transition_id)",
    "CREATE INDEX offer_answers_open ON offer_answers (answer_until) WHERE answer = 'asked'",
    "COMMENT ON INDEX offer_answers_transition_id_offer_place_key IS 'record_offer: who is asked next.'",
    "COMMENT ON INDEX offer_answers_transition_id_offer_engineer_id_key IS "
    "'get_ticket, record_offer; a candidate stands in an offer once.'",
    "COMMENT ON INDEX offer_answers_one_asked IS 'record_offer; one engineer is asked at a time for a visit.'",
    "COMMENT ON INDEX offer_answers_of_engineer IS 'tickets_of_engineer: what an engineer was asked to take.'",
    "COMMENT ON INDEX offer_answers_open IS 'list_offers: who is asked now.'",
    """
    CREATE TRIGGER set_updated_at BEFORE UPDATE ON offer_answers
        FOR EACH ROW EXECUTE FUNCTION set_updated_at()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
