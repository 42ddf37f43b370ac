-- requires: open_signing_link, told_by
-- Whoever has a signing link signs by it, once: for one digest. p_digest: SHA-256 of its secret; p_signed: the digest of
-- what is signed, in hexadecimal digits. Leaves that they have shown who they are, and returns {proof, proven_at}. Of two
-- at the same time one is later, and finds the link used. Who sends the same again, because no answer came, is told the
-- same proof, until the signature is on record. NULL where the link is good for nothing. A door.
CREATE OR REPLACE FUNCTION sign_by_link(p_digest bytea, p_signed text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_link signing_links;
    v_proof signature_proofs;
BEGIN
    SELECT l.*
    INTO v_link
    FROM account_keys AS k
    JOIN signing_links AS l ON l.id = k.signing_link_id
    WHERE k.digest = p_digest
    FOR UPDATE OF l;
    IF NOT FOUND OR open_signing_link(p_digest) IS NULL THEN
        RETURN NULL;
    END IF;
    IF v_link.used_at IS NULL THEN
        PERFORM told_by(v_link.code, 'hospital');
        UPDATE signing_links AS l SET used_at = clock_timestamp() WHERE l.id = v_link.id;
        INSERT INTO signature_proofs (ticket_id, stage_key, printed_name, digest, signing_link_id, proven_at)
        VALUES (v_link.ticket_id, v_link.stage_key, v_link.printed_name, p_signed, v_link.id, clock_timestamp())
        RETURNING * INTO v_proof;
    ELSE
        SELECT p.* INTO v_proof FROM signature_proofs AS p WHERE p.signing_link_id = v_link.id AND p.digest = p_signed;
    END IF;
    RETURN CASE
        WHEN v_proof.id IS NOT NULL THEN jsonb_build_object('proof', v_proof.id, 'proven_at', v_proof.proven_at)
    END;
END
$$;

COMMENT ON FUNCTION sign_by_link(bytea, text) IS
    'Leaves the proof that somebody signs by a one-time link, as JSON; NULL where the link is good for nothing.';
