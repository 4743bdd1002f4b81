/* pc_analytics_fdw: what CREATE EXTENSION makes */

\echo Use "CREATE EXTENSION pc_analytics_fdw" to load this file. \quit

CREATE FUNCTION pc_analytics_fdw_handler()
RETURNS fdw_handler
AS 'MODULE_PATHNAME' LANGUAGE C STRICT;

CREATE FUNCTION pc_analytics_fdw_validator(text[], oid)
RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C STRICT;

CREATE FOREIGN DATA WRAPPER pc_analytics_fdw
  HANDLER pc_analytics_fdw_handler
  VALIDATOR pc_analytics_fdw_validator;

CREATE FUNCTION pc_analytics_fdw_version()
RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C STRICT IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pc_analytics_fdw_version() IS
  'version of the loaded library';

CREATE FUNCTION pc_analytics_disconnect()
RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_disconnect() IS
  'drops the tokens and connections that this session holds';

CREATE FUNCTION pc_analytics_rotate_refresh_token(
  server text, OUT saved_at timestamptz, OUT previous_age interval)
RETURNS record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION pc_analytics_rotate_refresh_token(text) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_rotate_refresh_token(text) IS
  'trades the refresh token of the current user''s mapping for a fresh one, and stores it';
