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
  'drops the tokens and connections that the current session holds';

CREATE FUNCTION pc_analytics_rotate_refresh_token(
  server text, OUT saved_at timestamptz, OUT previous_age interval)
RETURNS record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION pc_analytics_rotate_refresh_token(text) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_rotate_refresh_token(text) IS
  'trades the refresh token of the current user''s mapping for a fresh one, and stores it';

CREATE FUNCTION pc_analytics_requests(
  OUT "time" timestamptz, OUT url text, OUT status integer, OUT attempt integer,
  OUT "rows" bigint, OUT bytes bigint, OUT ms bigint, OUT request_id uuid,
  OUT correlation_id uuid, OUT error text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_requests() IS
  'the requests that the current session has made lately as the current role, newest first';

CREATE FUNCTION pc_analytics_progress(
  OUT pid integer, OUT datid oid, OUT usesysid oid, OUT relid oid,
  OUT "rows" bigint, OUT total bigint, OUT requests bigint, OUT bytes bigint,
  OUT started timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_progress() IS
  'the scans that are running; see the view of that name';

CREATE VIEW pc_analytics_progress AS
SELECT p.pid, d.datname, pg_get_userbyid(p.usesysid) AS usename,
       CASE WHEN d.datname = current_database() THEN p.relid::regclass END AS relation,
       p."rows", p.total, round(100.0 * p."rows" / nullif(p.total, 0), 1) AS percent,
       p.requests, p.bytes, p.started
FROM   pc_analytics_progress() AS p
LEFT   JOIN pg_database AS d ON d.oid = p.datid;
COMMENT ON VIEW pc_analytics_progress IS
  'the scans of Partner Center tables that are running, in all sessions';
GRANT SELECT ON pc_analytics_progress TO PUBLIC;

CREATE FUNCTION pc_analytics_check(
  server text, OUT step text, OUT ok boolean, OUT elapsed interval,
  OUT detail text, OUT hint text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION pc_analytics_check(text) IS
  'asks a server for a row of each resource, and tells step by step how that goes';
REVOKE ALL ON FUNCTION pc_analytics_check(text) FROM PUBLIC;

CREATE FUNCTION pc_analytics_probe(
  server text, resource text DEFAULT 'license_deployment', OUT option text,
  OUT field text, OUT current_value text, OUT measured_value text,
  OUT evidence text, OUT statement text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION pc_analytics_probe(text, text) IS
  'finds out what a server does where the documents leave it open, and how that is declared';
REVOKE ALL ON FUNCTION pc_analytics_probe(text, text) FROM PUBLIC;

CREATE FUNCTION pc_analytics_drift(
  relation regclass, items integer DEFAULT 1000, customer uuid DEFAULT NULL,
  OUT finding text, OUT name text, OUT seen bigint, OUT looked_at bigint, OUT detail text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_drift(regclass, integer, uuid) IS
  'keys in live answers that a foreign table has no column for, and its columns that never came';

CREATE FUNCTION pc_analytics_describe(schema regnamespace)
RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION pc_analytics_describe(regnamespace) IS
  'sets comments on the foreign tables of a schema and their columns, where there are none';
