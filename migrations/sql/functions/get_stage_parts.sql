-- The parts of a ticket's stage: of all its visits, or of the visit p_visit. Without a stage the parts of the whole
-- workflow, those of the ticket as a whole (no stage, no visit) last.
-- quantity_outstanding: ordered − received, nothing once cancelled. quantity_available: received − used − returned −
-- wasted. estimated_cost: identified × estimated price; actual_cost: received × actual price; NULL without that price.
CREATE OR REPLACE FUNCTION get_stage_parts(
    p_ticket_id uuid, p_stage_key text DEFAULT NULL, p_visit integer DEFAULT NULL
)
RETURNS TABLE (
    ticket_part_id uuid,
    part_number text,
    name text,
    category text,
    is_oem boolean,
    stage_key text,
    stage_name text,
    visit integer,
    installed_context text,
    priority text,
    source text,
    status text,
    quantity_identified integer,
    quantity_ordered integer,
    quantity_received integer,
    quantity_used integer,
    quantity_returned integer,
    quantity_wasted integer,
    quantity_outstanding integer,
    quantity_available integer,
    estimated_unit_price numeric,
    actual_unit_price numeric,
    estimated_cost numeric,
    actual_cost numeric,
    currency text,
    estimated_lead_time interval,
    supplier text,
    purchase_order text,
    approved_by_code text,
    approved_by_role text,
    identified_at timestamptz,
    requested_at timestamptz,
    ordered_at timestamptz,
    expected_at timestamptz,
    received_at timestamptz,
    used_at timestamptz,
    cancelled_at timestamptz,
    notes text
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        r.id,
        p.part_number,
        p.name,
        p.category,
        p.is_oem,
        v.stage_key,
        v.name,
        v.visit,
        r.installed_context,
        r.priority,
        r.source,
        r.status,
        r.quantity_identified,
        r.quantity_ordered,
        r.quantity_received,
        r.quantity_used,
        r.quantity_returned,
        r.quantity_wasted,
        CASE r.status WHEN 'cancelled' THEN 0 ELSE r.quantity_ordered - r.quantity_received END,
        r.quantity_received - r.quantity_used - r.quantity_returned - r.quantity_wasted,
        r.estimated_unit_price,
        r.actual_unit_price,
        r.quantity_identified * r.estimated_unit_price,
        r.quantity_received * r.actual_unit_price,
        r.currency,
        r.estimated_lead_time,
        r.supplier,
        r.purchase_order,
        r.approved_by_code,
        r.approved_by_role,
        r.identified_at,
        r.requested_at,
        r.ordered_at,
        r.expected_at,
        r.received_at,
        r.used_at,
        r.cancelled_at,
        r.notes
    FROM ticket_parts_required AS r
    JOIN equipment_parts AS p ON p.id = r.part_id
    LEFT JOIN workflow_stage_transitions AS v ON v.id = r.transition_id
    WHERE r.ticket_id = p_ticket_id
        AND (p_stage_key IS NULL OR v.stage_key = p_stage_key)
        AND (p_visit IS NULL OR v.visit = p_visit)
    ORDER BY v.position, v.visit, p.part_number
$$;

COMMENT ON FUNCTION get_stage_parts(uuid, text, integer) IS
    'Parts of a stage (of one visit, of all), or of the whole workflow, with quantities, costs and dates.';
