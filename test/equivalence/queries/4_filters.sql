-- Which clauses are sent, and that what is sent loses no row.  What is said of
-- filters holds for a server of which nothing is declared.

--! plain; 1 request; sends channel eq 'reseller'
SELECT * FROM license_deployment WHERE channel = 'reseller';
--! plain; 1 request; sends channel eq 'reseller'
SELECT * FROM license_deployment WHERE 'reseller' = channel;
--! plain; 1 request; sends channel eq 'o''hara'
SELECT * FROM license_deployment WHERE channel = 'o''hara';
--! plain; 1 request; sends customerName eq ''
SELECT * FROM license_deployment WHERE customer_name = '';
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_name = 'x'') or (channel ne ''';
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_name = '100% + a=b?c#d;e';
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_name = 'back\''slash';
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_name = 'Café Müller';
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_name = 'contoso ltd ';
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_name = 'null';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel <> 'reseller';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE NOT channel = 'reseller';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel IS NULL;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel IS NOT NULL AND customer_name IS NULL;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel IS DISTINCT FROM 'reseller';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel IS NOT DISTINCT FROM NULL;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE (channel = 'reseller') IS NOT TRUE;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE (channel = 'reseller') IS UNKNOWN;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE customer_name LIKE 'C%';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE customer_name ILIKE 'contoso%';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE lower(channel) = 'reseller';
--! plain; 1 request; sends channel eq 'reseller'
SELECT * FROM license_deployment WHERE channel LIKE 'reseller';
--! plain; 1 request; sends (channel eq 'o''hara' or channel eq '100%')
SELECT * FROM license_deployment WHERE channel LIKE 'o''har\a' OR channel LIKE '100\%';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel NOT LIKE 'reseller' AND NOT channel LIKE 'direct' AND channel LIKE 'Rese_ler';
--! plain; 1 request; sends contains(customerName,'x'); empty
SELECT id FROM subscriptions WHERE customer_name LIKE 'x';
--! plain; 1 request; sends nothing; empty
SELECT * FROM license_deployment WHERE channel LIKE '';
--! plain; 1 request; sends nothing
SELECT * FROM typed WHERE name_ci LIKE 'contoso ltd';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel > 'e';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel < service_code OR channel > customer_name;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE licenses_sold = 0;

-- IN and arrays

--! plain; 1 request; sends (channel eq 'reseller' or channel eq 'direct')
SELECT * FROM license_deployment WHERE channel IN ('reseller', 'direct');
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE channel = ANY (ARRAY['direct', 'direct', NULL]);
--! plain; 0 requests; empty
SELECT * FROM license_deployment WHERE channel = ANY ('{}'::text[]);
--! plain; 0 requests; empty
SELECT * FROM license_deployment WHERE channel IN (NULL, NULL);
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel NOT IN ('reseller', 'direct');
--! plain; 1 request; sends nothing; empty
SELECT * FROM license_deployment WHERE channel NOT IN ('reseller', NULL);
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel <> ALL (ARRAY['reseller', 'direct']);
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel <> ALL ('{}'::text[]);
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel <> ANY (ARRAY['reseller', 'direct']);
--! plain; 1 request; empty; sends nothing
SELECT * FROM license_deployment WHERE channel = ALL (ARRAY['reseller', 'direct']);
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE NOT channel = ANY (ARRAY['reseller', 'direct']);
--! plain; 1 request
SELECT * FROM license_deployment WHERE NOT channel <> ALL (ARRAY['reseller', 'direct']);
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE service_code IN ('o365', 'O365') GROUP BY 1;
--! plain; 8 requests
SELECT count(*) FROM license_deployment WHERE customer_name = ANY (ARRAY(SELECT 'nobody' || n FROM nums) || ARRAY['Contoso Ltd', '']);
--! grouped; 8 requests
SELECT customer_name, sum(licenses_sold) FROM license_deployment WHERE customer_name = ANY (ARRAY(SELECT 'nobody ' || n FROM nums) || ARRAY['Contoso Ltd', 'CONTOSO LTD', 'contoso ltd ']) GROUP BY 1;
--! plain; 1 request
SELECT channel FROM license_deployment WHERE channel = ANY (ARRAY(SELECT c.channel FROM chan c));
--! plain; 1 request
SELECT channel FROM license_deployment WHERE (channel, service_code) IN (('direct', 'crm'), ('reseller', 'O365'));
--! plain; 1 request; sends
SELECT channel FROM license_deployment WHERE (channel, service_code) = ('direct', 'crm');
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE (channel, service_code) < ('direct', 'crm');

-- GUIDs

--! plain; 1 request; sends customerTenantId eq
SELECT * FROM license_deployment WHERE customer_tenant_id = (SELECT max(tenant::text)::uuid FROM region WHERE region = 'north');
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_tenant_id <> (SELECT max(tenant::text)::uuid FROM region WHERE region = 'north');
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_tenant_id = ANY (ARRAY(SELECT tenant FROM region WHERE region = 'north'));
--! plain; 1 request
SELECT * FROM license_deployment WHERE customer_tenant_id <> ALL (ARRAY(SELECT tenant FROM region WHERE region = 'north'));
--! plain; 0 requests; empty
SELECT * FROM license_deployment WHERE customer_tenant_id <> ALL (ARRAY(SELECT tenant FROM region WHERE region IN ('north', 'nowhere')));
--! grouped; 1 request
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id IN (SELECT tenant FROM region WHERE region = 'far' OR region = 'south') GROUP BY 1;
--! plain; 1 request; empty
SELECT * FROM license_deployment WHERE customer_tenant_id = '11111111-2222-3333-4444-555555555555';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE customer_tenant_id > '80000000-0000-0000-0000-000000000000';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE customer_tenant_id::text LIKE '%a%';
--! plain; 1 request
SELECT channel FROM license_deployment WHERE customer_tenant_id <> '11111111-2222-3333-4444-555555555555' AND channel = 'direct';

-- trees

--! plain; 1 request; sends (channel eq 'direct' or serviceCode eq 'crm')
SELECT * FROM license_deployment WHERE channel = 'direct' OR service_code = 'crm';
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE channel = 'direct' AND licenses_sold > 3;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel = 'direct' OR licenses_sold > 30;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel = 'direct' OR service_code <> 'o365';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE channel = 'direct' OR customer_name IS NULL;
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE (channel = 'direct' AND licenses_sold > 3) OR (service_code = 'crm' AND licenses_sold < 3);
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE NOT (channel = 'direct' OR service_code = 'crm');
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE NOT (channel = 'direct' AND service_code = 'crm');
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE NOT (channel <> 'direct' OR licenses_sold > 5);
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE NOT (channel <> 'direct' AND licenses_sold > 5);
--! plain; 1 request; sends
SELECT * FROM license_deployment WHERE NOT (channel <> 'direct' AND service_code <> 'crm');
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE (channel = 'direct' OR channel = 'reseller') AND NOT (service_code = 'crm' OR customer_name = '');
--! plain; 1 request; sends
SELECT * FROM license_deployment WHERE NOT (NOT (channel = 'direct' OR NOT customer_name <> ''));
--! plain; 1 request; sends
SELECT * FROM license_deployment WHERE channel = 'direct' AND (service_code = 'crm' OR (service_code = 'o365' AND (customer_name = '' OR product_name = 'plan 1')));
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE channel = 'direct' OR channel = NULL;
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE channel = 'direct' AND NOT (service_code = NULL AND customer_name <> 'Contoso Ltd');
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE CASE WHEN channel = 'direct' THEN service_code = 'crm' ELSE false END AND channel = 'direct';
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM license_deployment WHERE (channel = 'direct') = true;
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE coalesce(channel = 'direct', true);

-- types

--! plain; 1 request; sends serviceCode eq 'o365'
SELECT svc, chan FROM typed WHERE svc = 'o365';
--! plain; 1 request; sends nothing
SELECT svc, chan FROM typed WHERE name_nd = 'contoso LTD';
--! plain; 1 request; sends nothing
SELECT svc, chan FROM typed WHERE name_ci = 'contoso ltd';
--! plain; 1 request; sends nothing
SELECT svc, chan FROM typed WHERE name_ci <> 'contoso ltd';
--! plain; 1 request; sends nothing
SELECT svc, chan, kind FROM typed WHERE kind = 'direct';
--! plain; 1 request
SELECT svc, product FROM typed WHERE product = 'D-1';
--! plain; 1 request; sends nothing
SELECT service_code FROM license_deployment WHERE service_code ILIKE 'O365';
--! plain; 1 request; sends nothing
SELECT service_code FROM license_deployment WHERE service_code ILIKE 'O36_' OR service_code NOT ILIKE 'o365';
--! plain; 1 request; sends nothing
SELECT service_code FROM license_deployment WHERE service_code::citext IN ('O365', 'CRM') AND NOT service_code::citext = 'CRM';
--! plain; 1 request; sends nothing
SELECT name_ci FROM typed WHERE name_ci = 'CAFÉ MÜLLER' OR name_ci = 'STRASSE ag';
--! plain; 1 request; sends channel eq 'direct'
SELECT chan FROM typed WHERE chan = 'direct';
--! plain; 1 request
SELECT again, chan FROM typed WHERE chan = 'direct' OR again = 'Reseller';
--! grouped; 1 request
SELECT again, chan, sum(sold) FROM typed WHERE chan = 'direct' OR again = 'Reseller' GROUP BY 1, 2;
--! plain; 8 requests
SELECT svc FROM typed WHERE chan = ANY (ARRAY(SELECT 'nobody with a long name ' || n FROM nums) || ARRAY['direct', 'Reseller', 'void']);
--! grouped; 8 requests
SELECT sum(sold) FROM typed WHERE chan = ANY (ARRAY(SELECT 'nobody with a long name ' || n FROM nums) || ARRAY['direct', 'Reseller', 'void']);
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE channel = 'RESELLER' COLLATE nd;
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE channel::citext = 'RESELLER';
--! plain; 1 request; sends nothing; empty
SELECT channel FROM license_deployment WHERE channel::name = 'x';
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE channel::char(20) = 'direct';
--! plain; 1 request; sends channel eq 'direct'
SELECT channel FROM license_deployment WHERE channel = 'direct '::char(20);
--! plain; 1 request
SELECT channel FROM license_deployment WHERE channel = 'direct'::varchar;
--! grouped; 1 request
SELECT lower(name_nd), sum(sold) FROM typed GROUP BY 1;
--! grouped; 1 request
SELECT count(DISTINCT name_nd) FROM typed;
--! plain; 1 request; because the API cannot group by name_ci
SELECT count(DISTINCT name_nd), count(DISTINCT name_ci) FROM typed;
--! plain; 1 request; because the API cannot group by name_ci
SELECT lower(name_ci::text), sum(sold) FROM typed WHERE name_ci = 'CONTOSO ltd' GROUP BY name_ci;
--! plain; 1 request; because the API cannot group by kind
SELECT kind, sum(sold) FROM typed GROUP BY 1;
--! plain; 1 request; because the API cannot group by product
SELECT product, svc, sum(sold) FROM typed GROUP BY 1, 2;
--! plain; 1 request
SELECT channel FROM license_deployment WHERE processed_date_time = '2018-10-14' AND channel = 'direct';
--! plain; 1 request
SELECT count(*) FROM license_deployment WHERE processed_date_time > '2018-10-14 00:00'::timestamptz;

-- columns that are never null, and other values to compare with

--! plain; 1 request
SELECT service_code, channel FROM certain WHERE service_code <> 'o365';
--! plain; 1 request
SELECT service_code, channel FROM certain WHERE service_code NOT IN ('o365', 'crm') OR channel = 'direct';
--! plain; 1 request
SELECT * FROM certain WHERE service_code = 'crm' AND NOT (service_code = 'o365' OR channel = 'direct');
--! plain; 1 request; sends channel eq
SELECT * FROM license_deployment WHERE channel = a_channel();
--! plain; 1 request; sends channel eq
SELECT * FROM license_deployment WHERE channel = same('direct');
--! plain; 1 request; sends channel eq
SELECT * FROM license_deployment WHERE channel = 'di' || 'rect';
--! plain; 1 request; sends channel eq
SELECT * FROM license_deployment WHERE channel = (SELECT max(channel) FROM chan WHERE n = 10);
--! plain; 0 requests; empty
SELECT * FROM license_deployment WHERE channel = (SELECT channel FROM chan WHERE n = 99);
--! grouped; 1 request; sends channel eq
SELECT service_code, sum(licenses_sold) FROM license_deployment WHERE channel = (SELECT max(channel) FROM chan WHERE n = 10) GROUP BY 1;
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE noise(length(channel)) = 6;
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE channel = CASE noise(1) WHEN 1 THEN 'direct' END;
--! plain; 1 request; error 22P02
SELECT * FROM license_deployment WHERE channel::int = 5;
--! plain; 1 request; error 22012
SELECT * FROM license_deployment WHERE licenses_sold / 0 = 5;
--! plain; 0 requests; error 22012
SELECT * FROM license_deployment WHERE channel = (SELECT 'x' || 1 / 0);
--! plain; 0 requests; error 21000
SELECT * FROM license_deployment WHERE channel = (SELECT channel FROM chan);

-- joins that send their values

--! plain; 12 requests
SELECT region, channel FROM region JOIN license_deployment ON tenant = customer_tenant_id WHERE region = 'far' OR region = 'north';
--! plain; 12 requests
SELECT name, channel FROM wanted JOIN license_deployment ON name = customer_name;
--! plain; 12 requests
SELECT name, channel FROM wanted LEFT JOIN license_deployment ON name = customer_name AND channel = 'direct';
--! plain; 2 requests
SELECT d.channel, d.licenses_sold, u.licenses_active FROM license_deployment d JOIN license_usage u ON u.customer_name = d.customer_name AND u.channel = d.channel;
--! plain; 13 requests
SELECT region, channel FROM region JOIN license_deployment ON customer_tenant_id IN (tenant, '11111111-2222-3333-4444-555555555555');
--! plain; 12 requests
SELECT name, channel FROM wanted JOIN license_deployment ON customer_name = name OR channel = name;

--! plain; sends nothing
SELECT channel FROM license_deployment WHERE service_code OPERATOR(other.=) 'azure';

-- GUIDs as text

--! plain; 1 request; sends customerTenantId eq
SELECT channel FROM license_deployment WHERE customer_tenant_id::text = 'e6c2a03d-dd1c-9af2-856f-6656af2f1e12';
--! grouped; 1 request; sends customerTenantId eq
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE 'e6c2a03d-dd1c-9af2-856f-6656af2f1e12' = CAST(customer_tenant_id AS varchar) GROUP BY 1;
--! plain; 1 request; sends customerTenantId eq
SELECT channel FROM license_deployment WHERE customer_tenant_id::text IN ('e6c2a03d-dd1c-9af2-856f-6656af2f1e12', 'x', '', NULL, 'E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12', 'e6c2a03ddd1c9af2856f6656af2f1e12');
--! plain; 0 requests; empty
SELECT channel FROM license_deployment WHERE customer_tenant_id::text = 'E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12';
--! plain; 0 requests; empty
SELECT channel FROM license_deployment WHERE customer_tenant_id::text = ANY ('{e6c2a03d-dd1c-9af2-856f-6656af2f1e1,e6c2a03d-dd1c-9af2-856f-6656af2f1e122,e6c2a03d-dd1c-9af2-856f_6656af2f1e12}');
--! plain; 1 request; sends customerTenantId ne
SELECT channel FROM license_deployment WHERE customer_tenant_id::text <> 'e6c2a03d-dd1c-9af2-856f-6656af2f1e12';
--! plain; 1 request; sends nothing; implied
SELECT channel FROM license_deployment WHERE customer_tenant_id::text <> 'E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12';
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE customer_tenant_id::text < '7' AND customer_tenant_id::text::citext <> 'E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12' AND customer_tenant_id::text LIKE '%2%' AND customer_tenant_id::text COLLATE nd <> 'x';
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE customer_tenant_id::text::citext = 'E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12' AND customer_tenant_id::text COLLATE nd = 'E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12';
--! grouped; 1 request; sends customerTenantId eq any $1
SELECT region, sum(licenses_sold) FROM license_deployment JOIN region ON tenant::text = customer_tenant_id::text WHERE region = 'north' GROUP BY 1;
--! plain; 2 requests
SELECT customer_id, licenses_sold FROM customer_license_deployment WHERE customer_id::text = (SELECT min(id::text) FROM customers);
--! plain; 0 requests; empty
SELECT * FROM customer_license_deployment WHERE customer_id::text IN ('..', 'x/../y');
--! script; 3 requests
PREPARE p(text) AS SELECT channel, sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id::text = $1 OR customer_tenant_id::text = 'none' GROUP BY 1;
EXECUTE p('e6c2a03d-dd1c-9af2-856f-6656af2f1e12');
EXECUTE p('E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12');
EXECUTE p('');
EXECUTE p(NULL);
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE p('e6c2a03d-dd1c-9af2-856f-6656af2f1e12');
EXECUTE p('E6C2A03D-DD1C-9AF2-856F-6656AF2F1E12');
EXECUTE p(NULL);

-- Conditions without a column of the table are known before a row is asked for

--! plain; 1 request; sends ((current_setting('equivalence.channel'::text, true) IS NOT NULL) or channel eq 'reseller')
SELECT * FROM license_deployment WHERE current_setting('equivalence.channel', true) IS NOT NULL OR channel = 'reseller';
--! plain; 1 request; sends ((current_setting('equivalence.channel'::text, true) IS NULL) or channel eq 'reseller')
SELECT * FROM license_deployment WHERE current_setting('equivalence.channel', true) IS NULL OR channel = 'reseller';
--! plain; 0 requests; empty
SELECT * FROM license_deployment WHERE current_setting('equivalence.channel', true) = 'a' AND channel = 'reseller' OR current_setting('equivalence.channel', true) = 'b' AND service_code = 'o365';
--! plain; 1 request; sends or channel eq 'reseller')
SELECT * FROM license_deployment WHERE current_setting('equivalence.channel', true) = 'a' OR channel = 'reseller';
--! plain; 1 request; sends or channel eq 'reseller')
SELECT * FROM license_deployment WHERE NOT (current_setting('equivalence.channel', true) = 'a' AND channel <> 'reseller');
--! plain; 1 request; sends or channel eq 'x' or channel eq 'reseller'
SELECT * FROM license_deployment WHERE NOT (now() > '2000-01-01' AND channel IS DISTINCT FROM 'x' AND channel <> 'reseller') OR channel = 'reseller';
--! plain; 1 request; sends nothing
SELECT * FROM license_deployment WHERE noise(1) = 1 OR channel = 'reseller';
--! plain; 1 request; sends or channel eq 'reseller') and ((CURRENT_USER = 'nobody else'::name) or serviceCode eq 'o365'
SELECT * FROM license_deployment WHERE (now() < '2000-01-01 00:00:00'::timestamptz OR channel = 'reseller') AND (current_user = 'nobody else' OR service_code = 'o365' OR service_code = 'crm');
--! plain; 1 request; sends and channel eq 'reseller') or serviceCode eq 'crm')
SELECT * FROM license_deployment WHERE now() > '2000-01-01 00:00:00'::timestamptz AND channel = 'reseller' AND lower(service_code) = 'o365' OR service_code = 'crm';
--! plain; 1 request; sends channel eq 'reseller'
SELECT * FROM license_deployment WHERE channel = 'reseller' OR NULL::boolean;
--! plain; 1 request; sends ($1 or channel eq $2)
SELECT * FROM license_deployment WHERE (SELECT count(*) FROM chan) = 0 OR channel = (SELECT channel FROM chan WHERE n = 3);
--! plain; 1 request; sends ($1 or channel eq 'reseller')
SELECT * FROM license_deployment WHERE EXISTS (SELECT FROM chan WHERE n > 1000) OR channel = 'reseller';
--! plain; 1 request
SELECT * FROM license_deployment WHERE NOT (EXISTS (SELECT FROM chan WHERE n > 1000)) OR channel = 'reseller';
--! grouped; 1 request; sends or channel eq 'reseller')
SELECT channel, sum(licenses_sold) FROM license_deployment WHERE current_user = 'nobody else' OR channel = 'reseller' GROUP BY 1;
--! grouped; 1 request; sends or channel eq 'reseller')
SELECT channel, service_code, sum(licenses_sold) FROM license_deployment WHERE (current_user <> 'nobody else' OR channel = 'reseller') AND (current_user = 'nobody else' OR service_code IN ('o365', 'crm')) GROUP BY 1, 2;
--! alone; 1 request
SELECT count(*) FROM subscriptions WHERE current_user <> 'nobody else' OR auto_renew_enabled;
--! alone; 2 requests
SELECT count(*) FROM subscriptions WHERE current_setting('equivalence.channel', true) = 'x' OR auto_renew_enabled;
--! alone; 0 requests
SELECT count(*) FROM subscriptions WHERE auto_renew_enabled AND current_setting('equivalence.channel', true) = 'x' OR NOT auto_renew_enabled AND current_setting('equivalence.channel', true) = 'y';
--! 12 requests
SELECT c.channel, d.licenses_sold FROM chan c LEFT JOIN license_deployment d ON d.channel = c.channel AND (c.n > 4 OR d.service_code = 'o365');
--! 10 requests
SELECT c.channel, (SELECT sum(licenses_sold) FROM license_deployment d WHERE c.channel IS NULL OR d.channel = c.channel) FROM chan c;
--! 10 requests
SELECT c.channel, d.licenses_sold FROM chan c JOIN license_deployment d ON c.n > 9 AND d.service_code = 'crm' OR d.channel = c.channel;

-- COALESCE, CASE and NULLIF as reports write them

--! grouped; 1 request; sends channel eq 'direct'
SELECT service_name, sum(licenses_sold) FROM license_deployment WHERE coalesce(channel, '') = 'direct' GROUP BY 1;
--! plain; 1 request; sends (channel eq 'direct' or channel eq 'reseller')
SELECT channel FROM license_deployment WHERE coalesce(channel, 'n/a') IN ('direct', 'reseller');
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE coalesce(channel, '') = '';
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE coalesce(channel, '') IN ('', 'direct');
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE coalesce(channel, '') <> 'direct' AND NOT (coalesce(channel, 'x') = 'reseller');
--! plain; 1 request; sends nothing
SELECT channel FROM license_deployment WHERE NOT (coalesce(channel, '') = 'direct' AND coalesce(service_code, '') = 'crm');
--! plain; 1 request; sends (channel eq 'crm' or serviceCode eq 'crm')
SELECT channel FROM license_deployment WHERE coalesce(channel, service_code, 'x') = 'crm';
--! plain; 1 request; sends channel eq 'direct'
SELECT channel FROM license_deployment WHERE 'direct' = coalesce(channel::varchar, 'x') AND nullif(channel, '') = 'direct';
--! plain; 1 request; sends channel eq 'direct'; empty
SELECT channel FROM license_deployment WHERE nullif(channel, 'direct') = 'direct';
--! grouped; 1 request; sends autoRenewEnabled eq true
SELECT sum(license_count) FROM subscriptions WHERE coalesce(auto_renew_enabled, false);
--! grouped; 1 request; sends autoRenewEnabled eq true
SELECT count(*) FROM subscriptions WHERE nullif(auto_renew_enabled, true) = true;
--! plain; 1 request; sends usageDate
SELECT count(*) FROM azure_usage WHERE CASE WHEN usage_date < '2018-09-20' THEN 1 WHEN usage_date < '2018-10-01' THEN 2 END = 2;
--! grouped; 1 request; sends nothing
SELECT sum(license_count) FROM subscriptions WHERE coalesce(auto_renew_enabled, true) AND NOT coalesce(auto_renew_enabled, false);
--! grouped; 1 request; sends (customerMarket eq 'DE' or customerMarket eq 'FR')
SELECT sum(license_count) FROM subscriptions WHERE CASE WHEN customer_market IN ('DE', 'FR') THEN 'Europe' WHEN customer_market = 'US' THEN 'America' ELSE 'Other' END = 'Europe';
--! grouped; 1 request; sends ((customerMarket eq 'DE' or customerMarket eq 'FR') or customerMarket eq 'US')
SELECT sum(license_count) FROM subscriptions WHERE CASE WHEN customer_market IN ('DE', 'FR') THEN 'Europe' WHEN customer_market = 'US' THEN 'America' ELSE 'Other' END IN ('Europe', 'America', 'Asia');
--! grouped; 1 request; sends nothing
SELECT sum(license_count) FROM subscriptions WHERE CASE WHEN customer_market IN ('DE', 'FR') THEN 'Europe' ELSE 'Other' END IN ('Other', 'Europe');
--! grouped; 1 request; sends customerMarket eq 'US'
SELECT sum(license_count) FROM subscriptions WHERE CASE WHEN customer_market IN ('DE', 'FR') THEN 'Europe' ELSE customer_market END = 'US';
--! grouped; 1 request; sends status eq 'ACTIVE'
SELECT count(*) FROM subscriptions WHERE CASE WHEN status = 'ACTIVE' THEN 1 ELSE 0 END = 1;
--! plain; 0 requests; empty
SELECT status FROM subscriptions WHERE CASE WHEN status = 'ACTIVE' THEN 1 ELSE 0 END = 2;
--! grouped; 1 request; sends nothing
SELECT count(*) FROM subscriptions WHERE CASE WHEN status = 'ACTIVE' THEN 1 END IS NULL OR CASE status WHEN 'ACTIVE' THEN 1 ELSE 0 END = 1;
--! plain; 1 request; sends commitmentEndDate le
SELECT id FROM subscriptions WHERE coalesce(commitment_end_date, '2999-01-01') <= '2018-01-01';
--! plain; 1 request; sends nothing
SELECT id FROM subscriptions WHERE coalesce(commitment_end_date, '2999-01-01') >= '2018-01-01';
--! grouped; 1 request; sends channel eq 'direct'
SELECT sum(licenses_sold) FROM license_deployment WHERE channel IS NOT DISTINCT FROM 'direct';
--! plain; 1 request; sends creationDate
SELECT id FROM subscriptions WHERE creation_date IS NOT DISTINCT FROM '2014-10-10 23:59:29.46';
--! grouped; 1 request
SELECT label, sum(licenses_sold) FROM license_deployment JOIN (VALUES ('A', true), ('B', false)) v(label, flag) ON channel = CASE WHEN flag THEN 'direct' ELSE 'reseller' END GROUP BY 1;
--! grouped; 1 request
SELECT label, sum(licenses_sold) FROM license_deployment JOIN (VALUES ('A', 'd'), ('B', 'r')) v(label, short) ON short = CASE WHEN channel = 'direct' THEN 'd' END GROUP BY 1;
--! grouped; 1 request
SELECT v.name, sum(licenses_sold) FROM license_deployment JOIN (VALUES ('direct'), ('')) v(name) ON v.name = nullif(channel, 'x') OR false GROUP BY 1;
--! grouped; 1 request
SELECT v.name, sum(licenses_sold) FROM license_deployment JOIN (VALUES ('direct'), ('')) v(name) ON v.name = coalesce(channel, '') GROUP BY 1;
--! script; 6 requests
PREPARE p(text) AS SELECT sum(licenses_sold) FROM license_deployment WHERE coalesce(channel, '') = $1 AND channel IS NOT DISTINCT FROM coalesce($1, 'direct');
EXECUTE p('direct');
EXECUTE p('');
EXECUTE p(NULL);
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE p('direct');
EXECUTE p('');
EXECUTE p(NULL);
--! script; 2 requests
PREPARE p(text[]) AS SELECT channel, licenses_sold FROM license_deployment WHERE CASE WHEN channel = 'reseller' THEN 'x' END <> ALL ($1);
EXECUTE p('{}');
EXECUTE p('{y}');
--! plain; 1 request; sends nothing
SELECT channel, licenses_sold FROM license_deployment WHERE nullif(channel, 'reseller') IS DISTINCT FROM 'x' AND 'a' ~ CASE WHEN licenses_sold < -100000 THEN '(' ELSE 'a' END;

-- Names that differ in case only are in different parts of a divided list: a server that ignores
-- case returns their rows for both.  A table of one page is read instead.

--! plain; 1 request; sends customerName eq any $1
SELECT customer_name, licenses_sold FROM license_deployment WHERE customer_name = ANY ('{CONTOSO LTD}'::text[] || ARRAY(SELECT 'CONTOSO, a customer that is not there, number ' || i FROM generate_series(1, 40) i) || '{Contoso Ltd}');
--! plain; 1 request; sends customerName eq any $1
SELECT customer_name, count(*), sum(licenses_deployed) FROM license_deployment WHERE customer_name = ANY ('{contoso ltd ,CONTOSO LTD}'::text[] || ARRAY(SELECT 'CONTOSO, a customer that is not there, number ' || i FROM generate_series(1, 40) i) || '{Contoso Ltd}') GROUP BY 1;
