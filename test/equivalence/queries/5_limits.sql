-- LIMIT, OFFSET, counting and existence.

--! plain; 1 request; limit 10; rows only
SELECT channel FROM license_deployment LIMIT 10;
--! plain; 1 request; limit 10; rows only
SELECT channel, licenses_sold FROM license_deployment WHERE channel = 'direct' LIMIT 10;
--! plain; 2 requests; rows only
SELECT channel, licenses_sold FROM license_deployment WHERE licenses_sold > 5 LIMIT 10;
--! plain; 3 requests; rows only
SELECT channel FROM license_deployment WHERE customer_name LIKE 'C%' LIMIT 500;
--! plain; 0 requests; empty
SELECT channel FROM license_deployment LIMIT 0;
--! plain; 1 request
SELECT channel FROM license_deployment LIMIT NULL;
--! plain; 1 request
SELECT channel FROM license_deployment LIMIT ALL OFFSET NULL;
--! plain; 0 requests; error 2201W
SELECT channel FROM license_deployment LIMIT -1;
--! plain; 0 requests; error 2201X
SELECT channel FROM license_deployment OFFSET -1;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment LIMIT 10 OFFSET 5;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment OFFSET 235;
--! plain; 1 request; empty
SELECT channel FROM license_deployment OFFSET 500;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment WHERE channel = 'direct' LIMIT 3 OFFSET 2;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment WHERE channel = 'direct' OFFSET 30;
--! plain; 2 requests; rows only
SELECT channel FROM license_deployment WHERE licenses_sold > 5 LIMIT 3 OFFSET 20;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment LIMIT (SELECT 3) OFFSET (SELECT 5);
--! plain; 1 request; rows only
SELECT channel FROM license_deployment LIMIT length('abc') OFFSET 2;
--! plain; 1 request
SELECT channel, licenses_sold FROM license_deployment ORDER BY 1, 2 LIMIT 7;
--! plain; 1 request
SELECT channel, licenses_sold FROM license_deployment ORDER BY 1, 2 LIMIT 7 OFFSET 100;
--! plain; 1 request
SELECT channel FROM license_deployment ORDER BY 1 FETCH FIRST 3 ROWS WITH TIES;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment LIMIT 3 FOR UPDATE;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment LIMIT 3 OFFSET 4 FOR UPDATE;
--! counted; 2 requests; rows only
SELECT generate_series(1, 2) FROM license_deployment LIMIT 5 OFFSET 3;
--! counted; 2 requests; rows only
SELECT row_number() OVER () FROM license_deployment LIMIT 5;
--! plain; 2 requests; rows only
SELECT m FROM u_all LIMIT 250;
--! plain; 2 requests; rows only
SELECT m FROM u_all LIMIT 5 OFFSET 238;
--! plain; 2 requests; rows only
SELECT channel FROM parts LIMIT 5 OFFSET 300;
--! plain; rows only
SELECT channel FROM license_deployment JOIN region ON tenant = customer_tenant_id LIMIT 5;
--! plain; rows only
SELECT channel FROM license_deployment LEFT JOIN region ON tenant = customer_tenant_id LIMIT 5 OFFSET 3;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment CROSS JOIN region LIMIT 2500;
--! plain; rows only
SELECT region, x.channel FROM region, LATERAL (SELECT channel FROM license_deployment WHERE customer_tenant_id = tenant LIMIT 2) x;
--! plain; 1 request; rows only
SELECT channel FROM (SELECT * FROM license_deployment LIMIT 20) x WHERE channel = 'reseller' OR true;
--! plain; 1 request
SELECT count(*) FROM (SELECT channel FROM license_deployment LIMIT 20) x;
--! counted; 2 requests
SELECT count(*) FROM (SELECT channel FROM license_deployment OFFSET 20) x;
--! grouped; 1 request
SELECT count(*) FROM (SELECT DISTINCT channel FROM license_deployment LIMIT 3) x;

--! plain; 0 requests; empty
SELECT channel FROM license_deployment WHERE (SELECT false) OFFSET 3;
--! plain; 1 request; rows only
SELECT channel FROM license_deployment WHERE (SELECT n > 0 FROM nums WHERE n = 5) LIMIT 10 OFFSET 3;
--! plain; 0 requests; empty
SELECT channel FROM license_deployment WHERE (SELECT n < 0 FROM nums WHERE n = 5) LIMIT 10 OFFSET 3;
--! plain; 8 requests; rows only
SELECT channel FROM license_deployment WHERE customer_name = ANY (ARRAY(SELECT 'nobody with a long name ' || n FROM nums) || ARRAY['Contoso Ltd', '', 'null']) OFFSET 7;
--! plain; 8 requests; rows only
SELECT channel FROM license_deployment WHERE customer_name = ANY (ARRAY(SELECT 'nobody with a long name ' || n FROM nums) || ARRAY['Contoso Ltd', '', 'null']) LIMIT 5 OFFSET 7;
--! plain; 7 requests; rows only
SELECT n, (SELECT length(channel) > 0 FROM license_deployment OFFSET c.n LIMIT 1) IS NULL FROM chan c;
--! plain; 7 requests; rows only
SELECT n, x.channel FROM chan c, LATERAL (SELECT channel FROM license_deployment LIMIT c.n OFFSET 235) x;
--! plain; 1 request; rows only
SELECT noise(length(channel)), channel FROM license_deployment OFFSET 200;
--! plain; 1 request; rows only
SELECT channel, (SELECT max(n) FROM chan c WHERE c.channel = d.channel) FROM license_deployment d LIMIT 9 OFFSET 200;
--! plain; 1 request; rows only
SELECT d::text FROM license_deployment d OFFSET 200;
--! plain; 1 request; rows only
SELECT x.channel, y.n FROM (SELECT channel FROM license_deployment OFFSET 230) x, chan y;
--! plain; 0 requests; error 22012
SELECT channel FROM license_deployment OFFSET 1 / (SELECT 0);

-- counting

--! alone; 2 requests
SELECT count(*) FROM license_deployment;
--! alone; 2 requests
SELECT count(*), 1, count(1) FROM license_usage;
--! counted; 2 requests
SELECT 1 FROM license_deployment;
--! counted; 2 requests
SELECT FROM license_deployment;
--! counted; 2 requests
SELECT count(*) FROM license_deployment CROSS JOIN chan;
--! counted; 4 requests
SELECT count(*) FROM license_deployment, license_usage;
--! alone; 2 requests
SELECT count(*) FROM (SELECT channel FROM license_deployment) x;
--! alone; 2 requests
SELECT n, (SELECT count(*) FROM license_deployment) FROM chan;
--! counted; 2 requests
SELECT count(*) FILTER (WHERE true) FROM license_deployment;
--! counted; 2 requests
SELECT sum(2), avg(3) FROM license_deployment;
--! alone; 2 requests
SELECT count(*) > 100 FROM license_deployment;
--! counted; 2 requests
SELECT row_number() OVER () FROM license_deployment;
--! plain; 2 requests
SELECT count(*) FROM parts;
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE channel = 'reseller';
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE channel <> 'reseller';
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE licenses_sold > 5;
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE customer_tenant_id = (SELECT max(tenant::text)::uuid FROM region);
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE channel = 'direct' OR (service_code = 'crm' AND licenses_sold > 3);
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE channel = 'direct' OR service_code <> 'crm';
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE service_code = 'crm' AND channel <> 'direct' AND service_name = 'Microsoft Dynamics';
--! plain; 1 request
SELECT count(*) FROM certain WHERE service_code <> 'crm' AND product_id <> 'U-1';
--! plain; 1 request
SELECT count(*) FROM certain WHERE NOT (service_code <> 'crm' AND channel <> 'direct');
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE customer_tenant_id <> '11111111-2222-3333-4444-555555555555';
--! plain; 1 request; rows only
SELECT channel FROM license_deployment WHERE channel = 'direct' OR (service_code = 'crm' AND licenses_sold > 3) OFFSET 9;
--! plain; 2 requests; rows only
SELECT channel FROM license_deployment WHERE channel <> 'direct' AND service_code = 'o365' LIMIT 30 OFFSET 20;
--! plain; 1 request
SELECT count(*), count(channel) FROM license_deployment;
--! counted; 2 requests
SELECT count(*) FROM license_deployment FULL JOIN chan ON true;
--! none; 0 requests
SELECT count(*) FROM license_deployment WHERE channel = NULL;

-- a number alone, which no row is made for

--! alone; 2 requests
SELECT count(*) * 2, count(*), 'x' || count(1), count('a') - count(*) FROM license_deployment;
--! alone; 2 requests
SELECT CASE WHEN count(*) > 3 THEN count(*) ELSE 0 END, now() > '2000-01-01' FROM license_deployment ORDER BY 1 LIMIT 5;
--! alone; 2 requests; empty
SELECT count(*) FROM license_deployment OFFSET 1;
--! alone; 2 requests
SELECT count(*) FROM license_deployment HAVING count(*) > 5 AND count(*) % 2 < 2;
--! alone; 2 requests; empty
SELECT 'x' FROM license_deployment HAVING count(*) < 5;
--! alone; 2 requests
SELECT 'x' FROM license_deployment HAVING count(*) > (SELECT max(n) FROM chan) AND count(*) NOT IN (SELECT n FROM nums);
--! alone; 2 requests
SELECT count(*) IN (SELECT n FROM nums), count(*) + (SELECT max(n) FROM chan) FROM license_deployment;
--! alone; 2 requests
SELECT count(*), generate_series(1, 3), generate_series(1, count(*) % 5) FROM license_deployment;
--! alone; 2 requests
SELECT count(*), sum(count(*)) OVER (), rank() OVER (ORDER BY count(*)) FROM license_deployment;
--! alone; 2 requests
SELECT DISTINCT count(*) FROM license_deployment;
--! alone; 2 requests
SELECT count(*) FROM license_deployment WHERE true;
--! alone; 2 requests
SELECT count(*) FROM (SELECT count(*) FROM license_deployment HAVING count(*) > 1) x;
--! alone; 4 requests
SELECT count(*) FROM license_deployment UNION ALL SELECT count(*) FROM license_usage;
--! alone; 4 requests
SELECT count(*) FROM license_deployment EXCEPT SELECT count(*) FROM license_usage;
--! alone; 4 requests
SELECT a.n, b.n, c.n FROM (SELECT count(*) AS n FROM license_deployment) a JOIN (SELECT count(*) AS n FROM license_usage) b ON a.n <> b.n, chan c;
--! alone; 3 requests
SELECT channel, (SELECT count(*) FROM subscriptions WHERE auto_renew_enabled) FROM chan;
--! 1 request
SELECT n, (SELECT count(*) FROM subscriptions WHERE subscription_type = s.name) FROM (VALUES (1, 'Office'), (2, 'nothing'), (3, NULL), (4, 'Office'), (5, 'Azure')) s(n, name);
--! 1 request
SELECT n, x.* FROM (VALUES (1, 'Office'), (2, 'nothing'), (3, NULL), (4, 'Office')) s(n, name), LATERAL (SELECT count(*), count(*) > n FROM subscriptions WHERE subscription_type = name) x;
--! alone; 21 requests
SELECT n, (SELECT count(*) FROM many_subscriptions WHERE subscription_type = s.name) FROM (VALUES (1, 'Office'), (2, 'nothing'), (3, NULL), (4, 'Office'), (5, 'Azure')) s(n, name);
--! alone; 21 requests
SELECT n, x.* FROM (VALUES (1, 'Office'), (2, 'nothing'), (3, NULL), (4, 'Office')) s(n, name), LATERAL (SELECT count(*), count(*) > n FROM many_subscriptions WHERE subscription_type = name) x;
--! alone; 12 requests
SELECT n FROM (VALUES (1, 'Office'), (2, 'nothing'), (3, NULL)) s(n, name) WHERE EXISTS (SELECT 1 FROM many_subscriptions WHERE subscription_type = name HAVING count(*) > n);
--! alone; 12 requests
SELECT n FROM (VALUES (1, 'Office'), (2, 'nothing'), (3, NULL)) s(n, name) WHERE 0 IN (SELECT count(*) FROM many_subscriptions WHERE subscription_type = name);
--! alone; 3 requests
SELECT count(*) FROM subscriptions WHERE subscription_type = 'nothing';
--! alone; 2 requests; script
INSERT INTO target SELECT 'n', count(*), count(*) + 1 FROM license_deployment;
SELECT * FROM target;
--! alone; script
PREPARE held (text) AS SELECT count(*), $1 FROM subscriptions WHERE subscription_type = $1 HAVING count(*) >= 0;
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE held('Office');
EXECUTE held('nothing');
EXECUTE held(NULL);
DEALLOCATE held;
--! alone; script
DECLARE c SCROLL CURSOR FOR SELECT count(*) FROM license_deployment;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
FETCH 1 FROM c;
MOVE FIRST FROM c;
FETCH 1 FROM c;

-- but not where rows are needed, or none should be read

--! counted; 2 requests
SELECT count(*), count(NULL), count(*) FILTER (WHERE false) FROM license_deployment;
--! counted; 2 requests
SELECT count(NULL::text) FROM license_deployment;
--! counted; 2 requests
SELECT count(*) FILTER (WHERE false) FROM license_deployment;
--! counted; 2 requests
SELECT count(*), count(DISTINCT 1) FROM license_deployment;
--! counted; 2 requests
SELECT count(1 ORDER BY 1) FROM license_deployment;
--! counted; 2 requests
SELECT count(*), sum(2) FROM license_deployment;
--! counted; 2 requests
SELECT count(*) FROM license_deployment HAVING min(3) = 3;
--! counted; 2 requests
SELECT count(tableoid::text) > 100 FROM license_deployment;
--! counted; 3 requests; empty
SELECT count(*) FROM subscriptions WHERE subscription_type = 'nothing' GROUP BY now();
--! counted; 3 requests; empty
SELECT count(*), 1 FROM subscriptions WHERE subscription_type = 'nothing' GROUP BY 'x'::text, 2;
--! counted; 2 requests
SELECT count(*) FROM license_deployment GROUP BY GROUPING SETS ((), ());
--! counted; 2 requests
SELECT count(*) FROM license_deployment GROUP BY ();
--! counted; 0 requests
SELECT count(*) FROM license_deployment WHERE now() < '2000-01-01';
--! counted; 0 requests
SELECT count(*) FROM license_deployment WHERE (SELECT n < 0 FROM nums WHERE n = 5);
--! counted; 0 requests; empty
SELECT 1 FROM license_deployment WHERE (SELECT false) HAVING count(*) > 1;
--! counted; 4 requests
SELECT count(*) FROM (SELECT 1 FROM license_deployment UNION ALL SELECT 2 FROM license_usage) x;
--! counted; 2 requests
SELECT c.n, (SELECT count(*) FROM license_deployment WHERE c.n > 3) FROM chan c;

-- existence

--! plain; 1 request; limit 1
SELECT EXISTS (SELECT FROM license_deployment);
--! plain; 1 request; limit 1
SELECT EXISTS (SELECT FROM license_deployment WHERE channel = 'direct'), EXISTS (SELECT 1 WHERE false);
--! plain; 1 request; limit 1
SELECT EXISTS (SELECT FROM license_deployment WHERE channel = 'nobody');
--! plain; 2 requests; limit 1
SELECT EXISTS (SELECT FROM license_deployment WHERE licenses_sold = 39);
--! plain; 1 request; limit 1
SELECT n FROM nums WHERE EXISTS (SELECT FROM license_deployment WHERE channel = 'void') AND n < 3;
--! none; 0 requests; empty
SELECT * FROM license_deployment WHERE false;
--! none; 0 requests; empty
SELECT * FROM license_deployment WHERE channel = 'direct' AND 1 = 2;
--! plain; 0 requests; empty
SELECT * FROM license_deployment WHERE (SELECT false);
--! none; 0 requests; empty
SELECT channel FROM license_deployment WHERE channel = 'direct' AND NULL;

-- an order that is none, since all rows are equal in it

--! plain; 1 request; limit 10; rows only
SELECT channel FROM license_deployment WHERE channel = 'direct' ORDER BY channel OFFSET 5 FETCH FIRST 5 ROWS ONLY;
--! plain; 1 request; limit 3; rows only
SELECT channel, licenses_sold FROM license_deployment WHERE channel = 'direct' AND service_code = 'o365' ORDER BY service_code DESC, channel LIMIT 3;
--! plain; 1 request
SELECT channel FROM license_deployment WHERE channel = 'direct' ORDER BY channel FETCH FIRST 3 ROWS WITH TIES;
--! plain; 1 request
SELECT channel, product_id FROM license_deployment WHERE channel = 'direct' ORDER BY channel, product_id LIMIT 3;
--! plain; 1 request; rows only
SELECT usage_date FROM azure_usage WHERE usage_date = '2018-10-02' ORDER BY usage_date LIMIT 2 OFFSET 1;

-- "ne" is exact where nothing is null

--!
SELECT count(*) FROM certain WHERE service_code NOT IN ('o365', 'crm');
--!
SELECT count(*) FROM certain WHERE service_code <> ALL ('{o365,NULL}'::text[]);
--!
SELECT count(*) FROM (SELECT FROM certain WHERE service_code NOT IN ('o365', 'crm') OFFSET 1 LIMIT 1000) x;

-- rows that are made of one row are not skipped before

--! plain; rows only
SELECT generate_series(1, 2), channel FROM license_deployment OFFSET 300 LIMIT 1000;
