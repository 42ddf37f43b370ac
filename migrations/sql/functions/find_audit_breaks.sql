-- Subjects whose chain does not end where it must: a ticket's with its newest fact, that of a row that is there with
-- anything but its deletion, that of a row that is gone with just that. `sequence` and `entry_number` are those of the
-- last entry that is there, `last_sequence` is where the ticket stands; `total` counts what p_limit cuts off as well.
-- With p_subject_id that subject alone.
CREATE OR REPLACE FUNCTION find_audit_breaks(p_subject_id uuid DEFAULT NULL, p_limit integer DEFAULT 1000)
RETURNS TABLE (
    kind text,
    subject_table text,
    subject_id uuid,
    sequence bigint,
    entry_number bigint,
    last_sequence bigint,
    total bigint
)
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
    WITH there (subject_table, subject_id, last_sequence) AS NOT MATERIALIZED (
        SELECT 'service_tickets', r.id, r.last_sequence FROM service_tickets AS r
        UNION ALL SELECT 'manufacturers', r.id, NULL FROM manufacturers AS r
        UNION ALL SELECT 'customers', r.id, NULL FROM customers AS r
        UNION ALL SELECT 'customer_sites', r.id, NULL FROM customer_sites AS r
        UNION ALL SELECT 'equipment_catalog', r.id, NULL FROM equipment_catalog AS r
        UNION ALL SELECT 'equipment_registry', r.id, NULL FROM equipment_registry AS r
        UNION ALL SELECT 'engineers', r.id, NULL FROM engineers AS r
        UNION ALL SELECT 'manufacturer_service_config', r.id, NULL FROM manufacturer_service_config AS r
        UNION ALL SELECT 'workflow_templates', r.id, NULL FROM workflow_templates AS r
        UNION ALL SELECT 'stage_configuration_templates', r.id, NULL FROM stage_configuration_templates AS r
        UNION ALL SELECT 'workflow_template_targets', r.id, NULL FROM workflow_template_targets AS r
        UNION ALL SELECT 'hold_reasons', r.id, NULL FROM hold_reasons AS r
        UNION ALL SELECT 'equipment_parts', r.id, NULL FROM equipment_parts AS r
        UNION ALL SELECT 'equipment_parts_context', r.id, NULL FROM equipment_parts_context AS r
        UNION ALL SELECT 'equipment_compatibility', r.id, NULL FROM equipment_compatibility AS r
        UNION ALL SELECT 'business_calendars', r.id, NULL FROM business_calendars AS r
        UNION ALL SELECT 'business_calendar_hours', r.id, NULL FROM business_calendar_hours AS r
        UNION ALL SELECT 'business_calendar_holidays', r.id, NULL FROM business_calendar_holidays AS r
        UNION ALL SELECT 'business_calendar_exceptions', r.id, NULL FROM business_calendar_exceptions AS r
        UNION ALL SELECT 'engineer_equipment_expertise', r.id, NULL FROM engineer_equipment_expertise AS r
        UNION ALL SELECT 'engineer_certifications', r.id, NULL FROM engineer_certifications AS r
        UNION ALL SELECT 'engineer_absences', r.id, NULL FROM engineer_absences AS r
        UNION ALL SELECT 'ai_providers', r.id, NULL FROM ai_providers AS r
        UNION ALL SELECT 'ai_models', r.id, NULL FROM ai_models AS r
        UNION ALL SELECT 'ai_local_models', r.id, NULL FROM ai_local_models AS r
        UNION ALL SELECT 'workflow_ai_configuration', r.id, NULL FROM workflow_ai_configuration AS r
        UNION ALL SELECT 'ticket_parts_required', r.id, NULL FROM ticket_parts_required AS r
        UNION ALL SELECT 'stock_locations', r.id, NULL FROM stock_locations AS r
        UNION ALL SELECT 'stock_lots', r.id, NULL FROM stock_lots AS r
        UNION ALL SELECT 'stock_levels', r.id, NULL FROM stock_levels AS r
        UNION ALL SELECT 'stock_movements', r.id, NULL FROM stock_movements AS r
        UNION ALL SELECT 'stock_reservations', r.id, NULL FROM stock_reservations AS r
        UNION ALL SELECT 'stage_attachments', r.id, NULL FROM stage_attachments AS r
        UNION ALL SELECT 'ai_feedback', r.id, NULL FROM ai_feedback AS r
        UNION ALL SELECT 'accounts', r.id, NULL FROM accounts AS r
        UNION ALL SELECT 'account_roles', r.id, NULL FROM account_roles AS r
        UNION ALL SELECT 'account_tokens', r.id, NULL FROM account_tokens AS r
        UNION ALL SELECT 'account_links', r.id, NULL FROM account_links AS r
        UNION ALL SELECT 'account_identities', r.id, NULL FROM account_identities AS r
        UNION ALL SELECT 'account_passkeys', r.id, NULL FROM account_passkeys AS r
        UNION ALL SELECT 'approvals', r.id, NULL FROM approvals AS r
        UNION ALL SELECT 'signing_links', r.id, NULL FROM signing_links AS r
        UNION ALL SELECT 'signature_proofs', r.id, NULL FROM signature_proofs AS r
        UNION ALL SELECT 'webhook_endpoints', r.id, NULL FROM webhook_endpoints AS r
    ),
    found AS (
        SELECT
            CASE
                WHEN e.sequence IS NULL THEN 'chain_missing'
                WHEN e.sequence < t.last_sequence THEN 'end_removed'
                WHEN e.sequence > t.last_sequence THEN 'entry_added'
                ELSE 'row_back'
            END AS kind,
            t.subject_table, t.subject_id, e.sequence, e.entry_number, t.last_sequence
        FROM there AS t
        LEFT JOIN LATERAL (
            SELECT a.sequence, a.entry_number, a.action
            FROM audit_events AS a
            WHERE a.subject_id = t.subject_id
            ORDER BY a.sequence DESC
            LIMIT 1
        ) AS e ON true
        WHERE
            (p_subject_id IS NULL OR t.subject_id = p_subject_id)
            AND (
                e.sequence IS NULL
                OR e.sequence <> t.last_sequence
                OR (t.last_sequence IS NULL AND e.action = 'row_deleted')
            )
        UNION ALL
        SELECT 'row_gone', h.subject_table, h.subject_id, e.sequence, e.entry_number, NULL
        FROM audit_events AS h
        CROSS JOIN LATERAL (
            SELECT a.sequence, a.entry_number, a.action
            FROM audit_events AS a
            WHERE a.subject_id = h.subject_id
            ORDER BY a.sequence DESC
            LIMIT 1
        ) AS e
        WHERE
            h.sequence = 0
            AND h.subject_table <> 'audit_events'
            AND (p_subject_id IS NULL OR h.subject_id = p_subject_id)
            AND e.action <> 'row_deleted'
            AND NOT EXISTS (
                SELECT FROM there AS t WHERE t.subject_table = h.subject_table AND t.subject_id = h.subject_id
            )
    )
    SELECT
        f.kind, f.subject_table, f.subject_id, f.sequence, f.entry_number, f.last_sequence, count(*) OVER () AS total
    FROM found AS f
    ORDER BY f.entry_number NULLS LAST, f.subject_id
    LIMIT p_limit
$$;

COMMENT ON FUNCTION find_audit_breaks(uuid, integer) IS
    'Subjects whose chain in the audit trail does not end where the ticket or the row says that it does.';
