-- Sums of measures, and all that is linear in them.

--! grouped; 1 request
SELECT sum(licenses_sold) FROM license_deployment;
--! grouped; 1 request
SELECT sum(licenses_sold), sum(licenses_deployed) FROM license_deployment;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY channel;
--! grouped; 1 request; sends serviceCode eq 'o365'
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE service_code = 'o365' GROUP BY channel;
--! grouped; 1 request
SELECT service_name, channel, sum(licenses_sold) AS s FROM license_deployment GROUP BY 1, 2 ORDER BY 3 DESC NULLS LAST, 1, 2;
--! grouped; 1 request
SELECT customer_tenant_id, customer_name, sum(licenses_sold), sum(licenses_deployed) FROM license_deployment GROUP BY 1, 2;
--! grouped; 1 request
SELECT product_name, sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request; sends channel eq 'void'
SELECT sum(licenses_sold), sum(licenses_sold) IS NULL FROM license_deployment WHERE channel = 'void';
--! grouped; 1 request
SELECT workload_name, sum(licenses_active), sum(licenses_qualified) FROM license_usage GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_sold) - sum(licenses_deployed) AS left_over FROM license_deployment;
--! grouped; 1 request
SELECT channel, sum(licenses_deployed) / nullif(sum(licenses_sold), 0) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel, round(100 * sum(licenses_deployed) / nullif(sum(licenses_sold), 0), 1) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT upper(channel), sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT length(customer_name) % 3, sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT customer_name LIKE 'C%' AS c, sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel IS NULL, sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 HAVING sum(licenses_sold) > 500;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 HAVING channel LIKE 'd%';
--! grouped; 1 request
SELECT channel FROM license_deployment GROUP BY 1 HAVING sum(licenses_sold) IS NULL;
--! grouped; 1 request
SELECT channel, service_code, sum(licenses_sold) FROM license_deployment GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 4;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 ORDER BY 1 OFFSET 2;
--! grouped; 1 request
SELECT count(DISTINCT channel), sum(licenses_sold) FROM license_deployment;
--! grouped; 1 request
SELECT sum(licenses_sold) FROM license_deployment WHERE channel = 'nowhere';
--! none; 0 requests
SELECT sum(licenses_sold) FROM license_deployment WHERE channel = NULL;
--! none; 0 requests
SELECT sum(licenses_sold) FROM license_deployment WHERE false;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) AS a, sum(licenses_sold) AS b, sum(licenses_sold) * 2 FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel, service_code FROM license_deployment GROUP BY 1, 2;
--! grouped; 1 request
SELECT 1 FROM license_deployment GROUP BY channel;
--! plain; 1 request; because the whole row is used
SELECT to_jsonb(d) ->> 'channel', max(service_code) FROM license_deployment d GROUP BY 1;
--! plain; 1 request; because a system column is used
SELECT count(DISTINCT channel), bool_and(ctid::text IS NOT NULL) FROM license_deployment;
--! grouped; 1 request
SELECT tableoid::regclass::text = 'license_deployment', sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_sold) FROM ONLY license_deployment;

-- linear expressions

--! grouped; 1 request
SELECT sum(-licenses_sold), sum(+licenses_sold) FROM license_deployment;
--! grouped; 1 request
SELECT sum(licenses_sold * 12), sum(3 * licenses_sold), sum(licenses_sold * 2::bigint), sum(licenses_sold * -1::smallint) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold * 1000000000000) FROM license_deployment WHERE channel = 'void';
--! grouped; 1 request
SELECT sum(coalesce(licenses_sold, 0)), sum(coalesce(-licenses_sold, 0)) FROM license_deployment;
--! grouped; 1 request
SELECT channel, sum(coalesce(licenses_sold, 0)) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(coalesce(licenses_sold, 0) - coalesce(licenses_deployed, 0)), sum(coalesce(licenses_sold, 0) * 2 + coalesce(licenses_deployed, 0)) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel, sum(CASE WHEN NOT (licenses_sold IS NULL) THEN licenses_sold ELSE 0 END), sum(CASE WHEN licenses_sold IS NULL THEN 0 ELSE licenses_sold END - CASE WHEN licenses_deployed IS NULL THEN 0 ELSE licenses_deployed END) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT sum(CASE WHEN channel = 'direct' THEN coalesce(licenses_sold, 0) END - coalesce(licenses_deployed, 0)) FROM license_deployment;
--! grouped; 1 request
SELECT sum(licenses_sold::numeric), sum(licenses_sold::numeric * 1.25), sum(0.5 * licenses_sold) FROM license_deployment;
--! grouped; 1 request
SELECT channel, sum(licenses_sold * 1.10) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_sold * (2.5 + 1)) FROM license_deployment;
--! grouped; 1 request
SELECT sum(CASE WHEN channel = 'reseller' THEN licenses_sold END), sum(CASE WHEN channel = 'direct' THEN licenses_sold ELSE 0 END) FROM license_deployment;
--! grouped; 1 request
SELECT sum(CASE channel WHEN 'reseller' THEN licenses_sold WHEN 'direct' THEN -licenses_sold ELSE NULL END) FROM license_deployment;
--! grouped; 1 request
SELECT service_code, sum(CASE WHEN channel IS NULL THEN 0 WHEN customer_name = '' THEN licenses_deployed ELSE licenses_sold END) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT sum(CASE WHEN channel IN ('direct', 'Reseller') THEN coalesce(licenses_sold, 0) * 2 END) FROM license_deployment;
--! grouped; 1 request
SELECT sum(licenses_sold) FILTER (WHERE channel = 'reseller'), sum(licenses_sold) FILTER (WHERE channel <> 'reseller'), sum(licenses_sold) FILTER (WHERE channel IS NULL) FROM license_deployment;
--! grouped; 1 request
SELECT service_code, sum(licenses_sold) FILTER (WHERE customer_name ~ '^C') FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_active - licenses_qualified), sum(licenses_active + licenses_qualified) FROM certain;
--! grouped; 1 request
SELECT channel, sum(2 * licenses_active - licenses_qualified) FROM certain GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_active::numeric - licenses_qualified * 0.5) FROM certain;
--! grouped; 1 request
SELECT chan, sum(sold), sum(sold * 2), sum(sold * 1.5), sum(-sold), sum(coalesce(sold, 0)) FROM typed GROUP BY 1;
--! grouped; 1 request
SELECT svc, sum(CASE WHEN chan = 'direct' THEN sold ELSE 0 END) FROM typed GROUP BY 1;
--! grouped; 1 request
SELECT sum(twice), sum(zero), loud FROM v_deployment GROUP BY loud;

-- sums that are not

--! plain; 1 request; because sum(...) adds or subtracts measures
SELECT sum(licenses_sold - licenses_deployed) FROM license_deployment;
--! plain; 1 request; because sum(...) adds or subtracts measures
SELECT channel, sum(licenses_sold + licenses_deployed) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because sum(...) adds or subtracts measures
SELECT sum(licenses_sold::numeric - licenses_deployed::numeric) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(coalesce(licenses_sold, 1)) FROM license_deployment;
--! plain; 1 request; because sum(...) adds or subtracts measures
SELECT sum(coalesce(licenses_sold, 0) - licenses_deployed) FROM license_deployment;
--! plain; 1 request
SELECT sum(coalesce(licenses_sold - licenses_deployed, 0) + coalesce(licenses_sold, 0)) FROM license_deployment;
--! plain; 1 request
SELECT sum(coalesce(licenses_sold, 0) + coalesce(licenses_sold + licenses_deployed, 0)) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(CASE WHEN licenses_sold IS NULL THEN 0 ELSE licenses_deployed END) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(CASE WHEN licenses_sold IS NOT NULL THEN licenses_deployed ELSE 0 END) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(CASE WHEN licenses_sold IS NOT NULL THEN licenses_sold ELSE 1 END) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(coalesce(licenses_sold, licenses_deployed)), sum(coalesce(licenses_sold, licenses_deployed, 0)) FROM license_deployment;
--! counted; 2 requests
SELECT sum(coalesce(0, licenses_sold)) FROM (SELECT licenses_sold FROM license_deployment) x;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold::numeric * licenses_sold) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold / 2) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold / 2.0) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(100.0 / (licenses_sold + 1)) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold % 7) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(abs(licenses_sold - 10)) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(greatest(licenses_sold, 10)), sum(least(licenses_sold, licenses_deployed)) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(nullif(licenses_sold, 0)) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold + 1) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold + length(channel)) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_active + 1) FROM certain;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(CASE WHEN licenses_sold > 5 THEN licenses_sold END) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(CASE licenses_sold WHEN 0 THEN 0 ELSE licenses_sold END), sum(CASE licenses_sold WHEN 5 THEN 0 ELSE licenses_sold END) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(CASE WHEN channel = 'direct' THEN licenses_sold ELSE 1 END) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold) FILTER (WHERE licenses_sold > 5) FROM license_deployment;
--! plain; 1 request; because sum(...) needs each row's measure
SELECT sum(DISTINCT licenses_sold) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum((licenses_sold % 1000)::int) FROM license_deployment;
--! grouped; 1 request
SELECT sum(licenses_sold::float8) > 0 FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(sold::numeric(12,1)) FROM typed WHERE sold < 1000 OR sold IS NULL;
--! plain; 1 request
SELECT sum(deployed) FROM typed;
--! plain; 1 request; because sum(...) needs every row
SELECT sum(length(channel)) FROM license_deployment;
--! counted; 2 requests
SELECT sum(1) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold::numeric * 'NaN'::numeric) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold::numeric * 'Infinity'::numeric) FROM license_deployment WHERE service_code = 'crm';
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold * length(channel)) FROM license_deployment;
--! plain; 1 request; because sum(...) does more with a measure
SELECT sum(licenses_sold ORDER BY channel) FROM license_deployment;
--! plain; 1 request; because a condition on a measure
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE licenses_sold > 5 GROUP BY 1;
--! plain; 1 request; because a condition on a measure
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE licenses_deployed IS NULL GROUP BY 1;
--! plain; 1 request; because a condition on a measure
SELECT sum(licenses_sold) FROM license_deployment WHERE licenses_sold > licenses_deployed;
--! plain; 1 request; because measure licenses_sold is used outside
SELECT licenses_sold, sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because measure licenses_sold is used outside
SELECT sum(licenses_deployed) FROM license_deployment GROUP BY licenses_sold > 5;
--! plain; 1 request; because measure licenses_sold is used outside
SELECT sum(licenses_deployed) FROM license_deployment GROUP BY channel, licenses_sold ORDER BY licenses_sold, 1;
--! plain; 1 request; because the API cannot group by processed_date_time
SELECT processed_date_time, sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because the API cannot group by processed_date_time
SELECT sum(licenses_sold) FROM license_deployment WHERE processed_date_time < '2030-01-01';
--! plain; 1 request; because option pushdown_group is off
SELECT channel, sum(licenses_sold) FROM ungrouped GROUP BY 1;

-- other aggregates

--! grouped; 1 request
SELECT min(channel), max(channel), min(customer_name), max(customer_tenant_id::text) FROM license_deployment;
--! grouped; 1 request
SELECT service_code, min(channel), max(channel), count(DISTINCT customer_tenant_id), sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT bool_and(channel = 'direct'), bool_or(channel = 'direct'), every(channel IS NOT NULL) FROM license_deployment;
--! grouped; 1 request
SELECT bit_and(length(channel)), bit_or(length(channel)) FROM license_deployment;
--! grouped; 1 request
SELECT service_code, string_agg(DISTINCT channel, ',' ORDER BY channel), array_agg(DISTINCT product_name ORDER BY product_name) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT count(DISTINCT (channel, service_code)) FROM license_deployment;
--! grouped; 1 request
SELECT max(channel) FILTER (WHERE service_code = 'crm'), count(DISTINCT channel) FILTER (WHERE customer_name IS NULL) FROM license_deployment;
--! grouped; 1 request
SELECT avg(DISTINCT length(channel)), sum(DISTINCT length(customer_name)) FROM license_deployment;
--! grouped; 1 request; from 16
SELECT any_value(1), sum(licenses_sold) FROM license_deployment;
--! grouped; 2 requests
SELECT range_agg(int4range(length(channel), length(channel) + 1)) FROM license_deployment WHERE channel IS NOT NULL;
--! grouped; 1 request
SELECT channel FROM license_deployment GROUP BY 1 HAVING count(*) > 0;
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY 1 HAVING count(1) >= 1 AND 0 < count(*);
--! grouped; 1 request
SELECT service_code, count(channel) = 0 AS none, count(channel) <> 0, 1 > count(channel) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because count(*) needs every row
SELECT channel, count(*) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because count(*) needs every row
SELECT channel, sum(licenses_sold), count(*) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because count(...) needs every row
SELECT count(channel), count(customer_tenant_id) FROM license_deployment;
--! plain; 1 request; because count(...) does more with a measure
SELECT count(licenses_sold) FROM license_deployment;
--! plain; 1 request; because avg(...) does more with a measure
SELECT channel, avg(licenses_sold) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because avg(...) needs every row
SELECT avg(length(channel)) FROM license_deployment;
--! plain; 1 request; because max(...) needs each row's measure
SELECT channel, max(licenses_sold), min(licenses_deployed) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because count(...) needs each row's measure
SELECT channel, count(DISTINCT licenses_sold) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because count(*) needs every row
SELECT channel FROM license_deployment GROUP BY 1 HAVING count(*) > 1;
--! plain; because count
SELECT channel FROM license_deployment GROUP BY 1 HAVING count(*) OPERATOR(other.>) 0;
--! plain; 1 request; because count(*) needs every row
SELECT channel FROM license_deployment GROUP BY 1 HAVING count(*) >= 50;
--! plain; 1 request; because count(*) needs every row
SELECT channel FROM license_deployment GROUP BY 1 HAVING count(*) % 2 = 0;
--! plain; 1 request; because count(...) does more with a measure
SELECT channel FROM license_deployment GROUP BY 1 HAVING count(licenses_sold) > 0;
--! plain; 1 request; because string_agg(...) needs every row
SELECT service_code, string_agg(channel, ',' ORDER BY channel) FROM license_deployment GROUP BY 1;
--! plain; 1 request; because percentile_disc(...) needs every row
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY channel) FROM license_deployment;
--! plain; 1 request; because mode(...) needs every row
SELECT mode() WITHIN GROUP (ORDER BY service_code) FROM license_deployment;
--! plain; 1 request
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY licenses_sold) FROM license_deployment;
--! plain; 1 request
SELECT bit_xor(licenses_sold) FROM license_deployment;
--! plain; 1 request; because bit_xor(...) needs every row
SELECT bit_xor(length(channel)) FROM license_deployment;
--! plain; 1 request
SELECT stddev_samp(licenses_sold) > 0, var_pop(licenses_deployed) > 0 FROM license_deployment;
--! plain; 1 request
SELECT max_of(licenses_sold) FROM license_deployment;
--! plain; 1 request; because max_of(...) needs every row
SELECT max_of(length(channel)) FROM license_deployment;
--! plain; 1 request; because every(...) needs every row
SELECT public.every(length(channel)::bigint) FROM license_deployment;
--! plain; 1 request
SELECT regr_count(licenses_sold, licenses_deployed) FROM license_deployment;
--! plain; 1 request; because count(...) does more with a measure
SELECT count(license_deployment) FROM license_deployment;
--! plain; 1 request
SELECT count(DISTINCT license_deployment.*::text) FROM license_deployment;
--! plain; 1 request
SELECT max(ctid::text) IS NOT NULL FROM license_deployment;

-- DISTINCT

--! grouped; 1 request
SELECT DISTINCT channel FROM license_deployment;
--! grouped; 1 request
SELECT DISTINCT channel, service_code FROM license_deployment WHERE customer_name = 'Contoso Ltd';
--! grouped; 1 request
SELECT DISTINCT upper(channel), customer_tenant_id FROM license_deployment ORDER BY 1, 2 LIMIT 5;
--! grouped; 1 request
SELECT DISTINCT ON (channel) channel, service_code FROM license_deployment ORDER BY channel, service_code;
--! grouped; 1 request
SELECT DISTINCT ON (lower(channel)) lower(channel) FROM license_deployment ORDER BY lower(channel), channel DESC;
--! grouped; 1 request
SELECT DISTINCT 1 FROM license_deployment;
--! grouped; 1 request
SELECT DISTINCT sum(licenses_sold) OVER () FROM (SELECT channel, sum(licenses_sold) AS licenses_sold FROM license_deployment GROUP BY 1) x;
--! grouped; 1 request
SELECT count(*) FROM (SELECT DISTINCT channel, product_id FROM license_deployment) x;
--! plain; 1 request; because a measure is used, but not summed
SELECT DISTINCT licenses_sold FROM license_deployment;
--! plain; 1 request; because a measure is used, but not summed
SELECT DISTINCT channel, licenses_sold > 5 FROM license_deployment;
--! plain; 1 request; because a measure is used, but not summed
SELECT DISTINCT ON (channel) channel, licenses_sold FROM license_deployment ORDER BY channel, licenses_sold;
--! plain; 1 request; because a measure is used, but not summed
SELECT DISTINCT ON (channel) channel FROM license_deployment ORDER BY channel, licenses_deployed;
--! plain; 1 request
SELECT DISTINCT channel, row_number() OVER (PARTITION BY channel) FROM license_deployment;
--! plain; 1 request
SELECT DISTINCT channel, count(*) OVER () FROM license_deployment;
--! plain; 1 request; because a condition on a measure
SELECT DISTINCT channel FROM license_deployment WHERE licenses_sold = 0;
--! plain; 1 request
SELECT DISTINCT license_deployment::text FROM license_deployment;
--! plain; 1 request; because the API cannot group by processed_date_time
SELECT DISTINCT channel, processed_date_time::date FROM license_deployment;

-- grouping sets

--! grouped; 1 request
SELECT channel, service_code, sum(licenses_sold) FROM license_deployment GROUP BY ROLLUP (channel, service_code);
--! grouped; 1 request
SELECT channel, service_code, sum(licenses_sold), grouping(channel, service_code) FROM license_deployment GROUP BY CUBE (channel, service_code);
--! grouped; 1 request
SELECT channel, service_code, sum(licenses_sold) FROM license_deployment GROUP BY GROUPING SETS ((channel), (service_code), ());
--! grouped; 1 request
SELECT upper(channel), sum(CASE WHEN service_code = 'crm' THEN licenses_sold END), max(service_code) FROM license_deployment GROUP BY ROLLUP (1);
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE channel = 'direct' GROUP BY GROUPING SETS ((channel), ());
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment GROUP BY GROUPING SETS ((channel), (channel));
--! grouped; 1 request
SELECT sum(licenses_sold), max(channel) FROM license_deployment GROUP BY ();
--! grouped; 1 request
SELECT sum(licenses_sold) FROM license_deployment WHERE channel = 'nowhere' GROUP BY GROUPING SETS ((), (channel));
--! plain; 1 request; because count(*) needs every row
SELECT channel, service_code, count(*) FROM license_deployment GROUP BY CUBE (1, 2);
--! plain; 1 request; because measure licenses_sold is used outside
SELECT channel, licenses_sold, sum(licenses_deployed) FROM license_deployment GROUP BY ROLLUP (1, 2);

-- set-returning functions above the groups

--! grouped; 1 request
SELECT channel, sum(licenses_sold), generate_series(1, 2) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT twice(channel), sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT unnest(ARRAY[channel, service_code]) AS u, sum(licenses_sold) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT DISTINCT generate_series(1, length(channel)) FROM license_deployment;

-- windows over groups, and over rows

--! grouped; 1 request
SELECT channel, sum(sum(licenses_sold)) OVER (ORDER BY channel), rank() OVER (ORDER BY sum(licenses_sold) DESC NULLS LAST) FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT channel, service_code, sum(licenses_sold), sum(sum(licenses_sold)) OVER (PARTITION BY channel) FROM license_deployment GROUP BY 1, 2;
--! grouped; 1 request
SELECT channel, count(*) OVER () FROM license_deployment GROUP BY 1;
--! plain; 1 request
SELECT channel, licenses_sold, sum(licenses_sold) OVER (PARTITION BY channel) FROM license_deployment;
--! plain; 1 request
SELECT channel, rank() OVER (ORDER BY channel) FROM license_deployment;
--! plain; 1 request
SELECT sum(licenses_sold) OVER w, count(*) OVER w FROM license_deployment WINDOW w AS (PARTITION BY service_code);

-- NULL for NULL is no zero

--! plain; because does more with a measure than adding it up
SELECT channel, sum((CASE WHEN licenses_sold IS NULL THEN NULL ELSE licenses_sold END) - coalesce(licenses_deployed, 0)) FROM license_deployment GROUP BY 1;

-- casts that change no value

--! grouped; 1 request
SELECT channel, sum(licenses_sold::double precision)::real, sum(licenses_sold::float8 * 2)::real, sum(-licenses_sold::float8)::real, sum(coalesce(licenses_sold::float8, 0))::real FROM license_deployment GROUP BY 1;
--! grouped; 1 request
SELECT sum(licenses_sold::numeric(30,4)), sum(licenses_sold::numeric::float8)::real, sum(licenses_sold::numeric::bigint) FROM license_deployment;
--! grouped; 1 request
SELECT sum(CASE WHEN channel = 'direct' THEN licenses_sold::float8 ELSE 0 END)::real FROM license_deployment;
--! grouped; 1 request
SELECT status, sum(license_count::float8), sum(license_count::float8 * 12), sum(license_count::numeric(38,6)) FROM subscriptions GROUP BY 1;
--! plain; 1 request; because does more with a measure than adding it up: the constant is beyond 10000
SELECT sum(license_count::float8 * 1.5) FROM subscriptions;
--! plain; 1 request; because adds up floating-point numbers
SELECT sum(license_count::real) FROM subscriptions;
--! plain; 1 request; because its type may not hold a group's sum
SELECT sum(license_count::int) FROM subscriptions;
--! plain; 1 request; because adds up floating-point numbers
SELECT sum(quantity::float8)::real FROM azure_usage;
--! plain; 1 request; because does more with a measure
SELECT sum(license_count::numeric(12,2)) FROM subscriptions;
--! plain; 1 request; because divides the measure
SELECT sum(license_count::float8 / 3)::real FROM subscriptions;
--! plain; 1 request; because the constant is beyond 10000
SELECT sum(license_count * 100000) FROM subscriptions;
--! grouped; 1 request
SELECT sum(license_count::numeric * 100000) FROM subscriptions;
--! plain; 1 request; because cast the measure to numeric
SELECT sum(license_count * length(region)) FROM subscriptions JOIN region ON customer_tenant_id <> tenant;
--! grouped; 1 request
SELECT sum(license_count::numeric * length(region)) FROM subscriptions JOIN region ON customer_tenant_id <> tenant;
