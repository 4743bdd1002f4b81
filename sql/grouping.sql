-- Which queries are grouped by the API, and why the others are not.
SET search_path = pc, public;

-- Prints what is requested with groupby, or why nothing is.
CREATE FUNCTION public.grouped(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ 'Foreign Scan' OR line ~ '^ *(Relations|Remote Filter|Remote Group By|Not Grouped Because)' THEN
      RETURN NEXT regexp_replace(line, '^ *(-> *)?', '');
    END IF;
  END LOOP;
END $$;

-- sums of measures
SELECT grouped($$SELECT service_name, sum(licenses_sold) AS sold, sum(licenses_deployed) AS deployed
  FROM license_deployment WHERE channel = 'reseller' GROUP BY service_name$$);
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment WHERE service_code = 'o365'$$);
SELECT grouped($$SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 HAVING sum(licenses_sold) > 5 ORDER BY 2 DESC LIMIT 3$$);
SELECT grouped($$SELECT upper(channel), sum(licenses_sold) FROM license_deployment WHERE customer_name LIKE 'A%' GROUP BY 1$$);
SELECT grouped($$SELECT workload_name, sum(licenses_active), sum(licenses_qualified) FROM license_usage GROUP BY 1$$);
SELECT grouped($$SELECT sum(licenses_sold) - sum(licenses_deployed) FROM license_deployment$$);

-- linear expressions
SELECT grouped($$SELECT sum(CASE WHEN service_code = 'o365' THEN licenses_sold END), sum(CASE service_code WHEN 'crm' THEN licenses_sold ELSE 0 END) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold) FILTER (WHERE service_code = 'o365') FROM license_deployment$$);
SELECT grouped($$SELECT sum(coalesce(licenses_sold, 0)), sum(-licenses_sold), sum(licenses_sold * 12), sum(licenses_sold::numeric * 1.2) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold - licenses_deployed) FROM license_deployment$$);
SELECT grouped($$SELECT sum(coalesce(licenses_sold, 1)) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold * licenses_sold) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold / 2) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold * 10001) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold::numeric * 'Infinity'::numeric) FROM license_deployment$$);
SELECT grouped($$SELECT sum(CASE WHEN licenses_sold > 0 THEN licenses_sold END) FROM license_deployment$$);
SELECT grouped($$SELECT sum(abs(licenses_sold)) FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold) FILTER (WHERE licenses_sold > 3) FROM license_deployment$$);

-- aggregates that ignore how often a value comes
SELECT grouped($$SELECT min(service_name), max(service_code), count(DISTINCT channel), bool_or(channel = 'x') FROM license_deployment$$);
SELECT grouped($$SELECT string_agg(DISTINCT service_code, ',') FROM license_deployment$$);
SELECT grouped($$SELECT channel FROM license_deployment GROUP BY channel HAVING count(*) > 0$$);

-- everything else needs every row
SELECT grouped($$SELECT count(*) FROM license_deployment$$);
SELECT grouped($$SELECT channel, count(*) FROM license_deployment GROUP BY 1$$);
SELECT grouped($$SELECT count(channel) FROM license_deployment$$);
SELECT grouped($$SELECT avg(licenses_sold) FROM license_deployment$$);
SELECT grouped($$SELECT max(licenses_sold) FROM license_deployment$$);
SELECT grouped($$SELECT sum(DISTINCT licenses_sold) FROM license_deployment$$);
SELECT grouped($$SELECT string_agg(service_code, ',') FROM license_deployment$$);
SELECT grouped($$SELECT sum(licenses_sold::int) FROM license_deployment$$);
SELECT grouped($$SELECT licenses_sold FROM license_deployment GROUP BY 1$$);
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_sold > 5$$);
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment GROUP BY processed_date_time$$);
SELECT grouped($$SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 HAVING count(*) > 1$$);
SELECT grouped($$SELECT sum(licenses_sold + random()::int) FROM license_deployment$$);

-- DISTINCT
SELECT grouped($$SELECT DISTINCT service_name FROM license_deployment WHERE channel = 'reseller'$$);
SELECT grouped($$SELECT DISTINCT ON (service_name) service_name, channel FROM license_deployment ORDER BY service_name, channel$$);
SELECT grouped($$SELECT DISTINCT channel, processed_date_time FROM license_deployment$$);
SELECT grouped($$SELECT DISTINCT licenses_sold FROM license_deployment$$);
SELECT grouped($$SELECT DISTINCT service_name, row_number() OVER () FROM license_deployment$$);

-- grouping sets
SELECT grouped($$SELECT service_name, channel, sum(licenses_sold), grouping(channel) FROM license_deployment GROUP BY ROLLUP (service_name, channel)$$);

-- below joins: a group stands for its rows
CREATE TABLE public.region (tenant uuid, region text);
SELECT grouped($$SELECT region, sum(licenses_sold) FROM license_deployment JOIN region ON tenant = customer_tenant_id GROUP BY 1$$);
SELECT grouped($$SELECT region, sum(licenses_sold) FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id AND channel = 'reseller' GROUP BY 1$$);
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment JOIN region ON licenses_sold = length(region)$$);
SELECT grouped($$SELECT sum(d.licenses_sold), sum(u.licenses_active) FROM license_deployment d JOIN license_usage u USING (customer_tenant_id)$$);
SELECT grouped($$SELECT count(*) FROM region WHERE EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant)$$);
SELECT grouped($$SELECT region FROM region WHERE NOT EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant AND licenses_sold > 0)$$);
SELECT grouped($$SELECT * FROM region WHERE tenant NOT IN (SELECT customer_tenant_id FROM license_deployment)$$);
SELECT grouped($$SELECT region FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id WHERE customer_tenant_id IS NULL$$);
SELECT grouped($$SELECT region, sum(s) FROM region, LATERAL (SELECT licenses_sold AS s FROM license_deployment WHERE customer_tenant_id = tenant) x GROUP BY 1$$);

-- set operations, views, subqueries
SELECT grouped($$SELECT service_name FROM license_deployment UNION SELECT service_name FROM license_usage$$);
SELECT grouped($$SELECT service_name FROM license_deployment UNION ALL SELECT service_name FROM license_usage$$);
SELECT grouped($$SELECT service_name FROM license_deployment EXCEPT ALL SELECT service_name FROM license_usage$$);
SELECT grouped($$SELECT n, sum(s) FROM (SELECT service_name AS n, licenses_sold AS s FROM license_deployment UNION ALL SELECT service_name, licenses_qualified FROM license_usage) x GROUP BY 1$$);
CREATE VIEW public.sold AS SELECT service_name, channel, licenses_sold * 2 AS twice FROM license_deployment;
SELECT grouped($$SELECT service_name, sum(twice) FROM sold WHERE channel = 'reseller' GROUP BY 1$$);
SELECT grouped($$WITH x AS MATERIALIZED (SELECT * FROM license_deployment) SELECT sum(licenses_sold) FROM x$$);
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment HAVING sum(licenses_sold) > (SELECT 1)$$);

-- partitions
CREATE TABLE public.all_channels (channel text, service_name text, licenses_sold bigint) PARTITION BY LIST (channel);
CREATE FOREIGN TABLE pc.resellers PARTITION OF public.all_channels FOR VALUES IN ('reseller')
  SERVER partner_center OPTIONS (resource 'license_deployment');
CREATE FOREIGN TABLE pc.directs PARTITION OF public.all_channels FOR VALUES IN ('direct')
  SERVER partner_center OPTIONS (resource 'license_deployment');
SELECT grouped($$SELECT service_name, sum(licenses_sold) FROM all_channels GROUP BY 1$$);

-- statements that lock or change rows
SELECT grouped($$SELECT sum(s) FROM (SELECT licenses_sold AS s FROM license_deployment FOR UPDATE) x$$);
SELECT grouped($$INSERT INTO public.region (region) SELECT service_name FROM license_deployment GROUP BY 1 HAVING sum(licenses_sold) > 5$$);
SELECT grouped($$UPDATE public.region SET region = 'x' FROM license_deployment WHERE tenant = customer_tenant_id$$);

-- options that stop it
ALTER FOREIGN TABLE license_deployment OPTIONS (ADD pushdown_group 'false');
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment$$);
ALTER FOREIGN TABLE license_deployment OPTIONS (DROP pushdown_group);
ALTER SERVER partner_center OPTIONS (ADD group_comparison 'unknown');
SELECT grouped($$SELECT service_name, sum(licenses_sold) FROM license_deployment GROUP BY 1$$);
SELECT grouped($$SELECT customer_tenant_id, sum(licenses_sold) FROM license_deployment GROUP BY 1$$);
SELECT grouped($$SELECT sum(licenses_sold) FROM license_deployment$$);
ALTER SERVER partner_center OPTIONS (DROP group_comparison);
SELECT grouped($$SELECT channel, sum(licenses_sold) FROM partner_license_deployment GROUP BY 1$$);

-- NOT NULL measures may be subtracted row by row
ALTER FOREIGN TABLE license_deployment ALTER licenses_sold SET NOT NULL, ALTER licenses_deployed SET NOT NULL;
SELECT grouped($$SELECT sum(licenses_sold - licenses_deployed) FROM license_deployment$$);
ALTER FOREIGN TABLE license_deployment ALTER licenses_sold DROP NOT NULL, ALTER licenses_deployed DROP NOT NULL;

-- a measure of another type may not hold the sum
CREATE FOREIGN TABLE pc.typed_measures (
  channel text,
  small integer OPTIONS (field 'licensesSold'),
  rounded numeric(12,2) OPTIONS (field 'licensesSold'),
  wide numeric OPTIONS (field 'licensesSold')
) SERVER partner_center OPTIONS (resource 'license_deployment');
SELECT grouped($$SELECT sum(small) FROM typed_measures$$);
SELECT grouped($$SELECT sum(rounded) FROM typed_measures$$);
SELECT grouped($$SELECT sum(wide) FROM typed_measures$$);

-- two columns of one field are one key
CREATE FOREIGN TABLE pc.twice (a text OPTIONS (field 'channel'), b text OPTIONS (field 'channel'), sold bigint OPTIONS (field 'licensesSold'))
  SERVER partner_center OPTIONS (resource 'license_deployment');
SELECT grouped($$SELECT a, b, sum(sold) FROM twice WHERE a = 'x' OR b = 'y' GROUP BY 1, 2$$);
