-- Partitions that read the same resource: each returns the rows of its bound, and no others.

--! plain; 3 requests
SELECT * FROM by_channel;
--! grouped; 3 requests
SELECT channel, sum(licenses_sold) FROM by_channel GROUP BY 1;
--! grouped; 3 requests
SELECT sum(licenses_sold) FROM by_channel;
--! grouped; 3 requests
SELECT tableoid::regclass::text, sum(licenses_sold) FROM by_channel GROUP BY 1;
--! grouped; 3 requests
SELECT DISTINCT service_code FROM by_channel;
--! plain; 3 requests
SELECT count(*) FROM by_channel;
--! plain; 3 requests
SELECT count(*), avg(licenses_sold) FROM by_channel;
--! plain; rows only
SELECT product_id FROM by_channel OFFSET 20 LIMIT 100;
--! plain; 1 request
SELECT * FROM by_channel WHERE channel = 'reseller';
--! grouped; 1 request; sends channel eq 'reseller'
SELECT service_code, sum(licenses_sold) FROM by_channel WHERE channel = 'reseller' GROUP BY 1;
--! plain; 1 request; sends nothing
SELECT service_code, licenses_sold FROM by_channel WHERE channel IS NULL;
--! plain; 3 requests
SELECT channel, service_code FROM by_channel WHERE service_code = 'crm';
--! plain; 1 request
SELECT channel, service_code FROM by_channel WHERE channel IN ('direct', 'Direct', 'void');
--! grouped; 3 requests
SELECT region, sum(licenses_sold) FROM by_channel JOIN region ON tenant = customer_tenant_id GROUP BY 1;
--! plain; 3 requests
SELECT region, licenses_sold FROM region LEFT JOIN by_channel ON tenant = customer_tenant_id AND product_id = 'D-1';
--! mixed
SELECT factor, (SELECT sum(licenses_sold) FROM by_channel b WHERE b.channel = chan.channel), (SELECT count(*) FROM by_channel b WHERE b.channel = chan.channel) FROM chan;
--! grouped
SELECT channel, factor FROM chan WHERE EXISTS (SELECT FROM by_channel b WHERE b.channel = chan.channel AND service_code = 'crm');
--! grouped
SELECT b.channel, count(*) FROM chan JOIN (SELECT DISTINCT channel, service_code FROM by_channel) b USING (channel) GROUP BY 1;
--! plain
SELECT a.product_id, b.product_id FROM by_channel a JOIN by_channel b ON a.channel = b.channel AND a.service_code = b.service_code AND a.customer_tenant_id = b.customer_tenant_id WHERE a.customer_name = 'Contoso Ltd';
--! grouped
SELECT a.channel, sum(a.licenses_sold) FROM by_channel a WHERE a.channel IN (SELECT b.channel FROM by_channel b WHERE b.service_code = 'crm') GROUP BY 1;
--! grouped
SELECT channel, service_code, sum(licenses_deployed) FROM by_channel GROUP BY CUBE (1, 2);
--! grouped
SELECT channel, max(service_code), count(DISTINCT product_id) FROM by_channel GROUP BY 1 HAVING sum(licenses_sold) > 5;
--! plain; 1 request; limit 1; rows only
SELECT product_id FROM by_channel_reseller LIMIT 1;
--! script
PREPARE p(text) AS SELECT service_code, sum(licenses_sold) FROM by_channel WHERE channel = $1 GROUP BY 1; SET plan_cache_mode = force_generic_plan; EXECUTE p('reseller'); EXECUTE p('direct'); EXECUTE p('void'); EXECUTE p('o''hara'); EXECUTE p(NULL);

-- a partition read by its own name

--! plain; 1 request; sends channel eq 'reseller'
SELECT * FROM by_channel_reseller;
--! grouped; 1 request; sends channel eq 'reseller'
SELECT service_code, sum(licenses_sold) FROM by_channel_reseller GROUP BY 1;
--! plain; 1 request; sends channel eq 'reseller'
SELECT count(*) FROM by_channel_reseller;
--! plain; 1 request; sends nothing
SELECT * FROM by_channel_other;
--! grouped; 1 request; sends nothing
SELECT sum(licenses_sold) FROM by_channel_other;
--! plain; 1 request; sends nothing
SELECT count(*) FROM by_channel_direct;
--! plain; 1 request; rows only
SELECT product_id FROM by_channel_direct OFFSET 3;
--! plain; limit 5; rows only
SELECT channel FROM by_channel_direct LIMIT 5;
--! plain; 1 request; empty
SELECT * FROM by_channel_reseller WHERE channel = 'Reseller';
--! plain; 2 requests
SELECT a.product_id, b.product_id FROM by_channel_reseller a JOIN by_channel_other b ON a.customer_tenant_id = b.customer_tenant_id WHERE a.service_code = 'crm';
--! mixed
SELECT (SELECT count(*) FROM by_channel_other WHERE service_code = svc.service_code), (SELECT sum(licenses_sold) FROM by_channel_other WHERE service_code = svc.service_code) FROM svc;

-- conditions that raise an error beyond the bound

--! plain; 1 request
SELECT channel, service_code FROM by_channel_reseller WHERE is_one_of(channel, 'reseller');
--! plain; 1 request
SELECT product_id FROM by_tenant_2_o365 WHERE is_one_of(service_code, 'o365');
--! plain; 1 request
SELECT meter_unit FROM by_day_september WHERE is_one_of(to_char(usage_date, 'MM'), '09');
--! grouped; 1 request
SELECT service_code, sum(licenses_sold) FROM by_channel_reseller WHERE is_one_of(channel, 'reseller') GROUP BY 1;

-- by hash

--! plain; 4 requests
SELECT * FROM by_tenant;
--! grouped; 4 requests
SELECT service_code, sum(licenses_active) FROM by_tenant GROUP BY 1;
--! grouped; 4 requests
SELECT sum(licenses_active), sum(licenses_qualified) FROM by_tenant;
--! plain; 4 requests
SELECT count(*) FROM by_tenant;
--! grouped; 1 request
SELECT channel, sum(licenses_active) FROM by_tenant_1 GROUP BY 1;
--! plain; 1 request
SELECT count(*) FROM by_tenant_2_other;
--! grouped; 1 request; sends serviceCode eq 'o365'
SELECT channel, sum(licenses_active) FROM by_tenant_2_o365 GROUP BY 1;
--! plain; 4 requests
SELECT region, licenses_active FROM by_tenant JOIN region ON tenant = customer_tenant_id WHERE workload_code = 'EXO';
--! grouped
SELECT tenant, sum(licenses_active) FROM by_tenant JOIN region ON tenant = customer_tenant_id GROUP BY 1;
--! grouped
SELECT a.customer_tenant_id, sum(a.licenses_active) FROM by_tenant a WHERE EXISTS (SELECT FROM by_tenant b WHERE a.customer_tenant_id = b.customer_tenant_id AND b.channel = 'direct') GROUP BY 1;
--! plain; 4 requests
SELECT customer_tenant_id, count(*) FROM by_tenant GROUP BY 1;

-- by ranges

--! plain; 3 requests
SELECT * FROM by_day;
--! counted; 6 requests
SELECT count(*) FROM by_day;
--! grouped; 3 requests
SELECT sum(quantity) FROM by_day;
--! grouped; 3 requests
SELECT meter_category, sum(quantity) FROM by_day GROUP BY 1;
--! grouped; 1 request
SELECT usage_date, sum(quantity) FROM by_day WHERE usage_date BETWEEN '2018-09-20' AND '2018-09-25' GROUP BY 1;
--! plain; 1 request; sends usageDate lt cast('2018-10-01'
SELECT count(quantity) FROM by_day_september WHERE meter_category = upper('storage') OR quantity > 1;
--! alone; 2 requests
SELECT count(*) FROM by_day_september;
--! 2 requests
SELECT count(*) FROM by_day_other;
--! plain; 1 request; rows only
SELECT meter_category FROM by_day_september OFFSET 5 LIMIT 7;
--! plain; 1 request; rows only; or error 54000
SELECT meter_category FROM by_day_other OFFSET 5 LIMIT 3;
--! plain; 3 requests
SELECT usage_date FROM by_day ORDER BY usage_date DESC LIMIT 5;
--! plain; 1 request
SELECT usage_date FROM by_day_september ORDER BY usage_date DESC LIMIT 5;
--! plain; 2 requests
SELECT usage_date, quantity FROM by_day WHERE usage_date >= '2018-09-20' AND usage_date < '2018-10-20' AND meter_category = 'Storage';
--! grouped
SELECT day, sum(quantity) FROM calendar JOIN by_day ON usage_date = day GROUP BY 1;
--! script
PREPARE p(timestamp, timestamp) AS SELECT count(*), sum(quantity) FROM by_day WHERE usage_date >= $1 AND usage_date < $2; SET plan_cache_mode = force_generic_plan; EXECUTE p('2018-09-01', '2018-09-20'); EXECUTE p('2018-09-29', '2018-10-03'); EXECUTE p('-infinity', 'infinity'); EXECUTE p('2018-10-05', '2018-10-07');
--! alone; 2 requests
SELECT count(*) FROM by_month_days_all;
--! counted; 2 requests
SELECT count(*) FROM by_month_days;
--! counted; 2 requests
SELECT count(*) FROM by_month;
--! plain; 1 request
SELECT usage_date, meter_unit FROM by_month;
--! plain; 1 request; rows only
SELECT meter_unit FROM by_month_days_all OFFSET 5 LIMIT 7;
--! plain; 5 requests
SELECT * FROM by_moment;
--! plain; 3 requests; because the partition's bound is on creation_date, by which the API cannot group
SELECT customer_market, sum(license_count) FROM by_moment_other GROUP BY 1;
--! plain; 5 requests
SELECT count(*) FROM by_moment;
--! plain; because by which the API cannot group
SELECT status, sum(license_count) FROM by_moment GROUP BY 1;
--! plain; 1 request
SELECT creation_date, status FROM by_moment_active;
--! plain; 1 request
SELECT count(*) FROM by_moment_other_renewed;
--! plain
SELECT status, count(*) FROM by_moment WHERE auto_renew_enabled GROUP BY 1;
--! plain
SELECT status, creation_date FROM by_moment WHERE status = 'ACTIVE' AND creation_date >= '2016-01-01';

-- by expressions and measures, of two resources, and of days

--! grouped; 2 requests
SELECT channel, sum(licenses_sold) FROM by_word GROUP BY 1;
--! plain; 2 requests
SELECT count(*) FROM by_word;
--! plain; 1 request
SELECT count(*) FROM by_word_reseller;
--! plain; 3 requests; because the partition's bound is on licenses_sold, by which the API cannot group
SELECT channel, sum(licenses_sold) FROM by_sold GROUP BY 1;
--! plain; 3 requests; because the partition's bound is on licenses_sold, by which the API cannot group
SELECT DISTINCT channel FROM by_sold;
--! plain; 3 requests
SELECT count(*) FROM by_sold;
--! plain; 2 requests
SELECT service_code, channel, count(*) FROM by_service GROUP BY 1, 2;
--! grouped; 2 requests
SELECT DISTINCT service_code, channel FROM by_service;
--! plain; 5 requests
SELECT * FROM by_snapshot;
--! plain; 2 requests
SELECT snapshot_date, sum(licenses_sold) FROM by_snapshot_new GROUP BY 1;
--! plain; 2 requests
SELECT snapshot_date, count(*) FROM by_snapshot WHERE snapshot_date > '2018-10-12' GROUP BY 1;
--! plain; 1 request
SELECT snapshot_date, channel FROM by_snapshot WHERE snapshot_date = '2018-10-13';
--! plain; 5 requests
SELECT snapshot_date, sum(licenses_sold) FROM by_snapshot WHERE channel = 'direct' GROUP BY 1;
-- conditions that imply the bound, but are evaluated locally
--! plain; 5 requests; sends nothing
SELECT * FROM by_snapshot WHERE (snapshot_date = '2018-10-11' AND licenses_sold > 0) OR (snapshot_date = '2018-10-13' AND licenses_sold < 0) OR snapshot_date::text = '2018-10-14';
--! plain; 5 requests
SELECT * FROM by_snapshot WHERE (snapshot_date = '2018-10-11' AND channel = 'direct') OR (snapshot_date = '2018-10-13' AND channel = 'reseller');
--! plain; 5 requests; empty
SELECT * FROM by_snapshot WHERE snapshot_date NOT IN (now()::date, NULL);
--! plain; 5 requests
SELECT * FROM by_snapshot WHERE (snapshot_date IN ('2018-10-11', '2018-10-12') AND channel = 'direct' AND licenses_sold > 0) OR (snapshot_date = '2018-10-13' AND (channel = 'reseller' OR service_code = 'crm'));
--! plain; 5 requests
SELECT snapshot_date, count(*) FROM by_snapshot WHERE (snapshot_date = '2018-10-12' AND service_code = 'crm') OR (channel = 'direct' AND snapshot_date >= '2018-10-13' AND snapshot_date < '2018-10-15') GROUP BY 1;
--! plain; 2 requests
SELECT snapshot_date, channel FROM by_snapshot_new WHERE (snapshot_date = '2018-10-13' AND channel = 'direct') OR (snapshot_date = '2018-10-14' AND channel = 'reseller');
--! plain; 2 requests
SELECT snapshot_date, channel FROM by_snapshot_new WHERE NOT (snapshot_date <> '2018-10-13' OR channel = 'direct') OR NOT (snapshot_date <> '2018-10-14' OR channel <> 'reseller');
--! plain; 1 request
SELECT usage_date, meter_unit FROM by_day_september WHERE (usage_date = '2018-09-20' AND quantity > 1) OR (usage_date = '2018-09-21' AND meter_category::text LIKE 'S%e');
--! plain; 1 request
SELECT channel, service_code FROM by_channel_reseller WHERE (channel = 'reseller' AND licenses_sold > 3) OR (channel = 'reseller' AND service_code IS NULL);
--! script
PREPARE p(date, text, date) AS SELECT * FROM by_snapshot WHERE (snapshot_date = $1 AND channel = $2) OR (snapshot_date = $3 AND licenses_sold > 1); SET plan_cache_mode = force_generic_plan; EXECUTE p('2018-10-11', 'direct', '2018-10-13'); EXECUTE p('2018-10-14', NULL, '2018-10-12'); EXECUTE p(NULL, 'direct', NULL);

-- by constant columns

--! plain; 4 requests; implied
SELECT * FROM by_account;
--! grouped; 4 requests; implied
SELECT account, sum(licenses_sold) FROM by_account GROUP BY 1;
--! 4 requests
SELECT account, count(*) FROM by_account GROUP BY 1;
--! plain; 1 request
SELECT * FROM by_account WHERE account = 'contoso' AND channel = 'direct';
--! plain; 2 requests
SELECT * FROM by_account WHERE account = 'fabrikam';
--! none; 0 requests; empty
SELECT * FROM by_account WHERE account IN ('adatum', 'northwind');
--! grouped; 1 request; implied
SELECT channel, sum(licenses_sold) FROM by_account WHERE account > 'g' GROUP BY 1;
--! alone; 1 request
SELECT count(*) FROM by_account_contoso;
--! none; empty; 0 requests
SELECT * FROM by_account_wrong;
--! none; 0 requests
SELECT count(*), sum(licenses_sold) FROM by_account_wrong;
--! plain; 1 request
SELECT * FROM by_account_fabrikam_early;
--! grouped; implied
SELECT manager, sum(licenses_sold) FROM managers JOIN by_account USING (account) GROUP BY 1;
--! script
PREPARE p(text) AS SELECT count(*), sum(licenses_sold) FROM by_account WHERE account = $1; SET plan_cache_mode = force_generic_plan; EXECUTE p('contoso'); EXECUTE p('fabrikam'); EXECUTE p('adatum'); EXECUTE p('litware'); EXECUTE p(NULL); EXECUTE p('other');
--! 1 request; implied
SELECT account, channel, licenses_active FROM by_hash;
--! 1 request; implied
SELECT account, sum(licenses_active) FROM by_hash GROUP BY 1;
--! 1 request
SELECT count(*) FROM by_hash;
