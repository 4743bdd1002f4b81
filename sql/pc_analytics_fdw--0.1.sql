/*
 * pc_analytics_fdw: what CREATE EXTENSION makes
 *
 * The schema that it is installed into may belong to another role, who may have
 * created operators and functions there that match better than those of pg_catalog.
 * So every operator, function, type and relation of PostgreSQL is qualified here
 * (test/lint/run search-path), except for types that are keywords.
 */

\echo Use "CREATE EXTENSION pc_analytics_fdw" to load this file. \quit

CREATE FUNCTION pc_analytics_fdw_handler()
RETURNS pg_catalog.fdw_handler
AS 'MODULE_PATHNAME' LANGUAGE C STRICT;

CREATE FUNCTION pc_analytics_fdw_validator(pg_catalog.text[], pg_catalog.oid)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME' LANGUAGE C STRICT;

CREATE FOREIGN DATA WRAPPER pc_analytics_fdw
  HANDLER pc_analytics_fdw_handler
  VALIDATOR pc_analytics_fdw_validator;

CREATE FUNCTION pc_analytics_fdw_version()
RETURNS pg_catalog.text
AS 'MODULE_PATHNAME' LANGUAGE C STRICT IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION pc_analytics_fdw_version() IS
  'version of the loaded library';

CREATE FUNCTION pc_analytics_disconnect()
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_disconnect() IS
  'discards the access tokens and connections of the current session';

CREATE FUNCTION pc_analytics_rotate_refresh_token(
  server pg_catalog.text, OUT saved_at pg_catalog.timestamptz, OUT previous_age interval)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION pc_analytics_rotate_refresh_token(pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_rotate_refresh_token(pg_catalog.text) IS
  'replaces the refresh token of the current user''s mapping with a new one';

CREATE FUNCTION pc_analytics_requests(
  OUT "time" pg_catalog.timestamptz, OUT url pg_catalog.text, OUT status integer,
  OUT attempt integer, OUT "rows" bigint, OUT bytes bigint, OUT ms bigint,
  OUT request_id pg_catalog.uuid, OUT correlation_id pg_catalog.uuid,
  OUT error pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_requests() IS
  'the recent requests of the current session as the current role, newest first';

CREATE FUNCTION pc_analytics_progress(
  OUT pid integer, OUT datid pg_catalog.oid, OUT usesysid pg_catalog.oid,
  OUT relid pg_catalog.oid,
  OUT "rows" bigint, OUT total bigint, OUT requests bigint, OUT bytes bigint,
  OUT started pg_catalog.timestamptz)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_progress() IS
  'the scans that are running; see the view of that name';

CREATE VIEW pc_analytics_progress AS
SELECT p.pid, d.datname, pg_catalog.pg_get_userbyid(p.usesysid) AS usename,
       CASE WHEN d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
            THEN p.relid::pg_catalog.regclass END AS relation,
       p."rows", p.total,
       CASE WHEN p.total OPERATOR(pg_catalog.>) 0::bigint
            THEN pg_catalog.round(100::numeric OPERATOR(pg_catalog.*) p."rows"::numeric
                                  OPERATOR(pg_catalog./) p.total::numeric, 1) END AS percent,
       p.requests, p.bytes, p.started
FROM   pc_analytics_progress() AS p
LEFT   JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) p.datid;
COMMENT ON VIEW pc_analytics_progress IS
  'the scans of Partner Center tables that are running, in all sessions';
GRANT SELECT ON pc_analytics_progress TO PUBLIC;

CREATE FUNCTION pc_analytics_check(
  server pg_catalog.text, OUT step pg_catalog.text, OUT ok boolean, OUT elapsed interval,
  OUT detail pg_catalog.text, OUT hint pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION pc_analytics_check(pg_catalog.text) IS
  'tests each step from the options of a server to a row of each resource';
REVOKE ALL ON FUNCTION pc_analytics_check(pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION pc_analytics_probe(
  server pg_catalog.text, resource pg_catalog.text DEFAULT 'license_deployment',
  OUT option pg_catalog.text, OUT field pg_catalog.text,
  OUT current_value pg_catalog.text, OUT measured_value pg_catalog.text,
  OUT evidence pg_catalog.text, OUT statement pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION pc_analytics_probe(pg_catalog.text, pg_catalog.text) IS
  'measures how the API behaves where its documents leave it open, and makes the statements that declare it';
REVOKE ALL ON FUNCTION pc_analytics_probe(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION pc_analytics_drift(
  relation pg_catalog.regclass, items integer DEFAULT 1000,
  customer pg_catalog.uuid DEFAULT NULL, OUT finding pg_catalog.text,
  OUT name pg_catalog.text, OUT seen bigint, OUT looked_at bigint,
  OUT detail pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_drift(pg_catalog.regclass, integer, pg_catalog.uuid) IS
  'keys of live items that no column of a foreign table reads, and columns whose field no item has';
REVOKE ALL ON FUNCTION pc_analytics_drift(pg_catalog.regclass, integer, pg_catalog.uuid) FROM PUBLIC;

CREATE FUNCTION pc_analytics_describe(schema pg_catalog.regnamespace)
RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION pc_analytics_describe(pg_catalog.regnamespace) IS
  'sets comments on the foreign tables of a schema and their columns, where there are none';
