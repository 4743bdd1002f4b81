-- Customers: their list, and the resources that each customer has.
SET search_path = pc, public;

-- one condition on how a name begins goes, the rest stays
SELECT sent($$company_name LIKE 'Contoso%'$$, 'customers', 'id');
SELECT sent($$company_name LIKE 'Con\_t"o\\%so_'$$, 'customers', 'id');
SELECT sent($$company_name LIKE '%oso'$$, 'customers', 'id');
SELECT sent($$company_name LIKE '_oso'$$, 'customers', 'id');
SELECT sent($$company_name LIKE domain || '%'$$, 'customers', 'id');
SELECT sent($$company_name NOT LIKE 'Contoso%'$$, 'customers', 'id');
SELECT sent($$company_name ILIKE 'contoso%'$$, 'customers', 'id');
SELECT sent($$company_name ILIKE 'fabrikam%'$$, 'customers', 'id');
SELECT sent($$company_name ILIKE 'Café%'$$, 'customers', 'id');
SELECT sent($$company_name = 'Contoso'$$, 'customers', 'id');
SELECT sent($$company_name <> 'Contoso'$$, 'customers', 'id');
SELECT sent($$company_name >= 'Contoso'$$, 'customers', 'id');
SELECT sent($$company_name IN ('Contoso', 'O''Brien', 'Contoso')$$, 'customers', 'id');
SELECT sent($$company_name = ''$$, 'customers', 'id');
SELECT sent($$company_name ^@ 'Contoso'$$, 'customers', 'id');
SELECT sent($$starts_with(domain, current_user)$$, 'customers', 'id');
SELECT sent($$strpos(company_name, 'oso') > 0$$, 'customers', 'id');
SELECT sent($$company_name LIKE 'Contoso%' AND domain LIKE 'contoso%'$$, 'customers', 'id');
SELECT sent($$company_name LIKE 'Contoso%' OR domain LIKE 'contoso%'$$, 'customers', 'id');
SELECT sent($$company_name LIKE 'A%' AND (domain LIKE 'a%' OR domain IS NULL)$$, 'customers', 'id');
SELECT sent($$company_name = 'a' COLLATE "C"$$, 'customers', 'id');
SELECT sent($$id = '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04'$$, 'customers', 'id');
SELECT sent($$relationship_to_partner = 'reseller'$$, 'customers', 'id');
SELECT count(*) FILTER (WHERE sent LIKE 'Remote Filter%') AS filters
FROM generate_series(32, 33) n,
  LATERAL sent(format('company_name IN (%s)', (SELECT string_agg(quote_literal('c' || i), ', ') FROM generate_series(1, n) i)), 'customers', 'id')
GROUP BY n ORDER BY n;
SELECT grouped($$SELECT relationship_to_partner, count(*) FROM customers GROUP BY 1$$);
SELECT grouped($$SELECT DISTINCT company_name FROM customers$$);
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM customers;
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM customers;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM customers LIMIT 20;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM customers ORDER BY company_name LIMIT 20;
PREPARE by_names(text[]) AS SELECT id FROM customers WHERE company_name = ANY ($1);
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_names('{a,b}');
RESET plan_cache_mode;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_names('{a,b}');

-- without a customer, a request is sent for each customer that the API lists
EXPLAIN (VERBOSE, COSTS OFF) SELECT customer_id FROM customer_license_usage;
EXPLAIN (VERBOSE, COSTS OFF) SELECT customer_id FROM customer_license_usage WHERE channel = 'reseller' LIMIT 5;
SELECT key, value FROM jsonb_each(explain_json($$SELECT customer_id FROM customer_license_usage LIMIT 5$$))
WHERE key IN ('Resource', 'Remote Customers', 'Request') ORDER BY key;
-- with one, only that
EXPLAIN (VERBOSE, COSTS OFF) SELECT customer_id FROM customer_license_usage
WHERE customer_id = '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04';
-- a few customers from a join are requested one by one, many by the list
SELECT joined($$SELECT product_name FROM watched JOIN customer_license_usage ON customer_id = tenant$$);
SELECT joined($$SELECT product_name FROM everyone JOIN customer_license_usage ON customer_id = tenant$$);
SELECT joined($$SELECT company_name, product_name FROM customers c JOIN customer_license_usage u ON u.customer_id = c.id
WHERE c.company_name LIKE 'Contoso%'$$);
ALTER FOREIGN TABLE customer_license_usage OPTIONS (ADD on_customer_error 'skip');
ALTER FOREIGN TABLE customer_license_usage OPTIONS (SET on_customer_error 'ignore');
ALTER FOREIGN TABLE customer_license_usage OPTIONS (DROP on_customer_error);
