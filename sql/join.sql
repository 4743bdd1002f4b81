-- Joins: a nested loop may ask for each outer row, a hash join asks once.
SET search_path = pc, public;
CREATE TABLE public.watched (tenant uuid, code text);
INSERT INTO public.watched SELECT md5(i::text)::uuid, 'o365' FROM generate_series(1, 3) i;
CREATE TABLE public.everyone (tenant uuid, code text);
INSERT INTO public.everyone SELECT md5(i::text)::uuid, 'o365' FROM generate_series(1, 50000) i;
ANALYZE public.watched, public.everyone;

-- a few outer rows: their values go into the filter
EXPLAIN (VERBOSE, COSTS OFF)
SELECT code, licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant;
-- many: one scan
EXPLAIN (COSTS OFF)
SELECT code, licenses_sold FROM everyone JOIN license_deployment ON customer_tenant_id = tenant;
-- several conditions, one of which stays
EXPLAIN (VERBOSE, COSTS OFF)
SELECT licenses_sold FROM watched JOIN license_deployment
  ON customer_tenant_id = tenant AND service_code = code AND licenses_sold > length(code)
WHERE channel = 'reseller';
-- a join clause with OR is sent whole
EXPLAIN (VERBOSE, COSTS OFF)
SELECT licenses_sold FROM watched JOIN license_deployment ON customer_tenant_id = tenant OR service_code = code;
-- grouped below a nested loop
EXPLAIN (VERBOSE, COSTS OFF)
SELECT code, sum(licenses_sold) FROM watched JOIN license_deployment ON customer_tenant_id = tenant GROUP BY 1;
-- between two foreign tables
EXPLAIN (COSTS OFF)
SELECT product_name FROM license_deployment JOIN license_usage USING (product_id, product_name)
WHERE license_deployment.customer_tenant_id = '0112a436-b14e-4888-967b-ca4bb2cf1234' AND license_deployment.service_code = 'o365';
-- the customer of a path comes from a join
EXPLAIN (VERBOSE, COSTS OFF)
SELECT code, licenses_sold FROM watched JOIN customer_license_deployment ON customer_id = tenant;
-- LATERAL and correlated subqueries
EXPLAIN (VERBOSE, COSTS OFF)
SELECT tenant, (SELECT sum(licenses_sold) FROM license_deployment WHERE customer_tenant_id = tenant) FROM watched;
