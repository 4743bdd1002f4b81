-- The other resources: dates, flags, pieces of text, fractions, counters.

-- Azure usage: days, which are never null, and a fractional measure

--! grouped; 1 request
SELECT meter_category, sum(quantity) FROM azure_usage GROUP BY 1;
--! grouped; 1 request
SELECT usage_date, sum(quantity) FROM azure_usage GROUP BY 1 ORDER BY 1;
--! grouped; 1 request
SELECT date_trunc('month', usage_date), meter_category, sum(quantity) FROM azure_usage GROUP BY 1, 2;
--! grouped; 1 request
SELECT usage_date::date, count(DISTINCT customer_name), max(meter_unit) FROM azure_usage GROUP BY 1;
--! 2 requests
SELECT min(usage_date), max(usage_date) FROM azure_usage;
--! grouped; 1 request
SELECT sum(quantity), sum(-quantity), sum(quantity * 1.5), sum(coalesce(quantity, 0)), sum(CASE WHEN meter_unit = '1 GB' THEN quantity ELSE 0 END) FROM azure_usage;
--! grouped; 1 request
SELECT resource_location, sum(quantity) FILTER (WHERE usage_date >= '2018-10-01') FROM azure_usage GROUP BY 1;
--! grouped; 1 request; sends usageDate ge cast('2018-10-01', Edm.DateTimeOffset)
SELECT meter_category, sum(quantity) FROM azure_usage WHERE usage_date >= '2018-10-01' GROUP BY 1;
--! grouped; 1 request
SELECT sum(quantity) FROM azure_usage WHERE usage_date >= '2018-09-01' AND usage_date < '2018-10-01' AND meter_category = 'Storage';
--! grouped; 1 request
SELECT sum(quantity) FROM azure_usage WHERE usage_date BETWEEN '2018-09-10' AND '2018-09-20';
--! grouped; 1 request
SELECT sum(quantity) FROM azure_usage WHERE usage_date::date = '2018-10-02';
--! grouped; 1 request
SELECT sum(quantity) FROM azure_usage WHERE date_trunc('day', usage_date) > '2018-10-02';
--! grouped; 1 request
SELECT DISTINCT usage_date FROM azure_usage WHERE usage_date IN ('2018-10-02', '2018-10-05', '2018-10-05 12:00');
--! grouped; 1 request
SELECT usage_date, sum(quantity) FROM azure_usage JOIN region ON tenant IS DISTINCT FROM customer_tenant_id AND region = 'far' GROUP BY 1;
--! plain; 1 request; because max(...) needs each row's measure
SELECT meter_category, max(quantity) FROM azure_usage GROUP BY 1;
--! plain; 1 request; because sum(...) does more
SELECT sum(quantity / 3), sum(round(quantity)) FROM azure_usage;
--! plain; 1 request; because the API cannot group by service_type
SELECT service_type, sum(quantity) FROM azure_usage GROUP BY 1;
--! plain; 1 request; because the API cannot group by
SELECT sum(quantity) FROM azure_usage WHERE reservation_id = '';
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE usage_date <> '2018-10-02' AND usage_date > '2018-09-25';
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE NOT (usage_date > '2018-08-20' OR meter_category = 'Storage');
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE usage_date NOT IN ('2018-10-02', '2018-10-05');
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE usage_date < '2018-08-20 11:00';
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE usage_date >= '2018-10-10 00:00:00.000001';
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE usage_date > '2018-10-10 23:30-01'::timestamptz;
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE usage_date >= date '2018-10-10' AND usage_date <= date '2018-10-11';
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE '2018-10-01' <= usage_date AND date '2018-10-05' > usage_date;
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE NOT ('2018-10-01 12:00' >= usage_date) AND '2018-10-12' <> usage_date::date;
--! plain; 1 request; implied
SELECT usage_date FROM azure_usage WHERE usage_date > '-infinity' AND usage_date < 'infinity';
--! plain; empty
SELECT usage_date FROM azure_usage WHERE usage_date = 'infinity' OR usage_date < '4000-01-01 BC';
--! plain; 1 request
SELECT usage_date FROM azure_usage WHERE usage_date < '200000-01-01' AND usage_date > '0001-01-01';
--! plain; 1 request; empty
SELECT usage_date FROM azure_usage WHERE usage_date > now();
--! plain; 1 request
SELECT usage_date FROM azure_usage WHERE usage_date < now() - interval '1 day' AND usage_date > '2018-10-12';
--! plain; 1 request; rows only
SELECT usage_date FROM azure_usage WHERE usage_date >= '2018-10-01' LIMIT 5 OFFSET 3;
--! plain; 1 request; rows only
SELECT usage_date FROM azure_usage WHERE usage_date >= '2018-10-01' OFFSET 10;
--! plain; 1 request; rows only
SELECT usage_date FROM azure_usage WHERE usage_date::date >= '2018-10-01' OFFSET 10;
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE usage_date >= '2018-10-01';
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE usage_date <> '2018-10-01' AND usage_date >= '2018-09-01';
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE usage_date::date < '2018-10-02';
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE usage_date >= '2018-10-01 00:00'::timestamptz;
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage ORDER BY usage_date, quantity LIMIT 5;
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage ORDER BY usage_date DESC, quantity DESC NULLS LAST LIMIT 5;
--! script; plain; 3 requests
PREPARE p(timestamp, timestamptz) AS SELECT usage_date, quantity FROM azure_usage WHERE usage_date >= $1 AND usage_date < $2;
EXECUTE p('2018-10-01', '2018-10-05');
EXECUTE p('2018-10-01', NULL);
SET LOCAL timezone = 'Pacific/Auckland';
EXECUTE p('2018-10-01', '2018-10-05');
EXECUTE p('-infinity', 'infinity');
--! script; plain; 2 requests
PREPARE p(date[]) AS SELECT usage_date FROM azure_usage WHERE usage_date = ANY ($1);
EXECUTE p('{2018-10-01,2018-10-02,NULL}');
EXECUTE p('{}');
EXECUTE p(NULL);

-- Subscriptions: flags, pieces of text, a counter that is in no row

--! grouped; 1 request
SELECT status, sum(subscription_count), sum(license_count) FROM subscriptions GROUP BY 1;
--! grouped; 1 request
SELECT auto_renew_enabled, sum(subscription_count) FROM subscriptions GROUP BY 1;
--! grouped; 1 request
SELECT sum(subscription_count * 2), sum(coalesce(license_count, 0)) FROM subscriptions WHERE status = 'ACTIVE';
--! grouped; 1 request
SELECT customer_market, sum(subscription_count) FILTER (WHERE auto_renew_enabled) FROM subscriptions GROUP BY 1;
--! grouped; 1 request
SELECT bool_or(auto_renew_enabled), bool_and(auto_renew_enabled), count(DISTINCT status) FROM subscriptions;
--! grouped; 1 request; sends autoRenewEnabled eq true
SELECT status, sum(subscription_count) FROM subscriptions WHERE auto_renew_enabled GROUP BY 1;
--! plain; 1 request; because sum(...) adds or subtracts
SELECT sum(license_count - subscription_count) FROM subscriptions;
--! plain; 1 request; because max(...) needs each row's measure
SELECT max(subscription_count), min(license_count) FROM subscriptions;
--! plain; 1 request
SELECT subscription_count, status FROM subscriptions;
--! plain; 1 request; because the API cannot group by creation_date
SELECT status, sum(subscription_count) FROM subscriptions WHERE creation_date > '2017-01-01' GROUP BY 1;
--! plain; 1 request; because the API cannot group by churn_risk
SELECT churn_risk, sum(license_count) FROM subscriptions GROUP BY 1;
--! plain; 1 request; sends autoRenewEnabled eq false
SELECT id, status FROM subscriptions WHERE NOT auto_renew_enabled;
--! plain; 1 request; sends autoRenewEnabled eq true
SELECT id FROM subscriptions WHERE auto_renew_enabled IS TRUE;
--! plain; 1 request; sends nothing
SELECT id FROM subscriptions WHERE auto_renew_enabled IS NOT TRUE;
--! plain; 1 request; sends nothing
SELECT id FROM subscriptions WHERE auto_renew_enabled IS UNKNOWN OR auto_renew_enabled IS NOT FALSE;
--! plain; 1 request
SELECT id FROM subscriptions WHERE auto_renew_enabled <> true;
--! plain; 1 request
SELECT id FROM subscriptions WHERE auto_renew_enabled = ANY ('{t,f}');
--! plain; 1 request
SELECT id FROM subscriptions WHERE auto_renew_enabled = (SELECT true) AND NOT (NOT auto_renew_enabled AND status = 'ACTIVE');
--! plain; 1 request; sends (autoRenewEnabled eq true or status eq 'SUSPENDED')
SELECT id FROM subscriptions WHERE auto_renew_enabled OR status = 'SUSPENDED';
--! alone; 3 requests
SELECT count(*) FROM subscriptions WHERE auto_renew_enabled;
--! alone; 3 requests
SELECT count(*) FROM subscriptions WHERE NOT auto_renew_enabled OR auto_renew_enabled;
--! alone; 3 requests
SELECT count(*) FROM subscriptions WHERE auto_renew_enabled <> true;
--! plain; 1 request; rows only
SELECT id FROM subscriptions WHERE auto_renew_enabled LIMIT 5 OFFSET 2;
--! plain; 1 request; sends subscriptionType eq 'Office'
SELECT id FROM subscriptions WHERE subscription_type = 'Office';
--! plain; 1 request; sends subscriptionType ne 'Office'
SELECT id FROM subscriptions WHERE subscription_type <> 'Office';
--! plain; 1 request
SELECT id, subscription_type FROM subscriptions WHERE subscription_type NOT IN ('Office', 'Azure') OR subscription_type = 'Azure';
--! alone; 3 requests
SELECT count(*) FROM subscriptions WHERE subscription_type = 'Office' OR subscription_type IN ('Azure', 'EMS');
--! grouped; 1 request
SELECT count(*) FROM subscriptions WHERE subscription_type <> 'Office';
--! plain; 1 request; sends contains(friendlyName,'OFFICE')
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE '%OFFICE%';
--! plain; 1 request; sends contains(friendlyName,'OFFICE')
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE 'OFFICE%';
--! plain; 1 request; sends contains(friendlyName
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE '%(PLAN 1)';
--! plain; 1 request
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE '%OFFICE_365%';
--! plain; 1 request
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE concat('%OFFICE', '_365%');
--! plain; 1 request
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE concat('%per', '\%cent%') OR product_name LIKE concat('%EXCHANGE', '%');
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE '%OFF%CE%' OR friendly_name LIKE '_ower%';
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE friendly_name NOT LIKE '%OFFICE%';
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE NOT friendly_name LIKE '%a%';
--! plain; 1 request
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE '%per\%cent%' OR friendly_name LIKE '%under\_score%' OR friendly_name LIKE '%''%';
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE friendly_name LIKE '%' OR friendly_name LIKE '%%' OR friendly_name LIKE '';
--! plain; 1 request
SELECT id, friendly_name FROM subscriptions WHERE strpos(friendly_name, 'Caf') > 0 OR position(' ' IN friendly_name) >= 1;
--! plain; 1 request; implied
SELECT id, friendly_name FROM subscriptions WHERE strpos(friendly_name, '') <> 0;
--! plain; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE strpos(friendly_name, 'a') OPERATOR(other.>) 0;
--! plain; sends nothing; implied
SELECT id, creation_date FROM subscriptions WHERE creation_date < '5000000-01-01'::date;
--! none; script
SET timezone = 'Pacific/Kiritimati'; SELECT id FROM subscriptions WHERE creation_date < '294276-12-31 23:59:59+00'::timestamptz;
SET timezone = 'America/Adak'; SELECT id FROM subscriptions WHERE creation_date < '4714-11-24 00:00:00+00 BC'::timestamptz;
--! plain; 1 request; implied
SELECT usage_date FROM azure_usage WHERE usage_date = ANY ('{5000000-01-01,2018-05-01}'::date[]) OR usage_date <> '5000000-01-01'::date;
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE strpos(friendly_name, 'O') = 0;
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE strpos(friendly_name, 'O') > 1 OR strpos(friendly_name, 'x') = 0;
--! plain; 1 request
SELECT id, friendly_name FROM subscriptions WHERE starts_with(friendly_name, 'trailing') OR friendly_name ^@ 'OFFICE';
--! plain; 1 request
SELECT id, friendly_name FROM subscriptions WHERE starts_with(friendly_name, '') AND status = 'ACTIVE';
--! plain; 1 request; sends contains(friendlyName,'trailing blank ')
SELECT id, friendly_name FROM subscriptions WHERE friendly_name = 'trailing blank ';
--! plain; 1 request; implied
SELECT id, friendly_name FROM subscriptions WHERE friendly_name IN ('Contoso Ltd', 'CAFÉ MÜLLER', 'say "hello"', '');
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE friendly_name <> 'say "hello"';
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE friendly_name ILIKE '%office%';
--! plain; 1 request; sends nothing
SELECT id, product_name FROM subscriptions WHERE product_name ILIKE 'power bi pro' OR product_name ILIKE 'O____E%';
--! plain; 1 request
SELECT id, product_name FROM subscriptions WHERE product_name LIKE '%EXCHANGE%' AND product_name = 'EXCHANGE ONLINE (PLAN 2)';
--! grouped; 1 request
SELECT count(*) FROM subscriptions WHERE friendly_name LIKE '%Contoso%';
--! grouped; 1 request
SELECT count(*) FROM subscriptions WHERE friendly_name = 'contoso ltd';
--! grouped; 1 request
SELECT friendly_name, sum(subscription_count) FROM subscriptions WHERE friendly_name LIKE '%o%' GROUP BY 1;
--! plain; 8 requests
SELECT friendly_name FROM subscriptions WHERE friendly_name = ANY (ARRAY(SELECT 'a rather long name that nobody has ' || n FROM nums) || ARRAY['under_score', 'OFFICE 365 F1', 'PLAN', '', 'contoso ltd', 'CONTOSO LTD']);
--! grouped; 8 requests
SELECT friendly_name, sum(subscription_count) FROM subscriptions WHERE friendly_name = ANY (ARRAY(SELECT 'a rather long name that nobody has ' || n FROM nums) || ARRAY['under_score', 'under', 'score', 'contoso ltd', 'contoso ltd ']) GROUP BY 1;
--! script; plain; 3 requests
PREPARE p(text) AS SELECT id FROM subscriptions WHERE strpos(friendly_name, $1) > 0;
EXECUTE p('LAN');
EXECUTE p('');
EXECUTE p(NULL);
EXECUTE p('''');
--! plain; 1 request; sends
SELECT id FROM subscriptions WHERE creation_date > '2018-01-01';
--! plain; 1 request
SELECT id FROM subscriptions WHERE creation_date::date IN ('2018-03-06', '2018-05-28') OR creation_date = '2014-10-10 23:59:29.46';
--! plain; 1 request
SELECT creation_date FROM subscriptions WHERE creation_date::date <= '2018-03-06' AND date_trunc('day', creation_date) > '2018-01-01';
--! plain; 1 request
SELECT creation_date FROM subscriptions WHERE creation_date::date <> '2018-03-06' AND creation_date > '2018-03-01';
--! plain; 1 request
SELECT creation_date FROM subscriptions WHERE date_trunc('day', creation_date) >= '2018-03-06 01:00' OR NOT creation_date::date > '2015-01-01';
--! plain; 1 request
SELECT creation_date FROM subscriptions WHERE creation_date <> '2018-03-06 02:05:39.035+00'::timestamptz AND creation_date > '2018-03-01';
--! plain; 1 request
SELECT id FROM subscriptions WHERE creation_date IN ('2014-10-10 23:59:29.46', '2018-03-14 23:52:55.437', NULL);
--! plain; 1 request
SELECT id FROM subscriptions WHERE creation_date <> '2014-10-10 23:59:29.46' AND creation_date < '2016-01-01';
--! plain; 1 request
SELECT id FROM subscriptions WHERE trial_start_date <= '2017-01-01' OR trial_start_date IS NULL AND status = 'ACTIVE';
--! plain; 1 request
SELECT id FROM subscriptions WHERE NOT (trial_start_date <= '2017-01-01');
--! plain; 1 request
SELECT id FROM subscriptions WHERE trial_start_date < creation_date AND creation_date >= '2018-03-06 17:01:28.616';
--! plain; 1 request
SELECT count(*) FROM subscriptions WHERE creation_date >= '2018-03-06 17:01:28.616';
--! plain; 1 request; rows only
SELECT id FROM subscriptions WHERE creation_date >= '2018-03-06 17:01:28.616' OFFSET 20;
--! plain; 1 request; sends nothing
SELECT id FROM subscriptions WHERE trial_end_date > '2017-01-01' AND last_usage_date IS NOT NULL;
--! grouped; 2 requests
SELECT s.status, sum(a.quantity) FROM azure_usage a JOIN (SELECT DISTINCT customer_tenant_id, status FROM subscriptions) s USING (customer_tenant_id) GROUP BY 1;
--! mixed
SELECT a.customer_name, a.quantity FROM azure_usage a WHERE EXISTS (SELECT FROM subscriptions s WHERE s.customer_tenant_id = a.customer_tenant_id AND s.auto_renew_enabled);

-- indirect resellers: "never" is a date there and null here

--! grouped; 1 request
SELECT market, sum(indirect_reseller_count), sum(subscription_count), sum(license_count) FROM indirect_resellers GROUP BY 1;
--! grouped; 1 request
SELECT sum(indirect_reseller_count * 2), count(DISTINCT name) FROM indirect_resellers WHERE market = 'DE';
--! plain; 1 request; because
SELECT sum(license_count - subscription_count) FROM indirect_resellers;
--! plain; 1 request
SELECT name, indirect_reseller_count, first_subscription_creation_date FROM indirect_resellers;
--! plain; 1 request
SELECT name FROM indirect_resellers WHERE first_subscription_creation_date < '2017-01-01';
--! plain; 1 request
SELECT name FROM indirect_resellers WHERE first_subscription_creation_date > '2017-01-01' OR latest_subscription_end_date <= '2016-01-01';
--! plain; 1 request
SELECT name FROM indirect_resellers WHERE NOT (first_subscription_creation_date > '2017-01-01');
--! plain; 1 request
SELECT name FROM indirect_resellers WHERE first_subscription_creation_date <> '2016-12-07 10:10:20.44';
--! plain; 1 request
SELECT count(*) FROM indirect_resellers WHERE first_subscription_creation_date < '2017-01-01';
--! plain; 1 request; sends nothing
SELECT name FROM indirect_resellers WHERE first_subscription_creation_date IS NULL;
--! plain; 1 request; empty
SELECT name FROM indirect_resellers WHERE first_subscription_creation_date < '0002-01-01';
--! plain; 1 request; rows only
SELECT name FROM indirect_resellers WHERE first_subscription_creation_date < '2017-01-01' OFFSET 5;

-- searches and referrals: "eq" alone, and no groups

--! plain; 1 request; sends companyName eq 'Partner 3'
SELECT * FROM searches WHERE company_name = 'Partner 3';
--! plain; 1 request
SELECT company_name, search_date FROM searches WHERE contact_button_clicked AND NOT details_viewed AND search_date > '2018-09-01';
--! plain; 1 request; sends nothing
SELECT company_name FROM searches WHERE keyword_country <> 'DE' OR keyword_search_text NOT IN ('cloud', '100%');
--! plain; 1 request
SELECT company_name FROM searches WHERE NOT (keyword_country <> 'DE');
--! plain; 1 request; because resource searches takes no groupby
SELECT company_name, count(*) FROM searches GROUP BY 1;
--! plain; 1 request; because resource searches takes no groupby
SELECT DISTINCT partner_market FROM searches;
--! alone; 3 requests
SELECT count(*) FROM searches WHERE referral_submitted;
--! plain; 1 request
SELECT id, customer_name FROM referrals WHERE status IN ('Won', 'lost', 'Lost') AND partner_market = 'JP';
--! plain; 1 request
SELECT id FROM referrals WHERE created_date > '2018-01-01' AND won_date IS NULL;
--! alone; 2 requests
SELECT count(*) FROM referrals;

-- The order of usage_date, which the API gives

--! plain; 1 request; limit 10
SELECT usage_date FROM azure_usage ORDER BY usage_date DESC LIMIT 10;
--! plain; limit 25
SELECT usage_date FROM azure_usage WHERE usage_date < '2018-10-02' ORDER BY usage_date LIMIT 20 OFFSET 5;
--! plain
SELECT usage_date, quantity FROM azure_usage ORDER BY usage_date DESC, quantity, customer_name COLLATE "C" LIMIT 30;
--! plain
SELECT usage_date FROM azure_usage WHERE meter_category LIKE '%a%' ORDER BY usage_date DESC NULLS LAST LIMIT 15;
--! plain
SELECT usage_date, row_number() OVER (ORDER BY usage_date) > 0 FROM azure_usage;
--! plain
SELECT usage_date, count(*) FROM azure_usage GROUP BY 1 ORDER BY 1 DESC LIMIT 5;
--! plain
SELECT x.usage_date FROM (SELECT usage_date FROM azure_usage ORDER BY usage_date LIMIT 7) x JOIN region ON region = 'far';
--! plain
SELECT DISTINCT ON (usage_date) usage_date, quantity IS NULL OR quantity IS NOT NULL FROM azure_usage ORDER BY usage_date DESC;

-- dates as reports ask for them: by month, year, and as moments

--! grouped; 1 request; sends (usageDate ge cast('2018-09-01', Edm.DateTimeOffset)) and (usageDate le cast('2018-09-30'
SELECT meter_category, sum(quantity) FROM azure_usage WHERE date_trunc('month', usage_date) = '2018-09-01' GROUP BY 1;
--! grouped; 1 request; sends (usageDate ge cast('2018-09-01', Edm.DateTimeOffset)) and (usageDate le cast('2018-10-31'
SELECT sum(quantity) FROM azure_usage WHERE date_trunc('MONTHS', usage_date) BETWEEN '2018-09-01' AND '2018-10-01';
--! grouped; 1 request; sends usageDate le cast('2018-09-09'
SELECT usage_date, sum(quantity) FROM azure_usage WHERE date_trunc('week', usage_date) IN ('2018-09-03', '2018-10-08') GROUP BY 1;
--! grouped; 1 request; sends (usageDate eq $1 (its quarter) or usageDate eq
SELECT usage_date, sum(quantity) FROM azure_usage WHERE date_trunc('quarter', usage_date::date) IN (DATE '2018-07-01', '2018-10-01') GROUP BY 1;
--! grouped; 1 request; sends usageDate
SELECT sum(quantity) FROM azure_usage WHERE date_trunc('month', '2018-09-11'::timestamp) > date_trunc('month', usage_date);
--! grouped; 1 request; sends nothing
SELECT sum(quantity) FROM azure_usage WHERE date_trunc('decade', usage_date) = '2010-01-01';
--! grouped; 1 request; sends (usageDate lt cast('2018-09-01', Edm.DateTimeOffset) or usageDate gt cast('2018-09-30'
SELECT sum(quantity) FROM azure_usage WHERE date_trunc('month', usage_date) <> '2018-09-01';
--! plain; 1 request; sends creationDate lt
SELECT creation_date FROM subscriptions WHERE date_trunc('month', creation_date) = '2018-03-01';
--! plain; 1 request; sends creationDate
SELECT creation_date FROM subscriptions WHERE NOT date_trunc('year', creation_date) > '2016-01-01';
--! plain; 1 request; sends creationDate
SELECT creation_date FROM subscriptions WHERE date_trunc('week', date_trunc('month', creation_date)) = '2018-02-26';
--! plain; 1 request; sends creationDate lt
SELECT creation_date FROM subscriptions WHERE date_trunc('week', date_trunc('year', creation_date)) = '2018-01-01';
--! plain; 1 request; sends creationDate lt
SELECT creation_date FROM subscriptions WHERE date_trunc('hour', creation_date) < '2018-03-06 01:00';
--! plain; 1 request; implied
SELECT creation_date FROM subscriptions WHERE date_trunc('year', creation_date) < '294276-01-01' AND creation_date::date <= '9999-12-31';
--! grouped; 1 request; sends usageDate ge cast('2018-01-01', Edm.DateTimeOffset)) and (usageDate lt cast('2019-01-01', Edm.DateTimeOffset)
SELECT meter_category, sum(quantity) FROM azure_usage WHERE extract(year FROM usage_date) = 2018 AND extract(month FROM usage_date) = 9 GROUP BY 1;
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE extract(year FROM usage_date) > 2017;
--! plain; 1 request; sends creationDate
SELECT creation_date FROM subscriptions WHERE extract(year FROM creation_date) BETWEEN 2015 AND 2016;
--! plain; 1 request; sends creationDate
SELECT creation_date FROM subscriptions WHERE extract(year FROM creation_date)::int <= 2016 OR date_part('year', creation_date::date) = 2018;
--! plain; 1 request; sends creationDate
SELECT creation_date FROM subscriptions WHERE date_part('year', creation_date) < 2016 OR NOT (extract(year FROM creation_date) <= 2017);
--! plain; 1 request; sends nothing
SELECT creation_date FROM subscriptions WHERE extract(year FROM creation_date) <> 2016 AND extract(year FROM creation_date) > 2015.5 AND extract(year FROM creation_date) IN (2016, 2017, 2018);
--! plain; 3 requests; sends nothing
SELECT first_subscription_creation_date FROM indirect_resellers WHERE extract(year FROM first_subscription_creation_date) IS NULL OR date_trunc('year', first_subscription_creation_date) = '0001-01-01';
--! plain; 1 request
SELECT latest_subscription_end_date FROM indirect_resellers WHERE date_trunc('year', latest_subscription_end_date) <= '2018-01-01';
--! grouped; 1 request; sends usageDate ge
SELECT sum(quantity) FROM azure_usage WHERE usage_date AT TIME ZONE 'UTC' >= '2018-09-11 00:00Z';
--! grouped; 1 request; sends usageDate
SELECT sum(quantity) FROM azure_usage WHERE usage_date::timestamptz BETWEEN '2018-09-11 00:00Z' AND '2018-09-13 12:00Z';
--! grouped; 1 request; sends (usageDate gt cast('2018-09-11', Edm.DateTimeOffset)) and (usageDate eq
SELECT sum(quantity) FROM azure_usage WHERE usage_date AT TIME ZONE 'UTC' > '2018-09-11'::date AND usage_date AT TIME ZONE 'UTC' IN ('2018-09-13 00:00Z', '2018-09-14 00:00Z');
--! script; 4 requests
SET LOCAL timezone = 'America/Asuncion';
SELECT usage_date FROM azure_usage WHERE usage_date::timestamptz >= '2018-10-07 04:00Z';
SELECT usage_date FROM azure_usage WHERE usage_date::timestamptz <= '2018-10-07 04:00Z' AND usage_date > '2018-10-01';
SELECT usage_date FROM azure_usage WHERE date_trunc('month', usage_date::timestamptz) = '2018-10-01 04:00Z';
SELECT usage_date FROM azure_usage WHERE date_trunc('week', usage_date::date) IN ('2018-10-08'::date, '2018-10-01'::date);
--! script; 4 requests
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT usage_date FROM azure_usage WHERE usage_date AT TIME ZONE 'Etc/GMT+12' >= '2018-10-07 12:00Z';
SELECT usage_date FROM azure_usage WHERE usage_date AT TIME ZONE 'Etc/GMT+12' = '2018-10-07 12:00Z';
SET LOCAL timezone = 'Etc/GMT+12';
SELECT usage_date FROM azure_usage WHERE usage_date AT TIME ZONE 'Pacific/Kiritimati' <= '2018-10-06 10:00Z';
SELECT usage_date FROM azure_usage WHERE usage_date AT TIME ZONE 'Pacific/Kiritimati' = '2018-10-06 10:00Z';

-- lists of dates that are too long for a URL

--! grouped; 1 request; sends (usageDate ge cast('2018-09-01', Edm.DateTimeOffset)) and (usageDate le cast('2018-09-30', Edm.DateTimeOffset))
SELECT meter_category, sum(quantity) FROM azure_usage WHERE usage_date IN ('2018-09-01', '2018-09-02', '2018-09-03', '2018-09-04', '2018-09-05', '2018-09-06', '2018-09-07', '2018-09-08', '2018-09-09', '2018-09-10', '2018-09-11', '2018-09-12', '2018-09-13', '2018-09-14', '2018-09-15', '2018-09-16', '2018-09-17', '2018-09-18', '2018-09-19', '2018-09-20', '2018-09-21', '2018-09-22', '2018-09-23', '2018-09-24', '2018-09-25', '2018-09-26', '2018-09-27', '2018-09-28', '2018-09-29', '2018-09-30') GROUP BY 1;
--! grouped; 1 request; sends (usageDate ge cast('2018-09-01', Edm.DateTimeOffset)) and (usageDate le
SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date::date IN ('2018-09-01', '2018-09-02', '2018-09-03', '2018-09-04', '2018-09-05', '2018-09-06', '2018-09-07', '2018-09-08', '2018-09-09', '2018-09-10', '2018-09-11', '2018-09-12', '2018-09-13', '2018-09-14', '2018-09-15', '2018-09-16', '2018-09-17', '2018-09-18', '2018-09-19', '2018-09-20', '2018-09-21', '2018-09-22', '2018-09-23', '2018-09-24', '2018-09-25', '2018-09-26', '2018-09-27', '2018-09-28', '2018-09-29', '2018-09-30') GROUP BY 1;
--! grouped; 1 request; sends nothing
SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date IN ('2018-09-01', '2018-09-02', '2018-09-03', '2018-09-04', '2018-09-05', '2018-09-06', '2018-09-07', '2018-09-08', '2018-09-09', '2018-09-10', '2018-09-11', '2018-09-12', '2018-09-13', '2018-09-14', '2018-09-15', '2018-09-16', '2018-09-17', '2018-09-18', '2018-09-19', '2018-09-20', '2018-09-21', '2018-09-22', '2018-09-23', '2018-09-24', '2018-09-25', '2018-09-26', '2018-09-27', '2018-09-28', '2018-09-29', '2018-09-30') OR usage_date > '2018-10-10' GROUP BY 1;
--! grouped; 1 request; sends (usageDate ge cast('2018-08-20', Edm.DateTimeOffset)) and (usageDate le cast('2018-10-01', Edm.DateTimeOffset))
SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date IN ('2018-09-01', '2018-09-02', '2018-09-03', '2018-09-04', '2018-09-05', '2018-09-06', '2018-09-07', '2018-09-08', '2018-09-09', '2018-09-10', '2018-09-11', '2018-09-12', '2018-09-13', '2018-09-14', '2018-09-15', '2018-09-16', '2018-09-17', '2018-09-18', '2018-09-19', '2018-09-20', '2018-09-21', '2018-09-22', '2018-09-23', '2018-09-24', '2018-09-25', '2018-09-26', '2018-09-27', '2018-09-28', '2018-09-29', '2018-09-30') OR usage_date BETWEEN '2018-08-20' AND '2018-08-30' OR usage_date = '2018-10-01' GROUP BY 1;
--! grouped; 1 request; sends nothing
SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date IN ('2018-09-01', '2018-09-02', '2018-09-03', '2018-09-04', '2018-09-05', '2018-09-06', '2018-09-07', '2018-09-08', '2018-09-09', '2018-09-10', '2018-09-11', '2018-09-12', '2018-09-13', '2018-09-14', '2018-09-15', '2018-09-16', '2018-09-17', '2018-09-18', '2018-09-19', '2018-09-20', '2018-09-21', '2018-09-22', '2018-09-23', '2018-09-24', '2018-09-25', '2018-09-26', '2018-09-27', '2018-09-28', '2018-09-29', '2018-09-30') OR meter_category = 'Storage' GROUP BY 1;
--! grouped; 1 request; sends usageDate eq any $1
SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date = ANY (ARRAY(SELECT moment FROM calendar WHERE month = 9)) GROUP BY 1;
--! alone; 2 requests
SELECT count(*) FROM azure_usage WHERE usage_date IN ('2018-09-01', '2018-09-01');
--! alone; 4 requests
SELECT count(*) FROM azure_usage WHERE usage_date IN ('2018-09-01', '2018-09-02', '2018-09-03', '2018-09-04', '2018-09-05', '2018-09-06', '2018-09-07', '2018-09-08', '2018-09-09', '2018-09-10', '2018-09-11', '2018-09-12', '2018-09-13', '2018-09-14', '2018-09-15', '2018-09-16', '2018-09-17', '2018-09-18', '2018-09-19', '2018-09-20', '2018-09-21', '2018-09-22', '2018-09-23', '2018-09-24', '2018-09-25', '2018-09-26', '2018-09-27', '2018-09-28', '2018-09-29', '2018-09-30');

-- what is not there is not searched for

--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE NOT starts_with(friendly_name, 'Office');
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE NOT friendly_name ^@ 'Office';
--! plain; 1 request; sends nothing
SELECT id, friendly_name FROM subscriptions WHERE strpos(friendly_name, 'Office') <> 1;

-- count(*) by group: the resource has a measure that is 1 in each row

--! grouped; 1 request
SELECT status, count(*) FROM subscriptions GROUP BY 1;
--! grouped; 1 request
SELECT market, count(*), count(name), sum(license_count) FROM indirect_resellers GROUP BY 1;
--! grouped; 1 request
SELECT status, count(*), count(*) FILTER (WHERE auto_renew_enabled), count(customer_market), sum(license_count), sum(subscription_count) FROM subscriptions GROUP BY 1 HAVING count(*) > 3;
--! grouped; 1 request
SELECT status, customer_market, count(*), sum(license_count), grouping(status) FROM subscriptions GROUP BY ROLLUP (1, 2);
--! grouped; 1 request
SELECT count(*), count(*) FILTER (WHERE status = 'ACTIVE'), avg(length(customer_name)) FROM subscriptions;
--! grouped; 1 request
SELECT count(*) FROM subscriptions WHERE status = 'ACTIVE';
--! grouped; 1 request
SELECT count(*) FROM subscriptions WHERE status = 'nothing';
--! grouped; 1 request
SELECT region, count(*), count(status), sum(license_count) FROM region LEFT JOIN subscriptions ON customer_tenant_id = tenant AND auto_renew_enabled GROUP BY 1;
--! mixed
SELECT a.status, count(*), sum(a.license_count) FROM subscriptions a JOIN subscriptions b USING (customer_tenant_id) WHERE b.license_count IS NOT NULL OR a.status = b.status GROUP BY 1;
--! mixed
SELECT channel, count(*), sum(n) FROM license_deployment JOIN svc USING (service_code) CROSS JOIN (SELECT count(*) AS n FROM subscriptions GROUP BY status) s GROUP BY 1;
--! mixed
SELECT status, count(*) FROM subscriptions s JOIN license_deployment d ON s.customer_tenant_id <> d.customer_tenant_id AND d.channel = 'direct' GROUP BY 1;
--! grouped
SELECT status, count(*) FROM subscriptions s WHERE EXISTS (SELECT FROM subscriptions d WHERE d.customer_market = s.customer_market AND d.auto_renew_enabled) GROUP BY 1;
--! grouped; 1 request
SELECT status, (SELECT count(*) FROM region WHERE tenant = customer_tenant_id), count(*) FROM subscriptions GROUP BY 1, 2;
--! grouped
SELECT tenant, (SELECT count(*) FROM subscriptions WHERE customer_tenant_id = tenant) FROM region;
--! grouped; 1 request
SELECT status, string_agg(customer_market, ',' ORDER BY customer_market), array_agg(auto_renew_enabled ORDER BY auto_renew_enabled) FROM subscriptions GROUP BY 1;
--! grouped; 1 request
SELECT status, count(*), sum(count(*)) OVER () FROM subscriptions GROUP BY 1;
--! plain; 1 request; because needs each row's measure
SELECT status, count(*), max(license_count) FROM subscriptions GROUP BY 1;
--! plain; 1 request; because does more with a measure than adding it up: write sum(...) / count(*)
SELECT status, avg(license_count) FROM subscriptions GROUP BY 1;
--! plain; 1 request; because count(...) does more with a measure
SELECT status, count(license_count) FROM subscriptions GROUP BY 1;
--! plain; 1 request; because the API cannot group by
SELECT creation_date::date, count(*) FROM subscriptions GROUP BY 1;
--! script; grouped; 3 requests
PREPARE p(text) AS SELECT status, count(*), sum(license_count) FROM subscriptions WHERE customer_market = $1 GROUP BY 1;
EXECUTE p('US');
EXECUTE p('DE');
EXECUTE p(NULL);
EXECUTE p('US');

-- texts and names are compared alike

--! plain; 1 request; sends status eq 'ACTIVE'
SELECT id FROM subscriptions WHERE status = 'ACTIVE'::name;
--! plain; 1 request; sends status eq 'ACTIVE'
SELECT id FROM subscriptions WHERE 'ACTIVE'::name = status;
--! plain; 1 request
SELECT id FROM subscriptions WHERE status <> 'ACTIVE'::name;
--! plain; 1 request
SELECT id FROM subscriptions WHERE status = ANY ('{ACTIVE,SUSPENDED}'::name[]);

-- Dates: whole days and whole seconds in each literal

--! grouped; 1 request; sends usageDate ge cast('2018-09-12', Edm.DateTimeOffset)
SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date >= timestamp '2018-09-11 23:19:04.123' GROUP BY 1;
--! grouped; 1 request; sends (usageDate ge cast('2018-09-12', Edm.DateTimeOffset)) and (usageDate le cast('2018-09-18', Edm.DateTimeOffset))
SELECT usage_date, sum(quantity) FROM azure_usage WHERE usage_date BETWEEN '2018-09-11T23:19:04.123Z' AND '2018-09-18T23:19:04.456Z' GROUP BY 1;
--! plain; 1 request; sends usageDate eq cast('2018-09-03', Edm.DateTimeOffset)
SELECT usage_date, quantity FROM azure_usage WHERE usage_date::date = '2018-09-03';
--! grouped; 1 request; sends (usageDate ge cast('2018-01-01', Edm.DateTimeOffset)) and (usageDate lt cast('2019-01-01'
SELECT usage_date, sum(quantity) FROM azure_usage WHERE extract(year FROM usage_date::timestamptz) = 2018 GROUP BY 1;
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE date_trunc('month', usage_date::date) = '2018-09-01';
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE date_trunc('month', usage_date) <> '2018-09-01';
--! alone; 3 requests
SELECT count(*) FROM azure_usage WHERE usage_date AT TIME ZONE 'Europe/Berlin' BETWEEN '2018-09-10 22:00Z' AND '2018-10-01 01:00Z';
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage WHERE (usage_date AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date = '2018-09-12';
--! alone; 4 requests
SELECT count(*) FROM azure_usage WHERE usage_date = ANY (ARRAY(SELECT generate_series(date '2018-08-25', '2018-10-05', '1 day')));
--! alone; 4 requests
SELECT count(*) FROM azure_usage WHERE usage_date = ANY (ARRAY(SELECT generate_series(date '2018-08-25', '2018-10-05', '1 day')::date));
--! plain; 3 requests; rows only
SELECT usage_date FROM azure_usage WHERE usage_date = ANY (ARRAY(SELECT generate_series(date '2018-08-25', '2018-10-05', '1 day')::date)) OFFSET 3;
--! plain; 1 request
SELECT count(*) FROM azure_usage WHERE date_trunc('week', usage_date) = ANY (ARRAY(SELECT generate_series(timestamp '2018-08-20', '2018-10-08', '14 days')));
--! plain; 1 request
SELECT usage_date, quantity FROM azure_usage JOIN (SELECT timestamp '2018-09-03 10:00' + n * interval '36 hours' AS t FROM generate_series(0, 9) n) AS days ON usage_date::date = t::date;
--! script; alone; 12 requests
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE p(timestamptz) AS SELECT count(*) FROM azure_usage WHERE usage_date >= $1 AND usage_date::timestamptz < '2018-10-01 00:00Z' AND date_trunc('week', usage_date::timestamptz) <> '2018-09-10 00:00Z';
EXECUTE p('2018-09-03 12:00Z');
SET LOCAL timezone = 'Pacific/Auckland';
EXECUTE p('2018-09-03 12:00Z');
SET LOCAL timezone = 'America/New_York';
EXECUTE p('2018-09-03 04:00Z');
--! plain; 1 request; sends creationDate ge cast('2016-03-04T10:00:00', Edm.DateTimeOffset)
SELECT id, creation_date FROM subscriptions WHERE creation_date >= '2016-03-04 10:00:00.5';
--! plain; 2 requests
SELECT id, creation_date FROM subscriptions WHERE creation_date IN (SELECT creation_date FROM subscriptions WHERE status = 'ACTIVE');
--! script; plain; 3 requests
SET LOCAL timezone = 'Europe/Berlin';
SELECT id FROM subscriptions WHERE creation_date BETWEEN '2016-03-27 00:30Z' AND '2018-10-28 00:30Z'::timestamptz;
SELECT id FROM subscriptions WHERE date_trunc('month', creation_date::timestamptz) IN ('2016-10-01', '2018-03-01', '2017-06-01');
SELECT id FROM subscriptions WHERE creation_date::timestamptz::date <= '2017-03-26';

-- no day begins at that time, at which a row's value is
--! plain; 1 request; sends nothing
SELECT id, commitment_end_date FROM subscriptions WHERE date_trunc('day', commitment_end_date) <> '2017-10-14 03:44:24';
--! plain; 1 request; sends nothing
SELECT id, commitment_end_date FROM subscriptions WHERE date_trunc('month', commitment_end_date) NOT IN ('2017-10-14 03:44:24', '2017-09-01');

-- rows of an hour that the clocks skipped, and of the hour after it: they have the same times in UTC
--! plain; 1 request; sends creationDate ge
SELECT id, creation_date FROM subscriptions WHERE creation_date AT TIME ZONE 'Asia/Jerusalem' >= '2017-03-24 00:34:53Z';
--! plain; 1 request; sends creationDate ge
SELECT id, creation_date FROM subscriptions WHERE creation_date AT TIME ZONE 'Pacific/Chatham' = '2016-09-24 14:32:12.592Z';
--! plain; 1 request; sends currentStateEndDate le
SELECT id, current_state_end_date FROM subscriptions WHERE current_state_end_date AT TIME ZONE 'Asia/Tehran' <= '2016-03-20 21:06:04.418Z';
--! script; plain; 3 requests
SET LOCAL timezone = 'Pacific/Apia';
SELECT id, creation_date FROM subscriptions WHERE creation_date > '2016-09-24 14:16:12Z'::timestamptz;
SELECT id, creation_date FROM subscriptions WHERE creation_date = '2016-09-24 14:17:12.592Z'::timestamptz;
SET LOCAL timezone = 'Asia/Tehran';
SELECT id, current_state_end_date FROM subscriptions WHERE current_state_end_date < '2016-03-20 21:07:04Z'::timestamptz;
