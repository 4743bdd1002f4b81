-- Set operations, views, subqueries, WITH, partitions and heirs.

--! grouped; 2 requests
SELECT channel FROM license_deployment UNION SELECT channel FROM license_usage;
--! grouped; 2 requests
SELECT channel, service_code FROM license_deployment INTERSECT SELECT channel, service_code FROM license_usage;
--! grouped; 2 requests
SELECT channel FROM license_deployment EXCEPT SELECT channel FROM license_usage;
--! grouped; 3 requests
SELECT channel FROM license_deployment UNION SELECT channel FROM license_usage UNION SELECT service_code FROM license_usage;
--! grouped; 2 requests
(SELECT channel FROM license_deployment UNION ALL SELECT channel FROM license_usage) UNION SELECT 'x';
--! mixed; 3 requests
SELECT channel FROM license_deployment UNION ALL (SELECT channel FROM license_usage UNION SELECT workload_code FROM license_usage);
--! mixed; 4 requests
(SELECT channel FROM license_deployment INTERSECT ALL SELECT channel FROM license_usage) UNION ALL (SELECT channel FROM license_usage INTERSECT SELECT channel FROM license_deployment WHERE channel = 'direct');
--! grouped; 1 request
SELECT upper(channel), 1 AS one FROM license_deployment UNION SELECT 'x', 2 ORDER BY 1, 2 LIMIT 4;
--! grouped; 1 request
SELECT channel FROM chan EXCEPT ALL SELECT DISTINCT channel FROM license_deployment;
--! grouped; 2 requests
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 UNION ALL SELECT channel, sum(licenses_active) FROM license_usage GROUP BY 1;
--! plain; 2 requests
SELECT channel FROM license_deployment UNION ALL SELECT channel FROM license_usage;
--! plain; 2 requests
SELECT channel FROM license_deployment INTERSECT ALL SELECT channel FROM license_usage;
--! plain; 2 requests
SELECT channel FROM license_deployment EXCEPT ALL SELECT channel FROM license_usage;
--! plain; 2 requests
(SELECT channel FROM license_deployment INTERSECT ALL SELECT channel FROM license_usage) UNION SELECT 'x';
--! plain; 2 requests
(SELECT channel FROM license_deployment EXCEPT ALL SELECT channel FROM license_usage) INTERSECT SELECT channel FROM chan;
--! plain; 1 request; because a measure is used, but not summed
SELECT licenses_sold FROM license_deployment UNION SELECT n FROM nums;
--! plain; 1 request
(SELECT channel FROM license_deployment ORDER BY channel LIMIT 3) UNION SELECT 'x';
--! plain; 1 request
(SELECT channel FROM license_deployment ORDER BY channel OFFSET 237) UNION SELECT 'x';
--! plain; 1 request
SELECT channel || row_number() OVER (PARTITION BY channel) FROM license_deployment UNION SELECT 'x';
--! plain
WITH RECURSIVE r(c) AS (SELECT channel FROM license_deployment UNION SELECT upper(c) FROM r) SELECT * FROM r;
--! plain
WITH RECURSIVE r(c, d) AS (VALUES (NULL::text, 0) UNION SELECT channel, d + 1 FROM r, license_deployment WHERE d < 1) SELECT * FROM r;
--! plain; 1 request; because the query has a volatile function
SELECT channel, noise(1) FROM license_deployment UNION SELECT 'x', 1;

-- UNION ALL below an aggregate

--! grouped; 2 requests
SELECT kind, channel, sum(m) FROM u_all GROUP BY 1, 2;
--! grouped; 2 requests
SELECT channel, sum(m) FROM u_all GROUP BY ROLLUP (channel);
--! grouped; 2 requests
SELECT kind, sum(m) FROM u_all GROUP BY ROLLUP (kind);
--! grouped; 2 requests
SELECT region, sum(m) FROM u_all JOIN region USING (tenant) GROUP BY 1;
--! grouped; 2 requests
SELECT DISTINCT kind, channel FROM u_all;
--! grouped; 2 requests
SELECT region FROM region WHERE tenant IN (SELECT tenant FROM u_all WHERE channel = 'o''hara');
--! grouped; 2 requests
SELECT sum(m) FROM u_all WHERE channel = 'direct' AND service_code = 'crm';
--! grouped; 1 request
SELECT sum(m), max(channel) FROM u_all WHERE kind = 'u';
--! counted; 4 requests
SELECT kind, count(*) FROM u_all GROUP BY 1;
--! plain; 2 requests; because a condition on a measure
SELECT kind, sum(m) FROM u_all WHERE m > 5 GROUP BY 1;
--! plain; 2 requests; because a measure is used in a join
SELECT sum(m) FROM u_all JOIN nums ON n = m;
--! plain; 2 requests
SELECT max(m) FROM u_all;
--! grouped; 1 request
SELECT c, sum(m) FROM (SELECT channel AS c, licenses_sold AS m FROM license_deployment UNION ALL SELECT channel, n FROM chan) x GROUP BY 1;
--! mixed; 2 requests; because sum(...) does more with a measure
SELECT c, sum(m) FROM (SELECT channel AS c, licenses_sold AS m FROM license_deployment UNION ALL SELECT channel, licenses_active + 1 FROM license_usage) x GROUP BY 1;
--! mixed; 2 requests
SELECT c, sum(m) FROM (SELECT channel AS c, licenses_sold AS m FROM license_deployment UNION ALL SELECT channel, length(workload_code)::bigint FROM license_usage) x GROUP BY 1;
--! grouped; 2 requests
SELECT c, sum(m) FROM (SELECT channel AS c, CASE WHEN service_code = 'crm' THEN licenses_sold ELSE 0 END AS m FROM license_deployment UNION ALL SELECT channel, -licenses_active FROM license_usage) x GROUP BY 1;
--! grouped; 2 requests
SELECT c, sum(m) FROM (SELECT channel AS c, licenses_sold AS m FROM license_deployment WHERE service_code = 'crm' UNION ALL SELECT channel, licenses_active FROM license_usage WHERE service_code = 'crm') x GROUP BY 1;
--! grouped; 2 requests
SELECT region, sum(m) FROM region LEFT JOIN (SELECT customer_tenant_id AS tenant, licenses_sold * 2 AS m FROM license_deployment UNION ALL SELECT customer_tenant_id, coalesce(licenses_active, 0) FROM license_usage) x USING (tenant) GROUP BY 1;

-- partitions and heirs

--! grouped; 2 requests
SELECT channel, sum(sold), sum(other) FROM parts GROUP BY 1;
--! grouped; 2 requests
SELECT product_id, sum(sold) FROM parts GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(sold) FROM parts WHERE product_id = 'D-1' GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(sold) FROM parts WHERE product_id >= 'D' AND product_id < 'D-3' GROUP BY 1;
--! none; 0 requests
SELECT sum(sold) FROM parts WHERE product_id = 'L-1';
--! grouped; 2 requests
SELECT region, sum(sold) FROM parts JOIN region USING (tenant) GROUP BY 1;
--! grouped; 2 requests
SELECT region, sum(sold) FROM region LEFT JOIN parts USING (tenant) GROUP BY 1;
--! grouped; 2 requests
SELECT DISTINCT channel, service_code FROM parts;
--! grouped; 2 requests
SELECT channel, service_code, sum(sold * 3) FROM parts GROUP BY CUBE (1, 2);
--! grouped; 2 requests
SELECT tableoid::regclass::text, sum(sold) FROM parts GROUP BY 1;
--! grouped; 2 requests
SELECT region FROM region WHERE EXISTS (SELECT FROM parts WHERE parts.tenant = region.tenant AND channel = 'direct');
--! plain; 2 requests
SELECT product_id, count(*) FROM parts GROUP BY 1;
--! plain; 2 requests
SELECT channel, max(sold) FROM parts GROUP BY 1;
--! plain; 2 requests
SELECT sum(sold - other) FROM parts;
--! plain; 2 requests
SELECT sum(sold) FROM parts WHERE other > 3;
--! plain; 2 requests
SELECT * FROM parts WHERE channel = 'direct';
--! plain; 2 requests
SELECT max(parts::text) FROM parts;
--! grouped; 1 request
SELECT channel, sum(sold) FROM heirs GROUP BY 1;
--! grouped; 1 request
SELECT weight, sum(sold) FROM heirs LEFT JOIN svc USING (service_code) GROUP BY 1;
--! plain; 1 request
SELECT channel, sum(sold), count(*) FROM heirs GROUP BY 1;
--! none; 0 requests
SELECT channel, sum(sold) FROM ONLY heirs GROUP BY 1;

-- views and subqueries

--! grouped; 1 request
SELECT channel, sum(sold) FROM v_deployment GROUP BY 1;
--! grouped; 1 request
SELECT loud, sum(twice) FROM v_deployment WHERE service_code = 'o365' GROUP BY 1;
--! grouped; 1 request
SELECT * FROM v_channel;
--! grouped; 1 request
SELECT * FROM v_channel WHERE channel = 'direct';
--! grouped; 1 request
SELECT count(*), max(sold), avg(sold) FROM v_channel;
--! grouped; 2 requests
SELECT a.channel, a.sold, b.sold FROM v_channel a JOIN v_channel b ON a.sold < b.sold;
--! plain; 1 request
SELECT channel, sum(licenses_sold) FROM v_barrier WHERE noise(1) = 1 GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM v_barrier GROUP BY 1;
--! grouped; 1 request
SELECT s, count(*) FROM (SELECT channel, sum(licenses_sold) % 2 AS s FROM license_deployment GROUP BY 1) x GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(s) FROM (SELECT channel, service_code, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1, 2) x GROUP BY 1;
--! grouped; 1 request
SELECT channel, max(s), min(s), avg(s) FROM (SELECT channel, customer_tenant_id, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1, 2) x GROUP BY 1;
--! grouped; 1 request
SELECT sum(x.licenses_sold) FROM (SELECT * FROM license_deployment WHERE channel = 'direct') x WHERE service_code = 'crm';
--! plain; 1 request
SELECT sum(licenses_sold) FROM (SELECT licenses_sold FROM license_deployment OFFSET 0) x;
--! plain; 1 request; rows only
SELECT sum(licenses_sold) FROM (SELECT licenses_sold FROM license_deployment LIMIT 5) x;
--! plain; 1 request
SELECT sum(x.licenses_sold) FROM (SELECT DISTINCT channel, licenses_sold FROM license_deployment) x;
--! grouped; 1 request
SELECT * FROM (SELECT channel, service_code, sum(licenses_sold) AS s, row_number() OVER (PARTITION BY channel ORDER BY sum(licenses_sold) DESC NULLS LAST, service_code) AS r FROM license_deployment GROUP BY 1, 2) x WHERE r = 1;

-- WITH

--! grouped; 1 request
WITH x AS (SELECT channel, licenses_sold FROM license_deployment) SELECT channel, sum(licenses_sold) FROM x GROUP BY 1;
--! plain; 1 request
WITH x AS MATERIALIZED (SELECT channel, licenses_sold FROM license_deployment) SELECT channel, sum(licenses_sold) FROM x GROUP BY 1;
--! plain; 1 request
WITH x AS (SELECT channel, licenses_sold FROM license_deployment) SELECT (SELECT sum(licenses_sold) FROM x), (SELECT count(*) FROM x);
--! grouped; 2 requests
WITH x AS NOT MATERIALIZED (SELECT channel, licenses_sold FROM license_deployment) SELECT a.channel, s, t FROM (SELECT channel, sum(licenses_sold) AS s FROM x GROUP BY 1) a JOIN (SELECT channel, sum(-licenses_sold) AS t FROM x GROUP BY 1) b USING (channel);
--! grouped; 1 request
WITH x AS MATERIALIZED (SELECT channel, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1) SELECT a.channel, a.s, b.s FROM x a LEFT JOIN x b ON a.s > b.s;
--! grouped; 1 request
WITH RECURSIVE r(n, c, s) AS (SELECT 1, channel, sum(licenses_sold) FROM license_deployment GROUP BY 2 UNION ALL SELECT n + 1, c, s FROM r WHERE n < 3) SELECT * FROM r;
--! grouped; 1 request
WITH x AS MATERIALIZED (SELECT DISTINCT customer_tenant_id FROM license_deployment WHERE channel = 'direct') SELECT region FROM region WHERE tenant IN (SELECT customer_tenant_id FROM x);

-- rows that are locked

--! plain; 1 request
SELECT channel, licenses_sold FROM license_deployment FOR UPDATE;
--! plain; 1 request
SELECT sum(s) FROM (SELECT licenses_sold AS s FROM license_deployment FOR SHARE) x;
--! plain; 10 requests
SELECT region, channel FROM region JOIN license_deployment ON tenant = customer_tenant_id FOR UPDATE OF region;
--! plain; 12 requests; because the query locks rows
SELECT region FROM region WHERE EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant) FOR UPDATE;
--! plain; 12 requests
SELECT region FROM region WHERE tenant IN (SELECT customer_tenant_id FROM license_deployment) FOR SHARE;

-- subqueries that PostgreSQL plans in a level of their own

--! grouped; 1 request
SELECT channel, sum(sold), sum(twice), sum(zero) FROM v_barriers GROUP BY 1;
--! grouped; 1 request
SELECT upper(channel), sum(sold) FROM v_barriers WHERE same(service_code) LIKE 'o%' GROUP BY 1;
--! grouped; 1 request
SELECT DISTINCT channel, tenant FROM v_barriers;
--! grouped
SELECT region FROM region WHERE tenant IN (SELECT tenant FROM v_barriers);
--! grouped
SELECT region FROM region WHERE NOT EXISTS (SELECT FROM v_barriers WHERE v_barriers.tenant = region.tenant);
--! grouped
SELECT region, sum(sold) FROM region LEFT JOIN v_barriers USING (tenant) GROUP BY 1;
--! grouped
SELECT channel FROM v_barriers UNION SELECT channel FROM v_barrier;
--! grouped
SELECT sum(a.sold) FROM v_barriers a WHERE a.tenant IN (SELECT tenant FROM v_barriers b WHERE b.channel = 'reseller');
--! plain
SELECT sum(a.sold) FROM v_barriers a JOIN v_barriers b USING (tenant);
--! plain; 1 request; because needs each row's measure
SELECT max(sold) FROM v_barriers;
--! plain; 1 request; because needs every row
SELECT channel, count(*) FROM v_barriers GROUP BY 1;
--! plain; 1 request; because a condition on a measure
SELECT sum(sold) FROM v_barriers WHERE sold > 3 OR same('x') = 'y';
--! plain; 1 request
SELECT channel, sold FROM v_barriers;
--! plain; 1 request; because does more with a measure
SELECT sum(s) FROM (SELECT channel, greatest(licenses_sold, 7) AS s FROM license_deployment ORDER BY channel) x;
--! grouped; 1 request
SELECT status, count(*), sum(license_count) FROM v_sorted GROUP BY 1;
--! plain; 1 request; because sorted by a measure
SELECT status, sum(license_count) FROM (SELECT * FROM subscriptions ORDER BY license_count) s GROUP BY 1;
--! grouped
SELECT channel, sum(m) FROM u_where GROUP BY 1;
--! mixed
SELECT channel, sum(m), count(*) FROM u_where GROUP BY 1;
--! plain; because has LIMIT
SELECT channel, sum(licenses_sold) FROM (SELECT * FROM license_deployment LIMIT 1000000) s GROUP BY 1;
--! plain; because window functions
SELECT channel, sum(licenses_sold), max(n) FROM (SELECT *, count(*) OVER (PARTITION BY channel) AS n FROM license_deployment) s GROUP BY 1;
--! plain; because write x AS NOT MATERIALIZED
WITH x AS (SELECT * FROM license_deployment) SELECT channel, sum(licenses_sold), (SELECT count(DISTINCT channel) FROM x) FROM x GROUP BY 1;
--! plain; because write x AS NOT MATERIALIZED
WITH x AS MATERIALIZED (SELECT * FROM license_deployment) SELECT a, b FROM (SELECT sum(licenses_sold) AS a FROM x) y, (SELECT max(channel) AS b FROM x) z;
--! plain; because different types
SELECT channel, sum(n) FROM (SELECT channel, licenses_sold AS n FROM license_deployment UNION ALL SELECT meter_unit, quantity FROM azure_usage) x GROUP BY 1;
--! grouped
SELECT channel, sum(n) FROM (SELECT channel, licenses_sold::numeric AS n FROM license_deployment UNION ALL SELECT meter_unit, quantity FROM azure_usage) x GROUP BY 1;
--! plain; because write NOT EXISTS
SELECT region FROM region WHERE tenant NOT IN (SELECT customer_tenant_id FROM license_deployment WHERE customer_tenant_id IS NOT NULL AND channel = 'direct');
--! grouped
SELECT region FROM region WHERE tenant NOT IN (SELECT DISTINCT customer_tenant_id FROM license_deployment WHERE customer_tenant_id IS NOT NULL AND channel = 'direct');
--! plain; because INTERSECT ALL and EXCEPT ALL count duplicate rows
SELECT count(DISTINCT channel) FROM (SELECT channel FROM license_deployment EXCEPT ALL SELECT channel FROM license_usage) x;

-- rescans with other parameters: requests that were sent before are not sent again

--! plain
SELECT n, (SELECT count(*) FROM license_deployment WHERE licenses_sold > n) FROM generate_series(1, 20) n;
--! mixed
SELECT region, (SELECT count(*) FROM license_deployment WHERE customer_tenant_id = tenant AND licenses_sold > 100), (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM region, generate_series(1, 3);
--! plain
SELECT region, EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant) OR n = 2, n FROM region, generate_series(1, 3) n;
--! plain
SELECT region, n, (SELECT count(*) FROM (SELECT FROM license_deployment WHERE customer_tenant_id = tenant LIMIT n * 8) x) FROM region, generate_series(1, 5) n ORDER BY n, region;
--! plain
SELECT n, c, (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = c AND licenses_sold % 7 = n) FROM generate_series(0, 6) n, unnest(ARRAY['direct', 'reseller', NULL, 'Direct']) c;
