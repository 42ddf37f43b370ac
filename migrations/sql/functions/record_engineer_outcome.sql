-- What became of a recommendation for a visit: p_outcome selected, accepted or declined of one of the engineers. Whoever is
-- selected or accepts was chosen, and the others of that recommendation were not; who declines leaves the others as they
-- are. An engineer who was not recommended is chosen instead of all of them. Where nothing was recommended nothing happens.
-- Said again it changes nothing.
CREATE OR REPLACE FUNCTION record_engineer_outcome(
    p_transition_id uuid, p_engineer_id uuid, p_outcome text, p_at timestamptz
)
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = public, pg_temp
AS $$
    UPDATE ai_engineer_recommendations AS r
    SET outcome = one.outcome, decided_at = GREATEST(p_at, r.proposed_at)
    FROM (
        SELECT
            o.id,
            CASE
                WHEN o.engineer_id = p_engineer_id THEN p_outcome
                WHEN p_outcome = 'declined' OR o.outcome = 'declined' THEN o.outcome
                ELSE 'not_selected'
            END AS outcome
        FROM ai_engineer_recommendations AS o
        WHERE o.transition_id = p_transition_id AND o.outcome <> 'superseded'
    ) AS one
    WHERE r.id = one.id
        AND r.outcome <> one.outcome
        -- Who has accepted is selected all the same when they are put on the visit.
        AND NOT (r.outcome = 'accepted' AND one.outcome = 'selected')
$$;

COMMENT ON FUNCTION record_engineer_outcome(uuid, uuid, text, timestamptz) IS
    'Keeps who of the recommended engineers was selected, accepted or declined.';
