-- requires: known_account, told_by
-- An account is linked to somebody at an OpenID Connect provider: {issuer, subject} or {issuer, email}. By an address the
-- first one is meant who comes with it verified; from then on it is that subject alone. What it was linked to at that issuer
-- before is over. The owner's alone. Returns how many of its rows changed.
CREATE OR REPLACE FUNCTION put_identity(p_code text, p_identity jsonb, p_by text)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_id uuid := known_account(p_code);
    v_gone integer;
BEGIN
    PERFORM told_by(p_by, 'operator');
    DELETE FROM account_identities AS i WHERE i.account_id = v_id AND i.issuer = p_identity ->> 'issuer';
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    IF num_nonnulls(p_identity ->> 'subject', p_identity ->> 'email') = 0 THEN
        RETURN v_gone;
    END IF;
    INSERT INTO account_identities (account_id, issuer, subject, email)
    VALUES (v_id, p_identity ->> 'issuer', p_identity ->> 'subject', lower(p_identity ->> 'email'));
    RETURN v_gone + 1;
END
$$;

COMMENT ON FUNCTION put_identity(text, jsonb, text) IS
    'Links an account to somebody at an OpenID Connect provider, or to nobody any more; returns how many rows changed.';
