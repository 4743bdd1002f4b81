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
-- with which day to begin must be said, and not too many follow
SELECT asked_days('true');
SELECT asked_days($$snapshot_date <= '2018-10-14'$$);
SELECT asked_days($$snapshot_date <> '2018-10-14'$$);
SELECT asked_days($$snapshot_date = '2018-10-14' OR channel = 'x'$$);
SELECT asked_days($$snapshot_date BETWEEN '2018-01-01' AND '2018-12-31'$$);
SELECT * FROM license_deployment_history;
SELECT * FROM license_deployment_history WHERE snapshot_date <= '2018-10-14';
SELECT * FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-01-01' AND '2018-12-31';
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
