-- Nobody retires the make or the type of equipment of these codes until this transaction is over. NULL is none. The owner's
-- alone.
CREATE OR REPLACE FUNCTION share_make(p_manufacturer text, p_equipment_type text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM FROM manufacturers AS r WHERE r.code = upper(p_manufacturer) FOR SHARE;
    PERFORM FROM equipment_catalog AS r WHERE r.code = lower(p_equipment_type) FOR SHARE;
END
$$;

COMMENT ON FUNCTION share_make(text, text) IS
    'Keeps a make and a type of equipment from being retired until the transaction ends.';
