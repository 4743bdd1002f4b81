-- What the tables of both schemas stand on, in schema public.
CREATE EXTENSION citext;
CREATE COLLATION nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE channel_kind AS ENUM ('reseller', 'direct', 'Reseller', 'direct ', 'o''hara', 'void');
CREATE DOMAIN code AS text;
CREATE FUNCTION noise(bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN $1; END';
CREATE FUNCTION a_channel() RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN ''direct''; END';
CREATE FUNCTION same(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
CREATE FUNCTION twice(text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS 'VALUES ($1), ($1)';
CREATE AGGREGATE max_of(bigint) (SFUNC = int8larger, STYPE = bigint);
-- no kin of the aggregate whose name it has
CREATE AGGREGATE public.every(bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0');
-- operators and a function that only have the names of PostgreSQL's and citext's
CREATE SCHEMA other;
CREATE FUNCTION other.is_small(bigint, integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 < 30; END';
CREATE FUNCTION other.is_zero(integer, integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 = 0; END';
CREATE FUNCTION other.citext_eq(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 <> $2; END';
CREATE OPERATOR other.> (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = other.is_small);
CREATE OPERATOR other.> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = other.is_zero);
CREATE OPERATOR other.= (LEFTARG = text, RIGHTARG = text, FUNCTION = other.citext_eq);
-- cheaper than any other condition, and an error for other values
CREATE FUNCTION is_one_of(value text, VARIADIC allowed text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE COST 0.001 AS $$
BEGIN
  IF NOT value = ANY (allowed) THEN
    RAISE EXCEPTION 'unexpected value %', value;
  END IF;
  RETURN true;
END
$$;
