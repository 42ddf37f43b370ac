-- requires: ai_providers_to_ask, diagnosis_case, engineer_recommendation_case
-- All that is looked up before a question is asked, in one round trip. providers: as ai_providers_to_ask() lists them,
-- request_timeout in seconds. subject: what the database adds to the question's subject, as the TASK_case() of the task says;
-- each takes the ticket, and whoever has one is served (the trigger check_ai_task_served).
CREATE OR REPLACE FUNCTION prepare_ai_question(
    p_task text, p_configured text[], p_order text[] DEFAULT '{}', p_vision boolean DEFAULT false,
    p_ticket_id uuid DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_subject jsonb;
BEGIN
    -- Not a part of the query below: who asks for another task needs no right to this one's case.
    CASE p_task
        WHEN 'diagnosis' THEN v_subject := diagnosis_case(p_ticket_id);
        WHEN 'engineer_recommendation' THEN v_subject := engineer_recommendation_case(p_ticket_id);
        ELSE NULL;
    END CASE;
    RETURN jsonb_build_object(
        'ticket_id', p_ticket_id,
        'providers', COALESCE(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'code', a.code, 'request_timeout', seconds(a.request_timeout), 'passed_over', a.passed_over
                    )
                    ORDER BY a.place
                )
                FROM ai_providers_to_ask(p_task, p_configured, p_order, p_vision)
                    WITH ORDINALITY AS a (code, request_timeout, passed_over, place)
            ),
            '[]'
        ),
        'subject', COALESCE(v_subject, '{}')
    );
END
$$;

COMMENT ON FUNCTION prepare_ai_question(text, text[], text[], boolean, uuid) IS
    'What is looked up before an AI question is asked: the providers in order, and additions to its subject.';
