-- The one rule for how well stocked a part is: for get_parts_by_equipment(), its siblings and the views. At its reorder
-- level a part is low already: that is the level at which to reorder. A discontinued part is that, whatever is left of it.
-- Without a search_path of its own, so that the planner can take it into the query that asks.
CREATE OR REPLACE FUNCTION stock_status(p_quantity integer, p_reorder_level integer, p_discontinued boolean)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN p_discontinued THEN 'discontinued'
        WHEN p_quantity <= 0 THEN 'out_of_stock'
        WHEN p_quantity <= p_reorder_level THEN 'low_stock'
        WHEN p_quantity IS NOT NULL THEN 'in_stock'
    END
$$;

COMMENT ON FUNCTION stock_status(integer, integer, boolean) IS
    'discontinued, out_of_stock, low_stock (at the reorder level or below) or in_stock; NULL: quantity unknown.';
