-- Joins of every kind: a group stands for all of its rows.

--! grouped; 1 request
SELECT region, sum(licenses_sold) FROM license_deployment JOIN region ON tenant = customer_tenant_id GROUP BY 1;
--! grouped; 1 request
SELECT region, sum(licenses_sold), max(channel) FROM license_deployment LEFT JOIN region ON tenant = customer_tenant_id GROUP BY 1;
--! grouped; 1 request
SELECT region, sum(licenses_sold) FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id GROUP BY 1;
--! grouped; 1 request; sends channel eq 'reseller'
SELECT region, sum(licenses_sold) FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id AND channel = 'reseller' GROUP BY 1;
--! grouped; 1 request
SELECT region, sum(licenses_sold) FROM license_deployment LEFT JOIN region ON tenant = customer_tenant_id AND channel = 'reseller' GROUP BY 1;
--! grouped; 1 request
SELECT region, sum(licenses_sold) FROM region RIGHT JOIN license_deployment ON tenant = customer_tenant_id GROUP BY 1;
--! grouped; 1 request
SELECT region, channel, sum(licenses_sold) FROM region FULL JOIN license_deployment ON tenant = customer_tenant_id GROUP BY 1, 2;
--! grouped; 1 request
SELECT sum(licenses_sold) FROM license_deployment CROSS JOIN region;
--! grouped; 1 request
SELECT region, sum(licenses_sold) FROM license_deployment JOIN region ON tenant <> customer_tenant_id GROUP BY 1;
--! grouped; 1 request
SELECT n, sum(licenses_sold) FROM license_deployment JOIN chan ON chan.channel < license_deployment.channel GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_sold) FROM license_deployment NATURAL JOIN svc;
--! grouped; 1 request
SELECT weight, sum(licenses_sold) FROM license_deployment JOIN svc USING (service_code) GROUP BY 1;
--! grouped; 4 requests
SELECT weight, factor, sum(licenses_sold) FROM license_deployment JOIN svc USING (service_code) JOIN chan USING (channel) GROUP BY 1, 2;
--! grouped; 1 request
SELECT chan.channel, sum(licenses_sold * factor) FROM license_deployment JOIN chan USING (channel) GROUP BY 1;
--! grouped; 1 request
SELECT sum(CASE WHEN n > 2 THEN licenses_sold ELSE 0 END) FROM license_deployment JOIN chan USING (channel);
--! grouped; 1 request
SELECT region, sum(licenses_sold) FILTER (WHERE region = 'north') FROM license_deployment JOIN region ON tenant = customer_tenant_id GROUP BY 1;
--! grouped; 1 request
SELECT min(region), count(DISTINCT region), sum(licenses_sold) FROM license_deployment JOIN region ON tenant = customer_tenant_id;
--! grouped; 1 request
SELECT region, sum(licenses_sold) FROM region, license_deployment WHERE tenant = customer_tenant_id AND (region = 'north' OR channel = 'direct') GROUP BY 1;
--! grouped; 12 requests
SELECT a.region, sum(licenses_sold) FROM region a LEFT JOIN (license_deployment JOIN svc USING (service_code)) ON tenant = customer_tenant_id GROUP BY 1;
--! grouped; 1 request
SELECT a.region, sum(x.twice) FROM region a LEFT JOIN v_deployment x ON a.tenant = x.tenant GROUP BY 1;
--! grouped; 1 request
SELECT a.region, sum(x.zero), max(x.loud) FROM region a LEFT JOIN v_deployment x ON a.tenant = x.tenant GROUP BY 1;
--! grouped; 1 request
SELECT sum(coalesce(licenses_sold, 0)) FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id AND region = 'far';
--! grouped; 12 requests
SELECT a.region, sum(y.z) FROM region a LEFT JOIN (SELECT x.tenant, coalesce(x.zero, 0) AS z FROM svc LEFT JOIN v_deployment x USING (service_code)) y ON a.tenant = y.tenant GROUP BY 1;
--! grouped; 1 request
SELECT x.loud, sum(x.twice) FROM chan LEFT JOIN v_deployment x ON upper(chan.channel) = x.loud GROUP BY 1;
--! grouped; 1 request
SELECT sum(x.c) FROM region a FULL JOIN (SELECT customer_tenant_id AS tenant, CASE WHEN channel = 'direct' THEN licenses_sold END AS c FROM license_deployment) x USING (tenant);

-- two foreign tables

--! mixed; 2 requests; because sum(...) needs every row
SELECT d.channel, count(DISTINCT u.workload_code), sum(d.licenses_sold) FROM license_deployment d JOIN license_usage u USING (customer_tenant_id) GROUP BY 1;
--! mixed; 2 requests; because sum(...) needs every row
SELECT count(DISTINCT d.channel), sum(d.licenses_sold) FROM license_deployment d JOIN license_usage u USING (customer_tenant_id);
--! plain; 2 requests; because sum(...) needs every row
SELECT sum(d.licenses_sold), sum(u.licenses_active) FROM license_deployment d JOIN license_usage u USING (customer_tenant_id, channel);
--! grouped; 2 requests
SELECT DISTINCT d.channel, u.workload_code FROM license_deployment d JOIN license_usage u USING (customer_tenant_id);
--! grouped; 2 requests
SELECT max(d.channel), min(u.channel) FROM license_deployment d FULL JOIN license_usage u USING (customer_name);
--! grouped; 2 requests
SELECT x.channel, x.s, y.s FROM (SELECT channel, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1) x FULL JOIN (SELECT channel, sum(licenses_active) AS s FROM license_usage GROUP BY 1) y USING (channel);
--! grouped; 2 requests
SELECT a.channel, max(b.service_code) FROM license_deployment a JOIN license_deployment b USING (customer_tenant_id) GROUP BY 1;
--! mixed; 2 requests; because sum(...) needs every row
SELECT sum(a.licenses_sold) FROM license_deployment a JOIN license_deployment b USING (channel, service_code, product_id);

-- what a join must not see

--! plain; 1 request; because a measure is used in a join
SELECT sum(licenses_sold) FROM license_deployment JOIN nums ON n = licenses_sold;
--! plain; 1 request; because a measure is used in a join
SELECT max(channel) FROM license_deployment LEFT JOIN nums ON n = licenses_deployed;
--! plain; 1 request; because a measure is used in a join
SELECT sum(licenses_sold) FROM license_deployment JOIN nums ON n > licenses_sold AND n < 10;
--! plain; 1 request; because a measure is used in a join
SELECT channel, sum(licenses_sold) FROM license_deployment, nums WHERE licenses_sold + n = 12 GROUP BY 1;
--! plain; 5 requests; because sum(...) needs every row
SELECT sum(n) FROM license_deployment JOIN chan USING (channel);
--! plain; 10 requests; because sum(...) needs every row
SELECT region, sum(licenses_sold), sum(length(region)) FROM license_deployment JOIN region ON tenant = customer_tenant_id GROUP BY 1;
--! plain; 10 requests; because count(*) needs every row
SELECT region, count(*) FROM license_deployment JOIN region ON tenant = customer_tenant_id GROUP BY 1;
--! plain; 10 requests; because count(...) needs every row
SELECT sum(licenses_sold), count(region) FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id;
--! plain; 5 requests; because sum(...) does more with a measure
SELECT sum(licenses_sold * rate) FROM license_deployment JOIN chan USING (channel);
--! plain; 4 requests; because sum(...) does more with a measure
SELECT sum(licenses_sold * n) FROM license_deployment JOIN chan USING (channel) WHERE chan.channel <> 'reseller';
--! plain; 5 requests; because sum(...) does more with a measure
SELECT sum(licenses_sold + n) FROM license_deployment JOIN chan USING (channel);
--! grouped; 1 request
SELECT sum(licenses_active * factor) FROM certain JOIN chan USING (channel);
--! plain; 5 requests; because sum(...) does more with a measure
SELECT sum(licenses_active - n) FROM certain JOIN chan USING (channel);
--! plain; 10 requests
SELECT region, channel, licenses_sold FROM license_deployment JOIN region ON tenant = customer_tenant_id;
--! plain; 10 requests
SELECT region, channel FROM license_deployment RIGHT JOIN region ON tenant = customer_tenant_id;
--! plain; 10 requests; because max(...) needs each row's measure
SELECT max(region), max(license_deployment::text) FROM license_deployment JOIN region ON tenant = customer_tenant_id;
--! plain; 12 requests; because a measure is used below an outer join
SELECT a.region, max(b.n) FROM region a LEFT JOIN v_deployment x ON a.tenant = x.tenant LEFT JOIN nums b ON b.n = x.zero GROUP BY 1;

-- NOT NULL measures under an outer join may be null above it

--! plain; 10 requests; because sum(...) does more with a measure
SELECT region, sum(coalesce(licenses_active, 5)) FROM region LEFT JOIN certain ON tenant = customer_tenant_id GROUP BY 1;
--! grouped; 1 request
SELECT region, sum(licenses_active - licenses_qualified) FROM region LEFT JOIN certain ON tenant = customer_tenant_id AND channel = 'direct' GROUP BY 1;
--! plain; 2 requests
SELECT sum(a.licenses_active - b.licenses_active) FROM certain a LEFT JOIN certain b ON a.product_id = b.product_id AND b.channel = 'direct' AND a.channel = 'reseller';

-- LATERAL

--! plain; 12 requests; because the table is read once for each row of another one
SELECT DISTINCT x.v FROM region r LEFT JOIN LATERAL (SELECT coalesce(d.channel, r.region) AS v FROM license_deployment d WHERE d.customer_tenant_id = r.tenant) x ON true;
--! plain; 13 requests
SELECT region, x.m FROM region, LATERAL (SELECT licenses_sold AS m FROM license_deployment WHERE customer_tenant_id = tenant) x;
--! grouped; 13 requests
SELECT region, x.s FROM region, LATERAL (SELECT sum(licenses_sold) AS s FROM license_deployment WHERE customer_tenant_id = tenant) x;
--! grouped; 13 requests
SELECT region, x.channel, x.s FROM region LEFT JOIN LATERAL (SELECT channel, sum(licenses_sold) AS s FROM license_deployment WHERE customer_tenant_id = tenant GROUP BY 1) x ON true;
--! grouped; 1 request
SELECT region, sum(x.m) FROM region, LATERAL (SELECT licenses_sold AS m FROM license_deployment WHERE customer_tenant_id = tenant) x GROUP BY 1;
--! plain; 1 request
SELECT channel, sum(licenses_deployed), max(g) FROM license_deployment, LATERAL generate_series(1, (licenses_sold % 3)::int) g GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(licenses_deployed) FROM license_deployment, LATERAL generate_series(1, length(channel)) g GROUP BY 1;
--! grouped; 1 request
SELECT u, sum(licenses_sold) FROM license_deployment, LATERAL unnest(ARRAY[channel, service_code]) u GROUP BY 1;
--! plain; 1 request
SELECT sum(m) FROM license_deployment, LATERAL (VALUES (licenses_sold), (licenses_deployed)) v(m);
--! plain; 13 requests
SELECT region, x.channel FROM region, LATERAL (SELECT channel FROM license_deployment WHERE customer_tenant_id = tenant ORDER BY licenses_sold, channel LIMIT 2) x;
--! plain
SELECT sum(licenses_sold) FROM license_deployment, LATERAL (SELECT n FROM nums WHERE n = licenses_sold LIMIT 1) x;
--! grouped
SELECT sum(licenses_sold) FROM license_deployment, LATERAL (SELECT n FROM chan WHERE chan.channel = license_deployment.channel ORDER BY n LIMIT 1) x;

-- semi-joins and anti-joins

--! grouped; 1 request
SELECT region FROM region WHERE EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant);
--! grouped; 1 request
SELECT count(*), count(region) FROM region WHERE EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant AND channel = 'direct');
--! grouped; 1 request
SELECT region FROM region WHERE tenant IN (SELECT customer_tenant_id FROM license_deployment WHERE service_code = 'crm');
--! grouped; 1 request
SELECT region FROM region WHERE NOT EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant AND channel = 'o''hara');
--! grouped; 1 request
SELECT region FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id WHERE customer_tenant_id IS NULL;
--! grouped; 1 request
SELECT count(*) FROM chan LEFT JOIN license_deployment d ON chan.channel = d.channel WHERE d.channel IS NULL;
--! grouped; 1 request
SELECT n FROM chan WHERE EXISTS (SELECT FROM license_deployment d WHERE d.channel > chan.channel);
--! grouped; 2 requests
SELECT sum(licenses_active) FROM license_usage u WHERE EXISTS (SELECT FROM license_deployment d WHERE d.customer_tenant_id = u.customer_tenant_id);
--! mixed; 2 requests
SELECT u.licenses_active FROM license_usage u WHERE EXISTS (SELECT FROM license_deployment d WHERE d.customer_name = u.customer_name AND d.channel = u.channel);
--! mixed; 2 requests
SELECT count(*) FROM license_usage u WHERE NOT EXISTS (SELECT FROM license_deployment d WHERE d.customer_name = u.customer_name AND d.channel = 'direct');
--! grouped; 1 request
SELECT name FROM wanted WHERE name IN (SELECT customer_name FROM license_deployment);
--! grouped; 1 request
SELECT region FROM region WHERE EXISTS (SELECT FROM license_deployment JOIN svc USING (service_code) WHERE customer_tenant_id = tenant AND weight = 2);
--! plain; 12 requests
SELECT region FROM region WHERE NOT EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant AND licenses_sold > 35);
--! plain; 1 request; because a measure is used in a join
SELECT n FROM nums WHERE EXISTS (SELECT FROM license_deployment WHERE licenses_sold = n);
--! plain; 1 request; because a measure is used in a join
SELECT n FROM nums WHERE n IN (SELECT licenses_sold FROM license_deployment WHERE channel = 'direct');
--! plain; 1 request
SELECT n FROM nums LEFT JOIN license_deployment ON n = licenses_sold WHERE licenses_sold IS NULL;
--! plain; 1 request
SELECT region FROM region WHERE tenant NOT IN (SELECT customer_tenant_id FROM license_deployment WHERE customer_tenant_id IS NOT NULL);
--! grouped; 1 request
SELECT region FROM region WHERE tenant NOT IN (SELECT DISTINCT customer_tenant_id FROM license_deployment WHERE customer_tenant_id IS NOT NULL);
--! plain; 1 request; empty
SELECT region FROM region WHERE tenant NOT IN (SELECT customer_tenant_id FROM license_deployment);
--! grouped; 1 request; because
SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id IN (SELECT tenant FROM region WHERE region = 'north');
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment d WHERE EXISTS (SELECT FROM region WHERE tenant = customer_tenant_id) GROUP BY 1;
--! plain; 1 request
SELECT channel, licenses_sold FROM license_deployment WHERE NOT EXISTS (SELECT FROM region WHERE tenant = customer_tenant_id);

-- sublinks that stay

--! grouped; 1 request
SELECT (SELECT sum(licenses_sold) FROM license_deployment);
--! grouped; 1 request
SELECT n FROM nums WHERE n < (SELECT sum(licenses_sold) FROM license_deployment WHERE channel = 'o''hara');
--! grouped; 13 requests
SELECT region, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM region;
--! grouped; 13 requests
SELECT region, (SELECT max(channel) FROM license_deployment WHERE customer_tenant_id = tenant AND service_code = 'crm') FROM region;
--! plain; 13 requests
SELECT region, ARRAY(SELECT channel FROM license_deployment WHERE customer_tenant_id = tenant ORDER BY channel) FROM region;
--! plain; 13 requests
SELECT region, EXISTS (SELECT FROM license_deployment WHERE customer_tenant_id = tenant) FROM region;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) > (SELECT sum(n) FROM chan c WHERE c.channel = d.channel) FROM license_deployment d GROUP BY 1;
--! plain; 1 request
SELECT sum((SELECT n FROM nums WHERE n = licenses_sold)) FROM license_deployment;
--! plain; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE (SELECT n FROM nums WHERE n = licenses_sold) > 5 GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_sold) FROM license_deployment d WHERE (SELECT max(n) FROM chan c WHERE c.channel = d.channel) > 2;
--! grouped; 2 requests
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 HAVING sum(licenses_sold) > (SELECT sum(licenses_active) / 100 FROM license_usage);
--! plain; 1 request; because measure
SELECT channel, (SELECT count(*) FROM nums WHERE n < max(licenses_sold)) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel, (SELECT count(*) FROM nums WHERE n < sum(licenses_sold)) FROM license_deployment GROUP BY 1;

-- volatile

--! plain; 1 request; because the query has a volatile function
SELECT sum(licenses_sold + noise(0)) FROM license_deployment;
--! plain; 1 request; because the query has a volatile function
SELECT channel, noise(sum(licenses_sold)::bigint % 100) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because the query has a volatile function
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE noise(1) = 1 GROUP BY 1;
--! plain; 1 request; because the query has a volatile function
SELECT DISTINCT channel, noise(1) FROM license_deployment;
--! plain; because the query has a volatile function
SELECT sum(licenses_sold) FROM license_deployment d WHERE (SELECT noise(n) FROM chan c WHERE c.channel = d.channel ORDER BY 1 LIMIT 1) > 2;
--! grouped; 1 request
SELECT channel, sum(licenses_sold), (SELECT noise(1)) FROM license_deployment GROUP BY 1;
--! plain; 5 requests; because the query has a volatile function
SELECT sum(licenses_sold) FROM license_deployment JOIN chan USING (channel) WHERE noise(n) > 2;

-- hash joins that send the values of the side that they read first

--! plain; 1 request
SELECT region, licenses_sold FROM region JOIN license_deployment ON tenant = customer_tenant_id;
--! plain; 1 request; sends any $1
SELECT region, channel, licenses_sold FROM region LEFT JOIN license_deployment ON tenant = customer_tenant_id AND licenses_sold > 3;
--! plain; 1 request; sends any $1
SELECT service_code, licenses_sold FROM license_deployment WHERE customer_tenant_id IN (SELECT tenant FROM region);
--! plain; 2 requests
SELECT u.workload_code, d.licenses_sold FROM license_usage u JOIN license_deployment d USING (customer_tenant_id, service_code) WHERE u.channel = 'direct' AND d.licenses_sold > 3;
--! plain; 1 request
SELECT w.name, d.licenses_sold FROM wanted w JOIN license_deployment d ON d.customer_name = w.name;
--! plain; 1 request
SELECT c.n, d.licenses_sold FROM chan c JOIN license_deployment d ON d.channel = c.channel AND d.licenses_sold > c.n;
--! plain; 12 requests
SELECT r.region, s.count FROM region r, LATERAL (SELECT count(*) FROM chan c JOIN license_deployment d ON d.channel = c.channel AND d.licenses_sold > c.n WHERE c.n > length(r.region)) s;
--! plain; 12 requests
SELECT r.region, s.count FROM region r LEFT JOIN LATERAL (SELECT count(*) FROM (SELECT channel FROM chan WHERE n < length(r.region) OFFSET 0) c JOIN license_deployment d USING (channel) WHERE d.licenses_sold > 2) s ON true;
--! plain; 12 requests
SELECT n, (SELECT count(*) FROM region JOIN license_deployment ON tenant = customer_tenant_id WHERE licenses_sold > 1 AND length(region) > n) FROM nums WHERE n < 9;
--! plain; 2 requests; error 22012
SELECT r.region, 1 / (d.licenses_sold - d.licenses_sold) FROM region r JOIN license_deployment d ON tenant = customer_tenant_id;
--! plain; 1 request; empty
SELECT region, licenses_sold FROM region JOIN license_deployment ON tenant = customer_tenant_id WHERE region = 'nowhere' AND licenses_sold > 0;
--! plain; 3 requests
SELECT r.region, d.licenses_sold, u.licenses_active FROM region r JOIN license_deployment d ON d.customer_tenant_id = r.tenant JOIN license_usage u ON u.customer_tenant_id = d.customer_tenant_id AND u.service_code = d.service_code WHERE d.licenses_sold > 2 AND u.licenses_active > 1;
--! plain; 1 request
SELECT snapshot_date, region, licenses_sold FROM region JOIN license_deployment_history ON tenant = customer_tenant_id WHERE snapshot_date = '2018-10-14';

-- calendars

--! grouped; 1 request; sends usageDate eq any $1
SELECT month, sum(quantity) FROM azure_usage JOIN calendar ON day = usage_date::date WHERE month = 9 GROUP BY 1;
--! grouped; 1 request; sends usageDate eq any $1
SELECT day, sum(quantity) FROM azure_usage JOIN calendar ON moment = usage_date WHERE month = 9 GROUP BY 1;
--! grouped; 1 request; sends usageDate eq any $1
SELECT day, sum(quantity) FROM azure_usage JOIN calendar ON moment = usage_date WHERE day IN ('2018-10-02', '2018-09-03', '2018-09-30') GROUP BY 1;
--! grouped; 1 request; sends usageDate eq any $1 (its day)
SELECT month, sum(quantity) FROM calendar LEFT JOIN azure_usage ON day = date_trunc('day', usage_date)::date WHERE month = 10 GROUP BY 1;
--! grouped; 1 request; sends usageDate eq any $1
SELECT meter_category, sum(quantity) FROM azure_usage WHERE usage_date::date IN (SELECT day FROM calendar WHERE month IN (8, 10)) GROUP BY 1;
--! plain; 1 request; sends creationDate eq any $1
SELECT creation_date FROM subscriptions WHERE creation_date::date IN (SELECT day FROM calendar WHERE month = 3);
--! plain; 1 request; sends creationDate eq any $1 (its month)
SELECT creation_date, month FROM subscriptions JOIN calendar ON moment = date_trunc('month', creation_date) WHERE month < 6;
--! grouped; 0 requests; empty
SELECT month, sum(quantity) FROM azure_usage JOIN (SELECT * FROM calendar WHERE month = 9 AND day::text = 'x') c ON moment = usage_date GROUP BY 1;
--! grouped; 1 request
SELECT month, sum(quantity) FROM azure_usage JOIN calendar ON day = usage_date WHERE month = 9 GROUP BY 1;
--! grouped; 2 requests
SELECT d.month, x.s FROM (SELECT DISTINCT month FROM calendar WHERE month IN (9, 10)) d, LATERAL (SELECT sum(quantity) AS s FROM azure_usage JOIN calendar c ON c.moment = usage_date WHERE c.month = d.month) x;
--! grouped; 1 request
SELECT day, sum(quantity) FROM azure_usage JOIN calendar ON moment = CASE WHEN usage_date < '2018-09-20' THEN usage_date END WHERE day IN ('2018-09-03', '2018-09-10', '2018-09-04') GROUP BY 1;
