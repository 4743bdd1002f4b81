/*
 * pc_analytics_fdw: what ALTER EXTENSION UPDATE changes in 0.1
 *
 * The result is what 0.2 installs.  No object that users may have granted or may
 * use in a view is dropped, but for the functions pc_analytics_progress() and
 * pc_analytics_requests(), whose results have more columns.
 */

\echo Use "ALTER EXTENSION pc_analytics_fdw UPDATE TO '0.2'" to load this file. \quit

CREATE FUNCTION pc_analytics_rotate_refresh_token(
  server pg_catalog.text, role pg_catalog.regrole,
  OUT saved_at pg_catalog.timestamptz, OUT previous_age interval)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME', 'pc_analytics_rotate_refresh_token_0_2' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION pc_analytics_rotate_refresh_token(pg_catalog.text, pg_catalog.regrole) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_rotate_refresh_token(pg_catalog.text, pg_catalog.regrole) IS
  'replaces the refresh token of a role''s user mapping with a new one';

CREATE FUNCTION pc_analytics_sign_in(
  server pg_catalog.text, login pg_catalog.text DEFAULT NULL,
  role pg_catalog.regrole DEFAULT NULL,
  OUT username pg_catalog.text, OUT tenant pg_catalog.text,
  OUT multi_factor boolean, OUT saved_at pg_catalog.timestamptz)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION pc_analytics_sign_in(pg_catalog.text, pg_catalog.text, pg_catalog.regrole) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_sign_in(pg_catalog.text, pg_catalog.text, pg_catalog.regrole) IS
  'signs a user in by a device code and stores the refresh token in the user mapping';

CREATE FUNCTION pc_analytics_sign_in_begin(
  server pg_catalog.text, method pg_catalog.text DEFAULT 'device_code',
  login pg_catalog.text DEFAULT NULL, role pg_catalog.regrole DEFAULT NULL,
  redirect_uri pg_catalog.text DEFAULT 'http://localhost',
  OUT url pg_catalog.text, OUT code pg_catalog.text,
  OUT expires_at pg_catalog.timestamptz, OUT instructions pg_catalog.text)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION pc_analytics_sign_in_begin(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.regrole, pg_catalog.text) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_sign_in_begin(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.regrole, pg_catalog.text) IS
  'begins to sign a user in; pc_analytics_sign_in_end() ends it';

CREATE FUNCTION pc_analytics_sign_in_end(
  server pg_catalog.text, address pg_catalog.text DEFAULT NULL,
  role pg_catalog.regrole DEFAULT NULL,
  OUT username pg_catalog.text, OUT tenant pg_catalog.text,
  OUT multi_factor boolean, OUT saved_at pg_catalog.timestamptz)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION pc_analytics_sign_in_end(pg_catalog.text, pg_catalog.text, pg_catalog.regrole) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_sign_in_end(pg_catalog.text, pg_catalog.text, pg_catalog.regrole) IS
  'ends the sign-in that pc_analytics_sign_in_begin() began in the same session';

DROP FUNCTION pc_analytics_requests();
CREATE FUNCTION pc_analytics_requests(
  OUT "time" pg_catalog.timestamptz, OUT url pg_catalog.text, OUT status integer,
  OUT attempt integer, OUT "rows" bigint, OUT bytes bigint, OUT ms bigint,
  OUT request_id pg_catalog.uuid, OUT correlation_id pg_catalog.uuid,
  OUT error pg_catalog.text, OUT age interval)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'pc_analytics_requests_0_2' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_requests() IS
  'the recent requests of the current session as the current role, newest first';

-- The view keeps its grants and the views that use it.  The old function is dropped by
-- the name that users know, which the error has if a view of theirs uses the function.
CREATE FUNCTION pc_analytics_progress_0_2(
  OUT pid integer, OUT datid pg_catalog.oid, OUT usesysid pg_catalog.oid,
  OUT relid pg_catalog.oid,
  OUT "rows" bigint, OUT total bigint, OUT requests bigint, OUT bytes bigint,
  OUT started pg_catalog.timestamptz, OUT waits_for pg_catalog.text,
  OUT wait_remaining interval)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'pc_analytics_progress_0_2' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

CREATE OR REPLACE VIEW pc_analytics_progress AS
SELECT p.pid, d.datname, pg_catalog.pg_get_userbyid(p.usesysid) AS usename,
       CASE WHEN d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
            THEN p.relid::pg_catalog.regclass END AS relation,
       p."rows", p.total,
       CASE WHEN p.total OPERATOR(pg_catalog.>) 0::bigint
            THEN pg_catalog.round(100::numeric OPERATOR(pg_catalog.*) p."rows"::numeric
                                  OPERATOR(pg_catalog./) p.total::numeric, 1) END AS percent,
       p.requests, p.bytes, p.started, p.waits_for, p.wait_remaining
FROM   pc_analytics_progress_0_2() AS p
LEFT   JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) p.datid;
DROP FUNCTION pc_analytics_progress();
ALTER FUNCTION pc_analytics_progress_0_2() RENAME TO pc_analytics_progress;
COMMENT ON FUNCTION pc_analytics_progress() IS
  'the scans that are running; see the view of that name';

CREATE FUNCTION pc_analytics_create_views(
  foreign_schema pg_catalog.regnamespace, view_schema pg_catalog.regnamespace)
RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION pc_analytics_create_views(pg_catalog.regnamespace, pg_catalog.regnamespace) IS
  'creates or replaces a view of each foreign table of a schema in another schema';

CREATE FUNCTION pc_analytics_stats(
  OUT datid pg_catalog.oid, OUT server pg_catalog.text, OUT usesysid pg_catalog.oid,
  OUT resource pg_catalog.text, OUT scans bigint, OUT requests bigint, OUT pages bigint,
  OUT "rows" bigint, OUT bytes bigint, OUT retries bigint, OUT answered bigint,
  OUT refused bigint, OUT throttled bigint, OUT failed bigint, OUT lost bigint,
  OUT cache_hits bigint, OUT cache_misses bigint, OUT cache_waits bigint,
  OUT wait_ms bigint, OUT pace_ms bigint, OUT since pg_catalog.timestamptz)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_stats() IS
  'counters of the requests of all sessions; see the view of that name';

CREATE VIEW pc_analytics_stats AS
SELECT d.datname, s.server,
       CASE WHEN s.usesysid IS NOT NULL
            THEN pg_catalog.pg_get_userbyid(s.usesysid) END AS usename,
       s.resource, s.scans, s.requests, s.pages, s."rows", s.bytes, s.retries,
       s.answered, s.refused, s.throttled, s.failed, s.lost,
       s.cache_hits, s.cache_misses, s.cache_waits, s.wait_ms, s.pace_ms, s.since
FROM   pc_analytics_stats() AS s
LEFT   JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.datid;
COMMENT ON VIEW pc_analytics_stats IS
  'counters of the requests of all sessions, by database, server, role and resource';
GRANT SELECT ON pc_analytics_stats TO PUBLIC;

CREATE FUNCTION pc_analytics_stats_reset()
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
REVOKE ALL ON FUNCTION pc_analytics_stats_reset() FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_stats_reset() IS
  'sets the counters of pc_analytics_stats to zero';

CREATE FUNCTION pc_analytics_limits(
  OUT origin pg_catalog.text, OUT scope pg_catalog.text, OUT requests bigint,
  OUT declared_limit integer, OUT learned_rate numeric,
  OUT paused_until pg_catalog.timestamptz)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
REVOKE ALL ON FUNCTION pc_analytics_limits() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pc_analytics_limits() TO pg_read_all_stats;
COMMENT ON FUNCTION pc_analytics_limits() IS
  'limits of the requests of all sessions; see the view of that name';

CREATE VIEW pc_analytics_limits AS
SELECT l.origin, l.scope, l.requests, l.declared_limit, l.learned_rate, l.paused_until
FROM   pc_analytics_limits() AS l;
COMMENT ON VIEW pc_analytics_limits IS
  'requests of the last minute, limits and pauses of all sessions, by origin and scope';
GRANT SELECT ON pc_analytics_limits TO pg_read_all_stats;

CREATE FUNCTION pc_analytics_cache(
  OUT server pg_catalog.text, OUT usesysid pg_catalog.oid, OUT url pg_catalog.text,
  OUT "rows" bigint, OUT pages bigint, OUT bytes bigint, OUT age interval,
  OUT hits bigint, OUT cost_ms bigint)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION pc_analytics_cache() IS
  'responses that are kept for all sessions; see the view of that name';

CREATE VIEW pc_analytics_cache AS
SELECT c.server, pg_catalog.pg_get_userbyid(c.usesysid) AS usename, c.url,
       c."rows", c.pages, c.bytes, c.age, c.hits, c.cost_ms
FROM   pc_analytics_cache() AS c;
COMMENT ON VIEW pc_analytics_cache IS
  'responses that are kept for all sessions, as option cache_ttl allows';
GRANT SELECT ON pc_analytics_cache TO PUBLIC;

CREATE FUNCTION pc_analytics_cache_clear(server pg_catalog.name DEFAULT NULL)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
REVOKE ALL ON FUNCTION pc_analytics_cache_clear(pg_catalog.name) FROM PUBLIC;
COMMENT ON FUNCTION pc_analytics_cache_clear(pg_catalog.name) IS
  'drops the responses that are kept for all sessions; returns how many';
