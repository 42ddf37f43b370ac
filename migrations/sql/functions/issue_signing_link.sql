-- requires: find_ticket, told_by
-- A one-time link by which a named person signs a stage of a ticket off. p_link: {stage, name, capacity, lasts (seconds),
-- digest (SHA-256 of the secret, hexadecimal)}; p_actor: {code, role} of who sends it, a coordinator or an engineer. The
-- stage must be a sign-off of the ticket, and the ticket not over. {code, expires_at}; NULL where there is no such ticket.
-- A door.
CREATE OR REPLACE FUNCTION issue_signing_link(p_reference text, p_link jsonb, p_actor jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_ticket_id uuid := find_ticket(p_reference);
    v_lasts interval := make_interval(secs => (p_link ->> 'lasts')::double precision);
    v_open boolean;
    v_signed_off boolean;
    v_link signing_links;
BEGIN
    SELECT
        t.status IN ('open', 'on_hold'),
        jsonb_path_exists(
            i.template_snapshot,
            '$.stages[*] ? (@.key == $key && @.stage_type == "completion")',
            jsonb_build_object('key', p_link ->> 'stage')
        )
    INTO v_open, v_signed_off
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    WHERE t.id = v_ticket_id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF p_actor ->> 'role' NOT IN ('coordinator', 'engineer') THEN
        RAISE EXCEPTION 'a signing link is sent by a coordinator or an engineer'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT v_open THEN
        RAISE EXCEPTION 'the ticket is over, so there is nothing to sign' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT v_signed_off THEN
        RAISE EXCEPTION '% is no sign-off of the ticket', p_link ->> 'stage' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF v_lasts IS NULL OR v_lasts <= interval '0' OR v_lasts > interval '30 days' THEN
        RAISE EXCEPTION 'a signing link lasts 30 days at the most' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM told_by(p_actor ->> 'code', p_actor ->> 'role');
    INSERT INTO signing_links (
        code, ticket_id, stage_key, printed_name, capacity, issued_by_code, issued_by_role, expires_at
    )
    VALUES (
        'SL-' || upper(left(replace(gen_random_uuid()::text, '-', ''), 12)),
        v_ticket_id,
        p_link ->> 'stage',
        p_link ->> 'name',
        p_link ->> 'capacity',
        p_actor ->> 'code',
        p_actor ->> 'role',
        clock_timestamp() + v_lasts
    )
    RETURNING * INTO v_link;
    INSERT INTO account_keys (signing_link_id, digest) VALUES (v_link.id, decode(p_link ->> 'digest', 'hex'));
    RETURN jsonb_build_object('code', v_link.code, 'expires_at', v_link.expires_at);
END
$$;

COMMENT ON FUNCTION issue_signing_link(text, jsonb, jsonb) IS
    'A one-time link by which a named person signs a ticket off; its code and when it expires, NULL: no such ticket.';
