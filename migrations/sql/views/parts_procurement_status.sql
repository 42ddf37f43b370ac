-- How far the parts of a ticket are: one row per ticket that names at least one part.
-- A line is one part for one stage visit, or for the ticket as a whole, as get_stage_parts() shows them. Quantities and
-- costs leave cancelled lines out. quantity_outstanding: ordered − received. estimated_cost: identified × estimated
-- price; actual_cost: received × actual price; both over the lines that have the price (how many have not stands beside
-- it), NULL where none has. In several currencies there is no sum: currency and costs are NULL.
-- next_expected_at: the nearest arrival ahead; overdue: lines whose expected arrival is past; of lines that have not
-- come whole, that is, not received yet or received in part. everything_received: there is no such line; NULL where
-- every line was cancelled.
CREATE VIEW parts_procurement_status AS
SELECT
    t.id AS ticket_id,
    t.number,
    t.status AS ticket_status,
    p.lines,
    p.identified,
    p.requested,
    p.ordered,
    p.received,
    p.used,
    p.cancelled,
    p.quantity_identified,
    p.quantity_ordered,
    p.quantity_received,
    p.quantity_used,
    p.quantity_returned,
    p.quantity_wasted,
    p.quantity_outstanding,
    CASE WHEN p.currencies = 1 THEN p.any_currency END AS currency,
    CASE WHEN p.currencies = 1 THEN p.estimated_cost END AS estimated_cost,
    p.lines_without_estimate,
    CASE WHEN p.currencies = 1 THEN p.actual_cost END AS actual_cost,
    p.lines_without_actual,
    p.next_expected_at,
    p.overdue,
    p.everything_received
FROM service_tickets AS t
CROSS JOIN LATERAL (
    SELECT
        count(*) AS lines,
        count(*) FILTER (WHERE r.status = 'identified') AS identified,
        count(*) FILTER (WHERE r.status = 'requested') AS requested,
        count(*) FILTER (WHERE r.status = 'ordered') AS ordered,
        count(*) FILTER (WHERE r.status = 'received') AS received,
        count(*) FILTER (WHERE r.status = 'used') AS used,
        count(*) FILTER (WHERE r.status = 'cancelled') AS cancelled,
        COALESCE(sum(r.quantity_identified) FILTER (WHERE o.counts), 0) AS quantity_identified,
        COALESCE(sum(r.quantity_ordered) FILTER (WHERE o.counts), 0) AS quantity_ordered,
        COALESCE(sum(r.quantity_received) FILTER (WHERE o.counts), 0) AS quantity_received,
        COALESCE(sum(r.quantity_used) FILTER (WHERE o.counts), 0) AS quantity_used,
        COALESCE(sum(r.quantity_returned) FILTER (WHERE o.counts), 0) AS quantity_returned,
        COALESCE(sum(r.quantity_wasted) FILTER (WHERE o.counts), 0) AS quantity_wasted,
        COALESCE(sum(r.quantity_ordered - r.quantity_received) FILTER (WHERE o.counts), 0) AS quantity_outstanding,
        count(DISTINCT r.currency) FILTER (WHERE o.counts) AS currencies,
        min(r.currency) FILTER (WHERE o.counts) AS any_currency,
        sum(r.estimated_unit_price * r.quantity_identified) FILTER (WHERE o.counts) AS estimated_cost,
        count(*) FILTER (WHERE o.counts AND r.estimated_unit_price IS NULL) AS lines_without_estimate,
        sum(r.actual_unit_price * r.quantity_received) FILTER (WHERE o.counts) AS actual_cost,
        count(*) FILTER (WHERE o.counts AND r.actual_unit_price IS NULL) AS lines_without_actual,
        min(r.expected_at) FILTER (WHERE o.awaited AND r.expected_at >= now()) AS next_expected_at,
        count(*) FILTER (WHERE o.awaited AND r.expected_at < now()) AS overdue,
        bool_and(NOT o.awaited) FILTER (WHERE o.counts) AS everything_received
    FROM ticket_parts_required AS r
    CROSS JOIN LATERAL (
        SELECT
            r.status <> 'cancelled' AS counts,
            CASE
                WHEN r.status IN ('identified', 'requested', 'ordered') THEN true
                WHEN r.status IN ('received', 'used') THEN r.quantity_received < r.quantity_ordered
                ELSE false
            END AS awaited
    ) AS o
    WHERE r.ticket_id = t.id
    HAVING count(*) > 0
) AS p;

COMMENT ON VIEW parts_procurement_status IS
    'One row per ticket with parts: lines by status, quantities, costs, what arrives next, what is overdue or missing.';
