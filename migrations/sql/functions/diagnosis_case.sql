-- requires: find_similar_tickets
-- What a diagnosis of a ticket is made from (models.contracts.diagnosis.DiagnosisCase): what was reported, the unit and
-- where it stands, what happened to it before, similar closed tickets, and the parts that may be proposed: those of the
-- type that fit the model and that the service configuration allows. NULL where there is no such ticket.
-- It goes to whoever is asked, so what people of another customer wrote is left out: the descriptions of their tickets
-- are empty. Their causes stay: without them a similar ticket would teach nothing.
-- With p_as_of, the past as it was known at that moment, to learn from: no diagnosis and no ticket that came later. Parts
-- are left out then. The unit's model and context are those of today; their history is in the audit trail alone.
CREATE OR REPLACE FUNCTION diagnosis_case(p_ticket_id uuid, p_as_of timestamptz DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
    SELECT jsonb_build_object(
        'description', t.description,
        'equipment_type', type.code,
        'manufacturer', maker.name,
        'model', NULLIF(e.model, ''),
        'installed_context', e.installed_context,
        'history', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'number', past.number,
                        'opened_at', past.opened_at,
                        'description', CASE WHEN past.is_own THEN left(past.description, 1000) ELSE '' END,
                        'cause', COALESCE(left(past.cause, 500), '')
                    )
                    ORDER BY past.opened_at DESC
                )
                FROM (
                    SELECT p.number, p.opened_at, p.description, p.customer_id = t.customer_id AS is_own,
                        COALESCE(
                            CASE WHEN p_as_of IS NULL OR p.verified_at < p_as_of THEN p.verified_cause END,
                            found.diagnosis_summary
                        ) AS cause
                    FROM service_tickets AS p
                    LEFT JOIN LATERAL (
                        SELECT x.diagnosis_summary
                        FROM ticket_workflow_instances AS i
                        JOIN workflow_stage_transitions AS v ON v.instance_id = i.id
                        JOIN stage_execution_data AS x ON x.transition_id = v.id
                        WHERE i.ticket_id = p.id AND x.diagnosis_summary <> ''
                            AND (p_as_of IS NULL OR v.finished_at < p_as_of)
                        ORDER BY x.created_at DESC
                        LIMIT 1
                    ) AS found ON true
                    WHERE p.equipment_id = t.equipment_id AND p.id <> t.id AND p.opened_at <= t.opened_at
                    ORDER BY p.opened_at DESC
                    LIMIT 5
                ) AS past
            ),
            '[]'
        ),
        'similar_tickets', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'number', s.number,
                        'description', CASE
                            WHEN t.customer_id = (SELECT o.customer_id FROM service_tickets AS o WHERE o.id = s.ticket_id)
                                THEN left(s.description, 1000)
                            ELSE ''
                        END,
                        'cause', left(s.cause, 500),
                        'problem_code', s.problem_code,
                        'category', s.issue_category,
                        'model', COALESCE(s.model, ''),
                        'same_model', s.same_model,
                        'verified', s.verified,
                        'similarity', s.similarity,
                        'closed_at', s.closed_at
                    )
                    ORDER BY s.same_model DESC, s.similarity DESC
                )
                FROM find_similar_tickets(
                    t.description, type.code, maker.code, NULLIF(e.model, ''), 5, t.id, p_as_of
                ) AS s
            ),
            '[]'
        ),
        'parts', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'part_number', p.part_number,
                        'name', p.name,
                        'is_oem', p.is_oem,
                        'priority', c.priority
                    )
                    ORDER BY p.part_number
                )
                FROM get_parts_by_equipment(type.code, maker.code, NULLIF(e.model, '')) AS p
                LEFT JOIN equipment_parts_context AS c
                    ON c.part_id = p.part_id AND c.installed_context = e.installed_context
                WHERE p_as_of IS NULL AND (p.is_oem OR NOT service.oem_parts_only)
            ),
            '[]'
        )
    )
    FROM service_tickets AS t
    JOIN equipment_registry AS e ON e.id = t.equipment_id
    JOIN equipment_catalog AS type ON type.id = e.equipment_type_id
    JOIN manufacturers AS maker ON maker.id = e.manufacturer_id
    JOIN manufacturer_service_config AS service ON service.id = t.service_configuration_id
    WHERE t.id = p_ticket_id
$$;

COMMENT ON FUNCTION diagnosis_case(uuid, timestamptz) IS
    'What a diagnosis of a ticket is made from, as JSON; NULL where there is no such ticket.';
