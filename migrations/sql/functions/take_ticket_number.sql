-- The next ticket number and an id, for a ticket that nothing can refuse any more: a number that is taken is gone.
-- With the owner's rights: nobody else takes a number.
CREATE OR REPLACE FUNCTION take_ticket_number(p_at timestamptz DEFAULT now())
RETURNS TABLE (ticket_id uuid, number text)
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    SELECT
        uuidv7(),
        'FC-' || to_char(p_at AT TIME ZONE 'UTC', 'YYYY') || '-' || lpad(n.taken, greatest(6, length(n.taken)), '0')
    FROM (SELECT nextval('ticket_numbers')::text AS taken) AS n
$$;

COMMENT ON FUNCTION take_ticket_number(timestamptz) IS 'A new ticket number and id; the number is used up.';
