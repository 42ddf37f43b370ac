-- requires: inverse_modulo
-- Whether (p_r, p_s) is a signature of a digest by the public key (p_x, p_y): ECDSA on the curve P-256, as FIPS 186-5
-- (6.4.2) has it. u1·G + u2·Q is computed bit by bit for both at once, in Jacobian coordinates. Nothing of it is secret, so
-- it may take as long as it takes: some 30 ms.
CREATE OR REPLACE FUNCTION p256_verifies(p_x numeric, p_y numeric, p_digest numeric, p_r numeric, p_s numeric)
RETURNS boolean
LANGUAGE plpgsql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    c_p CONSTANT numeric := '0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
    c_n CONSTANT numeric := '0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
    c_b CONSTANT numeric := '0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b';
    c_x CONSTANT numeric := '0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296';
    c_y CONSTANT numeric := '0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5';
    v_first numeric;
    v_second numeric;
    v_xs numeric[] := ARRAY[c_x, p_x, NULL];
    v_ys numeric[] := ARRAY[c_y, p_y, NULL];
    v_bits integer[] := '{}';
    v_which integer;
    v_x numeric := 0;
    v_y numeric := 0;
    v_z numeric := 0;
    v_a numeric;
    v_b numeric;
    v_c numeric;
    v_d numeric;
    v_e numeric;
BEGIN
    IF p_r < 1 OR p_r >= c_n OR p_s < 1 OR p_s >= c_n OR p_x < 0 OR p_x >= c_p OR p_y < 0 OR p_y >= c_p
        OR mod(p_y * p_y, c_p) <> mod(mod(p_x * p_x, c_p) * p_x - 3 * p_x + c_b + 3 * c_p, c_p)
    THEN
        RETURN false;
    END IF;
    v_a := inverse_modulo(p_s, c_n);
    v_first := mod(p_digest * v_a, c_n);
    v_second := mod(p_r * v_a, c_n);
    IF p_x = c_x THEN
        RETURN false; -- nobody's key: its private one would be known
    END IF;
    -- G + Q, for where both have a bit.
    v_a := mod((p_y - c_y) * inverse_modulo(p_x - c_x, c_p), c_p);
    v_b := mod(mod(v_a * v_a - c_x - p_x, c_p) + c_p, c_p);
    v_xs[3] := v_b;
    v_ys[3] := mod(mod(v_a * (c_x - v_b) - c_y, c_p) + c_p, c_p);
    FOR v_place IN 1..256 LOOP
        v_bits[v_place] := mod(v_first, 2)::integer + 2 * mod(v_second, 2)::integer;
        v_first := div(v_first, 2);
        v_second := div(v_second, 2);
    END LOOP;
    FOR v_place IN REVERSE 256..1 LOOP
        IF v_z <> 0 THEN
            v_a := mod(v_z * v_z, c_p);
            v_b := mod(v_y * v_y, c_p);
            v_c := mod(v_x * v_b, c_p);
            v_d := mod(3 * (v_x - v_a) * (v_x + v_a), c_p);
            v_z := mod((v_y + v_z) * (v_y + v_z) - v_b - v_a, c_p);
            v_x := mod(v_d * v_d - 8 * v_c, c_p);
            v_y := mod(v_d * (4 * v_c - v_x) - 8 * v_b * v_b, c_p);
        END IF;
        v_which := v_bits[v_place];
        CONTINUE WHEN v_which = 0;
        IF v_z = 0 THEN
            v_x := v_xs[v_which];
            v_y := v_ys[v_which];
            v_z := 1;
            CONTINUE;
        END IF;
        v_a := mod(v_z * v_z, c_p);
        v_b := mod(v_xs[v_which] * v_a - v_x, c_p);
        v_c := mod(v_ys[v_which] * mod(v_z * v_a, c_p) - v_y, c_p);
        IF v_b = 0 THEN
            RETURN false; -- the same point, or its opposite: no signature that anybody made comes to that
        END IF;
        v_a := mod(v_b * v_b, c_p);
        v_d := mod(v_a * v_b, c_p);
        v_e := mod(v_x * v_a, c_p);
        v_x := mod(v_c * v_c - v_d - 2 * v_e, c_p);
        v_y := mod(v_c * (v_e - v_x) - v_y * v_d, c_p);
        v_z := mod(v_z * v_b, c_p);
    END LOOP;
    IF v_z = 0 THEN
        RETURN false;
    END IF;
    v_a := inverse_modulo(v_z, c_p);
    v_b := mod(v_x * mod(v_a * v_a, c_p), c_p);
    RETURN mod(mod(v_b + c_p, c_p), c_n) = p_r;
END
$$;

COMMENT ON FUNCTION p256_verifies(numeric, numeric, numeric, numeric, numeric) IS
    'Whether a signature of a digest is by a public key: ECDSA on the curve P-256.';
