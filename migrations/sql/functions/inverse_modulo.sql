-- What a number has to be multiplied with to be 1 modulo a prime (the extended algorithm of Euclid).
CREATE OR REPLACE FUNCTION inverse_modulo(p_number numeric, p_prime numeric)
RETURNS numeric
LANGUAGE plpgsql
IMMUTABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_left numeric := p_prime;
    v_right numeric := mod(mod(p_number, p_prime) + p_prime, p_prime);
    v_of_left numeric := 0;
    v_of_right numeric := 1;
    v_times numeric;
    v_kept numeric;
BEGIN
    WHILE v_right <> 0 LOOP
        v_times := div(v_left, v_right);
        v_kept := v_right;
        v_right := v_left - v_times * v_right;
        v_left := v_kept;
        v_kept := v_of_right;
        v_of_right := v_of_left - v_times * v_of_right;
        v_of_left := v_kept;
    END LOOP;
    RETURN mod(mod(v_of_left, p_prime) + p_prime, p_prime);
END
$$;

COMMENT ON FUNCTION inverse_modulo(numeric, numeric) IS 'The multiplicative inverse of a number modulo a prime.';
