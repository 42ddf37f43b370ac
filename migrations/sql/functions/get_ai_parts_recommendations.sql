-- Parts that AI recommends for a ticket, ranked: of each stage the newest session alone, over all visits of the stage;
-- without p_stage_key of every stage, those for the ticket as a whole (no stage) last. is_oem and lead_time are as they
-- were recommended; stock, price and whether the part is discontinued are those of now.
CREATE OR REPLACE FUNCTION get_ai_parts_recommendations(p_ticket_id uuid, p_stage_key text DEFAULT NULL)
RETURNS TABLE (
    recommendation_id uuid,
    session_id uuid,
    stage_key text,
    visit integer,
    provider_code text,
    model_code text,
    proposed_at timestamptz,
    rank integer,
    part_number text,
    name text,
    category text,
    alternative_to text,
    confidence numeric,
    quantity integer,
    installed_context text,
    is_oem boolean,
    lead_time interval,
    stock_quantity integer,
    unit_price numeric,
    currency text,
    discontinued boolean,
    reasoning text,
    outcome text,
    decided_at timestamptz
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        r.id,
        r.session_id,
        r.stage_key,
        r.visit,
        p.code,
        m.code,
        r.proposed_at,
        r.rank,
        part.part_number,
        part.name,
        part.category,
        other.part_number,
        r.confidence,
        r.quantity,
        r.installed_context,
        r.is_oem,
        r.lead_time,
        part.stock_quantity,
        part.unit_price,
        part.currency,
        part.discontinued,
        r.reasoning,
        r.outcome,
        r.decided_at
    FROM (
        SELECT
            one.*,
            v.stage_key,
            v.visit,
            v.position,
            first_value(one.session_id) OVER (
                PARTITION BY v.stage_key ORDER BY one.proposed_at DESC, one.id DESC
            ) AS newest_session
        FROM ai_parts_recommendations AS one
        LEFT JOIN workflow_stage_transitions AS v ON v.id = one.transition_id
        WHERE one.ticket_id = p_ticket_id AND (p_stage_key IS NULL OR v.stage_key = p_stage_key)
    ) AS r
    JOIN equipment_parts AS part ON part.id = r.part_id
    LEFT JOIN equipment_parts AS other ON other.id = r.alternative_to_part_id
    JOIN ai_providers AS p ON p.id = r.provider_id
    LEFT JOIN ai_models AS m ON m.id = r.model_id
    WHERE r.session_id = r.newest_session
    ORDER BY r.position, r.rank
$$;

COMMENT ON FUNCTION get_ai_parts_recommendations(uuid, text) IS
    'Parts that AI recommends, ranked, with stock and price of now: the newest session of each stage.';
