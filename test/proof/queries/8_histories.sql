-- The histories: one request a day, and days only as conditions tell them.

--! plain; 1 request
SELECT * FROM license_deployment_history WHERE snapshot_date = '2018-10-13';
--! plain; 3 requests
SELECT snapshot_date, channel, licenses_sold FROM license_deployment_history WHERE snapshot_date IN ('2018-10-12', '2018-10-14', '2018-10-12', '2017-01-01');
--! plain; 3 requests
SELECT snapshot_date, channel, licenses_sold FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14';
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date > '2018-10-12' AND snapshot_date < '2018-10-15';
--! plain; 1 request
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date >= '2018-10-12 12:00'::timestamp AND snapshot_date <= '2018-10-13 12:00'::timestamp;
--! plain; 31 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-31' AND channel = 'direct';
--! plain; 1 request
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date IN ('2018-10-14', '2018-10-07') AND snapshot_date > '2018-10-10';
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' AND snapshot_date <> '2018-10-13' AND snapshot_date IN ('2018-10-12', '2018-10-14');
--! plain; 0 requests; empty
SELECT snapshot_date FROM license_deployment_history WHERE snapshot_date = '2018-10-14' AND snapshot_date > '2018-10-14';
--! plain; 0 requests; empty
SELECT snapshot_date FROM license_deployment_history WHERE snapshot_date = ANY ('{}'::date[]);
--! plain; 3 requests
SELECT snapshot_date FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' AND (snapshot_date = '2018-10-13' OR channel = 'direct');
--! plain; 3 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE NOT (snapshot_date < '2018-10-12' OR snapshot_date > '2018-10-14');
--! plain; 3 requests
SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' GROUP BY 1;
--! plain; 3 requests
SELECT snapshot_date, channel, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' GROUP BY ROLLUP (1, 2);
--! plain; 3 requests
SELECT DISTINCT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date IN ('2018-10-12', '2018-10-13', '2018-10-14') AND service_code = 'crm';
--! plain; 1 request
SELECT sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = '2018-10-12';
--! plain; 3 requests
SELECT count(*), count(DISTINCT snapshot_date) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14';
--! plain; 1 request
SELECT count(*) FROM license_deployment_history WHERE snapshot_date = '2018-10-13';
--! plain; 3 requests; rows only
SELECT channel FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' OFFSET 300;
--! plain; 3 requests; rows only
SELECT channel FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' LIMIT 5;
--! plain; 4 requests
SELECT a.channel, sum(b.licenses_sold) - sum(a.licenses_sold) FROM (SELECT channel, sum(licenses_sold) AS licenses_sold FROM license_deployment_history WHERE snapshot_date = '2018-10-12' GROUP BY 1) a JOIN (SELECT channel, sum(licenses_sold) AS licenses_sold FROM license_deployment_history WHERE snapshot_date = '2018-10-14' GROUP BY 1) b USING (channel) GROUP BY 1;
--! plain; 3 requests
SELECT d::date, sum(licenses_sold) FROM generate_series('2018-10-12'::timestamp, '2018-10-14', '1 day') d JOIN license_deployment_history ON snapshot_date = d::date GROUP BY 1;
--! plain; 3 requests
SELECT d, x.s FROM unnest(ARRAY['2018-10-12', '2018-10-14', NULL]::date[]) d, LATERAL (SELECT sum(licenses_sold) AS s FROM license_deployment_history WHERE snapshot_date = d) x;
--! plain; 6 requests
SELECT region, channel FROM region JOIN license_deployment_history ON customer_tenant_id = tenant AND region = 'north' AND snapshot_date = '2018-10-13';
--! plain
SELECT d.channel, h.snapshot_date FROM license_deployment d JOIN license_usage_history h USING (customer_tenant_id, channel) WHERE h.snapshot_date IN ('2018-10-13', '2018-10-14') AND d.channel = 'o''hara' OR false;
--! plain; 2 requests
SELECT workload_code, max(snapshot_date) FROM license_usage_history WHERE snapshot_date = ANY (ARRAY['2018-10-13', '2018-10-14', NULL]::date[]) GROUP BY 1;
--! script; 4 requests
PREPARE p(date, date) AS SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date >= $1 AND snapshot_date <= $2 GROUP BY 1;
EXECUTE p('2018-10-13', '2018-10-14');
EXECUTE p('2018-10-14', '2018-10-13');
EXECUTE p('2018-10-14', '2018-10-15');
EXECUTE p(NULL, '2018-10-13');
--! script; 3 requests
PREPARE p(date[]) AS SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = ANY ($1) GROUP BY 1;
EXECUTE p('{2018-10-13,2018-10-14}');
EXECUTE p('{2018-10-13,NULL,2018-10-13}');
EXECUTE p(NULL);
EXECUTE p('{}');

-- Days as timestamps with time zone

--! plain
SELECT d, sum(licenses_sold), count(*) FROM generate_series('2018-10-12'::date, '2018-10-14', '1 day') d JOIN license_deployment_history ON snapshot_date = d GROUP BY 1;
--! plain
SELECT count(*) FROM license_usage_history WHERE snapshot_date = timestamptz '2018-10-13';
--! plain; empty
SELECT service_name FROM license_usage_history WHERE snapshot_date = timestamptz '2018-10-13 12:00';

--! plain; 0 requests; empty
SELECT channel FROM license_deployment_history WHERE snapshot_date = '5000000-01-01';

-- days as reports ask for them

--! plain; 31 requests
SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE date_trunc('month', snapshot_date::timestamp) = '2018-10-01' GROUP BY 1;
--! plain; 33 requests
SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE date_trunc('month', snapshot_date) = '2018-10-01' GROUP BY 1;
--! plain; 7 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE date_trunc('week', snapshot_date::timestamp) = '2018-10-08';
--! plain; 1 request
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date::timestamp = '2018-10-13' OR false;
--! plain; 1 request
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date::timestamptz = '2018-10-13 00:00';
--! plain; 3 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date::timestamp AT TIME ZONE 'UTC' = '2018-10-13 00:00Z';
--! plain; 3 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE extract(year FROM snapshot_date) = 2018 AND snapshot_date BETWEEN '2018-10-12' AND '2018-10-14';
