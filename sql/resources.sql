-- The other resources: their own operators, dates, orders and sums.
SET search_path = pc, public;

-- Azure usage: days compare exactly, and are grouped as days
SELECT sent($$usage_date >= '2018-05-01' AND usage_date < '2018-06-01'$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date BETWEEN '2018-05-01' AND '2018-05-31'$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date = '2018-05-27'$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date IN ('2018-05-27', '2018-05-28')$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date <> '2018-05-27'$$, 'azure_usage', 'usage_date');
SELECT sent($$NOT (usage_date < '2018-05-27')$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date::date = '2018-05-27'$$, 'azure_usage', 'usage_date');
SELECT sent($$date_trunc('day', usage_date) > '2018-05-27'$$, 'azure_usage', 'usage_date');
SELECT sent($$date_trunc('month', usage_date) = '2018-05-01'$$, 'azure_usage', 'usage_date');
SELECT sent($$'2018-05-27'::date <= usage_date$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date >= current_date - 7$$, 'azure_usage', 'usage_date');
-- compared with a time of a zone: the day in the zone of the session
SELECT sent($$usage_date >= '2018-05-27 00:00+00'::timestamptz$$, 'azure_usage', 'usage_date');
-- dates that the API does not have, or no timestamp
SELECT sent($$usage_date < '5000000-01-01'::date$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date > '5000000-01-01'::date$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date < 'infinity'$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date > 'infinity'$$, 'azure_usage', 'usage_date');
SELECT sent($$usage_date >= '0044-03-15 BC'$$, 'azure_usage', 'usage_date');
-- fields that the newer page no longer lists stay
SELECT sent($$service_type = 'x'$$, 'azure_usage', 'usage_date');
SELECT sent($$quantity > 5$$, 'azure_usage', 'usage_date');
SELECT grouped($$SELECT usage_date, sum(quantity) FROM azure_usage WHERE meter_category = 'Storage' GROUP BY 1$$);
SELECT grouped($$SELECT usage_date::date, sum(quantity * 1.5) FROM azure_usage GROUP BY 1$$);
SELECT grouped($$SELECT service_type, sum(quantity) FROM azure_usage GROUP BY 1$$);
EXPLAIN (VERBOSE, COSTS OFF) SELECT usage_date FROM azure_usage;
EXPLAIN (VERBOSE, COSTS OFF) SELECT usage_date FROM azure_usage LIMIT 5;

-- subscriptions: a field may have "contains" alone, or exact values
SELECT sent($$customer_name LIKE '%Contoso%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name LIKE 'Contoso%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name LIKE '%100\%\_%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name LIKE '%a%b%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name LIKE '%a_b%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name LIKE '%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name NOT LIKE '%Contoso%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name ILIKE '%contoso%'$$, 'subscriptions', 'id');
SELECT sent($$customer_name = 'Contoso'$$, 'subscriptions', 'id');
SELECT sent($$customer_name IN ('Contoso', 'O''Brien')$$, 'subscriptions', 'id');
SELECT sent($$customer_name = ''$$, 'subscriptions', 'id');
SELECT sent($$customer_name <> 'Contoso'$$, 'subscriptions', 'id');
SELECT sent($$strpos(friendly_name, 'x') > 0$$, 'subscriptions', 'id');
SELECT sent($$position('x' IN friendly_name) > 0$$, 'subscriptions', 'id');
SELECT sent($$position('x' IN friendly_name) = 0$$, 'subscriptions', 'id');
SELECT sent($$friendly_name ^@ 'x'$$, 'subscriptions', 'id');
SELECT sent($$starts_with(friendly_name, current_user)$$, 'subscriptions', 'id');
SELECT sent($$product_name LIKE '%365%' AND product_name = 'x'$$, 'subscriptions', 'id');
SELECT sent($$status LIKE 'ACT%'$$, 'subscriptions', 'id');
SELECT sent($$subscription_type = 'Azure'$$, 'subscriptions', 'id');
SELECT sent($$subscription_type <> 'Azure'$$, 'subscriptions', 'id');
SELECT sent($$auto_renew_enabled$$, 'subscriptions', 'id');
SELECT sent($$NOT auto_renew_enabled$$, 'subscriptions', 'id');
SELECT sent($$auto_renew_enabled = true$$, 'subscriptions', 'id');
SELECT sent($$auto_renew_enabled IS TRUE$$, 'subscriptions', 'id');
SELECT sent($$auto_renew_enabled IS NOT TRUE$$, 'subscriptions', 'id');
-- dates with a time of day: bounds are widened to whole seconds
SELECT sent($$creation_date >= '2016-02-04 19:29:38.037'$$, 'subscriptions', 'id');
SELECT sent($$creation_date = '2016-02-04 19:29:38.037'$$, 'subscriptions', 'id');
SELECT sent($$creation_date IN ('2016-02-04', '2016-02-05')$$, 'subscriptions', 'id');
SELECT sent($$creation_date <> '2016-02-04'$$, 'subscriptions', 'id');
SELECT sent($$creation_date::date BETWEEN '2016-02-04' AND '2016-02-05'$$, 'subscriptions', 'id');
SELECT sent($$trial_end_date > '2016-02-04'$$, 'subscriptions', 'id');
-- the only count of rows that the API gives by groups
SELECT grouped($$SELECT status, sum(subscription_count), sum(license_count) FROM subscriptions GROUP BY 1$$);
SELECT grouped($$SELECT creation_date, sum(license_count) FROM subscriptions GROUP BY 1$$);

-- searches and referrals: equality only, and groups may be cut, so none
SELECT sent($$details_viewed AND keyword_country = 'US' AND mpn_id = '1'$$, 'searches', 'company_name');
SELECT sent($$company_name <> 'x'$$, 'searches', 'company_name');
SELECT grouped($$SELECT DISTINCT keyword_country FROM searches$$);
SELECT sent($$status = 'Accepted' AND created_date > '2018-01-01'$$, 'referrals', 'id');

-- resellers: "never" reads as NULL and is no date to the API
SELECT sent($$first_subscription_end_date < '2018-01-01'$$, 'indirect_resellers', 'id');
SELECT sent($$first_subscription_end_date IS NULL$$, 'indirect_resellers', 'id');
SELECT grouped($$SELECT market, sum(indirect_reseller_count) FROM indirect_resellers GROUP BY 1$$);
