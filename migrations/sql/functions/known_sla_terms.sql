-- What a file of other SLA rules may name: "templates", the keys of the stages by the template's code, over all versions
-- and scopes; "reasons", the codes of the reasons for holds.
CREATE OR REPLACE FUNCTION known_sla_terms()
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'templates', COALESCE(
            (
                SELECT jsonb_object_agg(one.code, one.stages)
                FROM (
                    SELECT w.code, COALESCE(jsonb_agg(DISTINCT s.key) FILTER (WHERE s.key IS NOT NULL), '[]')
                    FROM workflow_templates AS w
                    LEFT JOIN stage_configuration_templates AS s ON s.template_id = w.id
                    GROUP BY w.code
                ) AS one (code, stages)
            ),
            '{}'
        ),
        'reasons', COALESCE((SELECT jsonb_agg(h.code ORDER BY h.code) FROM hold_reasons AS h), '[]')
    )
$$;

COMMENT ON FUNCTION known_sla_terms() IS
    'The codes of templates with the keys of their stages, and of reasons for holds, as JSON.';
