-- Where the record of a ticket is not what its facts make of it. The audit trail holds every fact whole: they are applied
-- afresh, by the functions that applied them first, to a ticket of another id, in a subtransaction that is always given up.
-- So nothing is left behind, nobody sees it, and no second implementation can disagree. Rows and facts are read in one
-- statement: writers of the ticket neither wait for this nor disturb it.
-- A row for each column that differs. column_name NULL: the row is there on one side alone. by_facts of the table
-- audit_events says why nothing could be compared. The frozen template, and the calendar at first, are no facts: they are
-- held against the hashes that the opening keeps; tickets that were opened before it kept them are compared without.
-- With the owner's rights: the roles that may ask whether the record was changed may not write one.
CREATE OR REPLACE FUNCTION find_record_differences(p_ticket_id uuid)
RETURNS TABLE (table_name text, row_name text, column_name text, on_record jsonb, by_facts jsonb)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_twin uuid := gen_random_uuid();
    v_instance_id uuid;
    v_last bigint;
    v_opening jsonb;
    v_facts jsonb;
    v_fact jsonb;
    v_applied jsonb[] := '{}';
    v_record jsonb;
    v_afresh jsonb;
    v_template jsonb;
    v_calendar jsonb;
    v_clock uuid;
    v_clocks jsonb := '{}';
    v_why text;
BEGIN
    SELECT
        t.last_sequence, i.template_snapshot,
        COALESCE(
            (array_agg(a.old_value -> 'calendar' ORDER BY a.sequence) FILTER (WHERE a.action = 'contract_changed'))[1],
            i.calendar_snapshot
        ),
        (array_agg(a.new_value) FILTER (WHERE a.sequence = 0))[1],
        COALESCE(jsonb_agg(a.new_value ORDER BY a.sequence) FILTER (WHERE a.sequence > 0), '[]'),
        (SELECT jsonb_agg(to_jsonb(r)) FROM ticket_rows(p_ticket_id) AS r)
    INTO v_last, v_template, v_calendar, v_opening, v_facts, v_record
    FROM service_tickets AS t
    JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    LEFT JOIN audit_events AS a ON a.subject_id = t.id AND a.sequence <= t.last_sequence
    WHERE t.id = p_ticket_id
    GROUP BY t.id, i.id;
    IF NOT FOUND THEN
        RETURN; -- of what is gone the chain of the audit trail tells
    END IF;

    BEGIN
        IF v_opening IS NULL OR jsonb_array_length(v_facts) <> v_last THEN
            RAISE EXCEPTION 'entries of the audit trail are missing' USING ERRCODE = 'FC002';
        END IF;
        v_instance_id := start_workflow(
            v_opening || jsonb_build_object(
                'ticket_id', v_twin,
                -- No ticket has such a number: the year is none.
                'number', 'FC-0000-' || ('x' || substr(md5(v_twin::text), 1, 15))::bit(60)::bigint + 1000000,
                'key', NULL,
                'workflow_id', v_twin,
                'template_snapshot', v_template,
                'calendar_snapshot', v_calendar
            )
        );
        FOR v_fact IN SELECT value FROM jsonb_array_elements(v_facts) WITH ORDINALITY ORDER BY ordinality LOOP
            IF v_fact ? 'clock_id' THEN
                v_clock := md5(v_twin::text || (v_fact ->> 'clock_id'))::uuid;
                v_clocks := v_clocks || jsonb_build_object(v_clock::text, v_fact -> 'clock_id');
                v_fact := v_fact || jsonb_build_object('clock_id', v_clock);
            END IF;
            PERFORM apply_ticket_fact(v_twin, v_instance_id, v_fact);
            v_applied := array_append(v_applied, v_fact);
        END LOOP;
        PERFORM record_clock_events(v_twin, v_applied);
        UPDATE service_tickets SET last_sequence = v_last WHERE id = v_twin;
        SELECT jsonb_agg(to_jsonb(r)) INTO v_afresh FROM ticket_rows(v_twin) AS r;
        RAISE EXCEPTION USING ERRCODE = 'FC011';
    EXCEPTION
        WHEN SQLSTATE 'FC011' THEN
            NULL; -- what was applied is undone; variables keep their values
        WHEN integrity_constraint_violation OR data_exception OR SQLSTATE 'FC002' OR SQLSTATE 'FC003' OR SQLSTATE 'FC004'
            OR SQLSTATE 'FC007' THEN
            v_why := SQLERRM;
    END;
    IF v_why IS NOT NULL THEN
        RETURN QUERY SELECT 'audit_events', '', NULL::text, NULL::jsonb, to_jsonb(v_why);
        RETURN;
    END IF;

    RETURN QUERY
    WITH there AS (
        SELECT r.table_name, r.row_name, r.content
        FROM jsonb_to_recordset(v_record) AS r (table_name text, row_name text, content jsonb)
    ),
    afresh AS (
        SELECT
            r.table_name, r.row_name,
            r.content || CASE r.table_name
                WHEN 'service_tickets' THEN jsonb_build_object(
                    'number', v_opening -> 'number',
                    'workflow_id', v_opening -> 'workflow_id',
                    'idempotency_key', v_opening -> 'key'
                )
                WHEN 'ticket_workflow_instances' THEN jsonb_build_object('workflow_id', v_opening -> 'workflow_id')
                WHEN 'sla_clocks' THEN jsonb_build_object('id', v_clocks -> (r.content ->> 'id'))
                ELSE '{}'
            END AS content
        FROM jsonb_to_recordset(v_afresh) AS r (table_name text, row_name text, content jsonb)
    )
    SELECT table_name, row_name, c.column_name, c.on_record, c.by_facts
    FROM there
    FULL JOIN afresh USING (table_name, row_name)
    CROSS JOIN LATERAL (
        SELECT NULL::text AS column_name, there.content AS on_record, afresh.content AS by_facts
        WHERE there.content IS NULL OR afresh.content IS NULL
        UNION ALL
        SELECT k.key, there.content -> k.key, afresh.content -> k.key
        FROM jsonb_object_keys(there.content || afresh.content) AS k (key)
        WHERE there.content -> k.key IS DISTINCT FROM afresh.content -> k.key
    ) AS c
    UNION ALL
    SELECT 'ticket_workflow_instances', '', s.name, NULL, to_jsonb('another one: its hash is not the one of the opening'::text)
    FROM (VALUES ('template_snapshot', v_template), ('calendar_snapshot', v_calendar)) AS s (name, content)
    WHERE v_opening #>> ARRAY['hashes', s.name] <> encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex')
    ORDER BY 1, 2, 3;
END
$$;

COMMENT ON FUNCTION find_record_differences(uuid) IS
    'Columns of a ticket''s record that are not what its facts make of them. Changes nothing.';
