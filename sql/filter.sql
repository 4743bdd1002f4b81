-- What of WHERE is sent as filter, and what stays, with the reason.
CREATE SCHEMA pc;
IMPORT FOREIGN SCHEMA analytics FROM SERVER partner_center INTO pc;
SET search_path = pc, public;

-- Prints the properties that matter here, for SELECT of one column.
CREATE FUNCTION public.sent(condition text, relation text DEFAULT 'license_deployment', wanted text DEFAULT 'service_code')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (VERBOSE, COSTS OFF) SELECT %s FROM %s WHERE %s', wanted, relation, condition) LOOP
    IF line ~ '^ *(Remote Filter|Local Filter Reason|Request|One-Time Filter)' THEN
      -- 19 names a subplan by its kind, too
      RETURN NEXT regexp_replace(regexp_replace(ltrim(line), 'https://[^?]*', '…'), 'SubPlan \S*\d', 'SubPlan');
    END IF;
  END LOOP;
END $$;

-- equality: a superset, because the API may ignore case
SELECT sent($$channel = 'reseller'$$);
SELECT sent($$'reseller' = channel$$);
SELECT sent($$channel IN ('reseller', 'direct')$$);
SELECT sent($$channel IN ('reseller', NULL)$$);
SELECT sent($$channel = ANY (ARRAY['reseller', 'direct'])$$);
SELECT sent($$channel = ANY (ARRAY['b', 'a', 'b'])$$);
SELECT sent($$channel = 'reseller' AND service_code = 'o365'$$);
SELECT sent($$channel = 'reseller' OR service_code = 'o365'$$);
SELECT sent($$(channel = 'a' AND service_code = 'b') OR service_name = 'c'$$);
SELECT sent($$(channel = 'a' OR service_code = 'b') AND (service_name = 'c' OR product_name = 'd')$$);

-- no value can change the filter's meaning
SELECT sent($$customer_name = 'O''Brien''s'$$);
SELECT sent($$customer_name = 'x'' or channel eq ''y'$$);
SELECT sent($$customer_name = 'a&b=c#d%e+f?g\h"i'$$);
SELECT sent($$customer_name = ''$$);
SELECT sent($$customer_name = ' padded '$$);

-- inequality on text could lose rows that differ only in case
SELECT sent($$channel <> 'reseller'$$);
SELECT sent($$channel NOT IN ('reseller', 'direct')$$);
SELECT sent($$channel <> ALL (ARRAY['reseller'])$$);
SELECT sent($$NOT (channel = 'reseller')$$);
SELECT sent($$NOT (channel <> 'reseller')$$);
SELECT sent($$NOT (channel <> 'a' AND service_code <> 'b')$$);

-- GUIDs go in both spellings
SELECT sent($$customer_tenant_id = '0112a436-b14e-4888-967b-ca4bb2cf1234'$$);
SELECT sent($$customer_tenant_id = '11111111-1111-1111-1111-111111111111'$$);
SELECT sent($$customer_tenant_id <> '0112a436-b14e-4888-967b-ca4bb2cf1234'$$);
SELECT sent($$customer_tenant_id NOT IN ('0112a436-b14e-4888-967b-ca4bb2cf1234', '0112a436-b14e-4888-967b-ca4bb2cf1235')$$);
SELECT sent($$customer_tenant_id <> ALL ('{0112a436-b14e-4888-967b-ca4bb2cf1234,NULL}'::uuid[])$$);

-- conjuncts that cannot go are left, disjuncts go whole or not at all
SELECT sent($$channel = 'reseller' AND licenses_sold > 5$$);
SELECT sent($$channel = 'reseller' OR licenses_sold > 5$$);
SELECT sent($$(channel = 'reseller' AND licenses_sold > 5) OR service_code = 'crm'$$);
SELECT sent($$NOT (channel <> 'reseller' OR licenses_sold > 5)$$);

-- what has no counterpart
SELECT sent($$channel IS NULL$$);
SELECT sent($$channel IS NOT NULL$$);
SELECT sent($$channel IS DISTINCT FROM 'reseller'$$);
SELECT sent($$(channel = 'reseller') IS NOT TRUE$$);
SELECT sent($$channel LIKE 'res%'$$);
SELECT sent($$channel ILIKE 'reseller'$$);
SELECT sent($$channel > 'm'$$);
SELECT sent($$channel = service_code$$);
SELECT sent($$lower(channel) = 'reseller'$$);
SELECT sent($$channel || 'x' = 'resellerx'$$);
SELECT sent($$channel = ALL (ARRAY['reseller'])$$);
SELECT sent($$channel <> ANY (ARRAY['reseller'])$$);
SELECT sent($$licenses_sold = 5$$);
SELECT sent($$processed_date_time = '2018-10-14'$$);
SELECT sent($$channel = 'x' || random()$$);
SELECT sent($$service_code = (SELECT max(l.relname::text) FROM pg_class l WHERE l.relname = channel)$$);

-- values known only at execution
SELECT sent($$channel = current_setting('search_path')$$);
SELECT sent($$channel = ANY (string_to_array(current_setting('search_path'), ','))$$);
SELECT sent($$channel IN ('a', current_setting('search_path'))$$);
SELECT sent($$channel = (SELECT max(relname::text) FROM pg_class)$$);

-- nothing can match
SELECT sent($$false$$);
SELECT sent($$channel = NULL$$);
SELECT sent($$channel = ANY ('{}')$$);

-- collations: only where equal means the same bytes
CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT sent($$channel = 'reseller' COLLATE public.loose$$);
SELECT sent($$channel = 'reseller' COLLATE "C"$$);

-- declared types: text and varchar without length compare as the API does
CREATE FOREIGN TABLE public.typed (
  service_code varchar,
  service_name varchar(50),
  channel char(10),
  customer_tenant_id text,
  customer_name name
) SERVER partner_center OPTIONS (resource 'license_deployment');
SELECT sent($$service_code = 'o365'$$, 'typed');
SELECT sent($$service_code = ANY (ARRAY['o365', 'crm']::varchar[])$$, 'typed');
SELECT sent($$service_name = 'x'$$, 'typed');
SELECT sent($$channel = 'reseller'$$, 'typed');
SELECT sent($$customer_tenant_id = '0112A436-B14E-4888-967B-CA4BB2CF1234'$$, 'typed');
SELECT sent($$customer_name = 'x'$$, 'typed');
-- what PostgreSQL would compute when it stores a row is computed nowhere
CREATE FOREIGN TABLE public.computed (licenses_sold bigint, twice bigint GENERATED ALWAYS AS (licenses_sold * 2) STORED)
  SERVER partner_center OPTIONS (resource 'license_deployment');
EXPLAIN (COSTS OFF) SELECT licenses_sold FROM public.computed;
DROP FOREIGN TABLE public.computed;

-- what is known of the API makes clauses exact, and lets <> go
ALTER SERVER partner_center OPTIONS (ADD string_comparison 'case_sensitive', ADD guid_spelling 'upper');
SELECT sent($$channel <> 'reseller'$$);
SELECT sent($$channel NOT IN ('reseller', 'direct') AND service_code = 'o365'$$);
SELECT sent($$channel <> 'reseller' OR service_code NOT IN ('a', 'b')$$);
SELECT sent($$customer_tenant_id IN ('0112a436-b14e-4888-967b-ca4bb2cf1234')$$);
ALTER SERVER partner_center OPTIONS (SET guid_spelling 'lower');
SELECT sent($$customer_tenant_id <> '0112a436-b14e-4888-967b-ca4bb2cf1234'$$);
ALTER SERVER partner_center OPTIONS (SET guid_spelling 'any');
SELECT sent($$customer_tenant_id <> '0112a436-b14e-4888-967b-ca4bb2cf1234'$$);
ALTER FOREIGN TABLE license_deployment ALTER channel OPTIONS (string_comparison 'case_insensitive');
SELECT sent($$channel <> 'reseller' AND service_code <> 'o365'$$);
ALTER FOREIGN TABLE license_deployment ALTER channel OPTIONS (DROP string_comparison);
ALTER SERVER partner_center OPTIONS (DROP string_comparison, DROP guid_spelling);

-- comparisons without case go where the API is known to ignore it
CREATE EXTENSION citext;
CREATE FOREIGN TABLE public.folded (service_code citext, channel text)
  SERVER partner_center OPTIONS (resource 'license_deployment');
SELECT sent($$service_code = 'O365'$$, 'folded');
SELECT sent($$channel ILIKE 'Reseller'$$, 'folded');
ALTER SERVER partner_center OPTIONS (ADD string_comparison 'case_insensitive');
SELECT sent($$service_code = 'O365'$$, 'folded');
SELECT sent($$'O365' = service_code$$, 'folded');
SELECT sent($$channel::citext = 'Reseller'$$, 'folded');
SELECT sent($$service_code <> 'O365'$$, 'folded');
SELECT sent($$service_code = 'Ô365'$$, 'folded');
SELECT sent($$channel ILIKE 'Reseller'$$, 'folded');
SELECT sent($$channel ILIKE 'Res%'$$, 'folded');
SELECT sent($$channel ILIKE 'direct'$$, 'folded');
SELECT sent($$channel NOT ILIKE 'Reseller'$$, 'folded');
SELECT sent($$'Reseller' ILIKE channel$$, 'folded');
SELECT sent($$channel = 'Reseller' OR channel ILIKE 'agent'$$, 'folded');
-- but not where it has no such condition
CREATE FOREIGN TABLE public.folded_names (partner_name citext, friendly_name citext)
  SERVER partner_center OPTIONS (resource 'subscriptions');
CREATE FOREIGN TABLE public.folded_codes (service_code citext)
  SERVER partner_center OPTIONS (resource 'partner_license_deployment');
CREATE FOREIGN TABLE public.folded_customers (company_name citext)
  SERVER partner_center OPTIONS (resource 'customers');
SELECT sent($$partner_name = 'Contoso'$$, 'folded_names', 'partner_name');
SELECT sent($$friendly_name = 'Contoso'$$, 'folded_names', 'partner_name');
SELECT sent($$service_code = 'O365'$$, 'folded_codes');
ALTER SERVER partner_center OPTIONS (DROP string_comparison);
SELECT sent($$company_name = 'Contoso'$$, 'folded_customers', 'company_name');

-- rows of values are taken apart
SELECT sent($$(channel, service_code) = ('reseller', 'o365')$$);
SELECT sent($$(channel, service_code) IN (('reseller', 'o365'), ('direct', 'crm'))$$);
SELECT sent($$(channel, service_code) < ('reseller', 'o365')$$);

-- legacy resources take no query string; customer_id goes into the path
SELECT sent($$channel = 'reseller'$$, 'partner_license_deployment');
SELECT sent($$customer_id = '4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04'$$, 'customer_license_deployment');
SELECT sent($$customer_id IN ('4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04', '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f05')$$, 'customer_license_deployment');
SELECT sent($$customer_id = '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04' OR channel = 'x'$$, 'customer_license_deployment');
SELECT sent($$customer_id <> '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04'$$, 'customer_license_deployment');
-- as a uuid, nothing else
CREATE FOREIGN TABLE public.by_text (customer_id text, service_code text)
  SERVER partner_center OPTIONS (path '/v1/customers/{customer-id}/things');
SELECT sent($$customer_id = '4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04/../other?x='$$, 'by_text');

-- prepared statements: custom plans send the value, generic ones the parameter
PREPARE by_channel(text, text[]) AS
  SELECT service_code FROM license_deployment WHERE service_code = ANY ($2) AND channel = $1;
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_channel('reseller', '{o365,crm}');
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_channel('reseller', '{o365,crm}');
-- of a pattern that is a parameter, the text is sent
PREPARE by_pattern(text) AS
  SELECT id FROM subscriptions s WHERE friendly_name LIKE $1 AND product_name ILIKE $1 AND status LIKE $1;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_pattern('%x%');
PREPARE by_beginning(text) AS SELECT id FROM customers WHERE company_name ILIKE $1 || '%';
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_beginning('x');
RESET plan_cache_mode;

-- a condition that does not fit into a URL stays; an IN list is shared out
SELECT sent($$channel = 'reseller' AND customer_name = repeat('x', 3000)$$);
SELECT substring(sent FROM '^[^:]*') AS property, length(regexp_replace(sent, '((^| )eq )|.', '\1', 'g')) / 4 AS comparisons,
  sent LIKE '%and (channel eq ''reseller'')' AS with_the_rest
FROM sent(format('channel = %L AND customer_tenant_id IN (%s)', 'reseller',
    (SELECT string_agg(quote_literal(md5(i::text)::uuid), ', ') FROM generate_series(1, 30) i)));
SELECT count(*) FROM sent(format('channel IN (%s)',
    (SELECT string_agg(quote_literal(i), ', ') FROM generate_series(1, 10000) i)))
WHERE sent LIKE 'Remote Filter%';
-- structured formats
CREATE FUNCTION public.explain_json(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' -> 'Plans' -> 0;
END $$;
SELECT key, value FROM jsonb_each(explain_json($$
  SELECT service_code FROM license_deployment WHERE channel = 'reseller' AND licenses_sold > 5 LIMIT 10$$))
WHERE key IN ('Resource', 'Remote Filter', 'Remote Limit', 'Request', 'Local Filter Reason', 'Order')
ORDER BY key;
