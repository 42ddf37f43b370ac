-- Seals the audit trail: a hash over the entries that came since the last seal, in the order of their numbers, and over
-- that seal. At most p_limit entries; called again it goes on after them. Returns the seal, or nothing where there is
-- nothing new. Waits a second for writers that are in flight; if they take longer, it fails (55P03): try again.
-- With the owner's rights, because locking the trail takes a right that nobody else needs to have.
CREATE OR REPLACE FUNCTION seal_audit_trail(p_limit bigint DEFAULT 100000)
RETURNS SETOF audit_seals
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
    v_last audit_seals;
    v_newest bigint;
    v_seal audit_seals;
    v_list text;
BEGIN
    -- In any stricter level a statement would not see what was committed while this waited.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the audit trail is sealed in transactions that read what is committed'
            USING ERRCODE = 'invalid_transaction_state', HINT = 'Use the isolation level READ COMMITTED.';
    END IF;
    IF p_limit < 1 THEN
        RAISE EXCEPTION 'a seal over % entries is none', p_limit
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give at least 1.';
    END IF;
    LOCK TABLE audit_seals IN SHARE ROW EXCLUSIVE MODE; -- one sealer at a time
    SELECT * INTO v_last FROM audit_seals AS s ORDER BY s.seal_number DESC LIMIT 1;

    -- With no writer in flight, every number that is still to come is above the newest. The lock is let go at once, by
    -- giving up the subtransaction that took it: writers wait for a moment and not for the hashing.
    BEGIN
        LOCK TABLE audit_events IN SHARE MODE;
        SELECT max(a.entry_number) INTO v_newest FROM audit_events AS a;
        RAISE EXCEPTION USING ERRCODE = 'FC010';
    EXCEPTION WHEN SQLSTATE 'FC010' THEN
        NULL;
    END;

    v_seal.seal_number := COALESCE(v_last.seal_number, 0) + 1;
    v_seal.from_entry := COALESCE(v_last.to_entry, 0) + 1;
    v_seal.previous_hash := v_last.hash;
    v_seal.sealed_at := clock_timestamp();
    SELECT count(*), max(e.entry_number), string_agg(e.entry_number || ' ' || e.hash, E'\n' ORDER BY e.entry_number)
    INTO v_seal.entries, v_seal.to_entry, v_list
    FROM (
        SELECT a.entry_number, a.hash
        FROM audit_events AS a
        WHERE a.entry_number BETWEEN v_seal.from_entry AND v_newest
        ORDER BY a.entry_number
        LIMIT p_limit
    ) AS e;
    IF v_seal.entries = 0 THEN
        RETURN;
    END IF;
    v_seal.hash := encode(
        sha256(
            convert_to(
                concat_ws(
                    E'\n',
                    COALESCE(v_seal.previous_hash, ''),
                    concat_ws(
                        ' ',
                        v_seal.seal_number,
                        v_seal.from_entry,
                        v_seal.to_entry,
                        v_seal.entries,
                        (extract(epoch FROM v_seal.sealed_at) * 1000000)::bigint
                    ),
                    v_list
                ),
                'UTF8'
            )
        ),
        'hex'
    );
    RETURN QUERY
    INSERT INTO audit_seals (seal_number, from_entry, to_entry, entries, previous_hash, hash, sealed_at)
    VALUES (
        v_seal.seal_number,
        v_seal.from_entry,
        v_seal.to_entry,
        v_seal.entries,
        v_seal.previous_hash,
        v_seal.hash,
        v_seal.sealed_at
    )
    RETURNING *;
END
$$;

COMMENT ON FUNCTION seal_audit_trail(bigint) IS
    'Seals the entries of the audit trail since the last seal, at most so many; returns the seal, if there was any.';
