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

-- lists of moments: each is the day that begins then, or a pair of bounds

--! plain; 2 requests
SELECT count(*) FROM license_deployment_history WHERE snapshot_date IN (now(), now() - interval '1 day');
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date IN (date '2018-10-12'::timestamptz, date '2018-10-14'::timestamptz);
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_usage_history WHERE snapshot_date IN ('2018-10-14'::timestamptz, '2018-10-12'::timestamptz, NULL);
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date = ANY (ARRAY[date '2018-10-13', now()]::timestamptz[]);
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date::timestamptz IN ('2018-10-12', date '2018-10-14'::timestamptz);
--! plain; 3 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date = ANY (ARRAY(SELECT generate_series(date '2018-10-12', '2018-10-14', '1 day')));
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date IN ((SELECT min(DATE '2018-10-12'::timestamptz) FROM nums), (SELECT max(date '2018-10-13')::timestamptz FROM nums));
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_usage_history WHERE snapshot_date::timestamp IN ('2018-10-12', '2018-10-13 00:00', '2018-10-14 12:00') AND snapshot_date < timestamp '2018-10-14';
--! plain; 16 requests
SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE date_trunc('week', snapshot_date) IN ('2018-10-08', '2018-10-15') GROUP BY 1;
--! plain; 18 requests
SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE date_trunc('week', snapshot_date) IN ('2018-10-08', '2018-09-24') GROUP BY 1;
--! plain; 2 requests
SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE date_trunc('week', snapshot_date::timestamp) = ANY ('{2018-10-08,2018-10-15}'::timestamp[]) AND snapshot_date IN ('2018-10-14', '2018-10-13') GROUP BY 1;
--! plain; 62 requests
SELECT snapshot_date, channel FROM license_usage_history WHERE date_trunc('month', snapshot_date::timestamp) IN (date '2018-10-01', '2018-12-01');
--! plain; 33 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE date_trunc('month', snapshot_date) IN ('2018-10-01', date_trunc('month', timestamptz '2018-10-14'));
--! plain; 3 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE date_trunc('day', snapshot_date) IN (date '2018-10-13'::timestamptz, NULL);
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE (snapshot_date BETWEEN '2018-10-13' AND '2018-10-14' OR snapshot_date = '2018-10-12' AND snapshot_date >= '2018-10-01') AND NOT (snapshot_date > '2018-10-13' AND snapshot_date < '2018-10-20');
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date = '2018-10-13' OR snapshot_date = '2018-10-12'::timestamptz OR current_setting('equivalence.given', true) = 'all';
--! plain; 0 requests; empty
SELECT snapshot_date FROM license_deployment_history WHERE date_trunc('day', snapshot_date) IN (NULL::timestamptz, nullif(now(), now()));
--! plain; 4 requests
SELECT d, h.channel FROM unnest(ARRAY['2018-10-12', '2018-10-14', NULL]::timestamptz[]) d JOIN license_deployment_history h ON h.snapshot_date IN (d, d - interval '1 day');
--! plain; 3 requests
SELECT d, x.s FROM unnest(ARRAY['2018-10-12', NULL]::timestamptz[]) d, LATERAL (SELECT sum(licenses_sold) AS s FROM license_deployment_history WHERE date_trunc('day', snapshot_date) IN (d)) x;
--! script; 4 requests
PREPARE p(timestamptz, timestamptz) AS SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date IN ($1, $2) GROUP BY 1;
EXECUTE p('2018-10-12', '2018-10-14');
EXECUTE p('2018-10-14', NULL);
EXECUTE p(NULL, NULL);
EXECUTE p('2018-10-14', '2018-10-14');
--! script; 4 requests
PREPARE p(timestamptz[]) AS SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE snapshot_date = ANY ($1) GROUP BY 1;
EXECUTE p('{2018-10-12,2018-10-14}');
EXECUTE p('{2018-10-14,NULL,2018-10-13}');
EXECUTE p(NULL);
EXECUTE p('{}');
--! script; 12 requests
PREPARE p(timestamptz, timestamptz) AS SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE date_trunc('day', snapshot_date) IN ($1, $2) AND snapshot_date >= '2018-10-01' GROUP BY 1;
EXECUTE p('2018-10-12', '2018-10-14');
EXECUTE p('2018-10-14', NULL);
EXECUTE p(NULL, NULL);
EXECUTE p('2018-09-14', '2018-10-13');
--! script; 5 requests
PREPARE p(timestamptz) AS SELECT snapshot_date, licenses_sold FROM license_usage_history JOIN (SELECT channel, licenses_sold FROM license_deployment LIMIT 0) d USING (channel) WHERE snapshot_date IN ($1, $1 + interval '1 day');
EXECUTE p('2018-10-12');
EXECUTE p(NULL);
--! script; 4 requests
PREPARE p(timestamptz) AS SELECT snapshot_date, channel FROM license_usage_history WHERE snapshot_date::timestamptz IN ($1, '2018-10-14');
SET LOCAL timezone = 'Asia/Tokyo';
EXECUTE p('2018-10-12');
SET LOCAL timezone = 'America/New_York';
EXECUTE p('2018-10-14');
--! script; 3 requests
PREPARE p(date, text) AS SELECT snapshot_date, channel FROM license_usage_history WHERE ($1 IS NULL OR snapshot_date = $1) AND ($2 = 'all' OR snapshot_date = '2018-10-12') AND snapshot_date BETWEEN '2018-10-12' AND '2018-10-13';
EXECUTE p('2018-10-13', 'all');
EXECUTE p('2018-10-13', 'some');
EXECUTE p(NULL, 'some');
EXECUTE p('2018-10-12', 'some');
--! plain; 2 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date = '2018-10-13' AND licenses_sold > 5 OR snapshot_date = '2018-10-12' AND snapshot_date IS NOT NULL;
--! script; 25 requests
PREPARE p(timestamptz[]) AS SELECT snapshot_date, sum(licenses_sold) FROM license_deployment_history WHERE date_trunc('week', snapshot_date) = ANY ($1) GROUP BY 1;
EXECUTE p('{2018-10-08}');
EXECUTE p('{2018-10-08,2018-10-01}');
EXECUTE p(NULL);
EXECUTE p('{NULL}');
--! script; 4 requests
PREPARE p AS SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date IN ('2018-10-13 15:00Z'::timestamptz, '2018-10-11 15:00Z'::timestamptz);
EXECUTE p;
SET LOCAL timezone = 'Asia/Tokyo';
EXECUTE p;
--! plain; 9 requests
SELECT snapshot_date, channel FROM license_deployment_history WHERE date_trunc('week', snapshot_date) = ANY (ARRAY(SELECT DISTINCT date_trunc('week', d) FROM generate_series('2018-10-12'::timestamptz, '2018-10-14', '1 day') d));
--! plain; 3 requests
SELECT snapshot_date, channel FROM license_usage_history WHERE snapshot_date = '2018-10-13' OR snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' OR snapshot_date = '2018-10-12';
--! plain; 3 requests
SELECT snapshot_date, channel FROM license_usage_history WHERE (snapshot_date = '2018-10-13' OR channel = 'direct') AND snapshot_date BETWEEN '2018-10-12' AND '2018-10-14';

-- days that have rows: the first, the last, all of them

--! plain; 18 requests; limit 1
SELECT max(snapshot_date) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-31';
--! plain; 12 requests; limit 1
SELECT min(snapshot_date) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-31';
--! plain; 31 requests
SELECT DISTINCT snapshot_date FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-31';
--! plain
SELECT count(DISTINCT snapshot_date), bool_and(snapshot_date > '2018-10-12') FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-01' AND '2018-10-31' AND channel = 'direct' AND licenses_sold > 10;
--! plain
SELECT snapshot_date FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-10' AND '2018-10-14' AND processed_date_time IS NOT NULL GROUP BY 1 HAVING snapshot_date > '2018-10-12';
--! plain
SELECT snapshot_date, count(*) FROM license_usage_history WHERE snapshot_date BETWEEN '2018-10-10' AND '2018-10-14' GROUP BY 1;
--! plain
SELECT n, (SELECT count(DISTINCT snapshot_date) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' AND licenses_sold > n) FROM generate_series(0, 5000, 500) n;
--! plain
SELECT n, (SELECT max(snapshot_date) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' AND licenses_sold > n) FROM generate_series(0, 5000, 500) n;
--! plain
SELECT n, (SELECT count(DISTINCT snapshot_date) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' AND length(product_id || customer_name) % 7 = n) FROM generate_series(0, 6) n;
--! plain
SELECT count(DISTINCT snapshot_date) FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' AND length(product_id || customer_name) % 7 = 3;
--! plain
SELECT max(snapshot_date) FROM license_deployment_history WHERE snapshot_date IN ('2018-10-12', '2018-10-13', '2018-10-14') AND length(product_id || customer_name) % 7 = 5;
--! plain
SELECT snapshot_date FROM license_deployment_history WHERE snapshot_date BETWEEN '2018-10-12' AND '2018-10-14' ORDER BY snapshot_date DESC OFFSET 200 LIMIT 60;
--! plain; rows only
SELECT snapshot_date, channel FROM license_deployment_history WHERE snapshot_date <= '2018-10-14' LIMIT 50;
--! plain; 1 request; limit 1
SELECT max(snapshot_date) FROM license_deployment_history WHERE snapshot_date <= '2018-10-14';
--! plain; rows only
SELECT snapshot_date FROM license_usage_history WHERE snapshot_date BETWEEN '2001-01-01' AND '2018-10-14' ORDER BY snapshot_date DESC LIMIT 7;
