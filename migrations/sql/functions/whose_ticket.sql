-- Whose a ticket is, by their codes, as `models.access.Whose` reads it: the customer and site that it was reported for,
-- the manufacturer of its unit, every engineer who is or was on one of its stages or was asked to take one; and whether it is open and nobody is.
-- NULL where there is no ticket of that id.
CREATE OR REPLACE FUNCTION whose_ticket(p_ticket_id uuid)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'customer', c.code,
        'site', s.code,
        'manufacturer', m.code,
        'engineers', COALESCE((
            SELECT jsonb_agg(DISTINCT e.code)
            FROM workflow_stage_transitions AS v
            CROSS JOIN LATERAL (
                SELECT a.engineer_id FROM stage_assignments AS a WHERE a.transition_id = v.id
                UNION ALL
                SELECT o.engineer_id FROM offer_answers AS o WHERE o.transition_id = v.id AND o.asked_at IS NOT NULL
            ) AS a
            JOIN engineers AS e ON e.id = a.engineer_id
            WHERE v.instance_id = i.id
        ), '[]'),
        'is_free', t.status IN ('open', 'on_hold') AND NOT EXISTS (
            SELECT
            FROM workflow_stage_transitions AS v
            JOIN stage_assignments AS a ON a.transition_id = v.id
            WHERE v.instance_id = i.id AND a.ended_at IS NULL
        )
    )
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    JOIN equipment_registry AS u ON u.id = t.equipment_id
    JOIN manufacturers AS m ON m.id = u.manufacturer_id
    JOIN customers AS c ON c.id = t.customer_id
    JOIN customer_sites AS s ON s.id = t.site_id
    WHERE t.id = p_ticket_id
$$;

COMMENT ON FUNCTION whose_ticket(uuid) IS
    'Whose a ticket is: codes of customer, site, manufacturer and engineers, as JSON; NULL where there is none.';
