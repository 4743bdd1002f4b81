-- How many rows are wanted: LIMIT as a hint, OFFSET applied by the API, count(*).
SET search_path = pc, public;
CREATE FUNCTION public.limited(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ '^ *(Relations|Remote Limit|Remote Offset|Remote Count|Request)' THEN
      RETURN NEXT regexp_replace(ltrim(line), 'https://[^?]*', '…');
    END IF;
  END LOOP;
END $$;

SELECT limited('SELECT channel FROM license_deployment LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment LIMIT 10 OFFSET 5');
SELECT limited('SELECT channel FROM license_deployment WHERE licenses_sold > 5 LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment LIMIT 20000');
SELECT limited('SELECT channel FROM (SELECT * FROM license_deployment) x LIMIT 10');
SELECT limited('SELECT EXISTS (SELECT FROM license_deployment)');
-- a step above may drop rows: then the next pages must go on in the same order
SELECT limited('SELECT market FROM (SELECT * FROM indirect_resellers OFFSET 0) x WHERE license_count > 5 LIMIT 1');
SELECT limited('SELECT market FROM (SELECT * FROM indirect_resellers LIMIT 1) x WHERE license_count > 5');
-- not where something above needs more rows
SELECT limited('SELECT channel FROM license_deployment ORDER BY channel LIMIT 10');
SELECT limited('SELECT DISTINCT channel FROM license_deployment LIMIT 10');
SELECT limited('SELECT count(*) FROM license_deployment LIMIT 10');
SELECT limited('SELECT row_number() OVER () FROM license_deployment LIMIT 10');
SELECT limited('SELECT generate_series(1, licenses_sold) FROM license_deployment LIMIT 10');
SELECT limited('SELECT d.channel FROM license_deployment d JOIN license_usage u USING (product_id) LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment LIMIT ALL');
SELECT limited('SELECT channel FROM license_deployment LIMIT 9223372036854775807');
-- page_size of the table bounds it
ALTER FOREIGN TABLE license_deployment OPTIONS (ADD page_size '7');
SELECT limited('SELECT channel FROM license_deployment LIMIT 10');
SELECT limited('SELECT channel FROM license_deployment');
ALTER FOREIGN TABLE license_deployment OPTIONS (DROP page_size);

-- OFFSET goes as skip where every condition is exact
SELECT limited('SELECT channel FROM license_deployment LIMIT 10 OFFSET 50000');
SELECT limited('SELECT channel FROM license_deployment OFFSET 50000');
SELECT limited($$SELECT channel FROM license_deployment WHERE channel = 'reseller' LIMIT 10 OFFSET 50000$$);
ALTER SERVER partner_center OPTIONS (ADD string_comparison 'case_sensitive');
SELECT limited($$SELECT channel FROM license_deployment WHERE channel = 'reseller' LIMIT 10 OFFSET 50000$$);
SELECT limited($$SELECT channel FROM license_deployment WHERE channel = 'reseller' AND licenses_sold > 5 LIMIT 10 OFFSET 50000$$);
SELECT limited($$SELECT channel FROM license_deployment WHERE channel <> 'reseller' LIMIT 10 OFFSET 50000$$);
PREPARE page(int, int) AS SELECT channel FROM license_deployment LIMIT $1 OFFSET $2;
SET plan_cache_mode = force_generic_plan;
SELECT limited('EXECUTE page(10, 50000)');
RESET plan_cache_mode;
-- not where other rows than the table's are counted, or rows are locked
SELECT limited('SELECT channel FROM license_deployment ORDER BY channel LIMIT 10 OFFSET 50000');
SELECT limited('SELECT channel FROM license_deployment ORDER BY channel OFFSET 50000 FETCH NEXT 5 ROWS WITH TIES');
SELECT limited('SELECT 1 FROM license_deployment, license_usage LIMIT 10 OFFSET 50000');
SELECT limited('SELECT channel FROM partner_license_deployment LIMIT 10 OFFSET 50000');

-- count(*) from TotalCount, where no column is needed and every condition is exact
SELECT limited('SELECT count(*) FROM license_deployment');
SELECT limited('SELECT count(*) FROM (SELECT * FROM license_deployment) x');
SELECT limited('SELECT 1 FROM license_deployment');
SELECT limited('SELECT count(*) FROM license_deployment CROSS JOIN license_usage');
-- not where the path names a customer: no condition is sent then
CREATE FOREIGN TABLE public.by_customer (customer_id uuid, managed boolean OPTIONS (operators 'eq'))
  SERVER partner_center OPTIONS (path '/v1/customers/{customer-id}/things');
SELECT limited('SELECT count(*) FROM by_customer');
SELECT limited('SELECT count(*) FROM by_customer WHERE managed');
SELECT limited($$SELECT count(*) FROM by_customer WHERE managed AND customer_id = '4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04'$$);
SELECT limited('SELECT customer_id FROM by_customer WHERE managed LIMIT 5 OFFSET 3');
DROP FOREIGN TABLE public.by_customer;
-- the scan takes the place of an aggregation to count(*) alone, HAVING included
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) * 2 FROM license_deployment AS d HAVING count(*) > 5 ORDER BY 1 LIMIT 3;
SELECT limited('SELECT count(1), count(*) % 3 FROM license_deployment');
SELECT limited($$SELECT n, (SELECT count(*) FROM subscriptions WHERE subscription_type = n) FROM (VALUES ('a'), ('b')) v(n)$$);
SELECT limited('SELECT count(*) FROM license_deployment UNION ALL SELECT count(*) FROM license_usage');
-- not of groups, nor of some rows, nor beside another aggregate, nor where no row may be read
SELECT limited('SELECT count(*) FROM license_deployment GROUP BY GROUPING SETS ((), ())');
SELECT limited('SELECT count(*) FILTER (WHERE false) FROM license_deployment');
SELECT limited('SELECT count(*), sum(2) FROM license_deployment');
SELECT limited($$SELECT count(*) FROM license_deployment WHERE now() < '2000-01-01'$$);
-- with a condition, the unfiltered total is requested, to compare
SELECT limited($$SELECT count(*) FROM license_deployment WHERE channel = 'reseller'$$);
SELECT limited($$SELECT count(*) FROM license_deployment WHERE channel <> 'reseller'$$);
ALTER FOREIGN TABLE license_deployment OPTIONS (ADD total_count 'filtered');
SELECT limited($$SELECT count(*) FROM license_deployment WHERE channel = 'reseller'$$);
ALTER FOREIGN TABLE license_deployment OPTIONS (SET total_count 'page');
SELECT limited('SELECT count(*) FROM license_deployment');
ALTER FOREIGN TABLE license_deployment OPTIONS (DROP total_count);
ALTER SERVER partner_center OPTIONS (DROP string_comparison);
SELECT limited($$SELECT count(*) FROM license_deployment WHERE channel = 'reseller'$$);
SELECT limited('SELECT count(channel) FROM license_deployment');
SELECT limited('SELECT count(*), sum(licenses_sold) FROM license_deployment');
SELECT limited($$SELECT count(*) FROM license_deployment WHERE licenses_sold > 5$$);
SELECT limited('SELECT count(*) FROM partner_license_deployment');
