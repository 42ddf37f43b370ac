-- What people call the subject of an entry: a ticket by its number, a row by the code, serial or the like that it had at
-- first, and by its id where it has none.
CREATE OR REPLACE FUNCTION name_audit_subject(p_table text, p_id uuid)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = public, pg_temp
AS $$
    SELECT COALESCE(
        (SELECT t.number FROM service_tickets AS t WHERE t.id = p_id),
        (
            SELECT COALESCE(
                a.new_value ->> 'code', a.new_value ->> 'serial', a.new_value ->> 'part_number',
                a.new_value ->> 'certificate_number', a.new_value ->> 'file_name', a.new_value ->> 'key'
            )
            FROM audit_events AS a
            WHERE a.subject_id = p_id AND a.subject_table = p_table AND a.sequence = 0
        ),
        p_id::text
    )
$$;

COMMENT ON FUNCTION name_audit_subject(text, uuid) IS
    'What people call the subject of an entry of the audit trail: number, code, serial; its id where it has none.';
