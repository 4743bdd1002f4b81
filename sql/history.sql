-- The histories: one request a day, the days from the conditions on snapshot_date.
SET search_path = pc, public;
CREATE FUNCTION public.asked_days(condition text, relation text DEFAULT 'license_deployment_history')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (VERBOSE, COSTS OFF) SELECT licenses_sold FROM %s WHERE %s', relation, condition) LOOP
    IF line ~ '^ *(Remote Snapshot|Remote Filter|Request|Local Filter Reason|One-Time Filter)' THEN
      RETURN NEXT regexp_replace(ltrim(line), 'https://[^?]*', '…');
    END IF;
  END LOOP;
END $$;

SELECT asked_days($$snapshot_date = '2018-10-14'$$);
SELECT asked_days($$snapshot_date IN ('2018-10-14', '2018-10-07', '2018-10-14')$$);
SELECT asked_days($$snapshot_date BETWEEN '2018-10-12' AND '2018-10-14'$$);
SELECT asked_days($$snapshot_date > '2018-10-12' AND snapshot_date < '2018-10-15'$$);
SELECT asked_days($$snapshot_date >= '2018-10-12 12:00'::timestamp AND snapshot_date <= '2018-10-13 12:00'::timestamp$$);
SELECT asked_days($$snapshot_date BETWEEN '2018-10-01' AND '2018-10-31'$$);
SELECT asked_days($$snapshot_date IN ('2018-10-14', '2018-10-07') AND snapshot_date > '2018-10-10'$$);
SELECT asked_days($$snapshot_date BETWEEN '2018-10-14' AND '2018-10-12'$$);
SELECT asked_days($$snapshot_date = '2018-10-14' AND channel = 'reseller' AND licenses_sold > 5$$);
SELECT asked_days($$snapshot_date = current_date$$);
-- none behind today
SELECT asked_days($$snapshot_date BETWEEN '9999-01-01' AND '9999-01-03'$$);
-- the first day must be given, and not too many may follow
SELECT asked_days('true');
SELECT asked_days($$snapshot_date <= '2018-10-14'$$);
SELECT asked_days($$snapshot_date <> '2018-10-14'$$);
SELECT asked_days($$snapshot_date = '2018-10-14' OR channel = 'x'$$);
SELECT asked_days($$snapshot_date BETWEEN '2018-01-01' AND '2018-12-31'$$);
SELECT * FROM license_deployment_history;
SELECT * FROM license_deployment_history WHERE snapshot_date <= '2018-10-14';
SELECT * FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-01-01' AND '2018-12-31';
-- lists of moments: each is the day that begins then, which the session's zone decides
SELECT asked_days($$snapshot_date IN (now(), now() - interval '1 day')$$);
SELECT asked_days($$snapshot_date IN ('2018-10-14'::timestamptz, '2018-10-07'::timestamptz)$$);
SELECT asked_days($$snapshot_date = ANY (ARRAY['2018-10-14', now(), NULL]::timestamptz[])$$);
SELECT asked_days($$snapshot_date = ANY (ARRAY(SELECT generate_series('2018-10-12'::timestamptz, '2018-10-14', '1 day')))$$);
SELECT asked_days($$snapshot_date IN ((SELECT now()), '2018-10-14'::timestamptz)$$);
SELECT asked_days($$snapshot_date::timestamptz IN ('2018-10-14', now())$$);
SELECT asked_days($$snapshot_date::timestamp IN ('2018-10-14', '2018-10-07 12:00')$$);
SELECT asked_days($$date_trunc('month', snapshot_date) IN ('2018-10-01', now())$$);
-- of spans whose bounds are known, the days of each once and in their order
SELECT asked_days($$date_trunc('week', snapshot_date::timestamp) IN ('2018-10-15', '2018-10-08')$$);
SELECT asked_days($$date_trunc('day', snapshot_date::timestamp) IN ('2018-10-14', '2018-10-12', '2018-10-12', NULL)$$);
SELECT asked_days($$date_trunc('month', snapshot_date::timestamp) IN ('2018-10-01', '2018-08-01') AND snapshot_date IN ('2018-09-01', '2018-10-31', '2018-08-01')$$);
SELECT asked_days($$date_trunc('month', snapshot_date::timestamp) IN ('2018-10-01', '2018-08-01', '2018-06-01', '2018-04-01')$$);
SELECT asked_days($$date_trunc('month', snapshot_date::timestamp) IN ('0001-01-01', '2018-08-01')$$);
SELECT asked_days($$date_trunc('day', snapshot_date) IN (NULL, nullif(now(), now()))$$);
-- of OR, if all of it is about the day
SELECT asked_days($$snapshot_date = '2018-10-14' OR snapshot_date BETWEEN '2018-10-11' AND '2018-10-12'$$);
SELECT asked_days($$(snapshot_date >= '2018-10-14' OR snapshot_date = '2018-10-12') AND snapshot_date < '2018-10-16'$$);
SELECT asked_days($$NOT (snapshot_date < '2018-10-10' OR snapshot_date > '2018-10-14' OR (snapshot_date >= '2018-10-11' AND snapshot_date <= '2018-10-13'))$$);
SELECT asked_days($$(snapshot_date = '2018-10-14' AND licenses_sold > 5) OR snapshot_date = '2018-10-12'$$);
SELECT asked_days($$snapshot_date = '2018-10-14' OR snapshot_date < '2018-10-12'$$);
SELECT asked_days($$(snapshot_date = '2018-10-14' AND channel = 'x') OR snapshot_date = '2018-10-12'$$);
-- spans at the moments of an array of unknown length: from the first to the last
SELECT asked_days($$date_trunc('month', snapshot_date) = ANY (ARRAY(SELECT now()))$$);
-- a list of moments of a zone, and what is no list of days, say nothing of days
SELECT asked_days($$(snapshot_date::timestamp AT TIME ZONE 'UTC') IN ('2018-10-14', now())$$);
SELECT asked_days($$snapshot_date NOT IN ('2018-10-14'::timestamptz, now())$$);
-- more days than are allowed, as they are known when the query runs
SELECT * FROM license_deployment_history WHERE date_trunc('year', snapshot_date) IN ('2018-01-01', '2016-01-01');
SELECT * FROM license_deployment_history WHERE date_trunc('year', snapshot_date) NOT IN ('2018-01-01', now());

-- the same in a prepared statement, whose plan knows the values, or not
CREATE FUNCTION public.prepared_days(types text, condition text, arguments text)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text; mode text;
BEGIN
  EXECUTE format('PREPARE q(%s) AS SELECT licenses_sold FROM license_deployment_history WHERE %s', types, condition);
  FOREACH mode IN ARRAY ARRAY['force_custom_plan', 'force_generic_plan'] LOOP
    PERFORM set_config('plan_cache_mode', mode, true);
    FOR line IN EXECUTE format('EXPLAIN (COSTS OFF) EXECUTE q(%s)', arguments) LOOP
      IF line ~ '^ *(Remote Snapshot|One-Time Filter)' THEN
        RETURN NEXT regexp_replace(line, '^ *Remote Snapshot', mode);
      END IF;
    END LOOP;
  END LOOP;
  DEALLOCATE q;
END $$;
SELECT prepared_days('timestamptz, timestamptz', 'snapshot_date IN ($1, $2)', $$'2018-10-14', '2018-10-07'$$);
SELECT prepared_days('timestamptz[]', 'snapshot_date = ANY ($1)', $$'{2018-10-14,2018-10-07}'$$);
SELECT prepared_days('date, date', 'snapshot_date IN ($1, $2)', $$'2018-10-14', '2018-10-07'$$);
SELECT prepared_days('timestamp, timestamp', $$date_trunc('week', snapshot_date::timestamp) IN ($1, $2)$$, $$'2018-10-15', '2018-10-08'$$);
SELECT prepared_days('timestamptz', $$date_trunc('week', snapshot_date) IN ($1, '2018-10-08')$$, $$'2018-10-15'$$);
SELECT prepared_days('timestamptz', 'snapshot_date::timestamptz IN ($1, now())', $$'2018-10-14'$$);
SELECT prepared_days('date', $$($1 IS NULL OR snapshot_date = $1) AND snapshot_date IN ('2018-10-14', '2018-10-07')$$, $$'2018-10-14'$$);
SELECT prepared_days('timestamptz[]', $$date_trunc('week', snapshot_date) = ANY ($1)$$, $$'{2018-10-15,2018-10-08}'$$);
SELECT prepared_days('timestamp[]', $$date_trunc('week', snapshot_date::timestamp) = ANY ($1)$$, $$'{2018-10-15,2018-10-01}'$$);

-- the date of a row is no condition on the day
SELECT asked_days($$snapshot_date = '2018-10-14' AND processed_date_time = '2018-10-14'$$);
-- a join gives the days
SELECT joined($$SELECT d, sum(licenses_sold) FROM generate_series('2018-10-12'::timestamp, '2018-10-14', '1 day') d
  JOIN license_deployment_history ON snapshot_date = d::date GROUP BY 1$$);

-- groups carry no date: only where the parameter is known to select one day
SELECT grouped($$SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date >= '2018-10-12' AND snapshot_date < '2018-10-15' GROUP BY 1$$);
ALTER SERVER partner_center OPTIONS (ADD snapshot_parameter 'exact');
SELECT grouped($$SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date >= '2018-10-12' AND snapshot_date < '2018-10-15' GROUP BY 1$$);
SELECT grouped($$SELECT snapshot_date, service_name, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date >= '2018-10-12' AND snapshot_date < '2018-10-15' GROUP BY 1, 2$$);
ALTER SERVER partner_center OPTIONS (DROP snapshot_parameter);

-- without the rows' own date, they cannot be told apart
CREATE FOREIGN TABLE pc.undated (snapshot_date date, licenses_sold bigint)
  SERVER partner_center OPTIONS (resource 'license_usage_history');
ALTER FOREIGN TABLE pc.undated ALTER licenses_sold OPTIONS (ADD field 'licensesActive');
SELECT * FROM undated WHERE snapshot_date = '2018-10-14';

-- The lines of a plan that say what is requested: the nodes above differ by version.
CREATE FUNCTION public.requested(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ 'Foreign Scan' OR line ~ '^ *(Remote |Request|Order|Not (Grouped|Ordered) Because)' THEN
      RETURN NEXT regexp_replace(line, '^ *(-> *)?', '');
    END IF;
  END LOOP;
END $$;

-- days that have rows: one row of each shows it
EXPLAIN (VERBOSE, COSTS OFF)
SELECT DISTINCT snapshot_date FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-14';
SELECT requested($$SELECT count(DISTINCT snapshot_date) FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-14' AND channel = 'direct'$$);
-- measures and other columns need all rows
EXPLAIN (COSTS OFF)
SELECT snapshot_date, sum(licenses_active) FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-14' GROUP BY 1;
EXPLAIN (COSTS OFF)
SELECT DISTINCT snapshot_date, channel FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-14';
-- a kept row must satisfy the conditions of the next rescan, too
SELECT requested($$SELECT n, (SELECT count(DISTINCT snapshot_date) FROM license_usage_history WHERE snapshot_date >= '2018-10-01' AND snapshot_date < '2018-10-03' AND licenses_active > n) FROM generate_series(1, 2) n$$);

-- the first and the last day that have rows: one day after the other
SELECT requested($$SELECT max(snapshot_date) FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-14'$$);
EXPLAIN (VERBOSE, COSTS OFF)
SELECT snapshot_date, channel FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-14' ORDER BY snapshot_date LIMIT 5;
-- all rows: all days at the same time
EXPLAIN (COSTS OFF)
SELECT snapshot_date, channel FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-14' ORDER BY snapshot_date;

-- the latest days may be enough for a LIMIT, but not in another order, nor without one
EXPLAIN (COSTS OFF)
SELECT * FROM license_usage_history WHERE snapshot_date <= '2018-10-14' LIMIT 5;
EXPLAIN (VERBOSE, COSTS OFF)
SELECT snapshot_date FROM license_usage_history WHERE snapshot_date < '2018-10-14' ORDER BY snapshot_date DESC LIMIT 5;
EXPLAIN (COSTS OFF)
SELECT * FROM license_usage_history WHERE snapshot_date BETWEEN '2001-01-01' AND '2018-10-14' LIMIT 5;
SELECT requested($$SELECT * FROM license_usage_history WHERE snapshot_date <= '2018-10-14' ORDER BY snapshot_date LIMIT 5$$);
SELECT requested($$SELECT * FROM license_usage_history WHERE snapshot_date <= '2018-10-14' ORDER BY channel LIMIT 5$$);
SELECT requested($$SELECT * FROM license_usage_history WHERE snapshot_date <= '2018-10-14'$$);
