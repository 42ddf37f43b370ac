-- requires: p256_verifies
-- Whether a passkey has signed something, by its public key as `account_passkeys` has it: with SHA-256, by ECDSA on P-256
-- (the signature in DER), or by RSA (PKCS #1 v1.5). What is no such signature has not.
CREATE OR REPLACE FUNCTION passkey_verifies(
    p_algorithm integer, p_first bytea, p_second bytea, p_signature bytea, p_signed bytea
)
RETURNS boolean
LANGUAGE plpgsql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_digest text := encode(sha256(p_signed), 'hex');
    v_length integer := octet_length(p_signature);
    v_of_r integer;
    v_of_s integer;
    v_modulus numeric;
    v_number numeric;
    v_power numeric;
BEGIN
    IF p_algorithm = -7 THEN
        -- 30 length 02 length r 02 length s, each length in one byte.
        IF v_length NOT BETWEEN 8 AND 72 OR get_byte(p_signature, 0) <> 48 OR get_byte(p_signature, 1) <> v_length - 2
            OR get_byte(p_signature, 2) <> 2
        THEN
            RETURN false;
        END IF;
        v_of_r := get_byte(p_signature, 3);
        IF v_of_r NOT BETWEEN 1 AND 33 OR v_length < v_of_r + 7 OR get_byte(p_signature, 4 + v_of_r) <> 2 THEN
            RETURN false;
        END IF;
        v_of_s := get_byte(p_signature, 5 + v_of_r);
        IF v_of_s NOT BETWEEN 1 AND 33 OR v_length <> v_of_r + v_of_s + 6 THEN
            RETURN false;
        END IF;
        RETURN p256_verifies(
            ('0x' || encode(p_first, 'hex'))::numeric,
            ('0x' || encode(p_second, 'hex'))::numeric,
            ('0x' || v_digest)::numeric,
            ('0x' || encode(substr(p_signature, 5, v_of_r), 'hex'))::numeric,
            ('0x' || encode(substr(p_signature, 7 + v_of_r, v_of_s), 'hex'))::numeric
        );
    ELSIF p_algorithm = -257 THEN
        IF v_length <> octet_length(p_first) OR v_length < 256 OR p_second <> '\x010001' THEN
            RETURN false;
        END IF;
        v_modulus := ('0x' || encode(p_first, 'hex'))::numeric;
        v_number := ('0x' || encode(p_signature, 'hex'))::numeric;
        IF v_number >= v_modulus THEN
            RETURN false;
        END IF;
        v_power := v_number;
        FOR v_square IN 1..16 LOOP
            v_power := mod(v_power * v_power, v_modulus);
        END LOOP;
        RETURN mod(v_power * v_number, v_modulus) = (
            '0x0001' || repeat('ff', v_length - 54) || '00' || '3031300d060960864801650304020105000420' || v_digest
        )::numeric;
    END IF;
    RETURN false;
END
$$;

COMMENT ON FUNCTION passkey_verifies(integer, bytea, bytea, bytea, bytea) IS
    'Whether a passkey has signed something, by its public key.';
