-- Whom stages were offered to, with what they said and how long that took: one row per candidate of an offer. What
-- acceptance is measured by, and what refusals by engineer, unit and customer are read from.
-- answer: waiting, asked, accepted, declined, expired, withdrawn, not_asked. answered_after: from being asked until the
-- answer, or until there was none within the limit; NULL for who was not asked or is to answer yet.
CREATE VIEW offer_answers_overview AS
SELECT
    t.number,
    v.stage_key,
    v.visit,
    v.support_level,
    a.offer,
    a.place,
    e.code AS engineer_code,
    u.serial,
    et.code AS equipment_type,
    c.code AS customer_code,
    s.code AS site_code,
    a.named,
    a.answer,
    a.decline_reason,
    a.ended_because,
    a.asked_at,
    a.answer_until,
    a.answered_at,
    a.answered_at - a.asked_at AS answered_after
FROM offer_answers AS a
JOIN engineers AS e ON e.id = a.engineer_id
JOIN workflow_stage_transitions AS v ON v.id = a.transition_id
JOIN ticket_workflow_instances AS i ON i.id = v.instance_id
JOIN service_tickets AS t ON t.id = i.ticket_id
JOIN equipment_registry AS u ON u.id = t.equipment_id
JOIN equipment_catalog AS et ON et.id = u.equipment_type_id
JOIN customers AS c ON c.id = t.customer_id
JOIN customer_sites AS s ON s.id = t.site_id;

COMMENT ON VIEW offer_answers_overview IS
    'Engineers whom stages were offered to, with their answers: acceptance and refusals by engineer, unit and customer.';
