-- How far the parts of a ticket are: one row per ticket that names at least one part.
-- A line is one part for one stage visit, or for the ticket as a whole. Quantities and costs leave cancelled lines out.
-- Outstanding lines: neither used nor cancelled, with fewer received than the larger of identified and ordered.
-- estimated_cost = Σ estimated_unit_price × identified; actual_cost = Σ actual_unit_price × (received − returned); over
-- the lines that have the price (how many have not stands beside it), NULL where none has. If the lines are in several
-- currencies, currency and costs are NULL. next_expected_at: the nearest arrival ahead; overdue: outstanding lines
-- whose expected arrival is past. everything_received: no line is outstanding; NULL where every line was cancelled.
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
        sum(o.outstanding) AS quantity_outstanding,
        count(DISTINCT r.currency) FILTER (WHERE o.counts) AS currencies,
        min(r.currency) FILTER (WHERE o.counts) AS any_currency,
        sum(r.estimated_unit_price * r.quantity_identified) FILTER (WHERE o.counts) AS estimated_cost,
        count(*) FILTER (WHERE o.counts AND r.estimated_unit_price IS NULL) AS lines_without_estimate,
        sum(r.actual_unit_price * (r.quantity_received - r.quantity_returned)) FILTER (WHERE o.counts) AS actual_cost,
        count(*) FILTER (WHERE o.counts AND r.actual_unit_price IS NULL) AS lines_without_actual,
        min(r.expected_at) FILTER (WHERE o.outstanding > 0 AND r.expected_at >= now()) AS next_expected_at,
        count(*) FILTER (WHERE o.outstanding > 0 AND r.expected_at < now()) AS overdue,
        bool_and(o.outstanding = 0) FILTER (WHERE o.counts) AS everything_received
    FROM ticket_parts_required AS r
    CROSS JOIN LATERAL (
        SELECT
            r.status <> 'cancelled' AS counts,
            CASE
                WHEN r.status IN ('cancelled', 'used') THEN 0
                ELSE greatest(r.quantity_identified, r.quantity_ordered) - r.quantity_received
            END AS outstanding
    ) AS o
    WHERE r.ticket_id = t.id
    HAVING count(*) > 0
) AS p;

COMMENT ON VIEW parts_procurement_status IS
    'One row per ticket with parts: lines by status, quantities, costs, what arrives next, what is overdue or missing.';
