-- The one rule for whether a certificate is valid on a day: for get_engineer_certifications(), get_qualified_engineers()
-- and the views. It is valid from issued_on to expires_on, both days included (no expires_on: no end); the day on which
-- it was revoked is the first without it. Expiring: valid, and its last day is at most 30 days away.
-- Without a search_path of its own, so that the planner can take it into the query that asks.
CREATE OR REPLACE FUNCTION certification_status(p_issued_on date, p_expires_on date, p_revoked_on date, p_on_day date)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN p_revoked_on <= p_on_day THEN 'revoked'
        WHEN p_on_day < p_issued_on THEN 'not_yet_valid'
        WHEN p_expires_on < p_on_day THEN 'expired'
        WHEN p_expires_on <= p_on_day + 30 THEN 'expiring'
        ELSE 'active'
    END
$$;

COMMENT ON FUNCTION certification_status(date, date, date, date) IS
    'active, expiring (valid, at most 30 days left), expired, revoked or not_yet_valid: a certificate on a day.';
