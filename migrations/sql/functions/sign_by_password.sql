-- requires: account_principal, check_account_password, find_ticket, told_by
-- Somebody of a hospital signs a ticket of theirs, and gives their password for it (check_account_password: tries are
-- counted as for coming in). p_signing: {ticket, stage, name, digest, device}. Leaves that they have shown who they are, for just
-- this digest. {proof, proven_at, principal, wait}: the principal NULL where the password does not fit, the proof NULL
-- where the ticket is not one of their hospital's. A door.
CREATE OR REPLACE FUNCTION sign_by_password(p_code text, p_key bytea, p_signing jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    v_account_id uuid;
    v_wait double precision;
    v_ticket_id uuid;
    v_principal jsonb;
    v_proof signature_proofs;
BEGIN
    SELECT c.account_id, c.wait INTO v_account_id, v_wait
    FROM check_account_password(p_code, p_key, decode(p_signing ->> 'device', 'hex')) AS c;
    IF v_account_id IS NOT NULL THEN
        v_principal := account_principal(v_account_id);
        SELECT t.id
        INTO v_ticket_id
        FROM service_tickets AS t
        JOIN account_roles AS r ON r.account_id = v_account_id
            AND r.role = 'hospital'
            AND r.customer_id = t.customer_id
            AND (r.site_id IS NULL OR r.site_id = t.site_id)
        WHERE t.id = find_ticket(p_signing ->> 'ticket')
        LIMIT 1;
    END IF;
    IF v_ticket_id IS NOT NULL THEN
        PERFORM told_by(v_principal ->> 'code', 'hospital');
        INSERT INTO signature_proofs (ticket_id, stage_key, printed_name, digest, account_id, proven_at)
        VALUES (
            v_ticket_id, p_signing ->> 'stage', p_signing ->> 'name', p_signing ->> 'digest', v_account_id,
            clock_timestamp()
        )
        RETURNING * INTO v_proof;
    END IF;
    RETURN jsonb_build_object(
        'proof', v_proof.id, 'proven_at', v_proof.proven_at, 'principal', v_principal, 'wait', v_wait
    );
END
$$;

COMMENT ON FUNCTION sign_by_password(text, bytea, jsonb) IS
    'Leaves the proof that a hospital''s account signs with its password; or says how long to wait before trying again.';
